"""Words for what is held about people: where it stands, where it came from, on which basis and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask

from plugin.domain.retention import Kept
from plugin.rendering.i18n import gettext, pgettext
from plugin.services.legal_basis import LegalBasis

Words = Callable[[], str]


def place_name(table: str) -> str:
    """What a table that holds people is called; one that we have no word for goes by its own name."""
    return PLACES[table]() if table in PLACES else table.replace("_", " ").capitalize()


def role_in_deal(table: str) -> str:
    """What a person is in a deal, by the table that names them there."""
    return _ROLES[table]() if table in _ROLES else place_name(table)


def field_name(path: str) -> str:
    """A column's name, or the path of a text within one."""
    return _FIELDS[path]() if path in _FIELDS else path.rpartition(".")[2].replace("_", " ").replace("-", " ")


def origin_words(origin: str, by: str) -> str:
    match origin:
        case "crm":
            return gettext("from the CRM (%(name)s)", name=by) if by else gettext("from the CRM")
        case "buyer":
            return gettext("written by the buyer")
        case "ours":
            return gettext("made from what was logged")
        case _:
            return gettext("typed by %(name)s", name=by) if by else gettext("typed here")


def basis_name(basis: str) -> str:
    return BASES[LegalBasis(basis)]()


def basis_meaning(basis: str) -> str:
    return _MEANINGS[LegalBasis(basis)]()


def kept_name(what: str) -> str:
    return _KEPT[Kept(what)][0]()


def kept_meaning(what: str) -> str:
    return _KEPT[Kept(what)][1]()


def install(app: Flask) -> None:
    for function in (place_name, role_in_deal, field_name, origin_words, basis_name, basis_meaning):
        app.jinja_env.globals[function.__name__] = function
    app.jinja_env.globals.update(kept_name=kept_name, kept_meaning=kept_meaning)


