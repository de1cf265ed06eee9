"""Where deals come from, whether they come well, and what goes back."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, PasswordField, StringField

from plugin.domain.journey import Journey
from plugin.domain.typed_text import tidy
from plugin.rendering import wording
from plugin.rendering.forms import Form, Required, at_most
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services import outbox
from plugin.services.add_on import add_on_settings, connect_odoo, set_up_add_on
from plugin.services.connections import Connected, CrmError, connect, connections, disconnect, pause
from plugin.services.grants import begin_grant, finish_grant, grant_of, revoke
from plugin.services.journey_use import By, follow
from plugin.services.stage_mapping import StageLine, funnel_of, map_stages, stages_of
from plugin.web.deeds import note_change
from plugin.web.edge import commit, session, viewer

pages = Blueprint("connections", __name__)

OUTSIDE = "-"
ON_THE_WAY = "on_the_way"


class HubSpotForm(Form):
    name = StringField(validators=[Required(), at_most(60)], default="hubspot")
    token = PasswordField(validators=[Required()])
    client_secret = PasswordField()
    moves_deals = BooleanField()


class OdooForm(Form):
    name = StringField(validators=[Required(), at_most(60)], default="odoo")
    address = StringField(validators=[Required(), at_most(200)])
    database = StringField(validators=[Required(), at_most(100)])
    login = StringField(validators=[Required(), at_most(200)])
    key = PasswordField(validators=[Required()])
    moves_deals = BooleanField()


@pages.get("/connections")
def page() -> ResponseReturnValue:
    return _show(HubSpotForm(None), OdooForm(None))


@pages.post("/connections/hubspot")
def connect_hubspot() -> ResponseReturnValue:
    form = HubSpotForm()
    if not form.validate():
        return _show(form, OdooForm(None)), 422
    values = {"moves_deals": "yes" if form.moves_deals.data else "no"}
    secrets = {"token": tidy(form.token.data)}
    if form.client_secret.data:
        secrets["client_secret"] = tidy(form.client_secret.data)
    name = tidy(form.name.data)
    # The account is asked over the network: nothing may be held meanwhile.
    commit()
    try:
        connected = connect(workspace(), "hubspot", name, values, secrets, viewer().user_id)
    except CrmError as error:
        form.token.errors = [str(error)]
        return _show(form, OdooForm(None)), 422
    _say_connected(connected)
    return redirect(url_for("connections.page"), 303)


@pages.post("/connections/odoo")
def connect_odoo_() -> ResponseReturnValue:
    form = OdooForm()
    if not form.validate():
        return _show(HubSpotForm(None), form), 422
    values = {name: tidy(form[name].data) for name in ("address", "database", "login")}
    values["moves_deals"] = "yes" if form.moves_deals.data else "no"
    name, key = tidy(form.name.data), tidy(form.key.data)
    # Odoo is asked over the network: nothing may be held meanwhile.
    commit()
    try:
        connected = connect_odoo(workspace(), name, values, key, viewer().user_id)
    except CrmError as error:
        form.key.errors = [str(error)]
        return _show(HubSpotForm(None), form), 422
    _say_connected(connected)
    if set_up_add_on(workspace(), name, _base()):
        flash(gettext("The add-on in Odoo knows this connection now."))
        return redirect(url_for("connections.page"), 303)
    return redirect(url_for("connections.add_on", name=name), 303)


@pages.get("/connections/<name>/add-on")
def add_on(name: str) -> ResponseReturnValue:
    """What an admin types into the add-on's settings in Odoo."""
    found = add_on_settings(session(), workspace(), name)
    if found is None:
        abort(404)
    return render_template("add_on.html", settings=found, address=_base())


@pages.get("/connections/hubspot/authorize")
def authorize() -> ResponseReturnValue:
    """To HubSpot, where the person allows our app; what proves that it was us who sent them stays in the session."""
    if "hubspot" not in workspace().apps:
        abort(404)
    way = begin_grant(workspace(), "hubspot", _callback())
    cookie[ON_THE_WAY] = [way.state, way.verifier, "yes" if "moves_deals" in request.args else "no"]
    return redirect(way.address, 303)


@pages.get("/connections/hubspot/callback")
def callback() -> ResponseReturnValue:
    state, verifier, moves = cookie.pop(ON_THE_WAY, None) or ("", "", "no")
    if not state or not compare_digest(state.encode(), request.args.get("state", "").encode()):
        flash(gettext("HubSpot sent an answer that nobody here asked for: begin again."))
        return redirect(url_for("connections.page"), 303)
    code = request.args.get("code", "")
    try:
        if not code:
            raise CrmError(gettext("HubSpot says that it was not allowed."))
        connected = finish_grant(
            workspace(), "hubspot", "hubspot", _callback(), code, verifier, {"moves_deals": moves}, viewer().user_id
        )
    except CrmError as error:
        flash(str(error))
        return redirect(url_for("connections.page"), 303)
    _say_connected(connected)
    return redirect(url_for("connections.page"), 303)


