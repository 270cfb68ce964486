"""Taking it all down: what was made at run time goes, so that nothing is left billing. Runs last, by its name."""

import boto3
import pytest

from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e


def test_destroy_removes_every_endpoint_configuration_and_model(world: World) -> None:
    sagemaker = boto3.client("sagemaker")
    assert sagemaker.list_endpoints()["Endpoints"]
    world.tenantry("destroy", "--yes")
    world.until("every endpoint is deleted", lambda: not sagemaker.list_endpoints()["Endpoints"])
    assert not sagemaker.list_endpoint_configs()["EndpointConfigs"]
    assert not sagemaker.list_models()["Models"]


def test_a_second_destroy_finds_nothing(world: World) -> None:
    assert "nothing" in world.tenantry("destroy", "--yes").lower()
