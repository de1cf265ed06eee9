"""The versions of a journey that are kept: beside each other, as files, and in use again."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.library.faults import Refused
from plugin.library.journeys import read_journey_text
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.journey_differences import Difference, differences_between
from plugin.services.journey_drafts import go_back_to, open_draft, text_of_version
from plugin.services.journey_form import Fields, fields_of
from plugin.services.journey_use import version_of
from plugin.services.template_differences import differences
from plugin.store.queries.journeys import find_journey_version
from plugin.web.edge import session, viewer
from plugin.web.journey_changes import changing

pages = Blueprint("journey_versions", __name__)


@pages.post("/journey/versions/<key>/use")
def go_back(key: str) -> ResponseReturnValue:
    version, who = request.form.get("version", ""), viewer()
    line = find_journey_version(session(), key, version)
    return changing(
        lambda: go_back_to(workspace(), who, key, version),
        gettext("Version %(version)s is in use again.", version=line.number if line else version),
        url_for("journeys.page", key=key),
    )


@pages.get("/journey/versions/<key>/compare")
def compare(key: str) -> ResponseReturnValue:
    """The draft beside a version, or one version beside another: in words, and as files."""
    current = workspace().journeys.by_key.get(key)
    before = request.args.get("version") or (version_of(current) if current else "")
    after = request.args.get("with")
    texts = [text_of_version(session(), workspace(), key, one) for one in (before or "-", after)]
    old, new = texts
    if old is None or new is None:
        abort(404)
    draft, name = open_draft(session(), workspace(), key), f"{key}.yaml"
    return render_template(
        "journey_compare.html",
        key=key,
        found=differences({name: old}, {name: new}),
        changed=_in_words(old, _fields(new) if after else draft.fields if draft else None),
        before=find_journey_version(session(), key, before),
        after=find_journey_version(session(), key, after) if after else None,
        of_draft=not after,
        name=draft.fields["name"] if draft else {},
    )


def _in_words(old: str, after: Fields | None) -> tuple[Difference, ...]:
    before = _fields(old)
    return differences_between(before, after) if before and after else ()


def _fields(text: str) -> Fields | None:
    """None where our reader has become stricter since: the files tell all the same."""
    try:
        return fields_of(read_journey_text(text))
    except Refused:
        return None


@pages.get("/journey/versions/<key>/export.yaml")
def export(key: str) -> Response:
    """The file: of a version, of the draft, or of what is in use."""
    current = workspace().journeys.by_key.get(key)
    asked = request.args.get("version") or (version_of(current) if current and "draft" not in request.args else None)
    text = text_of_version(session(), workspace(), key, asked)
    if text is None:
        abort(404)
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.yaml"'
    return answer
