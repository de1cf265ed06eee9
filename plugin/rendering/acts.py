"""What was done, in a person's words. An act is a noun and a verb; one that has no sentence is put together of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask

from plugin.domain.retention import Kept
from plugin.rendering.i18n import gettext, pgettext
from plugin.rendering.privacy import kept_name
from plugin.rendering.wording import figure_name, role_name, stage_name

Words = Callable[[], str]


def act_words(act: str) -> str:
    """What is done in such an act."""
    if act in _ACTS:
        return _ACTS[act]()
    noun, _, verb = act.rpartition(" ")
    if noun in _NOUNS and verb in _VERBS:
        return gettext("%(noun)s: %(verb)s", noun=_NOUNS[noun](), verb=_VERBS[verb]())
    return act[:1].upper() + act[1:]


def about_words(act: str, about: str) -> str:
    """What it was about, with our keys in a person's words."""
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


_ABOUT: Mapping[str, Callable[[str], str]] = {
    "retention changed": _kept,
    "retention run": _kept,
    "user added": _with_role,
    "role changed": _with_role,
    "deals exported": _figure,
}


_ACTS: Mapping[str, Words] = {
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
}
_NOUNS: Mapping[str, Words] = {
    "journey": lambda: pgettext("act", "Journey"),
    "stage": lambda: pgettext("act", "Stage"),
    "persona": lambda: pgettext("act", "Persona"),
    "objective": lambda: pgettext("act", "Objective"),
    "action": lambda: pgettext("act", "Action"),
    "touchpoint": lambda: pgettext("act", "Touchpoint"),
    "touches": lambda: pgettext("act", "Marketing touches"),
    "improvement": lambda: pgettext("act", "Improvement"),
    "deal": lambda: pgettext("act", "Deal"),
}
# Nouns too, so that French needs no gender.
_VERBS: Mapping[str, Words] = {
    "added": lambda: pgettext("act", "added"),
    "changed": lambda: pgettext("act", "changed"),
    "removed": lambda: pgettext("act", "removed"),
    "published": lambda: pgettext("act", "published"),
    "imported": lambda: pgettext("act", "imported"),
    "exported": lambda: pgettext("act", "exported"),
    "corrected": lambda: pgettext("act", "corrected"),
    "closed": lambda: pgettext("act", "closed"),
}
