# Odoo runs these with unittest, whose assertRaises also takes back what the refused call wrote.
# ruff: noqa: PT009, PT027
import base64
import hashlib
import hmac
import json
import time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ADDRESS, SECRET, ParcoursCase


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@tagged("post_install", "-at_install")
class TestLaunch(ParcoursCase):
    def launch(self, user, lead):
        return lead.with_user(user).parcours_launch()

    def claims(self, user, lead):
        return json.loads(decoded(self.launch(user, lead)["token"].split(".")[0]))

    def test_the_token_says_who_and_which(self):
        self.connect()
        claims = self.claims(self.anna, self.hers)
        now = time.time()
        self.assertAlmostEqual(claims.pop("iat"), now, delta=5)
        self.assertAlmostEqual(claims.pop("exp"), now + 60, delta=5)
        self.assertRegex(claims.pop("jti"), "^[0-9a-f]{32}$")
        self.assertEqual(
            claims,
            {
                "iss": self.env["ir.config_parameter"].get_param("database.uuid"),
                "conn": "7",
                "sub": "anna",
                "uid": self.anna.id,
                "name": self.anna.name,
                "email": "anna@seller.example",
                "lang": "en_US",
                "deal": str(self.hers.id),
                "write": True,
            },
        )

    def test_it_is_signed(self):
        self.connect()
        found = self.launch(self.anna, self.hers)
        body, signature = found["token"].split(".")
        self.assertEqual(hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).digest(), decoded(signature))
        self.assertNotIn("=", found["token"])
        self.assertEqual((found["address"], found["connection"]), (ADDRESS, "7"))
        self.assertNotIn(SECRET, json.dumps(found))

    def test_no_two_are_alike(self):
        self.connect()
        self.assertNotEqual(*(self.claims(self.anna, self.hers)["jti"] for _ in range(2)))

    def test_a_foreign_opportunity_is_refused(self):
        self.connect()
        with self.assertRaises(AccessError):
            self.launch(self.anna, self.his)

    def test_who_may_only_read_is_said(self):
        self.connect()
        rule = {"name": "All are shown", "model_id": self.env["ir.model"]._get_id("crm.lead")}
        group = self.env.ref("sales_team.group_sale_salesman")
        rights = {"perm_write": False, "perm_create": False, "perm_unlink": False}
        self.env["ir.rule"].create({**rule, **rights, "domain_force": "[(1, '=', 1)]", "groups": [(4, group.id)]})
        self.assertFalse(self.claims(self.anna, self.his)["write"])

    def test_before_it_is_set_up_it_says_so(self):
        self.assertFalse(self.launch(self.anna, self.hers)["can_set_up"])
        found = self.launch(self.boss, self.hers)
        self.assertTrue(found["can_set_up"])
        self.assertIn("Parcours", found["missing"])
        self.assertNotIn("token", found)
