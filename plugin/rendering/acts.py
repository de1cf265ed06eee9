"""What was done, in a person's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flask import Flask

from plugin.domain.retention import Kept
from plugin.rendering.i18n import gettext, language
from plugin.rendering.privacy import kept_name
from plugin.rendering.wording import figure_name, meeting_title, persona_name, role_name, stage_name
from plugin.rendering.workspace import workspace

Words = Callable[[], str]

PUBLIC_ID = re.compile("[0-9a-f]{32}")


def act_words(act: str) -> str:
    """What is done in such an act; one that has no sentence is told as it was recorded."""
    return ACTS[act]() if act in ACTS else act[:1].upper() + act[1:]


def about_words(act: str, about: str, labels: Mapping[str, str]) -> str:
    """What it was about, with our keys in a person's words; ``labels`` by public ids, of which no other is shown."""
    if PUBLIC_ID.fullmatch(about):
        label = labels.get(about, "")
        return stage_name(label) if label and act.startswith("objective ") else label
    return _ABOUT[act](about) if act in _ABOUT else about


def install(app: Flask) -> None:
    app.jinja_env.globals.update(act_words=act_words, about_words=about_words)


def _kept(about: str) -> str:
    for what in Kept:
        about = about.replace(what.value, kept_name(what))
    return about


def _with_role(about: str) -> str:
    email, _, role = about.rpartition(": ")
    return f"{email}, {role_name(role)}" if email else about


def _figure(about: str) -> str:
    stage, _, figure = about.partition(" ")
    return f"{stage_name(stage)}, {figure_name(figure)}" if figure else about


def _of_persona(about: str) -> str:
    """A persona and the number of a canvas question."""
    key, _, question = about.rpartition(" ")
    return f"{persona_name(key)}, {question}" if key else about


def _journey(about: str) -> str:
    """The journey's name; one that is out of use keeps its key."""
    found = workspace().journeys.named(about) if about in workspace().journeys else None
    return found.name.in_language(language()) if found else about


def _template(about: str) -> str:
    """A template's title and the version."""
    key, _, version = about.rpartition(" ")
    return f"{meeting_title(key, key)}, {version}" if key else about


_ABOUT: Mapping[str, Callable[[str], str]] = {
    "retention changed": _kept,
    "retention run": _kept,
    "user added": _with_role,
    "role changed": _with_role,
    "deals exported": _figure,
    "persona changed": persona_name,
    "persona added": persona_name,
    "persona removed": persona_name,
    "persona moved": persona_name,
    "belief written": _of_persona,
    "journey published": _journey,
    "journey made main": _journey,
    "journey taken out of use": _journey,
    "pipeline follows journey": _journey,
    "template published": _template,
    "template put back": _template,
}


ACTS: Mapping[str, Words] = {
    "person shown": lambda: gettext("Looked at everything held about a person"),
    "person exported": lambda: gettext("Took away everything held about a person"),
    "person erased": lambda: gettext("Erased a person"),
    "basis noted": lambda: gettext("Noted a person’s legal basis"),
    "basis decided": lambda: gettext("Decided a connection’s legal basis"),
    "retention changed": lambda: gettext("Changed a retention rule"),
    "retention run": lambda: gettext("Let go what the retention rules no longer keep"),
    "audit exported": lambda: gettext("Took away this record"),
    "deals exported": lambda: gettext("Took away the deals behind a figure"),
    "user added": lambda: gettext("Added an account"),
    "role changed": lambda: gettext("Gave an account another role"),
    "user disabled": lambda: gettext("Closed an account"),
    "user enabled": lambda: gettext("Opened an account again"),
    "password made anew": lambda: gettext("Gave an account a new password"),
    "token made": lambda: gettext("Made a token for a program"),
    "token revoked": lambda: gettext("Revoked a program’s token"),
    "connection made": lambda: gettext("Connected a source of deals"),
    "connection paused": lambda: gettext("Paused a connection"),
    "connection resumed": lambda: gettext("Let a connection go on"),
    "connection disconnected": lambda: gettext("Disconnected a source of deals"),
    "mapping changed": lambda: gettext("Changed what CRM stages mean"),
    "template published": lambda: gettext("Published a meeting template"),
    "template put back": lambda: gettext("Put an older version of a meeting template in use"),
    "report rule changed": lambda: gettext("Changed who may see whom in the reports"),
    "journey published": lambda: gettext("Put a version of the journey in use"),
    "journey made main": lambda: gettext("Made a journey the main one"),
    "journey taken out of use": lambda: gettext("Took a journey out of use"),
    "pipeline follows journey": lambda: gettext("Chose the journey that a pipeline follows"),
    "persona chosen": lambda: gettext("Put a deal’s persona right"),
    "persona left to rules": lambda: gettext("Left a deal’s persona to the rules again"),
    "persona changed": lambda: gettext("Changed a persona"),
    "persona added": lambda: gettext("Added a persona"),
    "persona removed": lambda: gettext("Took a persona away"),
    "persona moved": lambda: gettext("Gave a persona another place in the list"),
    "personas imported": lambda: gettext("Brought in a file of personas"),
    "belief written": lambda: gettext("Wrote what we believe of a persona"),
    "objective set": lambda: gettext("Set a stage’s objective"),
    "objective changed": lambda: gettext("Changed a stage’s objective"),
    "objective removed": lambda: gettext("Took a stage’s objective away"),
    "goal changed": lambda: gettext("Changed the company’s goal"),
    "action added": lambda: gettext("Added an action"),
    "action changed": lambda: gettext("Changed an action"),
    "action removed": lambda: gettext("Took an action away"),
    "action idea": lambda: gettext("Put an action back among the ideas"),
    "action planned": lambda: gettext("Planned an action"),
    "action doing": lambda: gettext("Began an action"),
    "action done": lambda: gettext("Finished an action"),
    "action stopped": lambda: gettext("Stopped an action"),
    "touchpoint added": lambda: gettext("Added a touchpoint"),
    "touchpoint changed": lambda: gettext("Changed a touchpoint"),
    "touchpoint removed": lambda: gettext("Took a touchpoint away"),
    "improvement decided": lambda: gettext("Decided an improvement"),
    "improvement evaluated": lambda: gettext("Evaluated an improvement"),
    "improvement put off": lambda: gettext("Put an improvement off"),
    "improvement withdrawn": lambda: gettext("Withdrew an improvement"),
    "map note corrected": lambda: gettext("Corrected a note of the map"),
    "map note withdrawn": lambda: gettext("Withdrew a note of the map"),
    "touches imported": lambda: gettext("Brought in a file of touches"),
    "touches undone": lambda: gettext("Took the touches of a file back"),
    "touch goal set": lambda: gettext("Made a touch the passage into a stage"),
    "touch goal removed": lambda: gettext("Let a touch be no passage any more"),
    "weekly readers chosen": lambda: gettext("Chose who gets the weekly page"),
    "weekly page sent": lambda: gettext("Sent the weekly page"),
}
