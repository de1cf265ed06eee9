from odoo.tests import TransactionCase, new_test_user

ADDRESS = "https://parcours.example.com"
SECRET = "0123456789abcdef0123456789abcdef"
SALESPERSON = "base.group_user,sales_team.group_sale_salesman"


class ParcoursCase(TransactionCase):
    """Two salespeople, each with an opportunity of their own, and two stages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = new_test_user(cls.env, "anna", SALESPERSON, email="anna@seller.example", lang="en_US")
        cls.bert = new_test_user(cls.env, "bert", SALESPERSON, email="bert@seller.example", lang="en_US")
        cls.manager = new_test_user(cls.env, "mona", "base.group_user,sales_team.group_sale_manager")
        cls.boss = new_test_user(cls.env, "boss", "base.group_user,base.group_system,sales_team.group_sale_manager")
        cls.first, cls.second = cls.env["crm.stage"].create([{"name": "First"}, {"name": "Second"}])
        cls.customer = cls.env["res.partner"].create({"name": "Customer", "email": "customer@buyer.example"})
        cls.hers, cls.his = (cls._lead(user) for user in (cls.anna, cls.bert))
        cls.settle()

    @classmethod
    def _lead(cls, user):
        values = {"name": f"Of {user.login}", "type": "opportunity", "user_id": user.id, "stage_id": cls.first.id}
        return cls.env["crm.lead"].create({**values, "partner_id": cls.customer.id})

    @classmethod
    def settle(cls):
        """What Odoo does at the end of each call: only then the change log is written."""
        cls.env.flush_all()
        cls.env.cr.precommit.run()

    def as_(self, user, model="crm.lead"):
        return self.env[model].with_user(user)

    def connect(self):
        self.as_(self.boss).parcours_set_up(ADDRESS, "7", SECRET)
