# Odoo runs these with unittest, whose assertRaises also takes back what the refused call wrote.
# ruff: noqa: PT009, PT027
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, MissingError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ParcoursCase

KEY = "0b5c-1"


@tagged("post_install", "-at_install")
class TestLog(ParcoursCase):
    def values(self, lead, **changed):
        start = fields.Datetime.now() + timedelta(days=2)
        return {
            "name": "Demo",
            "start": fields.Datetime.to_string(start),
            "stop": fields.Datetime.to_string(start + timedelta(minutes=45)),
            "opportunity_id": lead.id,
            "user_id": self.anna.id,
            "partner_ids": [self.anna.partner_id.id, self.customer.id],
            "description": "<p>Who &amp; why</p><p>Next</p>",
            "active": True,
            **changed,
        }

    def log(self, values, note="<p>Went <b>well</b></p>", **named):
        return self.as_(self.anna, "calendar.event").parcours_log(KEY, values, note, **named)

    def notes(self, lead):
        return lead.message_ids.filtered(lambda one: one.message_type == "comment")

    def test_one_event_and_one_note(self):
        values = self.values(self.hers)
        before, mails = self.hers.message_ids, self.env["mail.mail"].search_count([])
        made = self.log(values, author_id=self.anna.partner_id.id, message_id="<0b5c-1@parcours>")
        event, note = self.env["calendar.event"].browse(made["event"]), self.env["mail.message"].browse(made["note"])
        self.assertTrue(made["made"])
        self.assertEqual(fields.Datetime.to_string(event.start), values["start"])
        self.assertEqual(event.partner_ids, self.anna.partner_id | self.customer)
        self.assertEqual(event.description, values["description"])
        self.assertEqual(self.hers.message_ids - before, note)
        self.assertEqual(note.body, "<p>Went <b>well</b></p>")
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertEqual((note.author_id, note.message_id), (self.anna.partner_id, "<0b5c-1@parcours>"))
        self.assertNotIn(self.customer, self.hers.message_partner_ids | event.message_partner_ids)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertFalse(note.notification_ids)

    def test_told_again_nothing_happens(self):
        values = self.values(self.hers)
        made = self.log(values)
        event = self.env["calendar.event"].browse(made["event"])
        with patch.object(type(event), "write", side_effect=AssertionError("nothing differs")):
            self.assertEqual(self.log(values), {**made, "made": False})
        self.assertEqual(len(self.notes(self.hers)), 1)

    def test_told_again_what_differs_is_written(self):
        made = self.log(self.values(self.hers))
        mails = self.env["mail.mail"].search_count([])
        people = [self.anna.partner_id.id, self.bert.partner_id.id]
        later = self.values(self.hers, name="Second demo", start="2030-01-01 10:00:00", stop="2030-01-01 11:00:00")
        told = self.log({**later, "partner_ids": people, "active": False}, note="<p>Did not come</p>")
        self.assertEqual(told, {**made, "made": False})
        event = self.env["calendar.event"].browse(made["event"])
        self.assertEqual((event.name, event.active), ("Second demo", False))
        self.assertEqual((event.partner_ids.ids, event.attendee_ids.partner_id.ids), (people, people))
        self.assertEqual(len(self.notes(self.hers)), 1)
        self.assertIn("Did not come", self.env["mail.message"].browse(made["note"]).body)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_an_event_and_a_note_that_are_there_are_taken(self):
        event = self.env["calendar.event"].create(self.values(self.hers, partner_ids=[(6, 0, self.customer.ids)]))
        posted = {"message_type": "comment", "subtype_xmlid": "mail.mt_note", "message_id": "<old@parcours>"}
        note = self.hers.message_post(body="As before", **posted)
        told = self.log(self.values(self.hers), event_id=event.id, message_id="<old@parcours>")
        self.assertEqual(told, {"event": event.id, "note": note.id, "made": False})
        self.assertEqual(event.parcours_key, KEY)
        self.assertEqual(self.log(self.values(self.hers))["event"], event.id)

    def test_without_a_note_none_is_posted(self):
        self.assertEqual(self.log(self.values(self.hers), note="")["note"], 0)
        self.assertFalse(self.notes(self.hers))

    def test_nothing_of_a_note_runs(self):
        made = self.log(self.values(self.hers), note="<p>Hello<script>alert(1)</script></p>")
        self.assertNotIn("script", self.env["mail.message"].browse(made["note"]).body)

    def test_a_foreign_opportunity_is_refused(self):
        with self.assertRaises(AccessError):
            self.log(self.values(self.his))
        self.as_(self.bert, "calendar.event").parcours_log(KEY, self.values(self.his, user_id=self.bert.id), "<p>x</p>")
        with self.assertRaises(AccessError):
            self.log(self.values(self.hers))

    def test_a_deleted_opportunity_is_said(self):
        values = self.values(self.hers)
        self.hers.unlink()
        with self.assertRaises(MissingError):
            self.log(values)

    def test_a_key_is_there_once(self):
        made = self.log(self.values(self.hers))
        event = self.env["calendar.event"].browse(made["event"])
        self.assertFalse(event.copy().parcours_key)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["calendar.event"].create({**self.values(self.hers, partner_ids=[]), "parcours_key": KEY})

    def test_who_comes_second_is_sent_back_to_look_again(self):
        self.log(self.values(self.hers))
        events = self.as_(self.anna, "calendar.event")
        unseen = patch.object(type(events), "_parcours_held", lambda self, *_: self.browse())
        with unseen, self.assertRaises(ConcurrencyError), mute_logger("odoo.sql_db"):
            self.log(self.values(self.hers))
