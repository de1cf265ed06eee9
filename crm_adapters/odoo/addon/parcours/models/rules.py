"""The automation rules that tell Parcours which record is worth reading again: its number, and no word of what is in
it. They bear the add-on's name, so they go when it is uninstalled."""

from dataclasses import dataclass

from odoo.fields import Command

from ..tokens import hook_key
from .connection import connection_of

MODULE = "parcours"
OPPORTUNITIES = "[('type', '=', 'opportunity')]"
MEETINGS = "[('opportunity_id', '!=', False)]"
# Without fields to look at, one change of stage would be told eight times.
LEAD_CHANGES = ("stage_id", "active", "type", "name", "partner_id", "user_id", "expected_revenue")
MEETING_CHANGES = ("start", "stop", "active", "opportunity_id")


@dataclass(frozen=True)
class Rule:
    """``posts`` are the fields that Parcours is told. By the date it knows a change that it is told twice; a deleted
    record still has the date of the change before, which is not posted therefore."""

    key: str
    model: str
    trigger: str
    watches: tuple[str, ...]
    applies_to: str
    posts: tuple[str, ...]


RULES = (
    Rule("rule_lead_changed", "crm.lead", "on_create_or_write", LEAD_CHANGES, OPPORTUNITIES, ("id", "write_date")),
    Rule("rule_lead_deleted", "crm.lead", "on_unlink", (), OPPORTUNITIES, ("id",)),
    Rule(
        "rule_meeting_changed", "calendar.event", "on_create_or_write", MEETING_CHANGES, MEETINGS, ("id", "write_date")
    ),
    Rule("rule_meeting_deleted", "calendar.event", "on_unlink", (), MEETINGS, ("id",)),
)


def are_on(env):
    """Whether all of them are there, at work, and post to the address of now."""
    address = _address(env)
    return bool(address) and all(_works(_held(env, rule), address) for rule in RULES)


def make(env):
    """Those that are missing; and those that somebody changed become again what they were."""
    for rule in RULES:
        values = _values(env, rule)
        held = _held(env, rule)
        if held:
            held.write({**values, "action_server_ids": [Command.delete(one.id) for one in held.action_server_ids]})
        else:
            held = env["base.automation"].sudo().create(values)
            about = {"xml_id": f"{MODULE}.{rule.key}", "record": held, "noupdate": True}
            env["ir.model.data"].sudo()._update_xmlids([about])
        held.write({"action_server_ids": [Command.create(_action(env, rule))]})


def remove(env):
    for rule in RULES:
        held = _held(env, rule)
        if held:
            held.action_server_ids.unlink()
            held.unlink()


def _held(env, rule):
    found = env.ref(f"{MODULE}.{rule.key}", raise_if_not_found=False)
    return found.sudo() if found else env["base.automation"]


def _works(held, address):
    return bool(held) and held.active and held.action_server_ids.mapped("webhook_url") == [address]


def _address(env):
    ours = connection_of(env)
    if not ours.is_set_up:
        return ""
    return f"{ours.address}/hooks/{ours.connection}?key={hook_key(ours.secret)}"


def _values(env, rule):
    fields = env["ir.model.fields"].sudo()
    return {
        "name": _name(env, rule),
        "model_id": env["ir.model"]._get_id(rule.model),
        "trigger": rule.trigger,
        "trigger_field_ids": [Command.set([fields._get(rule.model, name).id for name in rule.watches])],
        "filter_domain": rule.applies_to,
        "filter_pre_domain": False,
        "active": True,
    }


def _action(env, rule):
    fields = env["ir.model.fields"].sudo()
    return {
        "name": _name(env, rule),
        "model_id": env["ir.model"]._get_id(rule.model),
        "usage": "base_automation",
        "state": "webhook",
        "webhook_url": _address(env),
        "webhook_field_ids": [Command.set([fields._get(rule.model, name).id for name in rule.posts])],
    }


def _name(env, rule):
    return {
        "rule_lead_changed": env._("Parcours: an opportunity changed"),
        "rule_lead_deleted": env._("Parcours: an opportunity was deleted"),
        "rule_meeting_changed": env._("Parcours: a meeting changed"),
        "rule_meeting_deleted": env._("Parcours: a meeting was deleted"),
    }[rule.key]
