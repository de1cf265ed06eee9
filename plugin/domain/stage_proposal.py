"""Which buyer stage a CRM's stage may mean: a guess from its name, in both languages, else from its place.

It is shown to a person, who decides. CRM stages are named after what sellers do; the words below are those that stand,
again and again, for what the buyer is doing meanwhile.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.domain.journey import BuyerStage, Journey, Loop

# By buyer stage of the figure-eight journey; the first stage of which a word is found wins, from the end to the
# beginning: «contract sent after the demo» is about the contract.
WORDS: Mapping[str, tuple[str, ...]] = {
    "recommend": ("recommend", "referral", "reference", "advoca", "recommand", "parrain", "ambassad"),
    "sustain": ("renew", "retain", "expan", "upsell", "renouvel", "fidelis", "extension", "reconduc"),
    "use": ("live", "usage", "using", "adopt", "in use", "production", "utilis", "exploitation"),
    "onboard": (
        "onboard",
        "kick",
        "implement",
        "deploy",
        "setup",
        "demarrage",
        "deploiement",
        "mise en oeuvre",
        "lancement",
    ),
    "buy": (
        *("contract", "contrat", "negoti", "negoci", "closing", "verbal", "commit", "signature", "legal", "juridique"),
        *("procurement", "achat", "purchase", "bon de commande", "order", "decision", "engage"),
    ),
    "select": (
        *("proposal", "proposition", "offer", "offre", "quote", "devis", "present", "demo", "poc", "proof", "preuve"),
        *("evaluat", "shortlist", "pilot", "pilote", "trial", "essai", "soutenance"),
    ),
    "search": (
        *("qualif", "discover", "decouverte", "need", "besoin", "meeting", "rendez-vous", "rdv", "call"),
        *("appel", "explor", "scoping", "cadrage", "analys", "engaging", "opportun"),
    ),
    "problem": (
        "lead",
        "new",
        "nouveau",
        "nouvelle",
        "contact",
        "prospect",
        "inbound",
        "entrant",
        "piste",
        "intake",
        "mql",
        "appointment",
    ),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """``stage`` is a buyer stage's key; None where nothing speaks for any. ``from_name``: the name says so."""

    stage: str | None
    from_name: bool


def propose_stage(journey: Journey, label: str, place: float | None) -> Proposal:
    """``place``: from 0 to 1, how far along its pipeline the stage is (its probability, where the CRM tells one)."""
    plain = _plain(label)
    for stage in reversed(journey.stages):
        names = (_plain(stage.name.en), _plain(stage.name.fr))
        if plain in names or any(_has(plain, word) for word in WORDS.get(stage.key, ())):
            return Proposal(stage.key, True)
    purchase = [stage for stage in journey.stages if stage.loop is Loop.PURCHASE]
    if place is None or not purchase:
        return Proposal(None, False)
    return Proposal(_at(purchase, place).key, False)


def counterpart(before: Journey, key: str, after: Journey) -> str | None:
    """The stage that a stage of one journey is in another: of the same key, else as far along the same loop. None where
    the other has no such loop."""
    if key in after.now_called:
        return after.now_called[key]
    stage = before.by_key.get(key)
    if stage is None or not after.stages_of_loop[stage.loop]:
        return None
    own, others = before.stages_of_loop[stage.loop], after.stages_of_loop[stage.loop]
    return others[(2 * own.index(key) + 1) * len(others) // (2 * len(own))]


def _at(stages: Sequence[BuyerStage], place: float) -> BuyerStage:
    return stages[min(int(max(place, 0.0) * len(stages)), len(stages) - 1)]


def _plain(text: str) -> str:
    """Small letters without accents."""
    split = unicodedata.normalize("NFKD", text.replace("œ", "oe").lower())
    return "".join(sign for sign in split if not unicodedata.combining(sign)).strip()


def _has(text: str, word: str) -> bool:
    """At the beginning of a word."""
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}", text) is not None
