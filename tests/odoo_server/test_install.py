"""Where Odoo is fetched from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.odoo_server.install import DEBIAN, mirror

OWN = "http://mirror.example/pub/debian"


@pytest.mark.parametrize(
    "sources",
    [
        f"deb {OWN} bookworm main\n",
        f"# deb http://old.example/debian sid main\ndeb [arch=amd64 signed-by=/k.gpg] {OWN}/ trixie main contrib\n",
        f"deb-src http://source.example/debian trixie main\ndeb\t{OWN} trixie main # ours\n",
        f"deb http://security.debian.org/debian-security bookworm-security main\ndeb {OWN} stable main\n",
        # Others who name their suites after Debian's.
        f"deb https://apt.tools.example bookworm main\ndeb {OWN} bookworm main\n",
        f"deb https://docker.example/linux/debian bookworm stable\ndeb {OWN} bookworm main\n",
    ],
)
def test_the_mirror_is_the_one_that_a_line_for_apt_names(tmp_path: Path, sources: str) -> None:
    (tmp_path / "sources.list").write_text(sources)

    assert mirror(tmp_path) == OWN


@pytest.mark.parametrize(
    "sources",
    [
        f"Types: deb\nURIs: {OWN}\nSuites: bookworm bookworm-updates\nComponents: main\n",
        f"Types: deb deb-src\n# a remark\nURIs:\n {OWN}/\nSuites: trixie\nComponents: main\nSigned-By:\n a\n b\n",
        "Types: deb\nURIs: http://off.example/debian\nSuites: sid\nComponents: main\nEnabled: no\n\n"
        f"Types: deb\nURIs: {OWN}\nSuites: trixie\nComponents: main\n",
    ],
)
def test_the_mirror_is_the_one_that_a_stanza_for_apt_names(tmp_path: Path, sources: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/debian.sources").write_text(sources)

    assert mirror(tmp_path) == OWN


@pytest.mark.parametrize("sources", ["", "deb http://archive.ubuntu.example/ubuntu noble main\n"])
def test_without_one_it_is_debians_own(tmp_path: Path, sources: str) -> None:
    (tmp_path / "sources.list").write_text(sources)

    assert mirror(tmp_path) == DEBIAN
