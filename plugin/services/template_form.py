"""A template's script and settings as fields that a person fills in, in both languages side by side, and back as files.

What the fields can't show (a file that is no YAML, keys that we don't know) stays as it is: it is edited as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from plugin.library.faults import Refused
from plugin.library.meeting import LANGUAGES
from plugin.library.nodes import parse_yaml
from plugin.library.source import Source

Fields = Mapping[str, str]
LISTS = ("prepare", "questions", "objections")
# What a new item begins with: the words that have to be there, in every language.
_NEW: dict[str, Any] = {
    "prepare": "",
    "questions": {"ask": "", "listen_for": "", "feeds": {}},
    "objections": {"says": "", "answer": ""},
}
_WIDE = 110


def scripts(files: Mapping[str, str]) -> dict[str, dict[str, Any]] | None:
    """Both scripts as plain values, each list as long in one language as in the other; None where one is broken."""
    found = {language: _plain(_script(language), files) for language in LANGUAGES}
    if not all(isinstance(script, dict) for script in found.values()):
        return None
    for name in LISTS:
        lists = {language: script.get(name) for language, script in found.items()}
        if not all(isinstance(items, list) for items in lists.values()):
            return None
        if name != "prepare" and not all(isinstance(item, dict) for items in lists.values() for item in items):
            return None
        longest = max(len(items) for items in lists.values())
        for items in lists.values():
            items.extend(_fresh(name, "") for _ in range(longest - len(items)))
    return found


def settings(files: Mapping[str, str]) -> dict[str, Any] | None:
    """``meeting.yaml`` as plain values; None where it is broken."""
    found = _plain("meeting.yaml", files)
    return found if isinstance(found, dict) else None


def with_script(files: Mapping[str, str], fields: Fields) -> dict[str, str]:
    """The files with what was typed into the fields ``en.title``, ``fr.questions.3.ask``, ``questions.3.feeds``…"""
    both = scripts(files)
    if both is None or not any(name.startswith("en.") for name in fields):
        return dict(files)
    return _with(files, {_script(language): _filled(both[language], language, fields) for language in LANGUAGES})


def with_settings(
    files: Mapping[str, str], minutes: str, stage: str, evidence: list[str], canvas: list[str]
) -> dict[str, str]:
    """The files with another ``meeting.yaml``; its key stays."""
    known = settings(files)
    if known is None:
        return dict(files)
    changed = {"stage": stage, "minutes": minutes, "evidence": evidence, "canvas": canvas}
    return _with(files, {"meeting.yaml": {**known, **changed}})


def with_change(files: Mapping[str, str], change: str) -> dict[str, str]:
    """The files after a change such as ``add:questions``, ``remove:questions:3``, ``up:questions:3``, ``story:key``."""
    kind, _, rest = change.partition(":")
    if kind == "story":
        return {**files, **{f"{language}/stories/{rest}.md": _STORY for language in LANGUAGES}}
    if kind == "unstory":
        return {name: text for name, text in files.items() if not name.endswith(f"/stories/{rest}.md")}
    name, _, place = rest.partition(":")
    both = scripts(files)
    if both is None or name not in LISTS:
        return dict(files)
    for script in both.values():
        _change(kind, script[name], name, int(place) if place.isdecimal() else -1)
    return _with(files, {_script(language): both[language] for language in LANGUAGES})


def _filled(script: dict[str, Any], language: str, fields: Fields) -> dict[str, Any]:
    def typed(name: str, before: Any) -> Any:
        return fields.get(f"{language}.{name}", before)

    following = script["next_meeting"] if isinstance(script.get("next_meeting"), dict) else {}
    return {
        **script,
        **{name: typed(name, script.get(name, "")) for name in ("title", "goal")},
        "prepare": [typed(f"prepare.{place}", text) for place, text in enumerate(script["prepare"])],
        **{
            kind: [_item(kind, place, item, typed, fields) for place, item in enumerate(script[kind])]
            for kind in _WORDS
        },
        "next_meeting": {
            word: typed(f"next_meeting.{word}", following.get(word, "")) for word in ("propose", "agenda")
        },
    }


def _item(
    kind: str, place: int, item: Mapping[str, Any], typed: Callable[[str, Any], Any], fields: Fields
) -> dict[str, Any]:
    words = {word: typed(f"{kind}.{place}.{word}", item.get(word, "")) for word in _WORDS[kind]}
    return _shared(f"{kind}.{place}.", {**item, **words}, fields)


def _script(language: str) -> str:
    return f"{language}/script.yaml"


def _with(files: Mapping[str, str], contents: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """A file whose content did not change keeps its own look, comments and all."""
    written = {name: _written(content) for name, content in contents.items()}
    changed = {name: text for name, text in written.items() if _plain(name, written) != _plain(name, files)}
    return {**files, **changed}


_WORDS = {"questions": ("ask", "listen_for"), "objections": ("says", "answer")}
_STORY = "---\ntitle: …\npersonas: [decider]\n---\n…\n"


def _change(kind: str, items: list[Any], name: str, place: int) -> None:
    if kind == "add":
        taken = {item.get("id") for item in items if isinstance(item, dict)}
        number = next(one for one in range(1, len(items) + 2) if f"{name[:-1]}_{one}" not in taken)
        items.append(_fresh(name, f"{name[:-1]}_{number}"))
    elif not 0 <= place < len(items):
        return
    elif kind == "remove":
        del items[place]
    elif kind == "up" and place > 0:
        items[place - 1], items[place] = items[place], items[place - 1]


def _fresh(name: str, id_: str) -> Any:
    new = _NEW[name]
    return {"id": id_, **new} if isinstance(new, dict) else new


def _shared(prefix: str, item: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """What both languages have in common: what a question feeds, and whom it is for."""
    if fed := fields.get(f"{prefix}feeds"):
        what, _, which = fed.partition(" ")
        item["feeds"] = {what: which}
    if f"{prefix}personas" in fields:
        personas = fields[f"{prefix}personas"].replace(",", " ").split()
        item.pop("personas", None)
        if personas:
            item["personas"] = personas
    return item


def _plain(name: str, files: Mapping[str, str]) -> Any:
    try:
        return parse_yaml(Source(name, files.get(name, "")), []).plain
    except Refused:
        return None


def _number(text: str) -> Any:
    return int(text) if text.isdecimal() else text


def _written(content: Mapping[str, Any]) -> str:
    """YAML that a person would write: keys in their order, accents as they are, long texts folded."""
    return str(yaml.safe_dump(_numbers(content), allow_unicode=True, sort_keys=False, width=_WIDE))


def _numbers(value: Any, key: str = "") -> Any:
    """Our reader gives every scalar as text: numbers are numbers again where we know them as such."""
    if isinstance(value, Mapping):
        return {name: _numbers(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one, key) for one in value]
    return _number(value) if key in {"canvas", "minutes"} and isinstance(value, str) else value
