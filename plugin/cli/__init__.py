"""The command line: ``parcours``."""

from __future__ import annotations

import click

from plugin import __version__
from plugin.cli.connect import connect, rebuild, sync, work
from plugin.cli.conversion import conversion
from plugin.cli.db import db
from plugin.cli.deal import deal
from plugin.cli.journeys import journeys
from plugin.cli.mail import mail
from plugin.cli.person import person
from plugin.cli.retention import retention
from plugin.cli.serve import demo, serve
from plugin.cli.templates import templates
from plugin.cli.touches import touches
from plugin.cli.user import user


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="parcours")
def parcours() -> None:
    """Mirror the buyer's journey onto your sales meetings.

    \b
    To look around:     parcours demo
    To begin for real:  parcours db upgrade
                        parcours user add you@example.com --role admin
                        parcours connect csv sales FOLDER
                        parcours sync
                        parcours serve

    Data lives in the folder that PARCOURS_HOME names (~/.parcours unless set);
    PARCOURS_PORT is where the pages are served.
    """


for command in (conversion, connect, db, deal, demo, journeys, mail, person, rebuild, retention):
    parcours.add_command(command)
for command in (serve, sync, templates, touches, user, work):
    parcours.add_command(command)
