"""People's data: who is known, what is held about somebody, on which basis, and their erasure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, TextAreaField, ValidationError

from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, Required, SelectChoice, at_most, choose
from plugin.rendering.i18n import gettext, ngettext
from plugin.rendering.privacy import BASES
from plugin.rendering.workspace import workspace
from plugin.services.erasure import Erasure, Wish, erase_person, leave_no_trace
from plugin.services.legal_basis import ConnectionLine, LegalBasis, connection_bases, decide_basis, note_basis_of
from plugin.services.people import MOST, find_people
from plugin.services.person_data import PersonPage, other_names, person_page
from plugin.services.person_files import HEAD, as_json, csv_rows
from plugin.store.queries.accounts import admins
from plugin.web.deeds import note_deed
from plugin.web.edge import commit, session, viewer
from plugin.web.report_files import as_csv

pages = Blueprint("privacy", __name__, url_prefix="/privacy")

LONGEST_SEARCH, LONGEST_NAME, MOST_NAMES = 200, 200, 20


class BasisForm(Form):
    basis = RadioField()
    note = TextAreaField(validators=[at_most(1_000)])

    def offer(self) -> BasisForm:
        choose(self.basis, [(one.value, BASES[one]()) for one in LegalBasis])
        return self


class OwnBasisForm(BasisForm):
    """``source`` says where it was said."""

    source = StringField(validators=[Required(), at_most(200)])


class EraseForm(Form):
    """``also`` are parts of the name, ``others`` what else they are called, one a line."""

    deals = SelectMultipleField(validate_choice=False, validators=[Required()])
    also = SelectMultipleField(validate_choice=False)
    others = TextAreaField(validators=[at_most(2_000)])
    titles = BooleanField()
    rewrite = BooleanField(default=True)
    sure = BooleanField(validators=[Required()])

    def validate_others(self, field: TextAreaField) -> None:
        lines = _lines(field.data)
        if len(lines) > MOST_NAMES or any(len(line) > LONGEST_NAME for line in lines):
            raise ValidationError(gettext("At most %(most)s names, one a line.", most=MOST_NAMES))

    def names(self) -> list[str]:
        return [*map(tidy, self.also.data or ()), *_lines(self.others.data)]


@pages.get("")
def page() -> ResponseReturnValue:
    return _people(tidy(request.args.get("q"))[:LONGEST_SEARCH])


@pages.post("/basis")
def decide() -> ResponseReturnValue:
    """What holds for everybody of a connection."""
    name = request.form.get("connection", "")
    names = [one.name for one in connection_bases(session())]
    if name not in names:
        abort(404)
    form = BasisForm(prefix=_prefix(names.index(name))).offer()
    if not form.validate():
        return _people("", {name: form}, 422)
    basis = LegalBasis(form.basis.data)
    decide_basis(session(), name, basis, tidy(form.note.data), viewer().user_id, workspace().clock())
    flash(gettext("Saved. It holds for everybody of this connection who has no basis of their own."))
    return redirect(url_for("privacy.page"), 303)


def _people(search: str, typed: Mapping[str, BasisForm] | None = None, status: int = 200) -> ResponseReturnValue:
    """``typed`` is the form of the connection that has something to put right."""
    known, typed = connection_bases(session()), typed or {}
    forms = {one.name: typed.get(one.name) or _basis_form(place, one) for place, one in enumerate(known)}
    page = render_template(
        "privacy.html",
        search=search,
        found=find_people(session(), workspace(), search),
        most=MOST,
        connections=known,
        forms=forms,
    )
    return page, status


def _basis_form(place: int, line: ConnectionLine) -> BasisForm:
    decided = line.basis
    basis, note = (decided.basis, decided.note) if decided else (None, "")
    return BasisForm(None, prefix=_prefix(place), basis=basis, note=note).offer()


def _prefix(place: int) -> str:
    """One form for each connection stands on the page: their fields need names of their own."""
    return f"c{place}-"


@pages.get("/people/<key>")
def person(key: str) -> ResponseReturnValue:
    found = _found(key, request.args.getlist("deal"))
    note_deed("person shown", found.person.connection or "")
    return _show(found, OwnBasisForm(None).offer())


@pages.post("/people/<key>/basis")
def note_basis_(key: str) -> ResponseReturnValue:
    found, form = _found(key), OwnBasisForm().offer()
    if not form.validate():
        return _show(found, form, 422)
    basis, source, note = LegalBasis(form.basis.data), tidy(form.source.data), tidy(form.note.data)
    note_basis_of(session(), found.person, basis, source, note, viewer().user_id, workspace().clock())
    flash(gettext("Noted. It holds from now on; what held before stays listed."))
    return redirect(url_for("privacy.person", key=key), 303)


@pages.post("/people/<key>/export")
def export(key: str) -> ResponseReturnValue:
    """Sent by a form: it is recorded, and no address that somebody copies takes a person's data away."""
    found = _found(key, request.form.getlist("deal"))
    note_deed("person exported", found.person.connection or "")
    if request.form.get("format") == "csv":
        return as_csv("person", HEAD, csv_rows(found))
    text = json.dumps(as_json(found, workspace().clock()), ensure_ascii=False, indent=2)
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="person.json"'
    return answer


@pages.get("/people/<key>/erase")
def confirm(key: str) -> ResponseReturnValue:
    """A name that was typed in several deals may be several people's: nothing is ticked before somebody does."""
    ticked = request.args.getlist("deal")
    found = _found(key, ticked)
    surely = found.person.contact or len(found.chosen) == 1 or ticked
    return _ask(found, EraseForm(None, deals=[one.public_id for one in found.chosen] if surely else []))


@pages.post("/people/<key>/erase")
def erase(key: str) -> ResponseReturnValue:
    form = EraseForm()
    found = _found(key, form.deals.data or (), form.names())
    if "again" in request.form:
        return _ask(found, form)
    if not form.validate():
        return _ask(found, form, 422)
    wish = Wish(tuple(one.id for one in found.chosen), tuple(form.names()), form.titles.data, form.rewrite.data)
    erasure = erase_person(session(), workspace(), found.person, wish, viewer().user_id, workspace().clock())
    commit()
    leave_no_trace(workspace(), erasure)
    for sentence in _told(erasure):
        flash(sentence)
    return redirect(url_for("privacy.page"), 303)


def _found(key: str, deals: Collection[str] = (), also: Iterable[str] = ()) -> PersonPage:
    found = person_page(session(), workspace(), key, deals, also)
    if found is None:
        abort(404)
    return found


def _show(found: PersonPage, form: OwnBasisForm, status: int = 200) -> ResponseReturnValue:
    return render_template("person.html", page=found, form=form, admins=[one.name for one in admins(session())]), status


def _ask(found: PersonPage, form: EraseForm, status: int = 200) -> ResponseReturnValue:
    parts = other_names(session(), found)
    form.also.choices = [SelectChoice(part, part) for part, _ in parts]
    return render_template("person_erase.html", page=found, form=form, parts=parts), status


def _told(erasure: Erasure) -> list[str]:
    went = erasure.gone + erasure.emptied
    told = [ngettext("Erased: %(num)s place is without them.", "Erased: %(num)s places are without them.", went)]
    if erasure.rewriting:
        told.append(
            ngettext(
                "%(num)s meeting is written to the CRM anew.",
                "%(num)s meetings are written to the CRM anew.",
                erasure.rewriting,
            )
        )
    return told


def _lines(text: str | None) -> list[str]:
    return [line for line in map(tidy, (text or "").splitlines()) if line]
