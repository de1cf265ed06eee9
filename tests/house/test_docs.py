"""The documentation is true: its commands run, its links lead somewhere.

In a ``console`` block, a line ``$ parcours …`` is run, in the order of its file, in a fresh PARCOURS_HOME.
``# exits 1`` behind it says that it fails, ``# not run`` that it needs something that only the reader has.
What serves pages, and what only the reader can run, is asked for its help: it must at least exist.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev import ROOT

PARCOURS = Path(sys.executable).with_name("parcours")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
SERVERS = {"serve", "demo"}
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Command:
    line: int
    words: tuple[str, ...]
    remark: str

    @property
    def status(self) -> int:
        expected = re.match(r"exits (\d+)", self.remark)
        return int(expected[1]) if expected else 0

    @property
    def runs(self) -> bool:
        return self.words[0] == "parcours" and self.words[1] not in SERVERS and not self.remark.startswith("not run")


def commands(page: str) -> Iterator[Command]:
    for block in CONSOLE.finditer(page):
        first = page.count("\n", 0, block.start(1)) + 1
        for number, text in enumerate(block[1].splitlines(), start=first):
            if text.startswith("$ "):
                command, _, remark = text.removeprefix("$ ").partition(" # ")
                yield Command(number, tuple(shlex.split(command)), remark.strip())


def run(*words: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARCOURS_")}
    return subprocess.run(
        words,
        cwd=home,
        env=environment | {"PARCOURS_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def exists(command: Command, home: Path) -> bool:
    """Whether a command that is not run here is at least one that could be."""
    program, *rest = command.words
    if program == "parcours":
        return run(PARCOURS, *rest, "--help", home=home).returncode == 0
    if program == "make":
        return run("make", "--dry-run", "-C", ROOT, *rest, home=home).returncode == 0
    if program == "python3" and rest[0] == "dev.py":
        return run(sys.executable, ROOT / "dev.py", "--help", home=home).stdout.count(f"\n{rest[1]} ") == 1
    return program in {"git", "cd"}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [page for page in PAGES if "```console" in page.read_text()], ids=name_of)
def test_the_commands_on_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    for command in commands(page.read_text()):
        place = f"{name_of(page)}:{command.line}: {' '.join(command.words)}"
        if command.runs:
            done = run(PARCOURS, *command.words[1:], home=tmp_path)
            assert done.returncode == command.status, f"{place}\n{done.stdout}{done.stderr}"
        else:
            assert exists(command, tmp_path), f"{place}: no such command"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_on_a_page_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    targets = [target.partition("#")[0] for target in LINK.findall(prose)]

    missing = [target for target in targets if target and "://" not in target and not (page.parent / target).exists()]

    assert missing == []


def test_a_page_has_commands_to_run() -> None:
    readme = list(commands((ROOT / "README.md").read_text()))

    assert any(command.runs for command in readme)
    assert ("make", "demo") in {command.words for command in readme}


PAGE = """\
# Title

```console
$ parcours user add 'a b'   # exits 1: taken
is taken
$ parcours sync   # not run: needs a folder
```

```
$ parcours no console
```
"""


def test_a_command_is_read_with_its_line_and_its_remark() -> None:
    first, second = commands(PAGE)

    assert (first.line, first.words, first.status, first.runs) == (4, ("parcours", "user", "add", "a b"), 1, True)
    assert (second.line, second.words, second.runs) == (6, ("parcours", "sync"), False)


@pytest.mark.parametrize(
    ("words", "there"),
    [
        (("make", "demo"), True),
        (("make", "coffee"), False),
        (("python3", "dev.py", "check"), True),
        (("python3", "dev.py", "coffee"), False),
        (("parcours", "serve"), True),
        (("parcours", "coffee"), False),
        (("coffee",), False),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(words: tuple[str, ...], there: bool, tmp_path: Path) -> None:
    assert exists(Command(1, words, ""), tmp_path) is there
