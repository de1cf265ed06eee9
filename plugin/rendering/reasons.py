"""Sentences that say why: why this meeting, why this pace, what stands out."""

from __future__ import annotations

from plugin.domain.crm_definitions import Definition
from plugin.domain.direction import Direction, Pace, Reading
from plugin.domain.finding import Change, Finding, Kind, Trend
from plugin.domain.follow_up import FollowUpKind, Signal
from plugin.domain.next_meeting import Reason, Why
from plugin.library.kit import Part
from plugin.library.kit import Why as PartWhy
from plugin.rendering import wording
from plugin.rendering.formats import days, number, percent
from plugin.rendering.i18n import gettext, ngettext
from plugin.store.queries.follow_ups import FollowUpLine
from plugin.store.queries.standings import WaitingDeals


def reason(one: Reason) -> str:
    """One reason of a choice, as a sentence."""
    stage = wording.stage_name(one.about[0]) if one.about else ""
    match one.why:
        case Why.STAGE:
            return gettext("The buyer is in the stage “%(stage)s”.", stage=stage)
        case Why.WENT_BACK:
            return gettext("The buyer went back to “%(stage)s”.", stage=stage)
        case Why.EVIDENCE_COMPLETE:
            return gettext("All evidence of “%(stage)s” is given: time for the next step.", stage=stage)
        case Why.WON:
            return gettext("They signed: now they must see that they chose well.")
        case Why.NO_STAGE_YET:
            return gettext("No stage is known yet: begin at the beginning.")
        case Why.HELD_ALREADY:
            return gettext("It was held before, and did not bring everything.")
        case Why.PERSONA:
            return gettext("It is made for somebody %(persona)s.", persona=wording.persona_type(one.about[0]))
        case _:
            return _lacking(one)


def definition_words(definition: Definition, horizon: int) -> tuple[str, str, str]:
    """A definition's name, what it does to the deals, and the figure under which they are listed (or nothing)."""
    watched = gettext("Open deals count for as long as they were watched; passed within %(days)s.", days=days(horizon))
    return {
        Definition.OURS: (gettext("Ours"), watched, "estimate"),
        Definition.OPEN_AS_LOST: (
            gettext("Open counted as lost"),
            gettext("Young deals pull it down, however well they do."),
            "naive",
        ),
        Definition.CLOSED_ONLY: (
            gettext("Closed deals only"),
            gettext("Who still decides is left out, so the fast ones speak for all."),
            "closed_only",
        ),
        Definition.ANY_STAGE: (
            gettext("HubSpot’s funnel, any stage"),
            gettext("Entered the next stage, divided by entered this one: not always the same deals."),
            "any_stage",
        ),
        Definition.ALL_STAGES: (
            gettext("HubSpot’s funnel, all stages"),
            gettext("Only deals that entered every stage before: who skips one disappears."),
            "all_stages",
        ),
        Definition.SNAPSHOT: (
            gettext("Snapshot of today’s stages"),
            gettext("Where deals stand today, as Odoo groups them: who went back has never been further."),
            "snapshot",
        ),
    }[definition]


def part_why(part: Part) -> str:
    """Why a slide, story or question is in the kit, or was left out of it."""
    if part.by_hand:
        return gettext("you brought it back") if part.included else gettext("you took it out")
    return {
        PartWhy.STAGE: gettext("for this stage"),
        PartWhy.THEIR_WORDS: gettext("shows their words"),
        PartWhy.MISSING_EVIDENCE: gettext("evidence still missing"),
        PartWhy.OPEN_QUESTION: gettext("not answered yet"),
        PartWhy.CONTRADICTED: gettext("they took it back: ask again"),
        PartWhy.FOR_PERSONA: gettext("for who is at the table"),
        PartWhy.ANOTHER_STORY: gettext("one story is enough"),
        PartWhy.OTHER_PERSONA: gettext("for somebody else"),
        PartWhy.ANSWERED: gettext("answered already"),
    }[part.why]


def follow_up_title(one: FollowUpLine) -> str:
    """What a proposal asks."""
    target = wording.stage_name(one.target)
    match one.kind:
        case FollowUpKind.MOVE_ON:
            return gettext("Has the buyer passed on to “%(stage)s”?", stage=target)
        case FollowUpKind.GO_BACK:
            return gettext("Has the buyer gone back to “%(stage)s”?", stage=target)
        case FollowUpKind.ASK_AGAIN:
            return gettext("The buyer took something back: ask again.")
        case FollowUpKind.STANDS_STILL:
            return gettext("Nothing was agreed: the deal stands still.")


def follow_up_reason(one: FollowUpLine) -> str:
    """What a proposal rests on."""
    return signal_sentence(one.signal, one.stage)


