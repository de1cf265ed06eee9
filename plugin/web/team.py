"""The team: who has an account here, and what an administrator may do about it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, SelectField, StringField

from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, Required, at_most, choose
from plugin.rendering.i18n import LANGUAGES, gettext
from plugin.rendering.wording import role_name
from plugin.rendering.workspace import workspace
from plugin.services.accounts import (
    AccountFault,
    AccountRefused,
    add_user,
    change_role,
    disable_user,
    enable_user,
    reset_password,
)
from plugin.services.passwords import made_up
from plugin.services.team import Member, team
from plugin.services.viewer import Role
from plugin.web.edge import rollback, session, viewer

pages = Blueprint("team", __name__)


class MemberForm(Form):
    email = StringField(validators=[Required(), at_most(254)])
    name = StringField(validators=[Required(), at_most(200)])
    role = SelectField(default=Role.SALESPERSON.value)
    language = SelectField()

    def offer(self) -> MemberForm:
        choose(self.role, [(role.value, role_name(role)) for role in Role])
        choose(self.language, LANGUAGES.items())
        return self


class AccountForm(Form):
    account = HiddenField()


class RoleForm(AccountForm):
    role = SelectField()

    def offer(self) -> RoleForm:
        choose(self.role, [(role.value, role_name(role)) for role in Role])
        return self


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """Shown once, to whoever made it; ``anew``: the person was here before."""

    name: str
    password: str
    anew: bool


@pages.get("/team")
def page() -> ResponseReturnValue:
    return _show()


@pages.post("/team")
def add() -> ResponseReturnValue:
    """The answer shows the first password: nobody can show it again."""
    form = MemberForm().offer()
    if not form.validate():
        return _show(form, status=422)
    name, password, who = " ".join(tidy(form.name.data).split()), made_up(), viewer().user_id
    role, now = Role(form.role.data), workspace().clock()
    try:
        add_user(session(), form.email.data or "", name, role, now, password, form.language.data, who)
    except AccountRefused as refused:
        form.email.errors = [_mending(refused)]
        return _show(form, status=422)
    return _show(made=FirstPassword(name, password, anew=False))


@pages.post("/team/role")
def role() -> ResponseReturnValue:
    form = RoleForm().offer()
    if not form.validate():
        abort(422)
    member, given = _member(form), Role(form.role.data)
    if given is member.role:
        return redirect(url_for("team.page"), 303)
    try:
        change_role(session(), member.id, given, workspace().clock(), viewer().user_id)
    except AccountRefused as refused:
        return _refuse(refused)
    flash(gettext("%(name)s has another role now, and signs in anew.", name=member.name))
    return redirect(url_for("team.page"), 303)


@pages.post("/team/password")
def password() -> ResponseReturnValue:
    """For one that was lost. One's own is changed under Account, where the old one is asked for."""
    member, made = _member(AccountForm()), made_up()
    if member.id == viewer().user_id:
        abort(404)
    reset_password(session(), member.id, made, workspace().clock(), viewer().user_id)
    return _show(made=FirstPassword(member.name, made, anew=True))


@pages.post("/team/close")
def close() -> ResponseReturnValue:
    member = _member(AccountForm())
    try:
        disable_user(session(), member.id, workspace().clock(), viewer().user_id)
    except AccountRefused as refused:
        return _refuse(refused)
    flash(gettext("%(name)s can’t sign in any more. What they wrote stays.", name=member.name))
    return redirect(url_for("team.page"), 303)


@pages.post("/team/open")
def open_() -> ResponseReturnValue:
    member = _member(AccountForm())
    enable_user(session(), member.id, workspace().clock(), viewer().user_id)
    flash(gettext("%(name)s can sign in again, by the same password as before.", name=member.name))
    return redirect(url_for("team.page"), 303)


def _member(form: AccountForm) -> Member:
    found = next((one for one in team(session()) if str(one.id) == form.account.data), None)
    if found is None:
        abort(404)
    return found


def _refuse(refused: AccountRefused) -> ResponseReturnValue:
    """Nothing was changed, and the page says why."""
    rollback()
    return _show(refused=_mending(refused), status=422)


def _mending(refused: AccountRefused) -> str:
    return {
        AccountFault.TAKEN: gettext("Somebody has this e-mail here already: look for them in the list."),
        AccountFault.LAST_ADMIN: gettext("This is the last administrator: give somebody else the role first."),
    }.get(refused.fault, gettext("This is no e-mail address: write it as name@company.com."))


def _show(
    form: MemberForm | None = None, made: FirstPassword | None = None, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    page_ = render_template(
        "team.html",
        form=form or MemberForm(None, language=viewer().language).offer(),
        made=made,
        refused=refused,
        members=team(session()),
        roles=Role,
    )
    return page_, status
