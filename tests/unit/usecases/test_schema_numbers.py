"""Rows and inputs carry a schema number, so that two releases of Tenantry can work on the same things for a while."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tenantry.adapters.stored import attributes, row_of
from tenantry.domain.base import SCHEMA
from tenantry.domain.errors import Unavailable
from tenantry.domain.notices import MailboxRow
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.tenants import FleetRow, SlotsRow, TenantRow
from tenantry.domain.versions import Upload
from tenantry.usecases.inputs import FleetTask, Release
from tests.flows.conftest import FLEET, drop_version, tenant_profile
from tests.flows.world import World

RELEASE = {"schema": 1, "tenant": "acme", "model": "churn", "version": "1", "upload": "u", "execution": "u-u-1"}


def rows(world: World) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Every stored row, by table and key."""
    partitions = world.twins.registry._partitions.items()
    return {(table, pk, sk): json.loads(text) for (table, pk), held in partitions for sk, text in held.items()}


def overwrite(world: World, place: tuple[str, str, str], **changes: Any) -> None:
    table, pk, sk = place
    held = world.twins.registry._partitions[table, pk]
    held[sk] = json.dumps(json.loads(held[sk]) | changes)


def test_every_stored_row_has_the_number(serving: World) -> None:
    numbers = {row.get("schema") for row in rows(serving).values()}
    assert numbers == {SCHEMA}
    assert {sk.split("#")[0] for _, _, sk in rows(serving)} >= {"UPLOAD", "MODEL", "HOST", "LOAD", "NOTICE", "SLOTS"}


def test_a_row_from_before_there_was_a_number_is_read_as_the_first(serving: World) -> None:
    stored = attributes(serving.tenant("acme"))
    del stored["schema"]
    assert row_of(TenantRow, stored).tenant == "acme"


@pytest.mark.parametrize("kind", [Upload, Route, HostRow, LoadRow, TenantRow, FleetRow, SlotsRow, MailboxRow])
def test_a_row_of_a_newer_schema_is_not_read(kind: type[Any]) -> None:
    with pytest.raises(Unavailable, match=r"row TENANT#a X was written by a newer Tenantry \(schema 2"):
        row_of(kind, {"pk": "TENANT#a", "sk": "X", "schema": 2, "state": "of another kind"})


@pytest.mark.parametrize("kind", [Release, FleetTask])
def test_an_input_of_a_newer_schema_is_tried_again_and_not_misread(kind: type[Any]) -> None:
    with pytest.raises(Unavailable, match="this input was written by a newer Tenantry"):
        kind.model_validate({"schema": 2, "renamed": "acme"})


@pytest.mark.parametrize("schema", [0, "x", None])
def test_an_input_without_a_sound_number_is_an_error(schema: object) -> None:
    with pytest.raises(ValueError, match="schema"):
        Release.model_validate(RELEASE | {"schema": schema})


def test_what_a_later_release_added_to_a_row_outlives_every_write_of_this_one(serving: World) -> None:
    marked = [
        place
        for place in rows(serving)
        if place[2].split("#")[0] in {"UPLOAD", "MODEL", "HOST", "LOAD", "acme", "sklearn"}
    ]
    for place in marked:
        overwrite(serving, place, mood={"level": 3.5, "why": ["new", None]})
    before = rows(serving)
    drop_version(serving, "2")
    serving.drop("tenants/acme.json", tenant_profile("churn", grace=1))
    serving.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge"})
    serving.run()
    after = rows(serving)
    assert serving.version("acme", "churn", "2").state == "LIVE"
    assert len(marked) == 6
    assert all(after[place]["revision"] > before[place]["revision"] for place in marked)
    assert all(after[place]["mood"] == before[place]["mood"] for place in marked)


def test_a_release_in_flight_waits_for_the_rest_of_a_deployment(ready: World) -> None:
    """One function is new already and wrote a row that the others cannot read yet; then they are new, too."""
    place: list[tuple[str, str, str]] = []

    def newer(answer: Any) -> Any:
        place.append(next(one for one in rows(ready) if one[2].startswith("UPLOAD#")))
        overwrite(ready, place[0], schema=SCHEMA + 1)
        return answer

    ready.bend("vet_artifact", newer)
    drop_version(ready, "1")
    ready.run(until=timedelta(seconds=3))
    run = ready.last("release-model")
    assert (run.path[-1], run.status) == ("Register version", "RUNNING"), "it is tried again"
    overwrite(ready, place[0], schema=SCHEMA)
    ready.run()
    assert ready.version("acme", "churn", "1").state == "LIVE"
