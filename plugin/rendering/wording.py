"""Words for keys: stages and evidence from the journey, titles from the library, the rest from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask

from plugin.domain.alert import Alert
from plugin.domain.canvas import QUESTIONS, AnswerStatus
from plugin.domain.meeting import Effect, Feeling, MeetingState
from plugin.domain.moves import LOST, WON
from plugin.domain.plan import Side
from plugin.domain.segment import Field, How
from plugin.domain.stage_map import NoteKind, Verdict
from plugin.library.placeholders import fill
from plugin.rendering import radar_words, reasons
from plugin.rendering.i18n import gettext, language, pgettext
from plugin.rendering.workspace import workspace
from plugin.services.viewer import Role

Words = Callable[[], str]


def stage_name(key: str | None, journey: str | None = "") -> str:
    """The stage's or outcome's name; a stage that no journey in use has keeps its key.

    ``journey`` is the key that a deal's pipeline names; left out, it is the journey that is looked at.
    """
    if key in (None, "", "none"):
        return gettext("No stage yet")
    if key in _STATES:
        return _STATES[key]()
    at = workspace() if journey == "" else workspace().of(journey)
    known = (one.by_key.get(one.now_called.get(key or "", "")) for one in (at.journey, *at.journeys))
    stage = next(filter(None, known), None)
    return stage.name.in_language(language()) if stage else str(key)


def evidence_text(key: str) -> str:
    at = workspace()
    found = (one for journey in (at.journey, *at.journeys) for stage in journey.stages for one in stage.evidence)
    item = next((one for one in found if one.key == key), None)
    return item.text.in_language(language()) if item else key


def question_text(number: int | str) -> str:
    return QUESTIONS[int(number) - 1].text.in_language(language())


def meeting_title(template: str | None, title: str = "") -> str:
    """What a meeting is called: its template's title, else the CRM's, else just a meeting."""
    found = workspace().library.meetings.get(template or "")
    return found.in_language(language()).title if found else title or gettext("Meeting")


def persona_name(key: str | None) -> str:
    """The persona's name; one that is gone keeps its key."""
    if not key:
        return gettext("No persona")
    persona = workspace().persona(key)
    return persona.name.in_language(language()) if persona else key


def segment_field(key: str) -> str:
    return _say(_SEGMENT_FIELDS, key)


def segment_example(key: str) -> str:
    """What such a condition reads, with an example."""
    return _say(_SEGMENT_EXAMPLES, key)


def segment_how(key: str) -> str:
    return _say(_SEGMENT_HOWS, key)


def story_title(template: str, item: str) -> str:
    """A story's title by its name in the kit; one that the template has lost keeps its key."""
    found, key = workspace().library.meetings.get(template), item.removeprefix("story:")
    stories = found.in_language(language()).stories if found else ()
    return next((fill(one.title, {}, language()) for one in stories if one.key == key), key)


def persona_type(key: str) -> str:
    return _say(_PERSONA_TYPES, key)


def feeling(key: str) -> str:
    return _say(_FEELINGS, key)


def effect(key: str) -> str:
    return _say(_EFFECTS, key)


def play_text(key: str) -> str:
    """What to do about a signal."""
    play = workspace().plays.get(key)
    return play.in_language(language()) if play else ""


def alert_name(alert: Alert) -> str:
    """Why deals need somebody, as a heading."""
    return _ALERTS[alert]()


def cost_of(what: str) -> str:
    """What it costs that a token does not reach something."""
    return _say(_COSTS, what)


def meeting_state(key: str) -> str:
    return _say(_MEETING_STATES, key)


def answer_status(key: str) -> str:
    return _say(_ANSWER_STATUSES, key)


def role_name(key: str) -> str:
    return _say(_ROLES, key)


def figure_name(key: str) -> str:
    if key.startswith("to "):
        return gettext("First went to “%(stage)s”", stage=stage_name(key[3:])) if key[3:] else gettext("Still there")
    return _say(FIGURES, key)


def run_state(key: str) -> str:
    return _say(_RUN_STATES, key)


def plan_side(key: str) -> str:
    return _say(_SIDES, key)


def recap_reply(key: str) -> str:
    return _say(_RECAP_REPLIES, key)


def note_kind(key: str) -> str:
    return _say(_NOTE_KINDS, key)


def verdict(key: str) -> str:
    return _say(_VERDICTS, key)


