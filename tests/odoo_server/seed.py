"""Runs in «odoo shell»: three users with keys, euros, no timers, and pages made ready."""

import json
from datetime import datetime, timedelta

env["ir.cron"].search([]).write({"active": False})  # noqa: F821
env.company.currency_id = env.ref("base.EUR")  # noqa: F821
env.ref("base.EUR").active = True  # noqa: F821
made = {"users": {}, "keys": {}}
for login, name, group in (
    ("admin", "Ada Admin", None),
    ("manager", "Mona Manager", "sales_team.group_sale_manager"),
    ("seller", "Sam Seller", "sales_team.group_sale_salesman"),
):
    if group is None:
        user = env.ref("base.user_admin")  # noqa: F821
        user.write({"name": name, "password": login})
    else:
        about = {"name": name, "login": login, "password": login, "email": f"{login}@seller.example"}
        groups = [(4, env.ref(group).id), (4, env.ref("base.group_user").id)]  # noqa: F821
        user = env["res.users"].with_context(no_reset_password=True).create({**about, "group_ids": groups})  # noqa: F821
    user.write({"lang": "en_US", "tz": "Europe/Brussels"})
    # Only an administrator's key may live for ever.
    ends = None if group is None else datetime.now() + timedelta(days=80)
    made["keys"][login] = env["res.users.apikeys"].with_user(user).sudo(False)._generate(None, "tests", ends)  # noqa: F821
    made["users"][login] = user.id
env["mail.mail"].search([]).unlink()  # noqa: F821
# Made for the first page that is asked for, they would take half a minute each time.
env["ir.qweb"]._pregenerate_assets_bundles()  # noqa: F821
env.cr.commit()  # noqa: F821
print(json.dumps(made))  # noqa: T201
