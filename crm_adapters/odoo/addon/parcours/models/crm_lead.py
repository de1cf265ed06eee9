from odoo import api, models
from odoo.exceptions import UserError
from odoo.modules.module import get_manifest
from odoo.tools import SQL

from ..tokens import launch_token
from . import rules
from .connection import connection_of, only_for_admins, store

TRACKED = ("stage_id", "active", "lost_reason_id")


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.model
    def parcours_about(self):
        """Which add-on this is, and of which database. Raises AccessError where the caller may not read leads."""
        self.check_access("read")
        return {
            "version": get_manifest("parcours")["version"],
            "database": self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            "is_set_up": connection_of(self.env).is_set_up,
        }

    @api.model
    def parcours_history(self, lead_ids=None, after=0, limit=100_000):
        """The changes of stage, of active and of the lost reason, of the leads that the caller may read, archived ones
        included, in the order of their ids. ``lead_ids`` None is all leads; ``after`` is the last id known already;
        ``at`` is UTC, whole seconds; ``old`` and ``new`` are ids (of active 1 or 0), 0 for none; what one write changed
        has one ``message``."""
        # Odoo lets only administrators read the change log, whole; here each reads that of their own leads.
        readable = self._search([], active_test=False)
        names = {self.env["ir.model.fields"]._get("crm.lead", name).id: name for name in TRACKED}
        self.env.flush_all()
        found = self.env.execute_query(self._parcours_history_query(readable, list(names), lead_ids, after, limit))
        return [
            {
                "id": id_,
                "lead": lead,
                "field": names[field],
                "old": old,
                "new": new,
                "at": at,
                "uid": uid,
                "message": by,
            }
            for id_, lead, field, old, new, at, uid, by in found
        ]

    def _parcours_history_query(self, readable, fields, lead_ids, after, limit):
        only = [SQL("t.field_id = ANY(%s)", fields), SQL("m.model = %s", "crm.lead"), SQL("t.id > %s", int(after or 0))]
        if lead_ids is not None:
            only.append(SQL("m.res_id = ANY(%s)", [int(one) for one in lead_ids]))
        # Where the rules hide nothing there is nothing to look up.
        if readable.where_clause or readable.is_empty():
            only.append(SQL("m.res_id IN %s", readable.subselect()))
        return SQL(
            """SELECT t.id, m.res_id, t.field_id, COALESCE(t.old_value_integer, 0), COALESCE(t.new_value_integer, 0),
                      to_char(t.create_date, 'YYYY-MM-DD HH24:MI:SS'), t.create_uid, m.id
                 FROM mail_tracking_value t JOIN mail_message m ON m.id = t.mail_message_id
                WHERE %s ORDER BY t.id LIMIT %s""",
            SQL(" AND ").join(only),
            int(limit) if limit else None,
        )

    @api.model
    def parcours_removed_stages(self, known):
        """The stages that only the change log speaks of, with the last names that they had. ``known`` are the ids that
        the caller has already."""
        self.check_access("read")
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (stage) stage, name FROM (
                       SELECT id, old_value_integer stage, old_value_char name FROM mail_tracking_value
                        WHERE field_id = %(field)s
                       UNION ALL
                       SELECT id, new_value_integer, new_value_char FROM mail_tracking_value WHERE field_id = %(field)s
                   ) told WHERE stage <> 0 AND NOT stage = ANY(%(known)s) ORDER BY stage, id DESC""",
                field=self.env["ir.model.fields"]._get("crm.lead", "stage_id").id,
                known=[int(one) for one in known],
            )
        )
        return [{"id": id_, "name": name or ""} for id_, name in found]

    @api.model
    def parcours_gone(self, lead_ids):
        """Those of these leads that exist no more. One that exists and is hidden from the caller is not gone."""
        self.check_access("read")
        asked = {int(one) for one in lead_ids}
        return sorted(asked - set(self.sudo().browse(asked).exists().ids))

    @api.model
    def parcours_set_up(self, address, connection, secret):
        """What the settings page does, in one call. Raises AccessError for anybody but an administrator and
        ValidationError where one of the three can't be right."""
        only_for_admins(self.env)
        if not (address and connection and secret):
            raise UserError(self.env._("The address, the connection and the shared secret are all needed."))
        told = rules.are_on(self.env)
        store(self.env, address, connection, secret)
        if told:
            # Their address holds the old key.
            rules.make(self.env)
        return True

    def parcours_launch(self):
        """What the panel needs to open Parcours on this opportunity: the address and a token for the next minute; or
        words for what is missing. Raises AccessError where the caller may not read the opportunity."""
        self.ensure_one()
        self.check_access("read")
        ours = connection_of(self.env)
        if not ours.is_set_up:
            return {
                "missing": self.env._("Odoo is not connected with Parcours yet."),
                "can_set_up": self.env.is_system(),
            }
        token = launch_token(self._parcours_claims(ours), ours.secret)
        return {"address": ours.address, "connection": ours.connection, "token": token}

    def _parcours_claims(self, ours):
        user = self.env.user
        return {
            "iss": self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            "conn": ours.connection,
            "sub": user.login,
            "uid": user.id,
            "name": user.name,
            "email": user.email or "",
            "lang": user.lang or "",
            "deal": str(self.id),
            "write": self.has_access("write"),
        }

    def log_meeting(self, meeting):
        """Parcours posts a note of its own that says more than «Meeting scheduled»."""
        if self.env.context.get("parcours_logs"):
            return self.env["mail.message"]
        return super().log_meeting(meeting)
