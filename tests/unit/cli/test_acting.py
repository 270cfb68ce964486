"""invoke and offboard."""

import json
from pathlib import Path

import pytest

from tenantry.domain.tenants import TenantState
from tenantry_client import Answer, NoRoute
from tenantry_client._errors import About
from tests.unit.cli.world import FakeClient, TwinWorld, tenant


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "request.csv"
    path.write_bytes(b"1,2")
    return path


def test_the_answer_is_written_as_it_is(world: TwinWorld, file: Path) -> None:
    result = world.run("invoke", "acme", "churn", str(file), "--content-type", "text/x", "--accept", "text/y")
    assert result.exit_code == 0
    assert json.loads(result.stdout_bytes) == ["acme", "churn", "1,2", "text/x", "text/y"]
    assert not result.stdout.endswith("\n")


def test_the_content_type_is_guessed_from_the_name(world: TwinWorld, file: Path) -> None:
    assert json.loads(world.run("invoke", "acme", "churn", str(file)).stdout)[3] == "text/csv"


def test_standard_input_is_a_file_called_dash(world: TwinWorld) -> None:
    result = world.run("invoke", "acme", "churn", "-", stdin="3,4")
    assert json.loads(result.stdout)[2:4] == ["3,4", "application/octet-stream"]


def test_as_json_the_version_and_generation_are_told(world: TwinWorld, file: Path) -> None:
    told = world.json("invoke", "acme", "churn", str(file))
    assert (told["version"], told["generation"], told["base64"]) == ("7", 3, False)


def test_an_answer_that_is_not_text_is_told_as_base64(world: TwinWorld, file: Path) -> None:
    class Binary(FakeClient):
        def invoke(self, model: str, body: bytes, *, content_type: str, accept: str | None = None) -> Answer:
            return Answer(b"\xff\x00", "application/x-npy", "7", 3)

    world.client = Binary
    assert world.json("invoke", "acme", "churn", str(file))["body"] == "/wA="
    assert world.run("invoke", "acme", "churn", str(file)).stdout_bytes == b"\xff\x00"


def test_no_route_is_one_sentence(world: TwinWorld, file: Path) -> None:
    class NoModel(FakeClient):
        def invoke(self, model: str, body: bytes, *, content_type: str, accept: str | None = None) -> Answer:
            raise NoRoute("no version is live", About("acme", model))

    world.client = NoModel
    result = world.run("invoke", "acme", "fraud", str(file))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "tenantry: acme/fraud: no version is live\n")


def test_a_file_that_is_not_there_is_one_sentence(world: TwinWorld) -> None:
    result = world.run("invoke", "acme", "churn", "nowhere.csv")
    assert result.exit_code == 2
    assert "No such file" in result.stderr
    assert "Traceback" not in result.stderr


def test_offboarding_deletes_the_profile_and_says_what_follows(world: TwinWorld) -> None:
    world.has(tenant())
    result = world.run("offboard", "acme", "--yes")
    assert result.exit_code == 0
    assert world.inbox.withdrawn == ["tenants/acme.json"]
    assert "SUSPENDED in a moment and OFFBOARDED after 12 h" in result.stdout


def test_without_yes_and_nobody_to_ask_nothing_is_deleted(world: TwinWorld) -> None:
    world.has(tenant())
    result = world.run("offboard", "acme")
    assert (result.exit_code, world.inbox.withdrawn) == (2, [])
    assert "--yes" in result.stderr


@pytest.mark.parametrize("state", [TenantState.SUSPENDED, TenantState.CLOSING, TenantState.OFFBOARDED])
def test_who_is_leaving_already_is_not_deleted_again(world: TwinWorld, state: TenantState) -> None:
    world.has(tenant(state=state))
    result = world.run("offboard", "acme", "--yes")
    assert (result.exit_code, world.inbox.withdrawn) == (1, [])
    assert f"tenant acme is {state}" in result.stderr


def test_an_unknown_tenant_is_told_so(world: TwinWorld) -> None:
    result = world.run("offboard", "ghost", "--yes")
    assert result.exit_code == 1
    assert "there is no tenant ghost" in result.stderr
