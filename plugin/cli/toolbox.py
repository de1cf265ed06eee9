"""What the composition root hands to every command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from plugin.services.weekly_mail import LetterWriter
from plugin.services.workspace import Workspace
from plugin.settings import Settings

WsgiApp = Callable[..., Any]


@dataclass(frozen=True)
class Toolbox:
    """``open`` gives a workspace on a migrated database; ``web`` makes the WSGI application that serves it.

    ``letters`` gives who writes the weekly mail, in its reader's language.
    """

    settings: Settings
    open: Callable[[Settings, bool], Workspace]
    web: Callable[[Workspace, Settings], WsgiApp]
    letters: Callable[[Workspace, Settings], LetterWriter]

    def workspace(self) -> Workspace:
        return self.open(self.settings, False)


pass_toolbox = click.make_pass_decorator(Toolbox)
