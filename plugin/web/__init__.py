"""The pages: server-rendered, working without JavaScript, in French and English; and what the weekly mail says."""

from plugin.web.application import create_app
from plugin.web.weekly_mail import Mailing, letter_writer

__all__ = ["Mailing", "create_app", "letter_writer"]
