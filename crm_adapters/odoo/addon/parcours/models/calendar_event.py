from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, MissingError
from odoo.fields import Command
from odoo.tools import SQL, html2plaintext
from psycopg2.errors import UniqueViolation

# Nobody gets a mail and nobody comes to follow. The description stays as it was given: Odoo would add addresses.
SILENT = {
    "no_mail_to_attendees": True,
    "dont_notify": True,
    "skip_attendee_notification": True,
    "skip_contact_description": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_post_autofollow_author_skip": True,
    "parcours_logs": True,
}


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    # The constraint's index serves the search as well.
    parcours_key = fields.Char("Key in Parcours", copy=False, readonly=True)
    parcours_note_id = fields.Many2one(
        "mail.message", "Note of Parcours", copy=False, readonly=True, index="btree_not_null", ondelete="set null"
    )

    _parcours_key_unique = models.Constraint(
        "UNIQUE(parcours_key)", "This meeting of Parcours is in the calendar already."
    )

    @api.model
    def parcours_log(self, key, values, note, author_id=False, message_id=None, event_id=False):
        """Write a logged meeting, once however often and from however many workers it is told: one event and one note
        on its opportunity, brought up to date when told again. One transaction: both or neither.

        ``values`` are those of a create, times UTC, ``partner_ids`` a plain list; ``event_id`` is an event that is this
        meeting already. ``note`` is HTML, escaped; an empty one posts nothing. Gives back the ids of both (0 for no
        note) and whether the event was made now. Raises AccessError where the caller may not write the opportunity,
        MissingError where it was deleted."""
        quiet = self.with_context(**SILENT, tz="UTC")
        lead = quiet._parcours_lead(values)
        event = quiet._parcours_held(key, event_id)
        made = not event
        if event:
            event._parcours_rewrite({**values, "parcours_key": key})
        else:
            event = quiet._parcours_make({**values, "parcours_key": key})
        told = event._parcours_tell(lead, note, author_id, message_id)
        return {"event": event.id, "note": told.id or 0, "made": made}

    def _parcours_lead(self, values):
        """The opportunity, locked: workers that bring the same meeting wait here for each other."""
        lead = self.env["crm.lead"].browse(int(values["opportunity_id"]))
        if not lead.exists():
            raise MissingError(self.env._("This opportunity was deleted, or merged into another."))
        lead.check_access("write")
        # Not the strongest lock: others may still refer to the opportunity meanwhile.
        self.env.execute_query(SQL("SELECT id FROM crm_lead WHERE id = %s FOR NO KEY UPDATE", lead.id))
        return lead

    def _parcours_held(self, key, event_id):
        """The event of this key; or the one that is named, where it has none yet."""
        everything = self.sudo().with_context(active_test=False)
        found = everything.search([("parcours_key", "=", key)], limit=1)
        if not found and event_id:
            found = everything.search([("id", "=", int(event_id)), ("parcours_key", "=", False)], limit=1)
        # A key must not open the way to the meeting of somebody else's opportunity.
        found.opportunity_id.sudo(False).check_access("write")
        return found.sudo(False)

    def _parcours_make(self, values):
        try:
            event = self.create({**values, "partner_ids": [Command.set(values.get("partner_ids") or [])]})
            event.flush_recordset()
        except UniqueViolation as error:
            if error.diag.constraint_name != "calendar_event_parcours_key_unique":
                raise
            # Another worker was first, and we could not see it yet: Odoo asks us again, and then we do.
            raise ConcurrencyError("this meeting was written at the same moment") from error
        return event

    def _parcours_rewrite(self, values):
        change = {name: value for name, value in values.items() if self._parcours_differs(name, value)}
        if "partner_ids" in change:
            change["partner_ids"] = [Command.set(change["partner_ids"] or [])]
        if change:
            self.write(change)

    def _parcours_differs(self, name, value):
        field = self._fields[name]
        if name == "partner_ids":
            return set(self.partner_ids.ids) != set(value or [])
        if field.type == "html":
            return _text(self[name]) != _text(value)
        return field.convert_to_write(self[name], self) != field.convert_to_write(
            field.convert_to_record(field.convert_to_cache(value, self), self), self
        )

    def _parcours_tell(self, lead, note, author_id, message_id):
        """The note of this meeting, posted or rewritten."""
        held = self._parcours_note(lead, message_id)
        if held and _text(held.body) != _text(note):
            lead._message_update_content(held, body=Markup(note))
        if not held and note:
            about = {"author_id": int(author_id)} if author_id else {}
            about |= {"message_id": message_id} if message_id else {}
            held = lead.message_post(
                body=Markup(note), message_type="comment", subtype_xmlid="mail.mt_note", **about
            ).with_env(self.env)
        if held != self.parcours_note_id:
            # Kept on the event: of two workers who would post at once, Odoo sends one back to look again.
            self.parcours_note_id = held
            self.flush_recordset()
        return held

    def _parcours_note(self, lead, message_id):
        """The note that stands on this opportunity already, by us or, before we were installed, by its label."""
        here = [("model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        ways = [[("id", "=", self.sudo().parcours_note_id.id)], [("message_id", "=", message_id)]]
        for way in ways:
            found = way[0][2] and self.env["mail.message"].sudo().search([*here, *way], order="id", limit=1)
            if found:
                return found.sudo(False)
        return self.env["mail.message"]


def _text(html):
    return " ".join(html2plaintext(html or "").split())
