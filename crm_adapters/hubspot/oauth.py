"""HubSpot's OAuth 2: a person allows our app; tokens live for half an hour and are renewed with a refresh token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from crm_adapters.errors import AccessRefused, TryLater
from crm_adapters.hubspot.paths import HOST, Paths
from crm_adapters.hubspot.transport import PASSING
from crm_adapters.port import App

AUTHORIZE = "https://app.hubspot.com/oauth/authorize"
SCOPES = (
    *("crm.objects.deals.read", "crm.objects.deals.write", "crm.objects.contacts.read", "crm.objects.contacts.write"),
    *("crm.objects.companies.read", "crm.objects.owners.read"),
)
OPTIONAL_SCOPES = ("crm.schemas.contacts.write",)
SECONDS = 30


class Authority:
    """Where tokens come from; ``host`` is another one in tests only."""

    def __init__(self, host: str = HOST) -> None:
        self.host = host

    def address(self, app: App, redirect: str, state: str, verifier: str) -> str:
        """Where a person goes to allow the app."""
        session = self._session(app, redirect)
        optional = " ".join(OPTIONAL_SCOPES)
        address, _ = session.create_authorization_url(
            AUTHORIZE, state=state, code_verifier=verifier, optional_scope=optional
        )
        return str(address)

    def grant(self, app: App, redirect: str, code: str, verifier: str) -> dict[str, str]:
        """The tokens for a code that the person brought back. Raises AccessRefused, TryLater."""
        return self._ask(self._session(app, redirect), "fetch_token", code=code, code_verifier=verifier)

    def renew(self, app: App, refresh_token: str) -> dict[str, str]:
        """New tokens. A refresh token that is not given back anew stays good."""
        found = self._ask(self._session(app, None), "refresh_token", refresh_token=refresh_token)
        return {"refresh_token": refresh_token, **found}

    def revoke(self, app: App, refresh_token: str) -> None:
        """HubSpot forgets that it was allowed. Raises TryLater where it does not say so."""
        about = {"token": refresh_token, "token_type_hint": "refresh_token"}
        asked = {**about, "client_id": app.client_id, "client_secret": app.client_secret}
        try:
            requests.post(f"{self.host}{Paths().revocation()}", data=asked, timeout=SECONDS).raise_for_status()
        except requests.RequestException as error:
            raise TryLater(f"HubSpot does not revoke the token: {type(error).__name__}") from error

    def _session(self, app: App, redirect: str | None) -> OAuth2Session:
        session = OAuth2Session(
            app.client_id,
            app.client_secret,
            scope=" ".join(SCOPES),
            redirect_uri=redirect,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 (how, not what)
            default_timeout=SECONDS,
        )
        for step in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(step, _unless_it_passes)
        return session

    def _ask(self, session: OAuth2Session, method: str, **given: str) -> dict[str, str]:
        try:
            token: dict[str, Any] = getattr(session, method)(f"{self.host}{Paths().token()}", **given)
        except OAuthError as error:
            raise AccessRefused(f"HubSpot gives no token: {error.description or error.error}") from error
        except requests.HTTPError as error:
            raise TryLater(f"HubSpot gives no token now: {error.response.status_code}") from error
        except (requests.RequestException, ValueError) as error:
            raise TryLater(f"HubSpot can't be reached: {type(error).__name__}") from error
        if not token.get("access_token"):
            raise AccessRefused(f"HubSpot gives no token: {token.get('message') or 'it does not say why'}")
        ends = datetime.now(UTC).timestamp() + float(token.get("expires_in") or 0)
        found = {"token": str(token["access_token"]), "expires_at": str(int(ends))}
        if token.get("refresh_token"):
            found["refresh_token"] = str(token["refresh_token"])
        return found


def _unless_it_passes(answer: requests.Response) -> requests.Response:
    """Trouble that passes says nothing of the token: the endpoint has limits of its own."""
    if answer.status_code in PASSING:
        raise requests.HTTPError(response=answer)
    return answer
