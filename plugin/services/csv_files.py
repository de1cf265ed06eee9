"""Deals from CSV files that an administrator sends: kept in a folder of ours, one a connection, and read from there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import select

from plugin.services.connections import CrmError, Pulled, connect, sync
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection

KIND = "csv"
LARGEST_FILES = 20_000_000  # bytes, all of them together
MOST_FILES = 12
# A folder is called by it: nothing that a path could be made of.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
# Whatever an export is called, where a mapping.yaml names it.
FILE_NAME = re.compile(r"\w[\w .()+-]{0,95}\.(csv|yaml)", re.IGNORECASE)


class FilesRefused(Exception):
    """Nothing was kept. ``reasons`` say each what is wrong where, and how to mend it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def kind_of(workspace: Workspace, name: str) -> str | None:
    """What is connected under the name; None where nothing is."""
    with workspace.database.reading() as session:
        return session.scalar(select(Connection.kind).filter_by(name=name))


def connect_files(workspace: Workspace, name: str, files: Mapping[str, bytes], by: int) -> Pulled:
    """Keep the files in place of those that the connection had, and read them; ``name`` is a NAME, each file a
    FILE_NAME. What can't be read at all changes nothing: raises FilesRefused.
    """
    shelf = workspace.cohorts.folder.parent / KIND / name
    folder = _kept(shelf, files)
    try:
        connect(workspace, KIND, name, {"folder": str(folder)}, by=by)
    except CrmError as error:
        shutil.rmtree(folder)
        raise FilesRefused(*str(error).replace(f"{folder}/", "").splitlines()) from error
    for older in shelf.iterdir():
        if older != folder:
            shutil.rmtree(older, ignore_errors=True)
    pulled = sync(workspace, name, lambda _name: lambda _stream, _read, _total: None)[name]
    if isinstance(pulled, CrmError):
        raise FilesRefused(str(pulled)) from pulled
    return pulled


def _kept(shelf: Path, files: Mapping[str, bytes]) -> Path:
    """In a new folder, which nobody but us reads: the one before it stays until these are known to be good."""
    shelf.parent.mkdir(mode=0o700, exist_ok=True)
    shelf.mkdir(mode=0o700, exist_ok=True)
    folder = Path(mkdtemp(dir=shelf))
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
