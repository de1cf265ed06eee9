"""Odoo from Debian's package, unpacked into a folder that is kept, with an environment of its own.

Debian's next release carries Odoo 19; its package is fetched with settings of apt that are ours alone, so that the
system's own lists and packages stay as they are, and anybody may do it. Signatures are checked as apt always does.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
# Odoo's package leaves out what Debian has in packages of its own; without these its pages are errors.
PACKAGES = (
    *("odoo-19", "libjs-jquery", "libjs-jquery-form", "libjs-underscore", "fonts-font-awesome", "fonts-inconsolata"),
    *("fonts-montserrat", "fonts-ocr-b", "fonts-roboto-unhinted"),
)
SUITE = "unstable"
DEBIAN = "http://deb.debian.org/debian"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
APT_SETTINGS = """\
Dir "{folder}";
Dir::State "{folder}";
Dir::State::lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc "{folder}";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::trusted "{keys}";
Dir::Log "{folder}";
Acquire::Languages "none";
// A mirror that stands still is good enough: what counts is who signed it.
Acquire::Check-Valid-Until "false";
{root}"""


class NoOdoo(Exception):
    """Odoo can't be had; the message says how to mend it."""


@dataclass(frozen=True)
class Installation:
    """``packages`` is where Odoo's Python code lies, ``python`` what runs it."""

    folder: Path

    @property
    def packages(self) -> Path:
        return self.folder / "root/usr/lib/python3/dist-packages"

    @property
    def program(self) -> Path:
        return self.folder / "root/usr/bin/odoo"

    @property
    def python(self) -> Path:
        return self.folder / "venv/bin/python"


def installed() -> Installation:
    """Odoo, installed the first time and found again after that. Raises NoOdoo."""
    folder = cache() / f"odoo-19-{fingerprint(REQUIREMENTS.read_bytes(), ' '.join(PACKAGES).encode())}"
    with alone(folder.name):
        if not (folder / "complete").exists():
            _install(folder)
    return Installation(folder)


def cache() -> Path:
    """What is kept from one run to the next; it may be deleted at any time."""
    own = os.environ.get("PARCOURS_CACHE")
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parcours"
    folder = Path(own) if own else kept
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fingerprint(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Two that want the same thing at once: one makes it, the other waits and finds it."""
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(folder: Path) -> None:
    say("Installing Odoo 19: some 500 MB are fetched and unpacked, this once")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "root").mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="parcours-apt-") as apt:
        for package in _fetched(Path(apt)):
            run(["dpkg", "-x", str(package), str(folder / "root")])
    _environment(folder)
    (folder / "complete").touch()


def _fetched(folder: Path) -> list[Path]:
    for name in ("apt-get", "dpkg"):
        if shutil.which(name) is None:
            raise NoOdoo(f"{name} is not here: a real Odoo is had from Debian's packages, on Debian or Ubuntu")
    for name in ("lists/partial", "cache/archives/partial", "debs"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    root = 'APT::Sandbox::User "root";\n' if os.geteuid() == 0 else ""
    (folder / "apt.conf").write_text(APT_SETTINGS.format(folder=folder, keys=KEYS, root=root))
    (folder / "sources.list").write_text(f"deb [signed-by={KEYS}] {mirror()} {SUITE} main\n")
    settings = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
    run(["apt-get", "--quiet", "--quiet", "update"], env=settings)
    run(["apt-get", "--quiet", "--quiet", "download", *PACKAGES], env=settings, cwd=folder / "debs")
    return sorted((folder / "debs").glob("*.deb"))


def mirror() -> str:
    """The mirror of Debian that this system uses itself."""
    for file in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        try:
            text = file.read_text(encoding="utf-8")
        except OSError:
            continue
        found = re.search(r"^(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(\S+/debian)/?(?:\s|$)", text, re.MULTILINE)
        if found:
            return found[1]
    return DEBIAN


def _environment(folder: Path) -> None:
    run([sys.executable, "-m", "venv", str(folder / "venv")])
    install = [str(folder / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--no-input"]
    run([*install, "--disable-pip-version-check", "--requirement", str(REQUIREMENTS)])


def run(command: Sequence[str], **more: object) -> str:
    """Raises NoOdoo with the end of what the command said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise NoOdoo(f"{' '.join(map(str, command[:4]))} failed:\n{said}")
    return str(done.stdout)


def say(text: str) -> None:
    print(f"── {text}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    try:
        say(f"Odoo 19 is in {installed().folder}")
    except NoOdoo as error:
        sys.exit(f"\n{error}")
