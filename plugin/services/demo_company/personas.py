"""Alidade's personas, what it believes of them, and what its buyers made of that: told once, at the first start."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from typing import Any
from zlib import crc32

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.library.personas import read_personas
from plugin.services.persona_shelf import put_personas
from plugin.services.workspace import Workspace
from plugin.store.assigning import reassign
from plugin.store.tables import BuyerWords, CanvasBelief, CrmOwner, Deal, UserAccount

# Of the answers, as parts of a hundred: what a buyer says to a recap is rarely anything else but yes.
CONFIRMED, CONTRADICTED = 35, 60
ANSWERED_AFTER = timedelta(days=1)


def tell_personas(workspace: Workspace, author: str) -> None:
    """What ``author`` (an e-mail) wrote, before the first sync: deals find their persona as they come in."""
    with workspace.database.writing.begin() as session:
        user_id = session.scalar(select(UserAccount.id).filter_by(email=author))
        put_personas(session, read_personas(_text("personas")), user_id, workspace.clock())
        reassign(session, workspace.clock())
    workspace.persona_shelf.look_again()


def tell_beliefs(workspace: Workspace, author: str, without: str) -> None:
    """What ``author`` (an e-mail) wrote; ``without`` is the salesperson whose deals are told elsewhere."""
    told = yaml.safe_load(_text("beliefs"))
    with workspace.database.writing.begin() as session:
        user_id = session.scalar(select(UserAccount.id).filter_by(email=author))
        written_at = workspace.clock() - timedelta(days=told["days_ago"])
        for persona, beliefs in told["beliefs"].items():
            for question, text in beliefs.items():
                belief = CanvasBelief(persona=persona, question=question, text=text, user_id=user_id)
                belief.written_at = written_at
                session.add(belief)
        _answer_recaps(session, workspace, told["contradicted"], without)


def _answer_recaps(session: Session, workspace: Workspace, told: dict[str, Any], without: str) -> None:
    answers = session.execute(
        select(BuyerWords, Deal.persona_key, Deal.crm_id)
        .join(Deal, Deal.id == BuyerWords.deal_id)
        .join(CrmOwner, CrmOwner.id == Deal.owner_id)
        .where(BuyerWords.canvas_question.is_not(None), CrmOwner.name != without)
        .order_by(BuyerWords.id)
    ).all()
    for said, persona, crm_id in answers:
        chance = crc32(f"{crm_id} {said.canvas_question}".encode()) % 100
        otherwise = (persona, said.canvas_question) == (told["persona"], told["question"]) and chance < CONTRADICTED
        if said.said_at + ANSWERED_AFTER < workspace.clock() and (otherwise or chance < CONFIRMED):
            texts = told["fr" if _is_french(said.text) else "en"]
            session.add(_reply(said, texts[chance % len(texts)] if otherwise else ""))


def _reply(said: BuyerWords, otherwise: str) -> BuyerWords:
    """What the buyer made of their own words, a day later."""
    status = AnswerStatus.CONTRADICTED if otherwise else AnswerStatus.CONFIRMED
    return BuyerWords(
        deal_id=said.deal_id,
        canvas_question=said.canvas_question,
        status=status.value,
        text=otherwise or said.text,
        said_by=said.said_by,
        said_at=said.said_at + ANSWERED_AFTER,
        source="recap",
    )


def _is_french(text: str) -> bool:
    return any(sign in text for sign in "éèàçêù") or " le " in text or " de " in text


def _text(name: str) -> str:
    return (files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")
