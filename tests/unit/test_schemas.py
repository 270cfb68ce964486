"""The published schemas are those of the code, and say what the code says."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scripts.schemas import FOLDER, rendered, schemas
from tenantry.adapters.messages import published
from tenantry.domain.errors import Rejected
from tenantry.domain.notices import Notice
from tenantry.domain.profiles import FleetProfile, TenantProfile, parse_profile

DOCS = Path(__file__).parents[2] / "docs"
SAMPLE = {"body": "1"}
BRIDGE = {"isolation": "bridge"}


@pytest.mark.parametrize("name", schemas())
def test_the_committed_schema_is_in_step(name: str) -> None:
    assert (FOLDER / name).read_text() == rendered(schemas()[name]), "run `python -m scripts.schemas`"


@pytest.mark.parametrize("name", schemas())
def test_each_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


def keys(node: Any) -> set[str]:
    """The names of all settings in a schema."""
    if isinstance(node, list):
        return {name for one in node for name in keys(one)}
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own | {name for one in node.values() for name in keys(one)}


@pytest.mark.parametrize(
    ("name", "page"), [("tenant.json", "profiles"), ("fleet.json", "profiles"), ("notice.json", "notices")]
)
def test_every_key_is_explained_on_its_page(name: str, page: str) -> None:
    text = (DOCS / f"{page}.md").read_text()
    assert [key for key in sorted(keys(schemas()[name])) if f"`{key}`" not in text] == []


PROFILES = [
    ("tenant.json", TenantProfile, {**BRIDGE}, True),
    (
        "tenant.json",
        TenantProfile,
        {**BRIDGE, "models": {"churn": {"serving": "multi-model", "fleet": "f", "sample": SAMPLE}}},
        True,
    ),
    ("tenant.json", TenantProfile, {}, False),
    ("tenant.json", TenantProfile, {**BRIDGE, "colour": "red"}, False),
    ("tenant.json", TenantProfile, {**BRIDGE, "notify": ["nobody"]}, False),
    ("tenant.json", TenantProfile, {**BRIDGE, "offboard_after": -1}, False),
    (
        "tenant.json",
        TenantProfile,
        {**BRIDGE, "models": {"Churn": {"serving": "multi-model", "fleet": "f", "sample": SAMPLE}}},
        False,
    ),
    (
        "tenant.json",
        TenantProfile,
        {**BRIDGE, "models": {"churn": {"serving": "teleport", "fleet": "f", "sample": SAMPLE}}},
        False,
    ),
    ("fleet.json", FleetProfile, {"framework": "sklearn"}, True),
    ("fleet.json", FleetProfile, {"framework": "sklearn", "instances": {"min": 1, "max": 3}}, True),
    ("fleet.json", FleetProfile, {"framework": "cobol"}, False),
    ("fleet.json", FleetProfile, {"framework": "sklearn", "instance_type": "m5.large"}, False),
    ("fleet.json", FleetProfile, {"framework": "sklearn", "instances": {"min": -1}}, False),
]


@pytest.mark.parametrize(("name", "kind", "profile", "good"), PROFILES)
def test_schema_and_code_agree(name: str, kind: type, profile: dict[str, Any], good: bool) -> None:
    assert Draft202012Validator(schemas()[name]).is_valid(profile) is good
    if good:
        parse_profile(kind, json.dumps(profile).encode())
    else:
        with pytest.raises(Rejected):
            parse_profile(kind, json.dumps(profile).encode())


def test_what_is_published_fits_the_schema_of_notices() -> None:
    notice = Notice(id="n", about="release", tenant="acme", state="LIVE", reason="it is live", at=datetime.now(UTC))
    told = json.loads(published(notice))
    validator = Draft202012Validator(schemas()["notice.json"])
    assert list(validator.iter_errors(told)) == []
    assert validator.is_valid(told | {"a key of a later version": 1})
    assert not validator.is_valid({key: value for key, value in told.items() if key != "reason"})
