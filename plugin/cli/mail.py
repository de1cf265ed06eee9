"""``parcours mail``: the weekly mail."""

from __future__ import annotations

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.services.post import Post
from plugin.services.weekly_mail import send_weekly


@click.command()
@pass_toolbox
def mail(toolbox: Toolbox) -> None:
    """Send the saved views that their owners want each week, once an ISO week. Run it hourly, from cron for instance.

    PARCOURS_SMTP_URL names the mail server (smtps://user:password@mail.example.com), PARCOURS_MAIL_FROM the sender,
    PARCOURS_ADDRESS the address that people open Parcours under, for the links.
    """
    settings = toolbox.settings
    missing = [
        name
        for name, value in (
            ("PARCOURS_SMTP_URL", settings.smtp_url),
            ("PARCOURS_MAIL_FROM", settings.mail_from),
            ("PARCOURS_ADDRESS", settings.address),
        )
        if not value
    ]
    if missing:
        raise click.ClickException(f"set {' and '.join(missing)} first; «parcours mail --help» says what they are")
    post = Post(settings.smtp_url)
    workspace = toolbox.workspace()
    sent = send_weekly(workspace, toolbox.letters(workspace, settings), post.send, settings.mail_from)
    click.echo(f"{sent.letters} sent" if sent.letters != 1 else "1 sent")
    if sent.refusals:
        for reason in sorted(set(sent.refusals)):
            click.echo(f"{sent.refusals.count(reason)} not sent: {reason}", err=True)
        raise click.ClickException("what was not sent is tried again by the next run")
