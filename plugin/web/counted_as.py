"""How a deal counts under another definition of conversion, and how in ours: the difference, deal by deal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plugin.domain.crm_definitions import following_in_loop, stages_up_to
from plugin.domain.journey import Journey
from plugin.domain.moves import WON
from plugin.domain.visits import Outcome
from plugin.rendering.formats import days
from plugin.rendering.i18n import gettext
from plugin.rendering.wording import stage_name
from plugin.services.conversion import BehindLine
from plugin.store.queries.questions import Question

Words = Callable[[BehindLine, Question, Journey], str]


def counted_as(figure: str, line: BehindLine, question: Question, journey: Journey) -> str:
    """One sentence. KeyError on a figure that is not in COMPARED."""
    return COMPARED[figure](line, question, journey)


def _naive(line: BehindLine, question: Question, _journey: Journey) -> str:
    if line.outcome is Outcome.ADVANCED:
        if _in_time(line, question):
            return gettext("advanced in both figures")
        return gettext("advanced in the naive figure; after %(days)s in the other", days=days(question.horizon))
    if line.outcome is Outcome.LOST:
        return gettext("lost in both figures")
    if _in_time(line, question):
        return gettext("failed in the naive figure; not decided yet in the other")
    return gettext("not advanced in both figures")


def _closed_only(line: BehindLine, question: Question, _journey: Journey) -> str:
    if line.outcome is Outcome.OPEN:
        return gettext("left out of closed deals only; not decided yet in ours")
    if line.outcome is Outcome.ADVANCED and not _in_time(line, question):
        return gettext("advanced among closed deals; after %(days)s in ours", days=days(question.horizon))
    return gettext("the same in both")


def _any_stage(line: BehindLine, question: Question, journey: Journey) -> str:
    following = following_in_loop(journey, line.passage.stage)
    on = following is not None and following.key in line.entered
    if line.passage.stage not in line.entered:
        return gettext("counts as passed in HubSpot’s; never entered this stage in the period, so not in ours")
    if on:
        return _passed_there(line, question)
    if line.outcome is Outcome.ADVANCED:
        return gettext("went past the next stage without entering it: failed in HubSpot’s, advanced in ours")
    if line.outcome is Outcome.LOST:
        return gettext("not passed in both")
    return gettext("failed in HubSpot’s; not decided yet in ours")


def _all_stages(line: BehindLine, question: Question, journey: Journey) -> str:
    for stage in stages_up_to(journey, line.passage.stage):
        if stage not in line.entered:
            return gettext("left out of HubSpot’s: it never entered “%(stage)s” in the period", stage=stage_name(stage))
    return _any_stage(line, question, journey)


def _passed_there(line: BehindLine, question: Question) -> str:
    if line.outcome is not Outcome.ADVANCED:
        return gettext("passed in HubSpot’s; not in ours: it came to the next stage before this one")
    if _in_time(line, question):
        return gettext("passed in both")
    return gettext("passed in HubSpot’s; after %(days)s in ours", days=days(question.horizon))


def _snapshot(line: BehindLine, _question: Question, journey: Journey) -> str:
    deal, here = line.deal, journey.stage(line.passage.stage)
    beyond = deal.stage in journey and journey.stage(str(deal.stage)).position > here.position
    if deal.state == WON or beyond:
        if line.outcome is Outcome.ADVANCED:
            return gettext("passed in both")
        return gettext("passed in the snapshot; not in ours")
    if deal.stage == here.key:
        if line.outcome is Outcome.ADVANCED:
            return gettext("stands there again today: its passing is forgotten in the snapshot")
        return gettext("stands there today: not passed in the snapshot")
    if deal.state == "open":
        return gettext("went back to “%(stage)s”: missing from the snapshot", stage=stage_name(deal.stage))
    return gettext("not passed in both")


def _in_time(line: BehindLine, question: Question) -> bool:
    return line.days is not None and line.days < question.horizon


COMPARED: Mapping[str, Words] = {
    "estimate": _naive,
    "naive": _naive,
    "closed_only": _closed_only,
    "any_stage": _any_stage,
    "all_stages": _all_stages,
    "snapshot": _snapshot,
}
