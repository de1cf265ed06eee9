"""Odoo from Debian's package, unpacked into a folder that is kept, with an environment of its own.

Debian's next release carries Odoo 19. Its package is fetched with lists and folders of our own, so that the system's
stay as they are and anybody may do it; the mirror is the system's, and signatures are checked as apt always does.
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
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev import Failed, phase, watch

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
# Odoo's package leaves out what Debian has in packages of its own; without these its pages are errors.
PACKAGES = (
    *("odoo-19", "libjs-jquery", "libjs-jquery-form", "libjs-underscore", "fonts-inconsolata"),
    *("fonts-montserrat", "fonts-ocr-b", "fonts-roboto-unhinted"),
    # The newer one has other icons under other names.
    "fonts-font-awesome/trixie",
)
SUITES = ("unstable", "trixie")
DEBIAN = "https://deb.debian.org/debian"
DEBIAN_SUITES = {
    *("stable", "testing", "unstable", "sid", "oldstable", "oldoldstable"),
    *("bullseye", "bookworm", "trixie", "forky", "duke"),
}
KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp")
# How apt says that it can't tell who signed: the older way, the newer way, and where nobody did.
UNSIGNED = re.compile(r"NO_PUBKEY|Missing key|EXPKEYSIG|is not signed")
# Read after the system's own settings, of which a proxy and a password for the mirror are still needed.
APT_SETTINGS = """\
Dir::State "{folder}";
Dir::State::lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Log "{folder}";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Default-Release "";
// The folder is closed to the user that apt would become.
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
# Translations into other languages are most of the package.
LANGUAGE = "fr"
# Settings of PARCOURS_* are gone by the time that a test runs.
CACHE = Path(
    os.environ.get("PARCOURS_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "parcours"
)


class NoOdoo(Failed):
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

    def works(self) -> bool:
        """A Python that was taken away since takes its environments with it."""
        needs = [str(self.python), "-c", "import psycopg2, lxml"]
        try:
            return self.program.exists() and not subprocess.call(needs, stderr=subprocess.DEVNULL)
        except OSError:
            return False


def installed() -> Installation:
    """Odoo, installed the first time and found again after that. Raises NoOdoo."""
    with alone("install"):
        mark = fingerprint(
            REQUIREMENTS.read_bytes(), *(str(part).encode() for part in (*PACKAGES, *sys.version_info[:2]))
        )
        found = (Installation(folder) for folder in sorted(cache().glob(f"odoo-19.*-{mark}")))
        return next(filter(Installation.works, found), None) or _install(mark)


def cache() -> Path:
    """What is kept from one run to the next; it may be deleted at any time."""
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoOdoo(
            f"Odoo is kept in {CACHE}, which can't be made: {error}.\nSet PARCOURS_CACHE to a folder of yours."
        ) from None
    return CACHE.resolve()


def fingerprint(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Two that want the same thing at once: one makes it, the other waits and finds it."""
    path = cache() / f"{name}.lock"
    try:
        lock = path.open("w")
    except OSError as error:
        raise NoOdoo(f"{path} can't be written: {error}.\nSet PARCOURS_CACHE to a folder of yours.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with phase("Waiting for another process that makes what is needed"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def draft(name: str) -> Iterator[Path]:
    """A folder beside the one that it is to become; what a killed process left of another is taken away."""
    for old in cache().glob(f"{name}-draft-*"):
        shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=cache(), prefix=f"{name}-draft-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(mark: str) -> Installation:
    with draft("odoo") as folder, tempfile.TemporaryDirectory(prefix="parcours-apt-") as apt:
        packages = _fetched(Path(apt))
        with phase("Unpacking Odoo"):
            for package in packages:
                _run("dpkg", "-x", str(package), str(folder / "root"))
            _drop_translations(folder / "root")
        _make_environment(folder / "venv")
        version = re.escape("odoo-19_")
        name = next(package.name for package in packages if re.match(version, package.name))
        # What was unpacked knows no address of its own, so it may move; an environment too, but for its scripts.
        final = cache() / f"odoo-{_version(name)}-{mark}"
        shutil.rmtree(final, ignore_errors=True)
        folder.rename(final)
    return Installation(final)


def _version(file: str) -> str:
    """The version in the name of a package's file, in characters that any path may have."""
    return re.sub(r"[^\w.+~-]", "-", urllib.parse.unquote(file.split("_")[1]))


def _drop_translations(root: Path) -> None:
    for path in root.rglob("i18n/*.po"):
        if path.name != f"{LANGUAGE}.po":
            path.unlink()


# --- Debian's package --------------------------------------------------------------------------------------------


def _fetched(folder: Path) -> list[Path]:
    for name in ("apt-get", "dpkg"):
        if shutil.which(name) is None:
            raise NoOdoo(
                f"A real Odoo is had from Debian's packages, and {name} is not here.\nRun these tests on Debian or "
                "Ubuntu, or in a container of either; all others are run by: python3 dev.py test"
            )
    for name in ("lists/partial", "cache/archives/partial", "packages"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "apt.conf").write_text(APT_SETTINGS.format(folder=folder))
    origin = mirror(Path("/etc/apt"))
    sources = [f"deb [signed-by={_keyring()} target=Packages] {origin} {suite} main\n" for suite in SUITES]
    (folder / "sources.list").write_text("".join(sources))
    apt = ("env", "-C", str(folder / "packages"), "LC_ALL=C", "apt-get", "-c", str(folder / "apt.conf"), "--quiet")
    with phase(f"Fetching Odoo (120 MB) from {urllib.parse.urlsplit(origin).hostname or origin}") as show:
        try:
            watch([*apt, "update"], show)
            watch([*apt, "download", *PACKAGES], show)
        except Failed as error:
            raise NoOdoo(f"{error}\n\n{_how_to_mend(str(error), origin)}") from None
    return sorted((folder / "packages").glob("*.deb"))


def _keyring() -> str:
    for path in KEYRINGS:
        if Path(path).exists():
            return path
    raise NoOdoo(
        "Debian's keys are not here, and what nobody has signed is not run. Install them, as root:\n"
        "    apt-get install debian-archive-keyring"
    )


def _how_to_mend(said: str, origin: str) -> str:
    if UNSIGNED.search(said):
        return (
            f"The keys that sign Debian {SUITES[0]} are not among this system's: its packages are not trusted.\n"
            "Install newer ones, as root: apt-get update && apt-get install debian-archive-keyring"
        )
    if "Unable to locate package" in said or "was not found" in said:
        return f"{origin} has no Odoo 19 in {SUITES[0]}: a mirror that stands still is too old for it."
    return (
        f"Odoo is fetched from {origin}, the mirror that this system's apt names: is there a network, and a proxy set?"
    )


def mirror(settings: Path) -> str:
    """The mirror of Debian that the system's own apt uses."""
    files = [settings / "sources.list", *sorted((settings / "sources.list.d").glob("*"))]
    for file in files:
        if file.suffix not in (".list", ".sources") or not os.access(file, os.R_OK):
            continue
        read = _deb822 if file.suffix == ".sources" else _one_line
        for address, suites, components in read(file.read_text(encoding="utf-8", errors="replace")):
            if DEBIAN_SUITES.intersection(suites) and "main" in components and _is_debian(address):
                return address.rstrip("/")
    return DEBIAN


def _is_debian(address: str) -> bool:
    """Others name their suites after Debian's too."""
    parts = urllib.parse.urlsplit(address)
    return (parts.hostname or "").endswith(".debian.org") or parts.path.rstrip("/").split("/")[-1].startswith("debian")


Source = tuple[str, list[str], list[str]]


def _one_line(text: str) -> Iterator[Source]:
    for found in re.finditer(r"^\s*deb\s+(?:\[[^]]*\]\s*)?(\S+)\s+(\S+)([^#\n]*)", text, re.MULTILINE):
        yield found[1], [found[2]], found[3].split()


def _deb822(text: str) -> Iterator[Source]:
    uncommented = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    for stanza in re.split(r"\n\s*\n", uncommented):
        fields = {
            name.lower(): value.split()
            for name, value in re.findall(r"^([\w-]+):((?:.*\n?)(?:[ \t].*\n?)*)", stanza, re.M)
        }
        if fields.get("enabled") != ["no"] and "deb" in fields.get("types", []):
            for address in fields.get("uris", []):
                yield address, fields.get("suites", []), fields.get("components", [])


# --- its environment ---------------------------------------------------------------------------------------------


def _make_environment(folder: Path) -> None:
    with phase("Installing what Odoo needs of Python") as show:
        try:
            watch([sys.executable, "-m", "venv", str(folder)], show)
            pip = (str(folder / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
            watch([*pip, "--progress-bar", "off", "--requirement", str(REQUIREMENTS)], show)
        except Failed as error:
            raise NoOdoo(f"{error}\npip fetches these from where pip is set to: is there a network?") from None


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoOdoo(f"{done.stdout}{done.stderr}\nThis failed: {' '.join(command)}")
