# Everything is in dev.py, which also works without make. Further arguments: make test ARGS="-k canvas"
PYTHON ?= python3

.PHONY: demo test check clean

demo test check clean:
	@$(PYTHON) dev.py $@ $(ARGS)
