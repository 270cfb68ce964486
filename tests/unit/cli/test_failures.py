"""What goes wrong is one sentence with what to do, and the right exit status."""

from collections.abc import Mapping

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from tenantry.domain.errors import Unavailable
from tenantry_cli.failures import sentence
from tenantry_cli.settings import Misconfigured, Names, settle, stack_name
from tests.unit.cli.world import TwinWorld

ENVIRON = {
    "TENANTRY_STACK": "local",
    "REGISTRY_TABLE": "r",
    "ROUTES_TABLE": "ro",
    "DROP_BUCKET": "d",
    "SERVING_BUCKET": "s",
    "RESULTS_BUCKET": "re",
    "OPERATOR_TOPIC_ARN": "o",
}
OUTPUTS = {
    "RegistryTable": "R",
    "RoutesTable": "RO",
    "DropBucket": "D",
    "ServingBucket": "S",
    "ResultsBucket": "RE",
    "OperatorTopicArn": "O",
}


def never(stack: str) -> Mapping[str, str]:
    raise AssertionError(f"the outputs of {stack} are not needed")


def told(stack: str) -> Mapping[str, str]:
    return {key: f"{stack}-{value}" for key, value in OUTPUTS.items()}


def test_the_environment_of_the_local_cloud_is_enough() -> None:
    assert settle(None, ENVIRON, never) == Names("r", "ro", "d", "s", "re", "o")
    assert settle("local", ENVIRON, never) == Names("r", "ro", "d", "s", "re", "o")


def test_machines_are_where_the_operators_topic_is() -> None:
    names = settle(None, {**ENVIRON, "OPERATOR_TOPIC_ARN": "arn:aws-cn:sns:cn-north-1:123456789012:t"}, never)
    assert names.machine_prefix("s") == "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:s-"


def test_another_stack_by_name_is_not_mixed_with_the_environment() -> None:
    assert settle("prod", ENVIRON, told).drop_bucket == "prod-D"


def test_what_the_environment_lacks_comes_from_the_outputs() -> None:
    assert settle(None, {"DROP_BUCKET": "d"}, told) == Names(
        "tenantry-R", "tenantry-RO", "d", "tenantry-S", "tenantry-RE", "tenantry-O"
    )


def test_a_stack_that_is_not_ours_is_said_to_be_so() -> None:
    with pytest.raises(Misconfigured, match="stack other has no output RegistryTable"):
        settle("other", {}, lambda _: {})


def test_the_stack_is_named_by_option_then_environment_then_default() -> None:
    assert [stack_name("a", ENVIRON), stack_name(None, ENVIRON), stack_name(None, {})] == ["a", "local", "tenantry"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "AWS_PROFILE"),
        (NoRegionError(), "AWS_DEFAULT_REGION"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "make up"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Query"), "AWS refused Query: no; use"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "old"}}, "Query"), "sign in again"),
        (ClientError({"Error": {"Code": "Odd"}}, "Query"), "AWS refused Query: Odd"),
    ],
)
def test_every_failure_of_aws_says_what_to_do(world: TwinWorld, error: ClientError | BotoCoreError, words: str) -> None:
    assert words in sentence(error)
    world.registry.faults.fail_next("rows", error)
    result = world.run("status")
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_cloud_that_is_not_running_is_said_so_behind_the_adapter_too(world: TwinWorld) -> None:
    error = Unavailable("no")
    error.__cause__ = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    world.registry.faults.fail_next("rows", error)
    assert "make up" in world.run("status").stderr


def test_stopping_it_is_clean(world: TwinWorld) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    world.clock.sleep = interrupted  # type: ignore[assignment,method-assign]
    result = world.run("wait", "acme", "churn", "1")
    assert (result.exit_code, result.stderr) == (130, "tenantry: stopped\n")


def test_help_names_every_command(world: TwinWorld) -> None:
    text = world.run("--help").stdout
    for command in ("status", "wait", "history", "rollback", "invoke", "offboard", "doctor", "destroy"):
        assert f" {command} " in text
        assert world.run(command, "--help").exit_code == 0
    assert "--json" in world.run("doctor", "--help").stdout
