"""What the demo's salespeople logged: the calendar of its CRM knows of meetings, not of kits, words and proposals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.domain.follow_up import FollowUpKind, Signal
from plugin.library.bundle import read_bundle
from plugin.library.kit import first_story
from plugin.library.meeting import MeetingTemplate
from plugin.services.demo_company.content import Content, load_content, load_returns
from plugin.services.shelf import Origin, keep_version
from plugin.services.workspace import Workspace
from plugin.store.bulk import insert_rows
from plugin.store.queries.follow_ups import OPEN, TAKEN
from plugin.store.queries.meetings import HELD
from plugin.store.tables import CrmOwner, Deal, DealStanding, FollowUp, Meeting, MeetingLog, StageReturn, UserAccount

SEED = 8
KEY = "demo:"
# Until then each meeting had a longer kit.
NEW_KITS_SINCE = timedelta(days=240)
LONGER = 15
KITS_CHANGED = ("discovery", "framing", "proof", "decision")
SAID_WHY = 0.75
LATELY, WARNED_EVERY = timedelta(days=45), 3


@dataclass(frozen=True, slots=True)
class _Held:
    id: int
    deal_id: int
    owner: str
    persona: str | None
    template: str
    starts_at: datetime


def log_demo_meetings(workspace: Workspace) -> None:
    """Log what was held, once: what people log afterwards stays as it is."""
    with workspace.database.writing.begin() as session:
        if session.scalar(select(MeetingLog.id).where(MeetingLog.key.startswith(KEY)).limit(1)) is None:
            _Logging(session, workspace, load_content(), Random(SEED)).everything()  # noqa: S311 (a demo, the same each time)


@dataclass
class _Logging:
    session: Session
    workspace: Workspace
    content: Content
    rng: Random

    def __post_init__(self) -> None:
        self.now = self.workspace.clock()
        accounts = dict(self.session.execute(select(UserAccount.name, UserAccount.id)).all())
        self.accounts: dict[str, int] = accounts
        # Colleagues without an account: the manager notes what they tell.
        self.manager = next(id_ for name, id_ in accounts.items() if name not in self._owners)
        self.languages = {one.name: one.language for one in self.content.salespeople}
        self.returns = load_returns()

    @property
    def _owners(self) -> set[str]:
        return {one.name for one in self.content.salespeople}

    def everything(self) -> None:
        held = self._held()
        self._kits(held)
        insert_rows(self.session, MeetingLog, [self._log(one) for one in held])
        by_deal = _by_deal(held)
        self._say_why(by_deal)
        self._warn(by_deal)

    def _held(self) -> list[_Held]:
        """Those of which the buyer's reaction is known; the others nobody logged."""
        rows = self.session.execute(
            select(Meeting.id, Meeting.deal_id, CrmOwner.name, Deal.persona, Meeting.template, Meeting.starts_at)
            .join(Deal, Deal.id == Meeting.deal_id)
            .join(CrmOwner, CrmOwner.id == Deal.owner_id)
            .where(Meeting.state == HELD, Meeting.revision == 0, Meeting.effect.is_not(None))
            .order_by(Deal.crm_id, Meeting.starts_at)
        )
        known = self.workspace.library.meetings
        return [_Held(id_, deal, owner, who, key or "", at) for id_, deal, owner, who, key, at in rows if key in known]

    def _kits(self, held: Sequence[_Held]) -> None:
        """Each with the kit of its day, and the story that was in it for its persona."""
        changed = self.now - NEW_KITS_SINCE
        versions = {key: self._versions(key, changed) for key in sorted({one.template for one in held})}
        stories: dict[tuple[str, str | None], str | None] = {}
        rows = []
        for one in held:
            kind = (one.template, one.persona)
            if kind not in stories:
                stories[kind] = self._story(*kind)
            version = versions[one.template][one.starts_at >= changed]
            rows.append({"id": one.id, "template_version": version, "story": stories[kind], "revision": 1})
        self.session.execute(update(Meeting), rows)

    def _versions(self, key: str, changed: datetime) -> tuple[str, str]:
        """The kit before the change and since; both are kept."""
        now = self.workspace.library.meetings[key]
        before = self._longer(now) if key in KITS_CHANGED else now
        for template, at, note in ((before, changed - NEW_KITS_SINCE, ""), (now, changed, "A quarter of an hour less")):
            keep_version(self.session, template, Origin.FOLDER, at, note=note)
        return before.version, now.version

    def _longer(self, template: MeetingTemplate) -> MeetingTemplate:
        minutes = f"minutes: {template.minutes}"
        files = dict(template.files)
        files["meeting.yaml"] = files["meeting.yaml"].replace(minutes, f"minutes: {template.minutes + LONGER}")
        pictures = {name: picture.data for name, picture in template.pictures.items()}
        return read_bundle(template.key, files, pictures, self.workspace.shelf.beside)

    def _story(self, template: str, persona: str | None) -> str | None:
        story = first_story(
            self.workspace.library.meetings[template], "en", self.workspace.persona_type(persona), (), {}, {}
        )
        return story.item if story else None

    def _log(self, one: _Held) -> dict[str, Any]:
        return {
            "key": f"{KEY}{one.id}",
            "meeting_id": one.id,
            "user_id": self._user(one.owner),
            "note": "",
            "what_changed": "",
            "logged_at": min(one.starts_at + timedelta(minutes=self.rng.randint(70, 400)), self.now),
        }

    def _user(self, owner: str) -> int:
        return self.accounts.get(owner, self.manager)

    def _say_why(self, held: Mapping[int, Sequence[_Held]]) -> None:
        """Most of those who went back said why: the log tells it, and that somebody had agreed to the proposal."""
        rows = self.session.execute(
            select(StageReturn.id, StageReturn.deal_id, StageReturn.stage, StageReturn.target, StageReturn.at)
            .join(Deal, Deal.id == StageReturn.deal_id)
            .order_by(Deal.crm_id, StageReturn.at)
        )
        logs, decided = [], []
        for id_, deal_id, stage, target, at in rows:
            before = [one for one in held.get(deal_id, ()) if one.starts_at <= at]
            if before and target in self.returns and self.rng.random() < SAID_WHY:
                signal, words = self._words(target, before[-1].owner)
                told_at = min(at + timedelta(minutes=self.rng.randint(1, 20)), self.now)
                log = self._log(before[-1]) | {"key": f"{KEY}back:{id_}", "what_changed": words, "logged_at": told_at}
                logs.append(log)
                decided.append(_proposal(before[-1], stage, target, signal, words, told_at, log["user_id"]))
        insert_rows(self.session, MeetingLog, logs)
        insert_rows(self.session, FollowUp, decided)

    def _warn(self, held: Mapping[int, Sequence[_Held]]) -> None:
        """Some buyers took something back in their last meeting, and nobody has decided yet what that means."""
        rows = self.session.execute(
            select(DealStanding.deal_id, DealStanding.stage, DealStanding.since)
            .join(Deal, Deal.id == DealStanding.deal_id)
            .where(DealStanding.state == "open", DealStanding.came_back.is_(False))
            .order_by(Deal.crm_id)
        )
        waiting = []
        for deal_id, stage, since in rows:
            last, target = held.get(deal_id, ())[-1:], self._target(stage or "")
            if target and last and since and last[0].starts_at >= max(since, self.now - LATELY):
                waiting.append((last[0], stage or "", target))
        # Who looks around as a salesperson finds one as well.
        own = [one for one in waiting if one[0].owner in self.accounts][:1]
        others = [one for one in waiting if one[0].owner not in self.accounts]
        insert_rows(self.session, FollowUp, list(self._proposals([*own, *others[::WARNED_EVERY]])))

    def _target(self, stage: str) -> str | None:
        """The next stage before this one that buyers of the demo go back to."""
        before = self.workspace.journey.stages_up_to.get(stage, ())[:-1]
        return next((key for key in reversed(before) if key in self.returns), None)

    def _proposals(self, waiting: Sequence[tuple[_Held, str, str]]) -> Iterator[dict[str, Any]]:
        for one, stage, target in waiting:
            signal, words = self._words(target, one.owner)
            yield _proposal(one, stage, target, signal, words, one.starts_at + timedelta(hours=2), None)

    def _words(self, target: str, owner: str) -> tuple[Signal, str]:
        said = self.rng.choice(self.returns[target])
        return Signal(said["signal"]), said[self.languages.get(owner, "en")]


def _proposal(
    meeting: _Held, stage: str, target: str, signal: Signal, words: str, at: datetime, decided_by: int | None
) -> dict[str, Any]:
    return {
        "public_id": uuid4().hex,
        "deal_id": meeting.deal_id,
        "meeting_id": meeting.id,
        "kind": FollowUpKind.GO_BACK.value,
        "stage": stage,
        "target": target,
        "signal": signal.value,
        "words": words,
        "state": TAKEN if decided_by else OPEN,
        "answer": "",
        "proposed_at": at,
        "decided_at": at if decided_by else None,
        "decided_by": decided_by,
    }


def _by_deal(held: Sequence[_Held]) -> dict[int, list[_Held]]:
    found: dict[int, list[_Held]] = {}
    for one in held:
        found.setdefault(one.deal_id, []).append(one)
    return found
