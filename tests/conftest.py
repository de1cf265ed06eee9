"""What every test gets: databases, a browser on request, and an environment that holds nothing of the person's own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.databases", "tests.browser")

# How long an example takes says something about the machine, not about the code.
settings.register_profile("parcours", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("parcours")


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the PARCOURS_* settings of the person who runs it, or writes into their home."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PARCOURS_")]:
            patch.delenv(name)
        patch.setenv("PARCOURS_HOME", str(tmp_path_factory.mktemp("home")))
        yield
