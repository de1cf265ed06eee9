from odoo import api, fields, models
from odoo.exceptions import UserError

from . import rules
from .connection import connection_of, only_for_admins, store


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    parcours_address = fields.Char("Address of Parcours")
    parcours_connection = fields.Char("Connection")
    # Goes in and never comes out: what is stored is not shown again, not even to an administrator.
    parcours_secret = fields.Char("Shared secret")
    parcours_is_set_up = fields.Boolean(readonly=True)
    parcours_tells = fields.Boolean(readonly=True)

    @api.model
    def get_values(self):
        ours = connection_of(self.env)
        return {
            **super().get_values(),
            "parcours_address": ours.address or False,
            "parcours_connection": ours.connection or False,
            "parcours_secret": False,
            "parcours_is_set_up": ours.is_set_up,
            "parcours_tells": rules.are_on(self.env),
        }

    def set_values(self):
        """An empty secret leaves the stored one as it is; an empty address and connection end the connection. Raises
        ValidationError where one of the three can't be right."""
        super().set_values()
        ours = connection_of(self.env)
        given = ((self.parcours_address or "").strip().rstrip("/"), (self.parcours_connection or "").strip())
        secret = (self.parcours_secret or "").strip()
        # Odoo would keep it in the table of this page for hours.
        self.parcours_secret = False
        if given == (ours.address, ours.connection) and secret in ("", ours.secret):
            return
        only_for_admins(self.env)
        told = rules.are_on(self.env)
        store(self.env, *given, secret or (ours.secret if any(given) else ""))
        if not any(given):
            rules.remove(self.env)
        elif told:
            # Their address holds the old key.
            rules.make(self.env)

    def parcours_tell(self):
        """Make the automation rules, or mend them. Raises AccessError for anybody but an administrator."""
        only_for_admins(self.env)
        if not connection_of(self.env).is_set_up:
            raise UserError(self.env._("Fill in the address, the connection and the shared secret first, and save."))
        rules.make(self.env)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def parcours_stop_telling(self):
        """Remove them. Raises AccessError for anybody but an administrator."""
        only_for_admins(self.env)
        rules.remove(self.env)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
