"""The script that sets everything up, as far as it can be tried without setting anything up."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that has an environment with the test extras, as far as its stamp says."""
    (tmp_path / "setup.cfg").write_text("one")
    (tmp_path / "constraints.txt").write_text("two")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "BIN", tmp_path / ".venv/bin")
    monkeypatch.setattr(dev, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv/installed")
    dev.STAMP.write_text("\n".join([dev.fingerprint(), "postgres", "test"]))
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been run."""
    run: list[list[str]] = []
    monkeypatch.setattr(dev, "watch", lambda command, _progress: run.append(command))
    return run


def test_an_older_python_is_told_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    assert dev.main(["demo"]) == 1
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


def test_it_compiles_on_a_python_too_old_to_run_it() -> None:
    # Python 3.8 has to get as far as the message: no syntax that came later.
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 8))


def test_a_second_run_installs_nothing(project: Path, commands: list[list[str]]) -> None:
    dev.install("postgres", "test")
    dev.install()

    assert commands == []


@pytest.mark.parametrize("name", ["setup.cfg", "constraints.txt"])
def test_changed_requirements_are_installed_and_extras_kept(
    project: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(dev, "environment_works", lambda: True)
    (project / name).write_text("three")

    dev.install("test")

    assert [command[-1] for command in commands] == [f"{project}[test]"]
    assert dev.installed_extras() == {"test"}


def test_extras_that_are_missing_are_added_to_those_that_are_there(
    project: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "environment_works", lambda: True)
    dev.install("server")

    assert [command[-1] for command in commands] == [f"{project}[postgres,server,test]"]


def test_an_environment_without_a_working_python_is_made_anew(project: Path, commands: list[list[str]]) -> None:
    (project / "setup.cfg").write_text("three")

    dev.install()

    assert [command[1:3] for command in commands] == [["-m", "venv"], ["-m", "pip"]]


def test_a_python_without_venv_is_told_which_package_is_missing(
    project: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find_spec(name: str) -> ModuleSpec | None:
        return None if name == "ensurepip" else ModuleSpec(name, None)

    monkeypatch.setattr(dev, "find_spec", find_spec)
    (project / "setup.cfg").write_text("three")

    assert dev.main(["demo"]) == 1
    assert "apt-get install python3-venv" in capsys.readouterr().err
    assert commands == []


def test_a_missing_browser_is_installed_where_that_is_possible(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([None, "/usr/bin/chromium"])
    monkeypatch.setattr(dev, "find_browser", lambda: next(found))
    monkeypatch.setattr(dev, "apt_get", lambda: ["apt-get"])
    monkeypatch.delenv("CHROMIUM", raising=False)

    dev.need_browser()

    assert commands == [
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"],
    ]


def test_a_missing_browser_that_can_not_be_installed_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "find_browser", lambda: None)
    monkeypatch.setattr(dev, "apt_get", lambda: None)
    monkeypatch.delenv("CHROMIUM", raising=False)

    with pytest.raises(dev.Failed, match="apt-get install chromium"):
        dev.need_browser()


def test_a_browser_named_by_hand_is_taken_or_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    browser = tmp_path / "my-browser"
    browser.touch(mode=0o755)
    monkeypatch.setenv("CHROMIUM", str(browser))
    assert dev.find_browser() == str(browser)

    browser.unlink()
    with pytest.raises(dev.Failed, match="my-browser"):
        dev.need_browser()


def test_apt_get_needs_root_or_a_sudo_that_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_more: f"/bin/{name}")
    monkeypatch.setattr(dev, "is_root", lambda: False)
    monkeypatch.setattr(subprocess, "call", lambda *_args, **_more: 1)
    assert dev.apt_get() is None

    monkeypatch.setattr(subprocess, "call", lambda *_args, **_more: 0)
    assert (dev.apt_get() or [])[:2] == ["/bin/sudo", "-n"]

    monkeypatch.setattr(dev, "is_root", lambda: True)
    assert (dev.apt_get() or [])[0] == "env"


@pytest.mark.parametrize(
    ("arguments", "workers"), [([], True), (["-k", "canvas"], True), (["-n", "0"], False), (["-n0"], False)]
)
def test_tests_run_in_several_processes_unless_told_otherwise(arguments: list[str], workers: bool) -> None:
    assert bool(dev.spread(arguments)) is workers


def test_a_program_that_fails_shows_its_last_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(dev.Failed, match=r"went wrong\n\nThis failed: sh"), dev.phase("Trying") as progress:
        dev.watch(["sh", "-c", "echo it went wrong; exit 3"], progress)

    assert "✗ Trying" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting flask<4,>=3.1 (from parcours==0.1.0)\n", "Collecting flask<4,>=3.1 (from"),
        ("  Downloading flask-3.1.3-py3-none-any.whl (103 kB)\n", "downloading flask-3.1.3-py3-none-any.whl"),
        ("Installing collected packages: a, b\n", "unpacking"),
        ("Requirement already satisfied: pip\n", ""),
        ("\n", ""),
    ],
)
def test_progress_says_what_it_is_at(line: str, shown: str) -> None:
    assert dev.wording(line) == shown


@pytest.mark.parametrize("target", ["demo", "test", "test-odoo", "test-card", "check", "clean"])
def test_make_and_the_script_have_the_same_commands(target: str) -> None:
    # A make that runs these tests hands its own flags and arguments down: start without them.
    make = subprocess.run(["make", "--dry-run", target], cwd=ROOT, env={}, capture_output=True, text=True, check=True)

    assert make.stdout.split() == ["python3", "dev.py", target]
    assert target in (dev.__doc__ or "")


CLOSING = "===== {} in 12.34s ====="


@pytest.mark.parametrize(
    ("closing", "made", "status"),
    [
        ("5 passed", 0, 0),
        ("5 passed, 2 warnings", 0, 0),
        ("5 passed, 1 skipped", 0, 1),
        ("5 passed, 1 xfailed", 0, 1),
        ("5 passed, 1 deselected", 0, 1),
        ("1 failed, 5 passed", 2, 1),
        ("5 passed, 1 error", 2, 1),
        ("no tests ran", 0, 1),
    ],
)
def test_the_run_fails_where_a_test_failed_or_was_left_out(
    tmp_path: Path, closing: str, made: int, status: int
) -> None:
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    make.write_text(f"#!/bin/sh\necho starting\necho '{CLOSING.format(closing)}'\nexit {made}\n")
    make.chmod(0o755)
    bash = shutil.which("bash")

    run = subprocess.run(
        [str(bash), ROOT / ".ci/run"], capture_output=True, text=True, env={"PATH": f"{make.parent}:/usr/bin:/bin"}
    )

    assert bool(run.returncode) == bool(status), run.stdout + run.stderr
    assert run.stdout.splitlines()[-1] == CLOSING.format(closing)


@pytest.mark.parametrize(
    ("failing", "last"), [("none", "test"), *((target, target) for target in ("test", "test-odoo", "test-card"))]
)
def test_the_run_is_of_all_kinds_of_tests_and_ends_with_the_closing_line_of_what_failed(
    tmp_path: Path, failing: str, last: str
) -> None:
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    closing = CLOSING.format("5 passed by $1")
    make.write_text(f'#!/bin/sh\necho "{closing}"\ntest "$1" != {failing}\n')
    make.chmod(0o755)
    bash = shutil.which("bash")

    run = subprocess.run(
        [str(bash), ROOT / ".ci/run"], capture_output=True, text=True, env={"PATH": f"{make.parent}:/usr/bin:/bin"}
    )

    assert bool(run.returncode) == (failing != "none"), run.stdout + run.stderr
    made = ("test", "test-odoo", "test-card")
    assert run.stdout.splitlines()[:3] == [CLOSING.format(f"5 passed by {target}") for target in made]
    assert run.stdout.splitlines()[-1] == CLOSING.format(f"5 passed by {last}")


@pytest.mark.parametrize(("closing", "status"), [("67 passed (67)", 0), ("66 passed | 1 skipped (67)", 1), ("", 1)])
def test_the_run_fails_where_one_of_the_cards_tests_was_left_out(tmp_path: Path, closing: str, status: int) -> None:
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    others = CLOSING.format("5 passed")
    make.write_text(f"#!/bin/sh\ntest $1 = test-card && echo '      Tests  {closing}' || echo '{others}'\n")
    make.chmod(0o755)
    bash = shutil.which("bash")

    run = subprocess.run(
        [str(bash), ROOT / ".ci/run"], capture_output=True, text=True, env={"PATH": f"{make.parent}:/usr/bin:/bin"}
    )

    assert run.returncode == status, run.stdout + run.stderr


def test_tests_with_odoo_are_run_where_the_person_says_and_only_once_odoo_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[list[str]] = []
    outcomes = iter([1, 0])
    monkeypatch.setattr(dev, "install", lambda *_extras: None)
    monkeypatch.setattr(dev, "need_browser", lambda: None)
    monkeypatch.setattr(dev, "become", lambda command: called.append(command) or 0)
    monkeypatch.setattr(subprocess, "call", lambda command: called.append(command) or next(outcomes))
    monkeypatch.setenv(dev.ODOO_TESTS, "")
    monkeypatch.chdir(ROOT)

    assert dev.main(["test-odoo", "-k", "notes"]) == 1
    assert len(called) == 1
    assert dev.main(["test-odoo", "-k", "notes"]) == 0

    assert called[1][1:] == ["-m", "tests.odoo_server", "install"]
    assert called[2][-4:] == ["-o", "testpaths=tests/odoo", "-k", "notes"]


@pytest.fixture
def card(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The card's folder in a project of which nothing is installed yet."""
    source = project / "card"
    source.mkdir()
    (source / "package-lock.json").write_text("one")
    monkeypatch.setattr(dev, "CARD", source)
    monkeypatch.setattr(dev, "CARD_COPY", project / ".venv/card")
    monkeypatch.setattr(dev, "NODE_PLACE", project / ".venv/node")
    return source


def test_what_the_card_needs_is_installed_again_only_when_its_lock_changed(
    card: Path, commands: list[list[str]]
) -> None:
    for lock in ("one", "one", "two"):
        (card / "package-lock.json").write_text(lock)
        dev.copy_card()
        dev.install_card(["npm"])

    assert commands == [["npm", "ci", "--prefix", str(dev.CARD_COPY)]] * 2


def test_a_file_that_left_the_card_leaves_its_copy_and_packages_stay(card: Path) -> None:
    (card / "gone.ts").touch()
    dev.copy_card()
    (dev.CARD_COPY / "node_modules").mkdir()
    (card / "gone.ts").unlink()

    dev.copy_card()

    assert sorted(path.name for path in dev.CARD_COPY.iterdir()) == ["node_modules", "package-lock.json"]


@pytest.mark.parametrize(("version", "ours"), [("v20.1.0", False), ("v18.20.4", True), ("what?", True)])
def test_a_node_that_is_missing_or_too_old_is_fetched(
    card: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, version: str, ours: bool
) -> None:
    programs = card.parent / "bin"
    programs.mkdir()
    for name in ("node", "npm"):
        (programs / name).write_text(f"#!/bin/sh\necho {version}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))

    npm = dev.need_npm()

    assert (npm[0] == str(dev.own_node())) is ours
    assert [command[-1] for command in commands] == [dev.NODE_WHEEL] * ours


def test_a_node_that_can_not_be_fetched_is_asked_for(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: object) -> None:
        raise dev.Failed("no such wheel")

    monkeypatch.setattr(dev, "watch", fails)
    monkeypatch.setenv("PATH", str(card))

    with pytest.raises(dev.Failed, match=r"no such wheel[^$]*Node 20 or newer.*nodejs\.org"):
        dev.need_npm()
