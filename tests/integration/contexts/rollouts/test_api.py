"""Roll-outs as a client meets them: started, looked at, taken on, rolled back; each with its scope."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.integration.contexts.conftest import deliver
from tests.integration.contexts.rollouts.conftest import cart, counted, evaluate
from tests.integration.contexts.rules.test_releases_api import as_person  # noqa: F401 - a fixture

RAMP = [{"percent": "0", "seconds": 60}, {"percent": "50", "seconds": 60}, {"percent": "100"}]
GUARD = {"metric": "touched", "at_most": "100", "min_carts": 1}


@pytest.fixture
def rita(as_person):  # noqa: F811 - the fixture itself
    return as_person("rita", "rules:read", "rules:release")


def test_a_roll_out_is_started_looked_at_and_rolled_back(rita, allowed):
    asked = {"release": allowed.number, "ramp": RAMP, "guards": [GUARD]}
    status, made = rita("POST", "rollouts", asked)
    assert (status, made["status"], made["percent"]) == (201, "running", "0")
    deliver()
    path = f"rollouts/{made['id']}"
    status, shown = rita("POST", f"{path}/advance", {"step": 0})
    assert (status, shown["step"], shown["percent"]) == (200, 1, "50")
    deliver()
    evaluate(*(cart(f"c{number}") for number in range(20)))

    class Of:
        id = made["id"]

    assert counted(Of) == 20
    _, shown = rita("GET", path)
    assert {it["arm"] for it in shown["figures"]["arms"]} == {"control", "candidate"}
    assert shown["figures"]["guards"][0]["value"] == "100.00"
    assert rita("POST", f"{path}/pause")[1]["status"] == "paused"
    assert rita("POST", f"{path}/resume")[1]["status"] == "running"
    assert rita("POST", f"{path}/roll-back")[1]["code"] == "rules.reason-missing"
    status, shown = rita("POST", f"{path}/roll-back", {"reason": "no"})
    assert (status, shown["status"], shown["percent"]) == (200, "rolled_back", "0")
    status, problem = rita("POST", f"{path}/advance")
    assert (status, problem["code"]) == (409, "rules.rollout-not-running")
    _, listed = rita("GET", "rollouts")
    assert [it["id"] for it in listed["results"]] == [made["id"]]


def test_the_same_key_starts_one(rita, allowed):
    key, asked = {"Idempotency-Key": str(uuid4())}, {"release": allowed.number, "ramp": RAMP}
    first, second = (rita("POST", "rollouts", asked, **key) for _ in range(2))
    assert first == second
    assert first[0] == 201


@pytest.mark.parametrize(
    "broken",
    [
        {"ramp": [{"percent": "100"}]},
        {"ramp": [{"percent": "NaN", "seconds": 1}, {"percent": "100"}]},
        {"ramp": [{"percent": "1e400", "seconds": 1}, {"percent": "100"}]},
        {"guards": [{"metric": "luck", "at_most": "1"}]},
        {"release": 0},
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_pointer(rita, allowed, broken):
    status, problem = rita("POST", "rollouts", {"release": allowed.number, "ramp": RAMP, **broken})
    assert status == 422, problem


def test_reading_does_not_roll_out(as_person, allowed):  # noqa: F811 - the fixture itself
    reader = as_person("till", "rules:read")
    assert reader("POST", "rollouts", {"release": allowed.number, "ramp": RAMP})[0] == 403
    assert reader("GET", f"rollouts/{uuid4()}")[0] == 404