def install(app: Flask) -> None:
    for function in (
        *(stage_name, evidence_text, question_text, meeting_title, persona_type, feeling, effect, meeting_state),
        *(persona_name, segment_field, segment_example, segment_how),
        *(answer_status, role_name, figure_name, run_state),
        *(reasons.reason, reasons.direction_name, reasons.pace_sentence, reasons.pace_name, reasons.finding_sentence),
        *(reasons.trend_sentence, reasons.waiting_sentence, reasons.definition_words, reasons.part_why),
        *(reasons.follow_up_title, reasons.follow_up_reason, reasons.signal_sentence, plan_side, recap_reply),
        *(story_title, play_text, alert_name, radar_words.returns_finding, radar_words.moments_finding),
        *(radar_words.change_sentence, radar_words.group_name),
        *(note_kind, verdict),
    ):
        app.jinja_env.globals[function.__name__] = function


def _say(words: Mapping[str, Words], key: str) -> str:
    """A key that we have no word for is shown as it is."""
    return words[key]() if key in words else key


_STATES: Mapping[str | None, Words] = {WON: lambda: gettext("Won"), LOST: lambda: gettext("Lost")}
_ALERTS: Mapping[Alert, Words] = {
    Alert.TAKEN_BACK: lambda: gettext("Took something back"),
    Alert.BACK: lambda: pgettext("deals", "Went back"),
    Alert.STILL: lambda: pgettext("deals", "Standing still"),
}
_PERSONA_TYPES: Mapping[str, Words] = {
    "decider": lambda: gettext("who decides"),
    "user": lambda: gettext("who uses it"),
}
_SEGMENT_FIELDS: Mapping[str, Words] = {
    Field.ROLE: lambda: gettext("Job title of the contact"),
    Field.SOURCE: lambda: gettext("Source"),
    Field.PIPELINE: lambda: gettext("Pipeline"),
    Field.COMPANY: lambda: gettext("Company"),
    Field.DEAL: lambda: gettext("Name of the deal"),
    Field.OWNER: lambda: gettext("Owner"),
    Field.EMAIL_DOMAIN: lambda: gettext("Domain of a contact’s e-mail"),
    Field.CURRENCY: lambda: gettext("Currency"),
    Field.AMOUNT: lambda: gettext("Amount"),
}
_SEGMENT_EXAMPLES: Mapping[str, Words] = {
    Field.ROLE: lambda: gettext("the function that the CRM has of the person: “Head of purchasing”"),
    Field.SOURCE: lambda: gettext("where the deal came from: “Trade fair”"),
    Field.PIPELINE: lambda: gettext("the pipeline in which the deal stands: “New business”"),
    Field.COMPANY: lambda: gettext("what the buyer’s company is called: “Hospital”"),
    Field.DEAL: lambda: gettext("what the deal is called: “Renewal”"),
    Field.OWNER: lambda: gettext("who has the deal on our side: “Ana Silva”"),
    Field.EMAIL_DOMAIN: lambda: gettext("what stands behind the @ of a contact’s address: “example.org”"),
    Field.CURRENCY: lambda: gettext("three letters: “EUR”"),
    Field.AMOUNT: lambda: gettext("what the deal is worth, in its own currency: 10000 to 50000"),
}
_SEGMENT_HOWS: Mapping[str, Words] = {
    How.CONTAINS: lambda: pgettext("condition", "contains"),
    How.ONE_OF: lambda: pgettext("condition", "is one of"),
    How.BEGINS: lambda: pgettext("condition", "begins with"),
}
_FEELINGS: Mapping[str, Words] = {
    Feeling.WORRIED: lambda: pgettext("buyer felt", "Worried"),
    Feeling.DOUBTFUL: lambda: pgettext("buyer felt", "Doubtful"),
    Feeling.NEUTRAL: lambda: pgettext("buyer felt", "Neutral"),
    Feeling.CONFIDENT: lambda: pgettext("buyer felt", "Confident"),
    Feeling.KEEN: lambda: pgettext("buyer felt", "Keen"),
}
_EFFECTS: Mapping[str, Words] = {
    Effect.STRENGTHENED: lambda: pgettext("relation", "Strengthened"),
    Effect.WEAKENED: lambda: pgettext("relation", "Weakened"),
    Effect.BROKE: lambda: pgettext("relation", "Broke"),
}
_MEETING_STATES: Mapping[str, Words] = {
    MeetingState.PLANNED: lambda: pgettext("meeting", "Planned"),
    MeetingState.HELD: lambda: pgettext("meeting", "Held"),
    MeetingState.NO_SHOW: lambda: pgettext("meeting", "They did not come"),
    MeetingState.MOVED: lambda: pgettext("meeting", "Put off"),
    MeetingState.CANCELLED: lambda: pgettext("meeting", "Cancelled"),
}
_ANSWER_STATUSES: Mapping[str, Words] = {
    AnswerStatus.UNKNOWN: lambda: pgettext("answer", "Not asked yet"),
    AnswerStatus.HEARD: lambda: pgettext("answer", "Heard"),
    AnswerStatus.CONFIRMED: lambda: pgettext("answer", "Confirmed by the buyer"),
    AnswerStatus.CONTRADICTED: lambda: pgettext("answer", "Contradicted"),
}
_SIDES: Mapping[str, Words] = {
    Side.US: lambda: pgettext("step", "Us"),
    Side.THEM: lambda: pgettext("step", "Them"),
}
_RECAP_REPLIES: Mapping[str, Words] = {
    "confirmed": lambda: pgettext("recap", "Confirmed"),
    "corrected": lambda: pgettext("recap", "Corrected"),
    "contradicted": lambda: pgettext("recap", "Not so"),
}
_NOTE_KINDS: Mapping[str, Words] = {
    NoteKind.ACTION: lambda: gettext("What buyers do here"),
    NoteKind.TOUCHPOINT: lambda: gettext("Where they meet us"),
    NoteKind.EMOTION: lambda: gettext("How they feel"),
    NoteKind.FRICTION: lambda: gettext("What holds them back"),
    NoteKind.HOW: lambda: gettext("When and how we meet"),
}
_VERDICTS: Mapping[str, Words] = {
    Verdict.HELPED: lambda: pgettext("improvement", "It helped"),
    Verdict.NO_CHANGE: lambda: pgettext("improvement", "No change"),
    Verdict.HARMED: lambda: pgettext("improvement", "It did harm"),
}
_ROLES: Mapping[str, Words] = {
    Role.SALESPERSON: lambda: gettext("Salesperson"),
    Role.MANAGER: lambda: gettext("Manager"),
    Role.MARKETER: lambda: gettext("Marketer"),
    Role.ADMIN: lambda: gettext("Admin"),
}
FIGURES: Mapping[str, Words] = {
    "entered": lambda: pgettext("deals", "Entered"),
    "reached": lambda: pgettext("deals", "Reached"),
    "skipped": lambda: pgettext("deals", "Skipped"),
    "advanced": lambda: pgettext("deals", "Advanced"),
    "lost": lambda: pgettext("deals", "Lost"),
    "open": lambda: pgettext("deals", "Still open"),
    "went_back": lambda: pgettext("deals", "Went back"),
    "reopened": lambda: pgettext("deals", "Reopened"),
    "estimate": lambda: pgettext("deals", "Conversion"),
    "naive": lambda: pgettext("deals", "Naive"),
    "closed_only": lambda: pgettext("deals", "Closed deals only"),
    "any_stage": lambda: gettext("HubSpot’s funnel, any stage"),
    "all_stages": lambda: gettext("HubSpot’s funnel, all stages"),
    "snapshot": lambda: pgettext("deals", "Snapshot of today"),
    "median": lambda: pgettext("deals", "Median time"),
}
_COSTS: Mapping[str, Words] = {
    "deals": lambda: gettext("The token does not reach deals: nothing can come in."),
    "contacts": lambda: gettext(
        "The token does not reach contacts: deals have no people, and no meeting can be written."
    ),
    "companies": lambda: gettext("The token does not reach companies: deals have no company’s name."),
    "owners": lambda: gettext("The token does not reach owners: salespeople do not find their deals."),
    "meetings": lambda: gettext(
        "The token does not reach meetings: planned ones do not come in, and none can be written."
    ),
    "history": lambda: gettext(
        "Neither the Parcours add-on is installed in Odoo, nor is this an administrator’s key: only where deals stand "
        "now comes in, and conversion is counted from today on."
    ),
    "others_deals": lambda: gettext("This user sees only their own deals: those of others do not come in."),
}
_RUN_STATES: Mapping[str, Words] = {
    "running": lambda: pgettext("sync", "Running"),
    "done": lambda: pgettext("sync", "Finished"),
    "finished": lambda: pgettext("sync", "Finished"),
    "failed": lambda: pgettext("sync", "Failed"),
}
