# Odoo runs these with unittest, whose assertRaises also takes back what the refused call wrote.
# ruff: noqa: PT009, PT027
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ParcoursCase


@tagged("post_install", "-at_install")
class TestHistory(ParcoursCase):
    def change(self, lead, **values):
        lead.write(values)
        self.settle()

    def told(self, user, **named):
        return self.as_(user).parcours_history(**named)

    def of(self, lead, rows):
        return [(row["field"], row["old"], row["new"]) for row in rows if row["lead"] == lead.id]

    def test_changes_come_in_their_order(self):
        self.change(self.hers, stage_id=self.second.id)
        self.change(self.hers, stage_id=self.first.id)
        rows = self.told(self.anna)
        ids = (self.first.id, self.second.id)
        self.assertEqual(self.of(self.hers, rows), [("stage_id", *ids), ("stage_id", *reversed(ids))])
        self.assertEqual(sorted(row["id"] for row in rows), [row["id"] for row in rows])
        row = rows[-1]
        self.assertRegex(row["at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
        self.assertEqual(row["uid"], self.env.uid)

    def test_each_reads_their_own(self):
        self.change(self.hers, stage_id=self.second.id)
        self.change(self.his, stage_id=self.second.id)
        self.assertFalse(self.of(self.his, self.told(self.anna)))
        self.assertFalse(self.told(self.anna, lead_ids=[self.his.id]))
        self.assertTrue(self.of(self.his, self.told(self.bert)))
        both = self.told(self.manager, lead_ids=[self.hers.id, self.his.id])
        self.assertEqual([row["lead"] for row in both], [self.hers.id, self.his.id])
        self.assertEqual(self.told(self.env.user, lead_ids=[self.hers.id]), both[:1])

    def test_a_user_who_sells_nothing_reads_nothing(self):
        nobody = new_test_user(self.env, "nobody", "base.group_user")
        for method, named in (
            ("parcours_about", {}),
            ("parcours_history", {}),
            ("parcours_removed_stages", {"known": []}),
            ("parcours_gone", {"lead_ids": [1]}),
        ):
            with self.assertRaises(AccessError):
                getattr(self.as_(nobody), method)(**named)

    def test_losing_and_restoring_are_told_also_of_the_archived(self):
        reason = self.env["crm.lost.reason"].create({"name": "Too dear"})
        self.hers.action_set_lost(lost_reason_id=reason.id)
        self.settle()
        lost = self.of(self.hers, self.told(self.anna))
        self.assertIn(("active", 1, 0), lost)
        self.assertIn(("lost_reason_id", 0, reason.id), lost)
        self.hers.action_unarchive()
        self.settle()
        restored = self.of(self.hers, self.told(self.anna))[len(lost) :]
        self.assertIn(("active", 0, 1), restored)
        self.assertIn(("lost_reason_id", reason.id, 0), restored)

    def test_a_part_may_be_asked(self):
        for stage in (self.second, self.first, self.second):
            self.change(self.hers, stage_id=stage.id)
        rows = self.told(self.anna, lead_ids=[self.hers.id])
        self.assertEqual(len(rows), 3)
        self.assertEqual(self.told(self.anna, lead_ids=[self.hers.id], after=rows[0]["id"]), rows[1:])
        self.assertEqual(self.told(self.anna, lead_ids=[self.hers.id], after=rows[0]["id"], limit=1), rows[1:2])
        self.assertEqual(self.told(self.anna, lead_ids=[]), [])

    def test_a_removed_stage_keeps_its_last_name(self):
        third = self.env["crm.stage"].create({"name": "Third"})
        self.change(self.hers, stage_id=third.id)
        third.name = "Third, renamed"
        self.change(self.hers, stage_id=self.second.id)
        gone = third.id
        third.unlink()
        known = self.env["crm.stage"].search([]).ids
        self.assertIn({"id": gone, "name": "Third, renamed"}, self.as_(self.anna).parcours_removed_stages(known))
        self.assertFalse(self.as_(self.anna).parcours_removed_stages([*known, gone]))

    def test_gone_is_what_exists_no_more(self):
        deleted = self._lead(self.anna)
        id_ = deleted.id
        deleted.unlink()
        self.his.active = False
        self.assertEqual(self.as_(self.anna).parcours_gone([self.hers.id, self.his.id, id_]), [id_])

    def test_about_says_no_secret(self):
        self.assertFalse(self.as_(self.anna).parcours_about()["is_set_up"])
        self.connect()
        about = self.as_(self.anna).parcours_about()
        self.assertEqual(about["database"], self.env["ir.config_parameter"].get_param("database.uuid"))
        self.assertEqual((set(about), about["is_set_up"]), ({"version", "database", "is_set_up"}, True))
