"""Your account: language, look and time zone, password, where you are signed in, and your programs' tokens."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import (
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)

from plugin.domain.typed_text import tidy
from plugin.rendering.formats import time_zones
from plugin.rendering.forms import Form, Required, SelectChoice, at_most, choose
from plugin.rendering.i18n import LANGUAGES, gettext, use_language
from plugin.rendering.workspace import workspace
from plugin.services.accounts import (
    change_password,
    change_preferences,
    has_password,
    own_password,
    revoke_session,
    revoke_sessions,
    sessions_of,
)
from plugin.services.api_tokens import (
    LONGEST_LIFE,
    MOST,
    NAME,
    Scope,
    TokenRefused,
    make_token,
    revoke_token,
    tokens_of,
)
from plugin.services.passwords import LONGEST, SHORTEST, PasswordFault, password_fault
from plugin.web.edge import asker, end_browser_session, session, viewer

pages = Blueprint("account", __name__)

LONGEST_DAYS = LONGEST_LIFE.days


class PreferencesForm(Form):
    language = SelectField()
    theme = SelectField()
    time_zone = SelectField()

    def offer(self) -> PreferencesForm:
        choose(self.language, LANGUAGES.items())
        choose(
            self.theme,
            [("auto", gettext("As my device")), ("light", gettext("Light")), ("dark", gettext("Dark"))],
        )
        choose(self.time_zone, [(name, name.replace("_", " ")) for name in time_zones()])
        return self


class PasswordForm(Form):
    present = PasswordField()
    wanted = PasswordField(validators=[Required()])

    def validate_present(self, field: PasswordField) -> None:
        if not own_password(session(), viewer().user_id, field.data or ""):
            raise ValidationError(gettext("This is not your present password."))

    def validate_wanted(self, field: PasswordField) -> None:
        match password_fault(field.data or "", viewer().email):
            case PasswordFault.SHORT:
                raise ValidationError(gettext("Use at least %(least)s characters.", least=SHORTEST))
            case PasswordFault.LONG:
                raise ValidationError(gettext("Use at most %(most)s characters.", most=LONGEST))
            case PasswordFault.COMMON:
                raise ValidationError(
                    gettext("A guesser would try this first. Use a few words that only you would join.")
                )


class TokenForm(Form):
    name = StringField(validators=[Required(), at_most(NAME)])
    scopes = SelectMultipleField(
        choices=[SelectChoice(scope.value, scope.value) for scope in Scope], validators=[Required()]
    )
    days = IntegerField(default=90)

    def validate_days(self, field: IntegerField) -> None:
        """What is no number at all is told like one that is too large."""
        if field.data is None or not 1 <= field.data <= LONGEST_DAYS:
            field.errors = []
            raise ValidationError(gettext("Choose from 1 to %(most)s days.", most=LONGEST_DAYS))


class EndForm(Form):
    session_id = HiddenField()


class RevokeForm(Form):
    token_id = HiddenField()


@pages.get("/account")
def page() -> ResponseReturnValue:
    return _show()


@pages.post("/account/preferences")
def save_preferences() -> ResponseReturnValue:
    form = PreferencesForm().offer()
    if not form.validate():
        return _show(preferences=form, status=422)
    change_preferences(session(), viewer().user_id, form.language.data, form.theme.data, form.time_zone.data)
    use_language(form.language.data)
    flash(gettext("Saved."))
    return redirect(url_for("account.page"), 303)


@pages.post("/account/password")
def save_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate():
        return _show(password=form, status=422)
    change_password(session(), viewer().user_id, form.wanted.data or "", _this_session(), workspace().clock())
    flash(gettext("Your password is changed, and you are signed out everywhere else."))
    return redirect(url_for("account.page"), 303)


@pages.post("/account/sessions/end")
def end_session() -> ResponseReturnValue:
    """Sign out one browser, perhaps this one."""
    number = _number(EndForm().session_id.data)
    if not revoke_session(session(), viewer().user_id, number, workspace().clock()):
        abort(404)
    if number == _this_session():
        end_browser_session()
    return redirect(url_for("account.page"), 303)


@pages.post("/account/sessions/end-all")
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    revoke_sessions(session(), viewer().user_id, workspace().clock())
    end_browser_session()
    return redirect(url_for("sign_in.page"), 303)


@pages.post("/account/tokens")
def make_token_() -> ResponseReturnValue:
    """The answer shows the token: nobody can show it again."""
    form = TokenForm()
    if not form.validate():
        return _show(token=form, status=422)
    lasts = timedelta(days=form.days.data or 0)
    scopes = map(Scope, form.scopes.data or ())
    try:
        made = make_token(session(), viewer().user_id, tidy(form.name.data), scopes, lasts, workspace().clock())
    except TokenRefused:
        form.name.errors = [gettext("You have %(most)s tokens: revoke one that you no longer need.", most=MOST)]
        return _show(token=form, status=422)
    return _show(made=made)


@pages.post("/account/tokens/revoke")
def revoke_token_() -> ResponseReturnValue:
    if not revoke_token(session(), viewer().user_id, _number(RevokeForm().token_id.data), workspace().clock()):
        abort(404)
    flash(gettext("The token opens nothing any more."))
    return redirect(url_for("account.page"), 303)


def _show(
    preferences: PreferencesForm | None = None,
    password: PasswordForm | None = None,
    token: TokenForm | None = None,
    made: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    person, now = viewer(), workspace().clock()
    signed_in = asker().signed_in
    theme = signed_in.theme if signed_in else "auto"
    if preferences is None:
        preferences = PreferencesForm(None, language=person.language, theme=theme, time_zone=person.time_zone).offer()
    page = render_template(
        "account.html",
        preferences=preferences,
        password=password or PasswordForm(None),
        has_password=has_password(session(), person.user_id),
        shortest=SHORTEST,
        sessions=sessions_of(session(), person.user_id, now),
        this_session=_this_session(),
        end=EndForm(None),
        token_form=token or TokenForm(None),
        made=made,
        scopes=scope_names(),
        tokens=tokens_of(session(), person.user_id, now),
    )
    return page, status


def scope_names() -> dict[str, str]:
    return {
        Scope.DEALS_READ: gettext("Read deals, their history and what comes next"),
        Scope.MEETINGS_READ: gettext("Read meetings, kits and objectives"),
        Scope.MEETINGS_WRITE: gettext("Log meetings"),
        Scope.REPORTS_READ: gettext("Read the reports"),
    }


def _number(text: str | None) -> int:
    """Of a row; 0, which is none, where it is no number."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _this_session() -> int:
    signed_in = asker().signed_in
    return signed_in.session_id if signed_in else 0
