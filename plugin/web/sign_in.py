"""Signing in and out."""

from __future__ import annotations

import logging
import re

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, HiddenField, PasswordField

from plugin.rendering.formats import clock
from plugin.rendering.forms import Form, Required, at_most
from plugin.rendering.i18n import gettext, language
from plugin.rendering.workspace import workspace
from plugin.services.accounts import (
    Wait,
    begin_sign_in,
    finish_sign_in,
    opened_account,
    revoke_session,
    sign_in_by_role,
    speak_to_role,
)
from plugin.services.viewer import Role
from plugin.web.edge import asker, begin_browser_session, device, end_browser_session, session

pages = Blueprint("sign_in", __name__)
logger = logging.getLogger("parcours.web")

# A path of this site, and nothing that a browser could read as another one: no "//", no backslash, no control sign.
SAFE_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")
NEVER = re.compile(r"\\|%5c|%0", re.IGNORECASE)


class SignInForm(Form):
    email = EmailField(validators=[Required(), at_most(254)])
    password = PasswordField(validators=[Required()])
    next = HiddenField()


class DemoForm(Form):
    role = HiddenField()
    next = HiddenField()


def safe_next(path: str | None) -> str:
    """Where to go after signing in: the path if it stays on this site, else the first page."""
    if path and SAFE_PATH.fullmatch(path) and not NEVER.search(path):
        return path
    return url_for("my_day.page")


@pages.get("/sign-in")
def page() -> ResponseReturnValue:
    wanted = safe_next(request.args.get("next"))
    if asker().signed_in:
        return redirect(wanted, 303)
    return _show(SignInForm(None, next=wanted))


@pages.post("/sign-in")
def enter() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _show(form, status=422)
    at, database = workspace(), workspace().database
    # Committed before the password is looked at: the count must stand whatever happens next.
    with database.writing.begin() as writing:
        attempt = begin_sign_in(writing, at.secret, form.email.data or "", request.remote_addr or "", at.clock())
    if isinstance(attempt, Wait):
        logger.warning("sign-in: too many tries")
        text = gettext("Too many tries. You can try again at %(time)s.", time=clock(attempt.until))
        return _show(form, text, 429)
    password = form.password.data or ""
    account = opened_account(attempt, password)
    if account is None:
        logger.warning("sign-in: refused")
        return _show(form, gettext("This e-mail and password do not go together."), 401)
    token = finish_sign_in(session(), attempt, account, password, device(), at.clock())
    logger.info("sign-in: account %s", account.id)
    begin_browser_session(token)
    return redirect(safe_next(form.next.data), 303)


@pages.post("/sign-in/demo")
def enter_demo() -> ResponseReturnValue:
    """One click a role, in the demo only."""
    form = DemoForm()
    if not workspace().demo or not form.validate() or form.role.data not in set(Role):
        abort(404)
    token = sign_in_by_role(session(), Role(form.role.data), device(), workspace().clock())
    if token is None:
        abort(404)
    speak_to_role(session(), Role(form.role.data), language())
    begin_browser_session(token)
    return redirect(safe_next(form.next.data), 303)


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    signed_in = asker().signed_in
    if signed_in:
        revoke_session(session(), signed_in.viewer.user_id, signed_in.session_id, workspace().clock())
    end_browser_session()
    answer = redirect(url_for("sign_in.page"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _show(form: SignInForm, refused: str = "", status: int = 200) -> ResponseReturnValue:
    demo = DemoForm(None, next=form.next.data) if workspace().demo else None
    return render_template("sign_in.html", form=form, demo=demo, roles=list(Role), refused=refused), status
