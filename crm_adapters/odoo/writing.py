"""Meetings and stage moves to Odoo. Each meeting has an external id, under which Odoo makes it once however often it is
told to; no customer ever gets a mail from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape, unescape
from typing import Any

from crm_adapters.errors import OutcomeUnknown, RecordGone, RefusedByRules, TryLater
from crm_adapters.odoo.client import Client
from crm_adapters.odoo.faults import is_conflict
from crm_adapters.odoo.parse import LEAD_FIELDS, STAGE_FIELDS, is_lost_stage, moves_of, reason_of, written
from crm_adapters.odoo.reading import EVERYTHING, Reader
from crm_adapters.port import HeldMeeting, MeetingState

Json = dict[str, Any]

# No module's name: Odoo removes what bears a module's name and is not in its files.
EXTERNAL = "parcours_meetings"
# Nobody is written to, nobody comes to follow, and what comes without a zone is UTC.
SILENT = {
    "no_mail_to_attendees": True,
    "dont_notify": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "tz": "UTC",
}
STATES = {
    "en": {MeetingState.NO_SHOW: "Nobody came", MeetingState.CANCELLED: "Cancelled"},
    "fr": {MeetingState.NO_SHOW: "Personne n’est venu", MeetingState.CANCELLED: "Annulé"},
}
_TAGS = re.compile(r"<[^>]*>")


@dataclass
class Writer:
    client: Client
    reader: Reader

    def write_meeting(self, meeting: HeldMeeting) -> str:
        lead = self._lead(meeting.deal_id)
        values = self._values(meeting, lead)
        if self.reader.has_add_on:
            return self._log(meeting, values)
        event = self._rewrite(meeting, values) or self._load(meeting, values)
        self._note(meeting, lead)
        return str(event)

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        lead = self._lead(deal_id)
        id_ = int(lead["id"])
        if is_lost_stage(stage_id):
            self._lose(lead, reason_of(stage_id))
        else:
            self._move(lead, stage_id)
        moves = moves_of(self._lead(deal_id), self.reader.history.of([id_]).get(id_, []))
        wanted = (one for one in reversed(moves) if one.stage_id == stage_id or is_lost_stage(stage_id))
        return next((one.id for one in wanted), "")

    def _move(self, lead: Json, stage_id: str) -> None:
        domain = [["id", "=", int(stage_id) if stage_id.isdecimal() else 0]]
        if not self.client.read("crm.stage", "search_read", domain=domain, fields=list(STAGE_FIELDS)):
            raise RefusedByRules(f"Odoo has no stage {stage_id} any more", ("stage_id",))
        change: Json = {} if lead["stage_id"] == int(stage_id) else {"stage_id": int(stage_id)}
        if not lead["active"]:
            change |= {"active": True, "lost_reason_id": False}
        if change:
            self.client.write("crm.lead", "write", ids=[lead["id"]], vals=change)

    def _lose(self, lead: Json, reason: int | None) -> None:
        if lead["active"]:
            named = {"lost_reason_id": reason} if reason else {}
            self.client.write("crm.lead", "action_set_lost", ids=[lead["id"]], **named)

    def _lead(self, deal_id: str) -> Json:
        """Raises RecordGone where there is no such lead."""
        if not deal_id.isdecimal():
            raise RecordGone(f"Odoo has no opportunity {deal_id}")
        asked = {"fields": [*LEAD_FIELDS], "load": None, "context": EVERYTHING}
        found = self.client.read("crm.lead", "read", ids=[int(deal_id)], **asked)
        if not found:
            raise RecordGone(f"the opportunity {deal_id} was deleted, or merged into another")
        lead: Json = found[0]
        return lead

    def _values(self, meeting: HeldMeeting, lead: Json) -> Json:
        user = self.reader.users.get(int(meeting.owner_id or 0))
        people = [int(one) for one in meeting.contact_ids if one.isdecimal()]
        if user and user["partner_id"]:
            people.append(int(user["partner_id"]))
        return {
            "name": meeting.title or str(lead["name"]),
            "start": written(meeting.starts_at),
            "stop": written(meeting.starts_at + timedelta(minutes=meeting.minutes)),
            "opportunity_id": int(lead["id"]),
            "user_id": int(user["id"]) if user else False,
            "partner_ids": sorted(set(people)),
            "description": html_of(meeting.body),
            "active": meeting.state is not MeetingState.CANCELLED,
        }

    def _log(self, meeting: HeldMeeting, values: Json) -> str:
        """Event and note in one transaction, by our add-on."""
        known = meeting.crm_id or ""
        planned = int(known) if known.isdecimal() else False
        user = self.reader.users.get(int(meeting.owner_id or 0))
        answer = self.client.write(
            "calendar.event",
            "parcours_log",
            key=meeting.key,
            values=values,
            note=self._note_body(meeting),
            author_id=int(user["partner_id"]) if user and user["partner_id"] else False,
            message_id=_label(meeting),
            event_id=planned,
        )
        if not isinstance(answer, dict) or not answer.get("event"):
            raise OutcomeUnknown("Odoo's answer does not say whether the meeting was written")
        return str(answer["event"])

    def _rewrite(self, meeting: HeldMeeting, values: Json) -> int | None:
        """The event that this meeting is already, brought up to date; None where there is none any more."""
        if not (meeting.crm_id or "").isdecimal():
            return None
        id_ = int(meeting.crm_id or 0)
        if not self.client.read("calendar.event", "search", domain=[["id", "=", id_]], context=EVERYTHING):
            return None
        change = {**values, "partner_ids": [[6, 0, values["partner_ids"]]]}
        try:
            self.client.write("calendar.event", "write", ids=[id_], vals=change, context=SILENT)
        except RecordGone:
            return None
        return id_

    def _load(self, meeting: HeldMeeting, values: Json) -> int:
        """Make the event under its external id, or bring it up to date: one call, one transaction. Odoo answers 200
        whatever happens."""
        row = {
            "id": f"{EXTERNAL}.{meeting.key}",
            **{name: values[name] for name in ("name", "start", "stop", "description")},
            "opportunity_id/.id": str(values["opportunity_id"]),
            "active": str(values["active"]),
        }
        # Odoo stumbles over an empty cell of these.
        if values["user_id"]:
            row["user_id/.id"] = str(values["user_id"])
        if values["partner_ids"]:
            row["partner_ids/.id"] = ",".join(map(str, values["partner_ids"]))
        answer = self.client.write(
            "calendar.event", "load", fields=list(row), data=[list(row.values())], context={**EVERYTHING, **SILENT}
        )
        if not isinstance(answer, dict) or "ids" not in answer:
            raise OutcomeUnknown("Odoo's answer does not say whether the meeting was written")
        if not answer["ids"]:
            raise _refusal([str(one.get("message") or "") for one in answer.get("messages") or ()])
        return int(answer["ids"][0])

    def _note(self, meeting: HeldMeeting, lead: Json) -> None:
        """The words of the log on the opportunity, once, and as they are now."""
        label = _label(meeting)
        body = self._note_body(meeting)
        held = self._notes(label)
        if not held:
            user = self.reader.users.get(int(meeting.owner_id or 0))
            about: Json = {"author_id": int(user["partner_id"])} if user and user["partner_id"] else {}
            about |= {"message_type": "comment", "subtype_xmlid": "mail.mt_note", "message_id": label}
            self.client.write(
                "crm.lead", "message_post", ids=[lead["id"]], body=body, body_is_html=True, context=SILENT, **about
            )
            held = self._notes(label)
        if held[1:]:
            # Two workers at once: Odoo takes the same label twice. The older one stays, whoever looks.
            self.client.write("mail.message", "unlink", ids=[one["id"] for one in held[1:]])
        if held and text_of(held[0]["body"]) != text_of(body):
            self.client.write("mail.message", "write", ids=[held[0]["id"]], vals={"body": body})

    def _notes(self, label: str) -> list[Json]:
        asked: Json = {"domain": [["message_id", "=", label]], "fields": ["body"], "order": "id", "load": None}
        found: list[Json] = self.client.read("mail.message", "search_read", **asked)
        return found

    def _note_body(self, meeting: HeldMeeting) -> str:
        words = STATES["fr" if self._language.startswith("fr") else "en"]
        state = f" · {words[meeting.state]}" if meeting.state in words else ""
        return f"<p><b>{escape(meeting.title, quote=False)}</b>{state}</p>{html_of(meeting.body)}"

    @property
    def _language(self) -> str:
        return str(self.client.read("res.users", "context_get").get("lang") or "")


def _label(meeting: HeldMeeting) -> str:
    """By which the note is found again."""
    return f"<{EXTERNAL}.{meeting.key}@parcours>"


def _refusal(messages: Sequence[str]) -> Exception:
    text = " ".join(messages).strip()
    if is_conflict(text):
        return TryLater("Odoo was busy with the same record")
    return RefusedByRules(text or "Odoo refuses the meeting and does not say why")


def html_of(text: str) -> str:
    """Plain text as the HTML that Odoo shows: nothing of it is markup."""
    paragraphs = [escape(part, quote=False).replace("\n", "<br>") for part in text.split("\n\n") if part.strip()]
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def text_of(html: str) -> str:
    """What a person reads of it, without regard to spaces."""
    return " ".join(unescape(_TAGS.sub(" ", html or "")).split())
