"""Sentences of the radar: what stands out among returns and moments of truth, and what a group of meetings is."""

from __future__ import annotations

from plugin.domain.finding import Change
from plugin.domain.going_back import MostReturned
from plugin.domain.meeting import Effect
from plugin.domain.moments import MomentShares
from plugin.rendering import wording
from plugin.rendering.formats import number, percent
from plugin.rendering.i18n import gettext, ngettext
from plugin.store.queries.moments import MomentFilter


def returns_finding(found: MostReturned) -> str:
    """From where buyers go back most."""
    values = {
        "stage": wording.stage_name(found.stage),
        "part": number(found.share.part),
        "whole": number(found.share.whole),
        "share": percent(found.share.estimate),
    }
    if found.sure:
        return gettext(
            "Most go back from “%(stage)s”: %(part)s of the %(whole)s that entered it (%(share)s).", **values
        )
    return gettext(
        "From “%(stage)s” %(part)s of the %(whole)s that entered it went back (%(share)s), the largest share; another "
        "stage may be as high by chance.",
        **values,
    )


def moments_finding(found: MomentShares) -> str:
    """What meetings did to the relation, all in all."""
    strengthened = found.effects[Effect.STRENGTHENED]
    if strengthened.estimate is None:
        return ngettext(
            "%(num)s meeting tells what it did to the relation: too few to say more.",
            "%(num)s meetings tell what they did to the relation: too few to say more.",
            found.meetings,
        )
    said = gettext(
        "%(share)s of %(meetings)s meetings strengthened the relation, %(weakened)s weakened it, %(broke)s broke it.",
        share=percent(strengthened.estimate),
        meetings=number(found.meetings),
        weakened=percent(found.effects[Effect.WEAKENED].estimate),
        broke=percent(found.effects[Effect.BROKE].estimate),
    )
    return f"{said} {change_sentence(found)}".rstrip()


def change_sentence(found: MomentShares) -> str:
    """Against the period before, where that says anything; else nothing."""
    if found.before is None or found.change not in (Change.UP, Change.DOWN):
        return ""
    before = percent(found.before.estimate)
    if found.change is Change.UP:
        return gettext("Up from %(before)s in the period before.", before=before)
    return gettext("Down from %(before)s in the period before.", before=before)


def group_name(wanted: MomentFilter) -> str:
    """What the meetings of a group have in common."""
    named = {
        "stage": wording.stage_name,
        "template": lambda key: wording.meeting_title(key) if key else gettext("No template"),
        "version": lambda key: gettext("version %(version)s", version=key) if key else gettext("version not known"),
        "persona": wording.persona_name,
        "effect": wording.effect,
        "felt": wording.feeling,
    }
    values = ((say, getattr(wanted, name)) for name, say in named.items())
    return " · ".join(say(value) for say, value in values if value is not None) or gettext("Meetings")
