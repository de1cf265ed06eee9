# Everything is in dev.py, which also works without make. Further arguments: make test ARGS="-k canvas"
PYTHON ?= python3
# For an environment that was emptied (env -i make test).
export PATH ?= /usr/local/bin:/usr/bin:/bin

.PHONY: demo test test-odoo test-card check clean

demo test test-odoo test-card check clean:
	@$(PYTHON) dev.py $@ $(ARGS)
