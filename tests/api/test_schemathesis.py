"""The description and the answers agree, whatever is sent: Schemathesis makes requests up from the description."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.schemas import BaseSchema
from sqlalchemy import update
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from plugin.api import create_api
from plugin.api.application import MODULES
from plugin.api.description import document, of
from plugin.api.limits import Buckets, Limit, Limits
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Deal
from tests.api.conftest import MakeToken

# A request of the right form may still name a stage that the journey lacks: no schema can say so.
ACCEPTED = [*PositiveDataAcceptanceConfig().expected_statuses, "422"]
EXAMPLES = 25
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class Stage:
    """Where an application stands while a test looks at it; before that, what the description is read from."""

    def __init__(self) -> None:
        served = [one for module in MODULES for one in module.OPERATIONS]
        told = json.dumps(document([*served, of(served)]))
        self.application: Callable[..., Iterable[bytes]] = Response(told, mimetype="application/json")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.application(environ, start_response)


STAGE = Stage()


def described(**parameters: str) -> BaseSchema:
    project = ProjectConfig(
        parameters=parameters,
        checks=ChecksConfig(positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=ACCEPTED)),
        generation=GenerationConfig(deterministic=True),
    )
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", STAGE, config=config)


@pytest.fixture
def company(workspace: Workspace, deal: Callable[[str], str], token: MakeToken) -> dict[str, str]:
    """Its API with nothing held back by limits, and a manager's token."""
    with workspace.database.writing.begin() as session:
        session.execute(update(Deal).where(Deal.crm_id == "north").values(public_id="north"))
    endless = Limit("endless", 10**9)
    api = create_api(workspace, https=False, limits=Limits(Buckets(endless), Buckets(endless), Buckets(endless)))
    STAGE.application = DispatcherMiddleware(Response("pages"), {"/api": api})
    return {"Authorization": f"Bearer {token(Role.MANAGER)}"}


@described().parametrize()
@BOUNDED
def test_whatever_is_sent_is_answered_as_described(case: Any, company: dict[str, str]) -> None:
    case.call_and_validate(headers=company)


@described(**{"path.id": "north", "path.template": "discovery"}).include(path_regex="{").parametrize()
@BOUNDED
def test_what_is_sent_of_a_deal_that_there_is_is_answered_as_described(case: Any, company: dict[str, str]) -> None:
    case.call_and_validate(headers=company)
