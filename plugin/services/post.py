"""Sending mail through an SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from plugin.services.weekly_mail import NotSent
from plugin.settings import SettingsError

SECONDS = 30
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class Post:
    """``url`` is ``smtps://user:password@host``, ``smtp://`` (STARTTLS), or ``smtp+plain://`` inside one's own network.

    Raises SettingsError on an address that is none.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in PORTS or not parts.hostname or port == -1:
            raise SettingsError(
                "PARCOURS_SMTP_URL is no mail server's address: write smtps://user:password@mail.example.com, "
                "or smtp:// for a server that begins with STARTTLS"
            )
        self.scheme, self.host = parts.scheme, parts.hostname
        self.port = port or PORTS[self.scheme]
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")

    def send(self, message: EmailMessage) -> None:
        """One message, in a connection of its own. Raises NotSent."""
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except smtplib.SMTPAuthenticationError as error:
            raise NotSent(f"{self.host} refuses the user or password of PARCOURS_SMTP_URL") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise NotSent(f"{self.host} refuses a recipient") from error
        except smtplib.SMTPException as error:
            raise NotSent(f"{self.host} did not take a mail: {type(error).__name__}") from error
        except OSError as error:
            raise NotSent(f"{self.host} can't be reached: {error.strerror or type(error).__name__}") from error

    def _connect(self) -> smtplib.SMTP:
        safe = ssl.create_default_context()
        if self.scheme == "smtps":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=safe)
        server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        if self.scheme == "smtp":
            server.starttls(context=safe)
        return server
