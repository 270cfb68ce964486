"""What has to move, and what a move begins with."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.domain.fleets import foreign
from tenantry.domain.models import ModelProfile
from tenantry.domain.moves import misplaced, move_id
from tenantry.domain.options import Isolation
from tenantry.domain.profiles import FleetProfile, TenantProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import FleetRow, Source, TenantRow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Source(bucket="drop", key="k", version_id="v", order="1")
SAMPLE = {"body": "1"}


def model(serving: str, **more: Any) -> ModelProfile:
    return ModelProfile.model_validate({"serving": serving, "sample": SAMPLE} | more)


def tenant(isolation: str = "bridge") -> TenantRow:
    profile = TenantProfile.model_validate({"isolation": isolation})
    return TenantRow(tenant="acme", state="READY", reason="", since=NOW, source=SOURCE, profile=profile)  # type: ignore[arg-type]


def host(serving: str, fleet: str = "") -> HostRow:
    known = {
        "host": "h",
        "fleet": fleet,
        "serving": serving,
        "endpoint": "e",
        "region": "r",
        "instances": 1,
        "since": NOW,
    }
    return HostRow.model_validate(known)


def fleet(state: str = "READY", **more: Any) -> FleetRow:
    profile = FleetProfile.model_validate({"framework": "sklearn", "serving": "inference-component"} | more)
    known = {"fleet": "f", "state": state, "reason": "", "since": NOW, "source": SOURCE, "profile": profile}
    return FleetRow.model_validate(known)


OWN = {"framework": "sklearn"}


@pytest.mark.parametrize(
    ("there", "asked", "why"),
    [
        (host("multi-model", "f"), model("multi-model", fleet="f"), ""),
        (host("real-time"), model("real-time", **OWN, instance_type="ml.m5.xlarge"), ""),
        (host("multi-model", "f"), model("multi-model", fleet="g"), "its profile asks for multi-model on fleet g"),
        (host("multi-model", "f"), model("real-time", **OWN), "its profile asks for real-time"),
        (host("real-time"), model("serverless", **OWN), "its profile asks for serverless"),
    ],
    ids=["the same fleet", "another instance type", "another fleet", "hosts of its own", "another option"],
)
def test_what_a_profile_names_is_compared_with_the_host(there: HostRow, asked: ModelProfile, why: str) -> None:
    assert misplaced(there, asked, tenant(), None) == why


@pytest.mark.parametrize(
    ("there", "isolation", "found", "why"),
    [
        (host("multi-model", "f"), "bridge", fleet(), ""),
        (host("real-time"), "silo", None, ""),
        (host("inference-component", "f"), "silo", fleet(tenant="acme"), ""),
        (host("multi-model", "f"), "silo", fleet(), "isolation is silo, and a multi-model endpoint is a shared host"),
        (host("real-time"), "bridge", None, "isolation is bridge, and a real-time endpoint holds one model"),
        (host("inference-component", "f"), "silo", fleet(), "a silo tenant shares no hosts"),
        (host("inference-component", "f"), "bridge", fleet(tenant="globex"), "fleet f is tenant globex's own"),
        (host("multi-model", "f"), "bridge", fleet("DELETED"), "fleet f is gone"),
        (host("multi-model", "f"), "bridge", None, "fleet f is gone"),
    ],
    ids=[
        *("legal", "legal in a silo", "on a fleet of its own", "not legal any more", "not legal in a bridge"),
        *("on a shared fleet", "on somebody else's fleet", "on a deleted fleet", "on no fleet"),
    ],
)
def test_what_the_policy_chose_stays_while_it_is_legal(
    there: HostRow, isolation: str, found: FleetRow | None, why: str
) -> None:
    said = misplaced(there, model("auto", **OWN), tenant(isolation), found)
    assert said.startswith(why)
    assert bool(said) == bool(why)


def test_a_move_is_one_for_each_upload_and_profile() -> None:
    assert len({move_id("u", "p"), move_id("u", "q"), move_id("v", "p")}) == 3
    assert len(move_id("u", "p")) == 26


def test_a_fleet_of_ones_own_is_open_to_its_tenant_alone() -> None:
    own, shared = FleetProfile(framework="sklearn", tenant="acme"), FleetProfile(framework="sklearn")
    assert [foreign("f", own, "acme", one) for one in Isolation] == ["", "", ""]
    assert {foreign("f", own, "globex", one) for one in Isolation} == {"fleet f is tenant acme's own"}
    assert [bool(foreign("f", shared, "acme", one)) for one in Isolation] == [True, False, False]
