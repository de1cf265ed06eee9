"""Who may know whom: the contracts in setup.cfg hold, and each of them would notice if it didn't."""

from __future__ import annotations

import ast
import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
PURE_ROOMS = ("plugin.domain", "plugin.settings", "crm_adapters.port", "crm_adapters.errors")

# For each contract: a file that gets one more line, and that line.
VIOLATIONS = {
    "Rooms know only the rooms below them": [
        ("plugin/domain/planted.py", "import plugin.store"),
        ("plugin/store/planted.py", "import plugin.services"),
        ("plugin/services/planted.py", "import plugin.rendering"),
        ("plugin/rendering/planted.py", "import plugin.web"),
        ("plugin/web/planted.py", "import plugin.cli"),
        ("plugin/cli/planted.py", "import plugin.web"),
        ("plugin/cli/planted.py", "import plugin.app"),
        ("plugin/api/planted.py", "import plugin.web"),
        ("plugin/sync/planted.py", "import plugin.library"),
        ("plugin/newroom/__init__.py", "import json"),
    ],
    "Domain, port and settings need the standard library only": [
        ("plugin/domain/planted.py", "import sqlalchemy"),
        ("plugin/settings.py", "import pydantic"),
        ("crm_adapters/port.py", "import requests"),
        ("crm_adapters/errors.py", "import flask"),
    ],
    "The domain has no clock, no chance, no files and no network": [
        ("plugin/domain/planted.py", "import time"),
        ("plugin/domain/planted.py", "import urllib.request"),
    ],
    "Adapters know nothing of the application": [
        ("crm_adapters/csv_folder/planted.py", "import plugin.domain.journey"),
        ("crm_adapters/csv_folder/planted.py", "import sqlalchemy"),
        ("crm_adapters/newcrm/__init__.py", "import flask"),
    ],
    "No adapter knows another": [
        ("crm_adapters/newcrm/__init__.py", "import crm_adapters.csv_folder"),
        ("crm_adapters/port.py", "import crm_adapters.csv_folder"),
    ],
    "A CRM is known by its port, and the registry by who connects": [
        ("plugin/sync/planted.py", "import crm_adapters.csv_folder"),
        ("plugin/services/log.py", "import crm_adapters.registry"),
        ("plugin/web/planted.py", "import crm_adapters.port"),
    ],
    "The library knows neither the web nor the store": [
        ("plugin/library/planted.py", "import flask"),
        ("plugin/library/planted.py", "import plugin.store.tables"),
    ],
    "Store and sync know nothing of web, command line and content": [
        ("plugin/store/planted.py", "import flask"),
        ("plugin/sync/planted.py", "import click"),
    ],
    "Services know nothing of forms, requests and pages": [
        ("plugin/services/planted.py", "import wtforms"),
    ],
    "Pages and commands ask services and queries: no tables, no sync": [
        ("plugin/web/planted.py", "import plugin.store.tables"),
        ("plugin/cli/planted.py", "import plugin.sync.pull"),
        ("plugin/api/planted.py", "import plugin.store.tables"),
    ],
    "The API knows no pages, no forms and no wording": [
        ("plugin/api/planted.py", "import wtforms"),
        ("plugin/api/planted.py", "import plugin.rendering.forms"),
    ],
    "Migrations know the tables and the settings, not the application": [
        ("migrations/env.py", "import plugin.services"),
    ],
}


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache"], cwd=tree, capture_output=True, text=True, env={"COLUMNS": "200"}
    )


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for name in ("plugin", "crm_adapters", "migrations"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tree)
    return tree


def test_every_contract_holds() -> None:
    outcome = lint_imports(ROOT)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert f"{len(VIOLATIONS)} kept, 0 broken" in outcome.stdout


@pytest.mark.parametrize(
    ("contract", "place", "line"),
    [(contract, place, line) for contract, plants in VIOLATIONS.items() for place, line in plants],
)
def test_a_planted_violation_is_caught(copied_tree: Path, contract: str, place: str, line: str) -> None:
    file = copied_tree / place
    before = file.read_text() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{before or ''}\n{line}\n")
    try:
        outcome = lint_imports(copied_tree)
    finally:
        remove_plant(file, before)

    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert f"{contract} BROKEN" in outcome.stdout


def remove_plant(file: Path, before: str | None) -> None:
    if before is not None:
        file.write_text(before)
    elif file.name == "__init__.py":
        shutil.rmtree(file.parent)
    else:
        file.unlink()


def test_every_contract_has_a_violation_planted() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / "setup.cfg")

    names = {contracts[section]["name"] for section in contracts.sections() if "importlinter:contract:" in section}

    assert names == VIOLATIONS.keys()


def test_the_pure_rooms_import_nothing_that_has_to_be_installed() -> None:
    graph = grimp.build_graph("plugin", "crm_adapters", include_external_packages=True, cache_dir=None)
    pure = {module for module in graph.modules if module.startswith(PURE_ROOMS)}

    imported = {name for module in pure for name in graph.find_modules_directly_imported_by(module)} - pure

    assert {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names} == set()


@pytest.mark.parametrize("file", sorted((ROOT / "plugin/domain").rglob("*.py")), ids=lambda file: file.stem)
def test_the_domain_never_asks_what_time_it_is(file: Path) -> None:
    asked = [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
    ]

    assert asked == []
