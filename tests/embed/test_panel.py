"""What a page token opens: one deal, for one person, for a while, and no longer than they may see it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from crm_adapters.memory import MemoryCrm
from crm_adapters.port import Deal as CrmDeal
from plugin.embed import create_panel
from plugin.embed.kit import picture_address
from plugin.embed.shell import script, style
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import (
    Connection,
    CrmOwner,
    Deal,
    LogDraft,
    Meeting,
    MeetingLog,
    OutboxMessage,
    SyncPosition,
    UsedLaunch,
    UserAccount,
)
from tests.embed.launching import NOW, ODOO, open_, token
from tests.web.conftest import PEOPLE, Clock
from tests.web.log_form import filled

MOST_BYTES = 60_000


class Panel:
    """A page that was opened: it holds the token, and no cookie."""

    def __init__(self, client: FlaskClient, **claims: object) -> None:
        self.client = client
        self.first = open_(client, token(**claims))
        self.token = (self.first.json or {}).get("token", "")

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/odoo/{path}", headers={"Authorization": f"Bearer {self.token}"})

    def post(self, path: str, data: dict[str, object] | None = None) -> TestResponse:
        return self.client.post(f"/odoo/{path}", data=data or {}, headers={"Authorization": f"Bearer {self.token}"})

    @property
    def form(self) -> str:
        return str(self.get("log").json["html"])


@pytest.fixture
def panel(client: FlaskClient) -> Panel:
    return Panel(client)


def html(answer: TestResponse) -> str:
    assert answer.json is not None
    return str(answer.json["html"])


def test_at_one_glance_stand_stage_way_evidence_meeting_and_what_to_do(panel: Panel) -> None:
    page = html(panel.first)
    for text in ("Company north", "Search", "Went back", "Evidence still missing", "Next meeting", "Log a meeting"):
        assert text in page
    assert "journey mini" in page


def test_all_that_it_takes_to_see_it_is_less_than_sixty_thousand_bytes(client: FlaskClient, panel: Panel) -> None:
    shell = client.get("/odoo")
    assert len(shell.data) + len(panel.first.data) < MOST_BYTES
    # Nothing else is asked for: the style and the script stand in the page.
    assert str(style()) in shell.text
    assert str(script()) in shell.text
    assert "src=" not in shell.text.replace(str(script()), "")


def test_no_cookie_is_set_and_none_is_looked_at(client: FlaskClient, panel: Panel) -> None:
    assert not panel.get("deal").headers.getlist("Set-Cookie")
    client.set_cookie("parcours", "anything")
    assert client.get("/odoo/deal").status_code == 401


@pytest.mark.parametrize("given", ["", "x", "x.y", "é.y", "." * 5_000, "eyJ1c2VyIjogMX0=.abc"])
def test_what_is_no_page_token_opens_nothing(client: FlaskClient, given: str) -> None:
    answer = client.get("/odoo/deal", headers={"Authorization": f"Bearer {given}".encode().decode("latin-1")})
    assert answer.status_code == 401


def test_a_page_token_for_another_deal_can_not_be_made_of_it(panel: Panel) -> None:
    body, signature = panel.token.split(".")
    claims = {**json.loads(base64.urlsafe_b64decode(body)), "deal": "351"}
    panel.token = f"{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()}.{signature}"
    assert panel.get("deal").status_code == 401


def test_it_lives_for_ten_minutes_and_can_be_renewed_for_eight_hours(panel: Panel, clock: Clock) -> None:
    clock.forward(minutes=9)
    panel.token = panel.post("renew").json["token"]
    clock.forward(minutes=9)
    assert panel.get("deal").status_code == 200
    clock.forward(minutes=2)
    assert panel.get("deal").status_code == 401


def test_after_eight_hours_the_crm_is_asked_again(panel: Panel, clock: Clock) -> None:
    for _ in range(8 * 60 // 8):
        clock.forward(minutes=8)
        panel.token = (panel.post("renew").json or {"token": ""})["token"]
    assert panel.get("deal").status_code == 401


def test_whoever_lost_their_account_sees_nothing_any_more(panel: Panel, workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).values(disabled_at=NOW))
    assert panel.get("deal").status_code == 401
    assert panel.post("renew").status_code == 401


def test_whoever_lost_the_deal_sees_and_writes_nothing_any_more(panel: Panel, workspace: Workspace) -> None:
    form = panel.form
    with workspace.database.writing.begin() as session:
        session.execute(update(CrmOwner).values(user_id=None))
    assert panel.get("deal").status_code == 403
    assert "colleague" in html(panel.get("deal"))
    assert panel.post("log/new", filled(form, {"note": "Hello"})).status_code == 403


@pytest.mark.parametrize("change", [{"paused_at": NOW}, {"name": "renamed"}])
def test_a_connection_that_is_paused_or_goes_by_another_name_shows_nothing(
    panel: Panel, workspace: Workspace, change: dict[str, object]
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(Connection).values(**change).where(Connection.name == "odoo"))
    assert panel.get("deal").status_code == 401


def test_a_person_whom_nobody_knows_is_told_what_an_admin_can_do(client: FlaskClient) -> None:
    answer = open_(client, token(sub="new@seller.example"))
    assert answer.status_code == 403
    assert "parcours user add new@seller.example" in html(answer)


def test_a_person_whose_account_was_closed_opens_nothing_with_a_fresh_token(
    client: FlaskClient, workspace: Workspace
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).values(disabled_at=NOW))
    answer = open_(client, token())
    assert answer.status_code == 403
    assert "Company north" not in html(answer)


def test_a_login_that_is_no_email_is_known_by_the_salesperson_of_the_crm(
    client: FlaskClient, workspace: Workspace
) -> None:
    with workspace.database.writing.begin() as session:
        connection = session.scalars(select(Connection.id).filter_by(name="odoo")).one()
        ana = session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[Role.SALESPERSON])).one()
        session.add(CrmOwner(connection_id=connection, crm_id="7", name="Ana", user_id=ana))
    assert open_(client, token(sub="ana", uid=7)).status_code == 200


def test_an_email_that_people_write_themselves_makes_nobody_somebody_else(client: FlaskClient) -> None:
    answer = open_(client, token(sub="stranger", email=PEOPLE[Role.ADMIN]))
    assert answer.status_code == 403


def test_who_may_only_read_in_the_crm_only_reads_here(client: FlaskClient) -> None:
    panel = Panel(client, write=False)
    assert "Log a meeting" not in html(panel.first)
    assert panel.get("log").status_code == 403
    assert panel.post("log/new", {"note": "x"}).status_code == 403


def test_a_marketer_reads_and_does_not_log(client: FlaskClient) -> None:
    panel = Panel(client, sub=PEOPLE[Role.MARKETER])
    assert "Log a meeting" not in html(panel.first)
    assert panel.get("log").status_code == 403


def test_a_log_is_stored_once_however_often_it_is_sent(panel: Panel, workspace: Workspace) -> None:
    said = filled(panel.form, {"note": "They count the stops now.", "felt": "keen", "effect": "strengthened"})
    first, again = panel.post("log/new", said), panel.post("log/new", said)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json["changed"]
    assert "Saved." in html(first)
    assert "kept once" in html(again)
    with workspace.database.reading() as session:
        assert session.scalars(select(MeetingLog.note)).all() == ["They count the stops now."]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(panel: Panel, workspace: Workspace) -> None:
    answer = panel.post("log/new", filled(panel.form, {"starts_at": "", "note": "Do not lose me"}))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in html(answer)
    assert "Do not lose me" in html(answer)
    with workspace.database.reading() as session:
        assert session.scalar(select(func.count(MeetingLog.id))) == 0


def test_a_colleagues_log_of_the_same_meeting_stands_beside_ones_own(
    panel: Panel, client: FlaskClient, workspace: Workspace
) -> None:
    with workspace.database.writing.begin() as session:
        deal = session.scalars(select(Deal.id).filter_by(crm_id="350")).one()
        about = {"state": "planned", "starts_at": NOW, "minutes": 30, "title": "", "revision": 0, "seen_pass": 0}
        session.add(Meeting(public_id="a" * 32, deal_id=deal, **about))
    mine = filled(panel.form, {"note": "Mine"})
    boss = Panel(client, sub=PEOPLE[Role.MANAGER], jti="boss")
    assert boss.post(f"log/{'a' * 32}", filled(boss.form, {"note": "Theirs"})).status_code == 200
    answer = panel.post(f"log/{'a' * 32}", mine)
    assert answer.status_code == 409
    assert "Theirs" in html(answer)
    assert "Mine" in html(answer)


@pytest.fixture
def refused(workspace: Workspace) -> str:
    """A move of the deal that the CRM did not take; one of another deal lies beside it."""
    with workspace.database.writing.begin() as session:
        connection = session.scalars(select(Connection.id).filter_by(name="odoo")).one()
        deals = session.scalars(select(Deal.id).order_by(Deal.crm_id != "350")).all()[:2]
        for public_id, deal in zip(("a" * 32, "b" * 32), deals, strict=True):
            about = {"kind": "move", "target": "won", "state": "refused", "attempts": 1, "ended_at": NOW}
            said = {"last_error": "a rule wants it", "fields": ["Closed won reason"]}
            row = {"public_id": public_id, "connection_id": connection, "deal_id": deal, "key": public_id}
            session.add(OutboxMessage(**row, **about, **said, next_at=NOW, created_at=NOW))
    return "a" * 32


def waiting(workspace: Workspace) -> list[str]:
    with workspace.database.reading() as session:
        return list(session.scalars(select(OutboxMessage.public_id).filter_by(state="waiting")))


def test_what_the_crm_refused_is_said_with_the_field_and_sent_again_by_whoever_logs(
    client: FlaskClient, workspace: Workspace, refused: str
) -> None:
    panel = Panel(client)
    assert "Fill this in there, then try again: Closed won reason." in html(panel.first)
    assert "Try again" in html(panel.first)
    again = panel.post(f"messages/{refused}/retry")
    assert "It is sent again in a moment." in html(again)
    assert "Closed won reason" not in html(again)
    assert waiting(workspace) == [refused]
    assert panel.post(f"messages/{refused}/retry").status_code == 404


def test_nobody_sends_again_what_is_of_another_deal_or_who_only_reads(
    client: FlaskClient, workspace: Workspace, refused: str
) -> None:
    assert Panel(client).post(f"messages/{'b' * 32}/retry").status_code == 404
    reader = Panel(client, write=False, jti="reader")
    assert "Try again" not in html(reader.first)
    assert reader.post(f"messages/{refused}/retry").status_code == 403
    assert waiting(workspace) == []


def test_a_meeting_of_another_deal_can_not_be_logged_here(panel: Panel, workspace: Workspace) -> None:
    said = filled(panel.form, {"note": "Not mine"})
    with workspace.database.writing.begin() as session:
        other = session.scalars(select(Deal.id).where(Deal.crm_id != "350")).first()
        about = {"state": "planned", "starts_at": NOW, "minutes": 30, "title": "", "revision": 0, "seen_pass": 0}
        session.add(Meeting(public_id="c" * 32, deal_id=other, **about))
    assert panel.post(f"log/{'c' * 32}", said).status_code == 404
    with workspace.database.reading() as session:
        assert session.scalar(select(func.count(MeetingLog.id))) == 0


def test_what_is_being_typed_is_kept_and_comes_back_in_the_panel_and_in_the_page(
    panel: Panel, workspace: Workspace
) -> None:
    assert panel.post("log/new/draft", filled(panel.form, {"note": "Half a sent"})).status_code == 200
    assert "Half a sent" in panel.form
    with workspace.database.reading() as session:
        assert session.scalars(select(LogDraft.fields)).one()["note"] == ["Half a sent"]
    panel.post("log/new/discard")
    assert "Half a sent" not in panel.form


def test_the_kit_comes_in_the_frame_with_pictures_that_need_no_session(panel: Panel, client: FlaskClient) -> None:
    page = html(panel.get("kit/framing"))
    for text in ("Show", "Tell", "Ask", "Listen for"):
        assert text in page
    assert panel.get("kit/nothing").status_code == 404
    assert client.get("/pictures/framing/1/a.png?s=guess").status_code == 404


def test_a_picture_of_a_kit_is_had_by_its_signed_address_only(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = {name: SimpleNamespace(data=b"dots", media_type="image/png") for name in ("a.png", "b.png")}
    monkeypatch.setattr("plugin.services.shelf.Shelf.version", lambda *_: SimpleNamespace(pictures=pictures))
    with client.application.test_request_context():
        address = picture_address("framing", "1", "a.png")
    assert client.get(address).data == b"dots"
    assert client.get(address.replace("a.png", "b.png")).status_code == 404
    assert client.get(address.partition("?")[0]).status_code == 404


def test_a_deal_that_has_not_come_in_is_read_on_the_spot(
    client: FlaskClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = MemoryCrm()
    crm.put(CrmDeal("999", "Brand new", "0", ()))
    monkeypatch.setattr("plugin.services.panel.adapter_of", lambda *_given: crm)
    with workspace.database.writing.begin() as session:
        connection = session.scalars(select(Connection.id).filter_by(name="odoo")).one()
        position = {"stream": "deals", "pass_number": 1, "pass_open": False, "updated_at": NOW}
        session.add(SyncPosition(connection_id=connection, **position))
    answer = open_(client, token(deal="999", sub=PEOPLE[Role.MANAGER]))
    assert answer.status_code == 200
    assert "Brand new" in html(answer)
    assert "colleague" in html(open_(client, token(deal="999", jti="ana")))


def test_a_flood_of_guesses_writes_nothing_and_shuts_nobody_out(client: FlaskClient, workspace: Workspace) -> None:
    for number in range(300):
        assert open_(client, token(secret=f"a guess of thirty-two letters {number}")).status_code == 403
    with workspace.database.reading() as session:
        assert session.scalar(select(func.count(UsedLaunch.id))) == 0
    assert open_(client, token()).status_code == 200


def test_a_megabyte_or_a_body_that_is_none_is_turned_away(client: FlaskClient, panel: Panel) -> None:
    assert client.post("/odoo/open", data=b"x" * 1_000_000).status_code in (403, 413)
    assert client.post("/odoo/open", data=b'{"launch": ', content_type="application/json").status_code == 403
    assert client.post("/odoo/open", json=[1]).status_code == 403
    assert panel.post("log/new", {"note": "x" * 1_000_000}).status_code == 413
    assert panel.post("log/new/draft", {"note": "x" * 1_000_000}).status_code == 413
    assert panel.get("deal").status_code == 200


@pytest.mark.parametrize("address", ["https://a.example;script-src *", "https://a.example https://evil.example"])
def test_an_odd_address_of_a_crm_adds_nothing_to_the_policy(workspace: Workspace, address: str) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(Connection).values(settings={"address": address}).where(Connection.name == "odoo"))
    answer = create_panel(workspace, https=True).test_client().get("/odoo")
    assert answer.status_code == 404
    assert "evil" not in answer.headers["Content-Security-Policy"]
    assert "script-src *" not in answer.headers["Content-Security-Policy"]


def test_every_answer_is_framed_by_the_crm_or_by_nobody(client: FlaskClient, panel: Panel) -> None:
    policies = [client.get("/odoo"), panel.get("deal"), panel.get("log"), client.get("/static/icon.svg")]
    said = [one.headers["Content-Security-Policy"].partition("frame-ancestors ")[2] for one in policies]
    assert said == [ODOO, "'none'", "'none'", "'none'"]


def test_nothing_typed_reaches_a_log_where_something_breaks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = create_panel(replace(workspace), https=True).test_client()
    panel = Panel(client)
    form = filled(panel.form, {"note": "CANARY-words"})

    def broken(*_given: object) -> None:
        raise RuntimeError("CANARY-words")

    monkeypatch.setattr("plugin.embed.log.log_meeting", broken)
    assert panel.post("log/new", form).status_code == 500
    assert "RuntimeError" in caplog.text
    assert "CANARY" not in caplog.text
    assert panel.token not in caplog.text


def test_a_token_of_the_other_clock_is_good_for_half_a_minute_more(client: FlaskClient, clock: Clock) -> None:
    clock.forward(seconds=85)
    assert open_(client, token()).status_code == 200
    clock.now = NOW + timedelta(seconds=95)
    assert open_(client, token(jti="late")).status_code == 403
