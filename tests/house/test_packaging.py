"""What is installed is whole: wheel, sdist and editable install carry every file that the application reads."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
# Where a folder of the project lands in an installation.
PLACES = {
    "plugin": "plugin",
    "crm_adapters": "crm_adapters",
    "migrations": "plugin/migrations",
    "meeting_templates": "plugin/meeting_templates",
}

pytestmark = pytest.mark.packaging


@dataclass(frozen=True)
class Built:
    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist, and the wheel made from it. Built from a copy: leftovers of earlier builds would find their way in."""
    source = tmp_path_factory.mktemp("packaging") / "source"
    for room in PLACES:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in filter(Path.is_file, ROOT.iterdir()):
        shutil.copy(file, source)
    run(sys.executable, "-m", "build", "--outdir", "dist", cwd=source)
    [sdist], [wheel] = source.glob("dist/*.tar.gz"), source.glob("dist/*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="module")
def installed_wheel(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that has nothing but the wheel and what it needs."""
    environment = tmp_path_factory.mktemp("fresh")
    venv.create(environment, with_pip=True)
    programs = environment / "bin"
    pip = (programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--constraint", ROOT / "constraints.txt", built.wheel, cwd=environment)
    return programs


@pytest.fixture(params=["wheel", "editable"])
def programs(request: pytest.FixtureRequest) -> Path:
    if request.param == "editable":
        return Path(sys.executable).parent
    folder: Path = request.getfixturevalue("installed_wheel")
    return folder


def run(*command: object, cwd: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def project_files() -> Iterator[tuple[str, PurePosixPath]]:
    """Every file of the four rooms, with its place in an installation."""
    for room, place in PLACES.items():
        for file in (ROOT / room).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{room}/{file.relative_to(ROOT / room)}", PurePosixPath(place) / file.relative_to(ROOT / room)


def test_the_project_has_files_of_every_kind() -> None:
    kinds = {PurePosixPath(name).suffix for name, _ in project_files()}

    assert kinds >= {".py", ".typed", ".mako", ".yaml", ".md", ".html", ".po", ".css", ".js"}


def test_the_wheel_carries_every_file(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        carried = set(wheel.namelist())

    assert {str(place) for _, place in project_files()} - carried == set()


def test_the_sdist_carries_every_file(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        carried = {name.partition("/")[2] for name in sdist.getnames()}

    assert {name for name, _ in project_files()} | {"LICENSE", "README.md", "setup.cfg"} <= carried


def test_the_wheel_carries_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        carried = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert carried - {str(place) for _, place in project_files()} == set()


def test_the_command_runs_from_another_folder(programs: Path, tmp_path: Path) -> None:
    environment = {"PARCOURS_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}

    def parcours(*arguments: str) -> str:
        return run(programs / "parcours", *arguments, cwd=tmp_path, environment=environment)

    assert "sync" in parcours("--help")
    assert "revision" in parcours("db", "upgrade")
    assert (tmp_path / "home" / "parcours.sqlite3").exists()
    assert parcours("db", "check")
    assert parcours("templates", "check")
    assert parcours("conversion")
