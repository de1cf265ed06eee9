"""What was done, in a person's words. An act is a noun and a verb; one that has no sentence is put together of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask

from plugin.rendering.i18n import gettext, pgettext

Words = Callable[[], str]


def act_words(act: str) -> str:
    """What is done in such an act."""
    if act in _ACTS:
        return _ACTS[act]()
    noun, _, verb = act.rpartition(" ")
    if noun in _NOUNS and verb in _VERBS:
        return gettext("%(noun)s: %(verb)s", noun=_NOUNS[noun](), verb=_VERBS[verb]())
    return act[:1].upper() + act[1:]


def install(app: Flask) -> None:
    app.jinja_env.globals["act_words"] = act_words


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
