"""Settings from the environment; standard library only, so that migrations and tools may read them too."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

DEFAULT_PORT = 8437


class SettingsError(Exception):
    """A setting that can't be used; the message names it and says how to mend it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data lives and how the server listens.

    ``https`` makes cookies secure and keeps browsers on HTTPS; ``company`` is the seller's name in the meeting kits.
    Mail goes through ``smtp_url``, from ``mail_from``, with links that begin with ``address``. ``keys`` seal the tokens
    of connections, the newest first. ``hubspot_app`` is the id and the secret of our app there. ``networks`` of our own
    (``10.0.0.0/8``, with commas between) may be reached by an address that an admin types.
    """

    home: Path
    database_url: str
    port: int = DEFAULT_PORT
    host: str = "127.0.0.1"
    https: bool = False
    templates: Path | None = None
    journey: str = "figure8"
    company: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    address: str = ""
    keys: str = ""
    hubspot_app: tuple[str, str] | None = None
    networks: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read ``PARCOURS_*``; raises SettingsError on a value that can't be used."""
        values = os.environ if environment is None else environment
        home = Path(values.get("PARCOURS_HOME") or Path.home() / ".parcours").expanduser().absolute()
        templates = values.get("PARCOURS_TEMPLATES")
        return cls(
            home=home,
            database_url=values.get("PARCOURS_DATABASE_URL") or f"sqlite:///{home / 'parcours.sqlite3'}",
            port=_port(values.get("PARCOURS_PORT")),
            host=values.get("PARCOURS_HOST") or "127.0.0.1",
            https=values.get("PARCOURS_HTTPS", "").lower() in {"1", "yes", "true", "on"},
            templates=Path(templates).expanduser().absolute() if templates else None,
            journey=values.get("PARCOURS_JOURNEY") or "figure8",
            company=values.get("PARCOURS_COMPANY", "").strip(),
            smtp_url=values.get("PARCOURS_SMTP_URL", "").strip(),
            mail_from=values.get("PARCOURS_MAIL_FROM", "").strip(),
            keys=values.get("PARCOURS_KEYS", "").strip(),
            hubspot_app=_app(values, "PARCOURS_HUBSPOT_CLIENT_ID", "PARCOURS_HUBSPOT_CLIENT_SECRET"),
            address=values.get("PARCOURS_ADDRESS", "").strip().rstrip("/"),
            networks=_networks(values.get("PARCOURS_NETWORKS", "")),
        )

    def secret(self) -> str:
        """The key that signs forms: made once, readable by its owner only."""
        path = self.home / "secret.key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            _create_once(path, secrets.token_urlsafe(48))
        text = path.read_text(encoding="ascii").strip()
        if len(text) < 32:
            raise SettingsError(f"{path} is too short to be a key: delete it, and a new one is made at the next start")
        return text


def _app(values: Mapping[str, str], id_name: str, secret_name: str) -> tuple[str, str] | None:
    given = values.get(id_name, "").strip(), values.get(secret_name, "").strip()
    if bool(given[0]) != bool(given[1]):
        raise SettingsError(f"{id_name} and {secret_name} belong together: set both, or none")
    return given if given[0] else None


def _networks(text: str) -> str:
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            ip_network(part)
        except ValueError as error:
            raise SettingsError(f"PARCOURS_NETWORKS has {part!r}: give networks like 10.0.0.0/8") from error
    return text.strip()


def _port(text: str | None) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"PARCOURS_PORT is {text!r}: give a number from 1 to 65535, for instance {DEFAULT_PORT}")
    return int(text)


def _create_once(path: Path, text: str) -> None:
    """Two processes starting together must end with one key: the link fails for the one that comes second."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
