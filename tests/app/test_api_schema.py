"""The description of the programming interface is true: whatever is sent, the answer is one that it announces."""

from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from opencall.app.identity.tokens import make_token
from tests.app.access import Everything
from tests.site import ORIGIN

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES: Final = 25
# Songs and an upload that are there; without them every answer would be that there is no such thing.
THERE: Final = {"song_id": ("draft", "submitted", "rendered", "published"), "upload_id": ("upload",)}


@pytest.mark.parametrize("who", ["artist", "curator", "manager"])
def test_every_answer_is_one_that_the_description_announces(every: Everything, who: str) -> None:
    client = every.site.browser(None)
    client.cookies.clear()
    person = every.people[who]
    assert person is not None
    with every.site.work.write() as uow:
        token = make_token(uow, person, "a script")
    schema = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
    seen: set[tuple[str, int]] = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            database=None,
            derandomize=True,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), there=st.data())
        def answers_as_described(case: Case, there: st.DataObject) -> None:
            for name, things in THERE.items():
                if name in case.path_parameters:
                    known = there.draw(st.sampled_from([*things, None]))
                    case.path_parameters[name] = every.things[known] if known else case.path_parameters[name]
            answer = send(client, case, token, (there.draw(st.booleans()) and every.tus_headers()) or {})
            case.validate_response(answer, checks=CHECKS)
            seen.add((case.operation.label, answer.status_code))

        answers_as_described()
    every.put_back()
    # Each address was asked, and gave more than refusals.
    assert {label for label, _ in seen} == {one.ok().label for one in schema.get_all_operations()}
    assert sum(status < 300 for _, status in seen) >= 3


def send(client: httpx.Client, case: Case, token: str, headers: dict[str, str]) -> httpx.Response:
    """The case as a program sends it that has a token."""
    wanted: dict[str, Any] = case.as_transport_kwargs(base_url=ORIGIN)
    wanted["headers"] = {**wanted.pop("headers"), **headers, "Authorization": f"Bearer {token}"}
    if isinstance(wanted.get("data"), bytes):
        wanted["content"] = wanted.pop("data")
    if headers and case.method in ("POST", "PATCH"):
        wanted["content"] = b"RIFF"
    known = ("method", "url", "headers", "params", "json", "content", "data", "files")
    return client.request(**{key: wanted[key] for key in known if wanted.get(key) is not None})
