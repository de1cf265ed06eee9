"""The acquisition canvas: ten questions on the double diamond, for each persona."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.belief import DOUBTFUL_ONE_IN, ENOUGH_ANSWERS
from plugin.domain.canvas import QUESTIONS
from plugin.domain.persona import Persona
from plugin.domain.typed_text import tidy
from plugin.rendering.formats import number
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.canvas import CanvasCell, canvas, write_belief
from plugin.store.queries.canvas import BeliefLine, last_written
from plugin.store.queries.personas import deals_by_persona
from plugin.web.edge import session, viewer

pages = Blueprint("canvas", __name__)

LONGEST_BELIEF = 1_000
NUMBERS = {str(question.number): question.number for question in QUESTIONS}
# What the two diamonds do, in their order.
DIAMONDS = ("discover", "define", "develop", "deliver")


@dataclass(frozen=True, slots=True)
class Typed:
    """A belief that was not stored: what was typed, what is wrong with it, and what somebody else wrote meanwhile."""

    question: int
    text: str
    fault: str = ""
    theirs: BeliefLine | None = None


@pages.get("/journey/canvas")
def page() -> ResponseReturnValue:
    """Of the persona that the address names."""
    key = workspace().persona_called(request.args.get("persona", ""))
    return _show(workspace().persona(key) or _first())


@pages.post("/journey/canvas/<persona>/<question>")
def write(persona: str, question: str) -> ResponseReturnValue:
    found = workspace().persona(persona)
    asked = NUMBERS.get(question)
    if found is None or asked is None:
        abort(404)
    text = tidy(request.form.get("belief"))
    if len(text) > LONGEST_BELIEF:
        fault = gettext("Shorten this to %(most)s characters.", most=number(LONGEST_BELIEF))
        return _show(found, Typed(asked, text, fault), 422)
    keep = "keep" in request.form
    clash = write_belief(session(), viewer(), persona, asked, text, _before(), keep, workspace().clock())
    if clash:
        return _show(found, Typed(asked, text, theirs=clash.theirs), 409)
    flash(_told(text))
    return redirect(url_for("canvas.page", persona=persona, _anchor=f"question-{question}"), 303)


def _told(text: str) -> str:
    """What saving did: nothing that is believed can be held against answers."""
    if text:
        return gettext("Written down. From now on the answers of deals are held against it.")
    if _before():
        return gettext("Taken back: nothing is believed here any more. What was written stays under “Before”.")
    return gettext("Nothing is saved: the field was empty.")


def _first() -> Persona | None:
    """Whose canvas was written on last, else the first with deals, else the first."""
    last, deals = last_written(session()), deals_by_persona(session())
    known = tuple(workspace().personas)
    written = [one for one in known if one.key == last]
    return next(iter([*written, *(one for one in known if deals.get(one.key)), *known]), None)


def _before() -> int:
    text = request.form.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _show(persona: Persona | None, typed: Typed | None = None, status: int = 200) -> ResponseReturnValue:
    cells = canvas(session(), viewer(), persona.key) if persona else ()
    page = render_template(
        "canvas.html",
        personas=workspace().personas,
        persona=persona,
        phases=[(name, _of(cells, name)) for name in DIAMONDS],
        flagged=[cell for cell in cells if cell.contradicted],
        answered=sum(cell.answers.answered for cell in cells),
        typed=typed,
        longest=LONGEST_BELIEF,
        enough=ENOUGH_ANSWERS,
        one_in=DOUBTFUL_ONE_IN,
    )
    return page, status


def _of(cells: tuple[CanvasCell, ...], diamond: str) -> list[CanvasCell]:
    return [cell for cell in cells if cell.question.diamond == diamond]
