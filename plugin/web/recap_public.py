"""The buyer's page of a recap. Its link is all that they need, and all that it opens."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.typed_text import tidy
from plugin.rendering.i18n import LANGUAGES, gettext, use_language
from plugin.rendering.workspace import workspace
from plugin.services.recap_replies import (
    LineReply,
    OpenRecap,
    Reply,
    TooMany,
    answer_recap,
    count_visit,
    note_opened,
    open_recap,
)
from plugin.web.edge import session

pages = Blueprint("recap_public", __name__)

LONGEST_REPLY, LONGEST_NAME, LONGEST_REMARK = 2_000, 200, 4_000


@pages.get("/recap/<token>")
def page(token: str) -> ResponseReturnValue:
    opened = _opened(token)
    if opened and request.method == "GET" and "thanks" not in request.args:
        with workspace().database.writing.begin() as writing:
            note_opened(writing, opened.recap.id, workspace().clock())
    return _show(token, opened, request.args.get("thanks") == "1")


@pages.post("/recap/<token>")
def answer(token: str) -> ResponseReturnValue:
    """No form token: the link itself is the secret, and whoever has it may answer."""
    opened = _opened(token)
    if opened is None:
        return _show(token, None, False)
    replies = dict(_replies(opened))
    unclear = [place for place, said in replies.items() if said.reply is Reply.CORRECTED and not said.text]
    if unclear or not replies:
        return _show(token, opened, False, replies, unclear)
    name = tidy(request.form.get("name"))[:LONGEST_NAME]
    remark = tidy(request.form.get("remark"))[:LONGEST_REMARK]
    answer_recap(session(), workspace(), opened, replies, name, remark)
    return redirect(url_for("recap_public.page", token=token, thanks=1, lang=request.form.get("lang")), 303)


def _opened(token: str) -> OpenRecap | None:
    """Count who asks before anything is shown; too many answers are refused with 429."""
    with workspace().database.reading() as reading:
        opened = open_recap(reading, workspace(), token)
    try:
        with workspace().database.writing.begin() as writing:
            count_visit(writing, workspace(), request.remote_addr or "", opened is not None)
    except TooMany:
        abort(429)
    if opened:
        asked = request.values.get("lang")
        use_language(asked if asked in LANGUAGES else opened.recap.language)
    return opened


def _replies(opened: OpenRecap) -> Iterator[tuple[int, LineReply]]:
    """What was said of the lines; a line without a choice is passed over, words without one are a correction."""
    for line in opened.recap.lines:
        text = tidy(request.form.get(f"text_{line.position}"))[:LONGEST_REPLY]
        chosen = request.form.get(f"reply_{line.position}", "")
        if chosen in set(Reply):
            yield line.position, LineReply(Reply(chosen), "" if chosen == Reply.CONFIRMED else text)
        elif text:
            yield line.position, LineReply(Reply.CORRECTED, text)


def _show(
    token: str,
    opened: OpenRecap | None,
    thanks: bool,
    replies: dict[int, LineReply] | None = None,
    unclear: list[int] | None = None,
) -> Response:
    status = 404 if opened is None else 422 if replies is not None else 200
    answer = make_response(
        render_template(
            "recap_public.html",
            token=token,
            opened=opened,
            thanks=thanks,
            replies=replies,
            unclear=unclear or [],
            languages=LANGUAGES,
            message=_message(replies, unclear),
        ),
        status,
    )
    # The address is a secret: no search engine, no referrer, no copy in between.
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _message(replies: dict[int, LineReply] | None, unclear: list[int] | None) -> str:
    if replies is None:
        return ""
    if unclear:
        return gettext("Write what is right, or say “Not so”.")
    return gettext("Say something to one line at least.")