def signal_sentence(signal: Signal, stage: str | None) -> str:
    """What was seen of a deal that stands in this stage."""
    match signal:
        case Signal.EVIDENCE_COMPLETE:
            return gettext("All evidence of “%(stage)s” is given.", stage=wording.stage_name(stage))
        case Signal.CONTRADICTED:
            return gettext("They contradicted what they had said before.")
        case Signal.ROUTE_NAMED:
            return gettext("They named another route than before.")
        case Signal.CRITERIA_REWRITTEN:
            return gettext("They compare by other criteria than before.")
        case Signal.NEW_DECIDER:
            return gettext("Somebody else decides than was said before.")
        case Signal.OWNER_LEFT:
            return gettext("Somebody else is in charge of it than before.")
        case Signal.USE_FELL:
            return gettext("They say that it does not do what was promised.")
        case Signal.RELATION_BROKE:
            return gettext("The relation broke.")
        case Signal.PUT_OFF:
            return gettext("The date was put off twice.")
        case _:
            return _standing_still(signal)


def _standing_still(signal: Signal) -> str:
    return {
        Signal.BEHIND_PLAN: gettext("The plan that both sides agreed on is late."),
        Signal.NOTHING_AGREED: gettext("No evidence, no answer and no date came out of the meeting."),
        Signal.NOT_MET: gettext("Nobody has met them since they came to this stage."),
        Signal.NO_DATE: gettext("No next meeting has a date."),
    }[signal]


def _lacking(one: Reason) -> str:
    if one.why is Why.EVIDENCE_MISSING:
        listed = gettext("; ").join(text[:1].lower() + text[1:] for text in map(wording.evidence_text, one.about))
        return gettext("Still missing: %(evidence)s.", evidence=listed.rstrip("."))
    return ngettext(
        "Unanswered question: %(numbers)s.",
        "Unanswered questions: %(numbers)s.",
        len(one.about),
        numbers=", ".join(one.about),
    )


def direction_name(direction: Direction) -> str:
    match direction:
        case Direction.FORWARD:
            return gettext("Moving forward")
        case Direction.STILL:
            return gettext("Standing still")
        case Direction.BACK:
            return gettext("Went back")


def pace_sentence(reading: Reading) -> str:
    """How long, and how that compares; says so where it can't be known."""
    if reading.days is None:
        return gettext("Since when is not known.")
    here = gettext("%(days)s in this stage.", days=days(reading.days))
    if reading.days_late:
        return f"{here} " + gettext(
            "The plan that both sides agreed on is %(days)s late.", days=days(reading.days_late)
        )
    if reading.pace is Pace.UNKNOWN or reading.share_left is None:
        return f"{here} " + gettext("Too few deals were here before to say what is usual.")
    compared = gettext(
        "%(pace)s: %(share)s of %(peers)s deals had left by then.",
        pace=pace_name(reading.pace),
        share=percent(reading.share_left),
        peers=number(reading.peers),
    )
    return f"{here} {compared}"


def pace_name(pace: Pace) -> str:
    match pace:
        case Pace.FAST:
            return gettext("Early days")
        case Pace.SLOW:
            return gettext("Slower than most")
        case Pace.UNKNOWN:
            return gettext("Pace not known")
        case _:
            return gettext("The usual pace")


def finding_sentence(finding: Finding, horizon: int) -> str:
    """The first sentence of a conversion report."""
    row = finding.row
    if row is None or finding.kind is Kind.NOT_ENOUGH:
        return gettext(
            "There is not enough data to say: a stage needs %(needed)s deals, and the fullest one has %(most)s.",
            needed=number(finding.needed),
            most=number(finding.most),
        )
    if finding.kind is Kind.ALONE:
        return gettext(
            "Of its loop only “%(stage)s” has enough data: %(estimate)s of the deals that entered it "
            "passed it within %(days)s%(interval)s.",
            stage=wording.stage_name(row.stage),
            estimate=percent(row.estimate),
            days=days(horizon),
            interval=_interval(row.low, row.high),
        )
    fact = gettext(
        "“%(stage)s” lets the fewest through: %(estimate)s of the deals that entered it "
        "passed it within %(days)s%(interval)s",
        stage=wording.stage_name(row.stage),
        estimate=percent(row.estimate),
        days=days(horizon),
        interval=_interval(row.low, row.high),
    )
    if finding.kind is Kind.WEAKEST:
        return fact + gettext(", clearly fewer than in any other stage of its loop.")
    return fact + gettext("; the difference from other stages may be chance.")


def trend_sentence(found: Trend | None) -> str:
    """Whether that is a change from the period before; empty where nothing can be compared."""
    if found is None:
        return ""
    before = percent(found.before.estimate)
    match found.change:
        case Change.UP:
            return gettext("Up from %(before)s in the period before.", before=before)
        case Change.DOWN:
            return gettext("Down from %(before)s in the period before.", before=before)
        case Change.UNCLEAR:
            return gettext("It was %(before)s in the period before: that may be chance.", before=before)


def waiting_sentence(found: WaitingDeals | None) -> str:
    """What to do about it on Monday; empty where nobody waits."""
    if found is None or not found.without_next:
        return ""
    return ngettext(
        "%(num)s of the %(deals)s deals that stand there has no next meeting.",
        "%(num)s of the %(deals)s deals that stand there have no next meeting.",
        found.without_next,
        deals=number(found.deals),
    )


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return gettext(" (between %(low)s and %(high)s)", low=percent(low), high=percent(high))
