# Odoo runs these with unittest, whose assertRaises also takes back what the refused call wrote.
# ruff: noqa: PT009, PT027
import json
from unittest.mock import patch

import requests
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import rules
from ..tokens import hook_key
from .common import ADDRESS, SECRET, ParcoursCase


@tagged("post_install", "-at_install")
class TestRules(ParcoursCase):
    def setUp(self):
        super().setUp()
        self.connect()

    def tell(self):
        self.as_(self.boss, "res.config.settings").create({}).parcours_tell()

    def ours(self):
        return self.env["base.automation"].with_context(active_test=False).search([("name", "like", "Parcours")])

    def posts(self):
        """What goes out after the commit, as (address, what is said)."""
        self.settle()
        with patch.object(requests, "post") as post:
            self.env.cr.postcommit.run()
        return [(call.args[0], json.loads(call.kwargs["data"])) for call in post.call_args_list]

    def test_one_click_makes_them_and_another_changes_nothing(self):
        self.assertFalse(rules.are_on(self.env))
        self.tell()
        made = self.ours()
        self.assertEqual(len(made), 4)
        self.assertTrue(rules.are_on(self.env))
        self.tell()
        self.assertEqual((self.ours(), len(made.action_server_ids)), (made, 4))

    def test_what_somebody_changed_is_mended(self):
        self.tell()
        rule = self.ours()[0]
        rule.action_server_ids.webhook_url = "https://elsewhere.example.com"
        rule.active = False
        self.ours()[1].unlink()
        self.assertFalse(rules.are_on(self.env))
        self.tell()
        self.assertTrue(rules.are_on(self.env))
        self.assertEqual(len(self.ours()), 4)

    def test_a_change_is_told_without_personal_data(self):
        self.tell()
        self.posts()
        self.hers.stage_id = self.second
        ((address, said),) = self.posts()
        self.assertEqual(address, f"{ADDRESS}/hooks/7?key={hook_key(SECRET)}")
        self.assertEqual(set(said), {"_model", "_id", "_action", "id", "write_date"})
        self.assertEqual((said["_model"], said["_id"]), ("crm.lead", self.hers.id))

    def test_what_is_of_no_interest_is_not_told(self):
        self.tell()
        self.posts()
        self.hers.description = "Something"
        self.assertFalse(self.posts())
        self.env["calendar.event"].create(
            {"name": "Lunch", "start": "2026-01-01 10:00:00", "stop": "2026-01-01 11:00:00"}
        )
        self.assertFalse(self.posts())

    def test_meetings_and_deletions_are_told(self):
        self.tell()
        self.posts()
        event = self.env["calendar.event"].create(
            {"name": "x", "start": "2026-01-01 10:00:00", "stop": "2026-01-01 11:00:00", "opportunity_id": self.hers.id}
        )
        self.assertIn(("calendar.event", event.id), {(said["_model"], said["_id"]) for _, said in self.posts()})
        id_ = event.id
        event.unlink()
        ((_, said),) = self.posts()
        self.assertEqual((said["_id"], "write_date" in said), (id_, False))
        id_ = self.hers.id
        self.hers.unlink()
        self.assertIn(("crm.lead", id_), {(said["_model"], said["_id"]) for _, said in self.posts()})

    def test_a_salesperson_s_own_change_is_told(self):
        self.tell()
        self.posts()
        self.hers.with_user(self.anna).expected_revenue = 1000
        self.assertEqual(len(self.posts()), 1)

    def test_a_new_secret_reaches_them(self):
        self.tell()
        self.as_(self.boss).parcours_set_up(ADDRESS, "7", "x" * 32)
        self.assertTrue(rules.are_on(self.env))
        self.assertEqual(
            set(self.ours().action_server_ids.mapped("webhook_url")), {f"{ADDRESS}/hooks/7?key={hook_key('x' * 32)}"}
        )

    def test_another_click_removes_them(self):
        self.tell()
        self.as_(self.boss, "res.config.settings").create({}).parcours_stop_telling()
        self.assertFalse(self.ours() or rules.are_on(self.env))
        self.hers.stage_id = self.second
        self.assertFalse(self.posts())

    def test_only_an_administrator_may(self):
        for method in ("parcours_tell", "parcours_stop_telling"):
            with self.assertRaises(AccessError):
                getattr(self.as_(self.manager, "res.config.settings"), method)()

    def test_not_before_it_is_set_up(self):
        self.as_(self.boss, "res.config.settings").create(
            {"parcours_address": False, "parcours_connection": False}
        ).set_values()
        with self.assertRaises(UserError):
            self.tell()