def _callback() -> str:
    """Where HubSpot sends the person back: the address that the app is registered with."""
    return f"{_base()}{url_for('connections.callback')}"


def _base() -> str:
    """Our own address, as others reach it."""
    return str(current_app.config["ADDRESS"] or request.host_url.rstrip("/"))


@pages.get("/connections/<name>/stages")
def stages(name: str) -> ResponseReturnValue:
    """What each stage means now; where nobody has said so yet, what we propose."""
    found = _stages(name)
    meaning = {one.id: one.buyer_stage or one.proposal.stage for one in found if _is_open(one)}
    return _show_stages(name, found, meaning)


@pages.post("/connections/<name>/stages")
def map_(name: str) -> ResponseReturnValue:
    found = _stages(name)
    meaning: dict[int, str | None] = {}
    for one in found:
        if not _is_open(one):
            continue
        chosen = request.form.get(f"stage-{one.id}", OUTSIDE)
        if chosen != OUTSIDE and chosen not in one.journey:
            abort(422)
        meaning[one.id] = None if chosen == OUTSIDE else chosen
    if "preview" in request.form:
        return _show_stages(name, found, meaning)
    note_change("mapping changed", name)
    commit()
    if map_stages(workspace(), name, meaning):
        flash(gettext("Saved. The history is read with this mapping now."))
    else:
        flash(gettext("Saved. Many deals are being read anew; until that is done reports show the figures of before."))
    return redirect(url_for("connections.page"), 303)


@pages.post("/connections/<name>/journeys/<pipeline>")
def follow_(name: str, pipeline: str) -> ResponseReturnValue:
    """The journey that the buyers of a pipeline go through."""
    chosen = request.form.get("journey", "")
    known = {str(one.pipeline_id): one.pipeline_id for one in _stages(name)}
    if chosen not in workspace().journeys or pipeline not in known:
        abort(404)
    who = By(viewer().user_id)
    commit()
    if follow(workspace(), known[pipeline], chosen, who):
        flash(gettext("Saved. The history is read with this journey now; look at what its stages mean."))
    else:
        flash(gettext("Saved. Many deals are being read anew; until that is done reports show the figures of before."))
    return redirect(url_for("connections.stages", name=name), 303)


@pages.post("/connections/<name>/pause")
def pause_(name: str) -> ResponseReturnValue:
    paused = "go_on" not in request.form
    if not pause(session(), workspace(), name, paused):
        abort(404)
    note_change("connection paused" if paused else "connection resumed", name)
    commit()
    return redirect(url_for("connections.page"), 303)


@pages.post("/connections/<name>/disconnect")
def disconnect_(name: str) -> ResponseReturnValue:
    grant = grant_of(session(), workspace(), name)
    if not disconnect(session(), workspace(), name):
        abort(404)
    note_change("connection disconnected", name)
    commit()
    if grant and revoke(workspace(), grant):
        flash(gettext("The token is revoked and forgotten. What came in stays."))
    else:
        flash(gettext("The token is forgotten. What came in stays; revoke the token in the CRM too."))
    return redirect(url_for("connections.page"), 303)


@pages.post("/connections/messages/<public_id>/retry")
def retry(public_id: str) -> ResponseReturnValue:
    if not outbox.retry(session(), workspace(), public_id):
        abort(404)
    commit()
    flash(gettext("It is sent again with the next round."))
    return redirect(url_for("connections.page"), 303)


def _say_connected(connected: Connected) -> None:
    text = gettext(
        "%(account)s is connected. Its deals come in with the next round of the worker.", account=connected.account
    )
    flash(text)
    for what in connected.closed:
        flash(wording.cost_of(what))


def _show(hubspot: HubSpotForm, odoo: OdooForm) -> str:
    return render_template(
        "connections.html",
        connections=connections(session(), workspace().journeys),
        form=hubspot,
        odoo=odoo,
        apps=workspace().apps,
    )


def _show_stages(name: str, found: tuple[StageLine, ...], meaning: dict[int, str | None]) -> str:
    followed = {one.journey.key: one.journey for one in found}.values()
    return render_template(
        "stage_mapping.html",
        name=name,
        stages=found,
        meaning=meaning,
        outside=OUTSIDE,
        funnels=[(journey, funnel_of(session(), journey, _within(found, journey, meaning))) for journey in followed],
        most=max((one.deals for one in found), default=0),
    )


def _within(found: tuple[StageLine, ...], journey: Journey, meaning: dict[int, str | None]) -> dict[int, str | None]:
    return {one.id: meaning[one.id] for one in found if one.id in meaning and one.journey is journey}


def _stages(name: str) -> tuple[StageLine, ...]:
    found = stages_of(session(), workspace(), name)
    if found is None:
        abort(404)
    return found


def _is_open(stage: StageLine) -> bool:
    return stage.outcome == "open"
