# Odoo runs these with unittest, whose assertRaises also takes back what the refused call wrote.
# ruff: noqa: PT009, PT027
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..models import rules
from ..models.connection import connection_of
from .common import ADDRESS, SECRET, ParcoursCase


@tagged("post_install", "-at_install")
class TestSettings(ParcoursCase):
    def save(self, address=ADDRESS, connection="7", secret=SECRET):
        about = {"parcours_address": address, "parcours_connection": connection, "parcours_secret": secret}
        self.as_(self.boss, "res.config.settings").create(about).set_values()

    def stored(self):
        ours = connection_of(self.env)
        return ours.address, ours.connection, ours.secret

    def test_what_is_right_is_stored(self):
        self.save(address=f" {ADDRESS}/ ", connection=" a_B-7 ")
        self.assertEqual(self.stored(), (ADDRESS, "a_B-7", SECRET))
        for address in ("http://localhost:8000", "http://127.0.0.1:8000", "https://example.com/parcours"):
            self.save(address=address)
            self.assertEqual(self.stored()[0], address)

    def test_what_can_t_be_right_is_refused(self):
        for address in (
            *("http://parcours.example.com", "http://localhost.example.com", "parcours.example.com", "https://", False),
            *("javascript:alert(1)", "https://a b.example.com", "https://user@example.com", "https://example.com?x=1"),
            *("https://example.com#x", "https://example.com:port", "https://[broken"),
        ):
            with self.assertRaises(ValidationError, msg=address):
                self.save(address=address)
        for connection in (False, "a/b", "a b", "é", "x" * 101):
            with self.assertRaises(ValidationError, msg=connection):
                self.save(connection=connection)
        for secret in (False, "x" * 31):
            with self.assertRaises(ValidationError, msg=secret):
                self.save(secret=secret)
        self.assertEqual(self.stored(), ("", "", ""))

    def test_the_secret_never_comes_back(self):
        self.save()
        page = self.as_(self.boss, "res.config.settings").create({})
        self.assertFalse(page.parcours_secret)
        self.assertNotIn(SECRET, str(page.read()) + str(page.default_get(list(page._fields))))
        self.assertFalse(self.env["res.config.settings"].search([("parcours_secret", "!=", False)]))

    def test_an_empty_secret_leaves_it_as_it_is(self):
        self.save()
        self.save(address="https://other.example.com", secret=False)
        self.assertEqual(self.stored(), ("https://other.example.com", "7", SECRET))

    def test_other_settings_may_be_saved_meanwhile(self):
        with Form(self.as_(self.boss, "res.config.settings")) as page:
            page.group_use_lead = True
        self.assertEqual(self.stored(), ("", "", ""))

    def test_emptied_the_connection_ends(self):
        self.save()
        self.as_(self.boss, "res.config.settings").create({}).parcours_tell()
        self.save(False, False, False)
        self.assertEqual(self.stored(), ("", "", ""))
        self.assertFalse(rules.are_on(self.env))
        self.assertFalse(self.env["base.automation"].search([("name", "like", "Parcours")]))

    def test_one_call_does_the_same(self):
        self.assertIs(self.as_(self.boss).parcours_set_up(ADDRESS, "7", SECRET), True)
        self.assertEqual(self.stored(), (ADDRESS, "7", SECRET))
        with self.assertRaises(ValidationError):
            self.as_(self.boss).parcours_set_up("http://example.com", "7", SECRET)
        with self.assertRaises(UserError):
            self.as_(self.boss).parcours_set_up("", "", "")

    def test_only_an_administrator_may(self):
        for user in (self.anna, self.manager):
            with self.assertRaises(AccessError):
                self.as_(user).parcours_set_up(ADDRESS, "7", SECRET)
            with self.assertRaises(AccessError):
                self.as_(user, "ir.config_parameter").get_param("parcours.secret")