PLACES: Mapping[str, Words] = {
    "deal_contact": lambda: gettext("Contacts of deals"),
    "former_contact": lambda: gettext("Contacts of before"),
    "person_basis": lambda: gettext("Legal bases that were noted"),
    "meeting_attendee": lambda: gettext("Who was in the room"),
    "buyer_words": lambda: gettext("What was said"),
    "meeting_log": lambda: gettext("Notes of colleagues"),
    "meeting": lambda: gettext("Titles of meetings"),
    "follow_up": lambda: gettext("Proposals that follow a meeting"),
    "plan_step": lambda: gettext("Steps of the plan"),
    "recap": lambda: gettext("Recaps"),
    "recap_line": lambda: gettext("Lines of recaps"),
    "log_draft": lambda: gettext("Drafts"),
    "outbox_message": lambda: gettext("Messages to the CRM"),
    "deal": lambda: gettext("What deals are called"),
    "sync_run": lambda: gettext("Faults of a sync"),
    "saved_view": lambda: gettext("Saved views"),
    "touchpoint": lambda: gettext("Touchpoints"),
    "touch": lambda: gettext("Touches"),
    "touch_import": lambda: gettext("Files of touches"),
    "map_note": lambda: gettext("Notes on the map"),
    "improvement": lambda: gettext("Improvements"),
    "canvas_belief": lambda: gettext("What we believe"),
    "company_goal": lambda: gettext("The company’s goal"),
    "objective_change": lambda: gettext("Changes of objectives"),
    "action": lambda: gettext("Actions"),
    "connection_basis": lambda: gettext("Notes on a connection’s legal basis"),
    "crm_event": lambda: gettext("What the CRM told us"),
    "sign_in_attempt": lambda: gettext("Tries to sign in"),
    "link_visit": lambda: gettext("Visits of recap links"),
    "user_session": lambda: gettext("Signed-in browsers"),
    "audit_entry": lambda: gettext("Who did what"),
}
_ROLES: Mapping[str, Words] = {
    "deal_contact": lambda: pgettext("role", "contact"),
    "meeting_attendee": lambda: pgettext("role", "was in a meeting"),
    "buyer_words": lambda: pgettext("role", "quoted"),
    "plan_step": lambda: pgettext("role", "has a step of the plan"),
    "recap": lambda: pgettext("role", "answered a recap"),
    "recap_line": lambda: pgettext("role", "quoted in a recap"),
}
_FIELDS: Mapping[str, Words] = {
    "name": lambda: pgettext("field", "name"),
    "email": lambda: pgettext("field", "e-mail"),
    "company": lambda: pgettext("field", "company"),
    "source": lambda: pgettext("field", "source"),
    "persona": lambda: pgettext("field", "persona"),
    "text": lambda: pgettext("field", "words"),
    "words": lambda: pgettext("field", "words"),
    "said_by": lambda: pgettext("field", "said by"),
    "note": lambda: pgettext("field", "note"),
    "what_changed": lambda: pgettext("field", "what changed"),
    "title": lambda: pgettext("field", "title"),
    "answer": lambda: pgettext("field", "answer"),
    "who": lambda: pgettext("field", "who"),
    "greeting": lambda: pgettext("field", "greeting"),
    "remark": lambda: pgettext("field", "remark"),
    "answered_by": lambda: pgettext("field", "answered by"),
    "reply_text": lambda: pgettext("field", "reply"),
}
BASES: Mapping[LegalBasis, Words] = {
    LegalBasis.CONTRACT: lambda: gettext("Contract, or steps before one"),
    LegalBasis.INTEREST: lambda: gettext("Legitimate interests"),
    LegalBasis.CONSENT: lambda: gettext("Consent"),
    LegalBasis.OBLIGATION: lambda: gettext("Legal obligation"),
}
_MEANINGS: Mapping[LegalBasis, Words] = {
    LegalBasis.CONTRACT: lambda: gettext("GDPR, article 6(1)(b): they asked for an offer, or are a client."),
    LegalBasis.INTEREST: lambda: gettext(
        "GDPR, article 6(1)(f): a sale between companies that they may expect, weighed against their own interests."
    ),
    LegalBasis.CONSENT: lambda: gettext("GDPR, article 6(1)(a): they said yes, freely, and may take it back."),
    LegalBasis.OBLIGATION: lambda: gettext("GDPR, article 6(1)(c): a law asks you to keep it."),
}
_KEPT: Mapping[Kept, tuple[Words, Words]] = {
    Kept.CLOSED_WORDS: (
        lambda: gettext("Words and notes of closed deals"),
        lambda: gettext("Emptied so long after a deal was won or lost. That something was said is still counted."),
    ),
    Kept.LOST_CONTACTS: (
        lambda: gettext("Contacts of lost deals"),
        lambda: gettext("Names and addresses, so long after the deal was lost. The deal itself stays."),
    ),
    Kept.ATTENDEES: (
        lambda: gettext("Who was in the room"),
        lambda: gettext("Names of the people in a meeting, so long after it."),
    ),
    Kept.RECAPS: (
        lambda: gettext("Recaps"),
        lambda: gettext(
            "Their texts and answers, so long after the link has run out. Confirmations are still counted."
        ),
    ),
    Kept.DRAFTS: (
        lambda: gettext("Drafts"),
        lambda: gettext("What somebody typed into a log form and never saved."),
    ),
    Kept.EVENTS: (
        lambda: gettext("Traffic with the CRM"),
        lambda: gettext("What the CRM told us, messages that were delivered, and runs of the sync but the last."),
    ),
    Kept.SIGN_INS: (
        lambda: gettext("Sign-ins"),
        lambda: gettext("Tries to sign in, visits of recap links, and browsers that were last seen so long ago."),
    ),
    Kept.AUDIT: (
        lambda: gettext("The record of who did what"),
        lambda: gettext("Keep it as long as you may have to show what was done."),
    ),
}
