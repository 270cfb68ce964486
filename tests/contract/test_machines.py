"""Machines, in memory and on Step Functions alike."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tenantry.adapters.aws.stepfunctions import StepFunctionsMachines
from tenantry.adapters.memory.machines import Execution, MemoryMachines
from tenantry.domain.errors import Unavailable
from tenantry.ports import Machines
from tests.contract.conftest import MACHINES

RELEASE = {"schema": 1, "tenant": "acme", "model": "churn"}


def test_an_execution_is_started_once_per_name(machines: Machines) -> None:
    machines.start("release-model", "u-a1-1", RELEASE)
    machines.start("release-model", "u-a1-1", {**RELEASE, "model": "other"})
    assert machines.status("release-model", "u-a1-1") in {"RUNNING", "SUCCEEDED"}


def test_an_execution_that_never_was_has_no_status(machines: Machines) -> None:
    machines.start("release-model", "u-a1-1", RELEASE)
    assert machines.status("release-model", "u-b2-1") is None
    assert machines.status("retire-model", "u-a1-1") is None


class Told:
    """A client that says one thing."""

    def __init__(self, answer: dict[str, Any] | str) -> None:
        self._answer, self.asked = answer, dict[str, Any]()

    def describe_execution(self, **params: Any) -> Any:
        self.asked = params
        if isinstance(self._answer, str):
            raise ClientError({"Error": {"Code": self._answer}}, "DescribeExecution")
        return self._answer

    start_execution = describe_execution


def test_the_arn_of_an_execution_follows_from_its_names() -> None:
    client = Told({"status": "TIMED_OUT"})
    machines = StepFunctionsMachines(client, MACHINES)  # type: ignore[arg-type]
    assert machines.status("release-model", "u-a1-1") == "TIMED_OUT"
    assert client.asked == {
        "executionArn": "arn:aws:states:us-east-1:123456789012:execution:tenantry-release-model:u-a1-1"
    }


def test_a_redrive_that_waits_still_runs() -> None:
    machines = StepFunctionsMachines(Told({"status": "PENDING_REDRIVE"}), MACHINES)  # type: ignore[arg-type]
    assert machines.status("release-model", "u-a1-1") == "RUNNING"


def test_a_closed_execution_of_that_name_is_a_success() -> None:
    StepFunctionsMachines(Told("ExecutionAlreadyExists"), MACHINES).start("release-model", "n", {})  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["ThrottlingException", "ExecutionLimitExceeded"])
def test_too_many_starts_are_unavailable(code: str) -> None:
    with pytest.raises(Unavailable):
        StepFunctionsMachines(Told(code), MACHINES).start("release-model", "n", {})  # type: ignore[arg-type]


def test_an_unknown_machine_is_raised_as_it_is() -> None:
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        StepFunctionsMachines(Told("StateMachineDoesNotExist"), MACHINES).start("nope", "n", {})  # type: ignore[arg-type]


# What only the twin does: a test runs what was started.


def test_a_test_runs_what_was_started_and_what_that_starts() -> None:
    machines, seen = MemoryMachines(), []

    def run(execution: Execution) -> None:
        seen.append(execution.name)
        if execution.name == "first":
            machines.start("retire-model", "second", {})
        if execution.name == "second":
            raise RuntimeError("broken")

    machines.start("release-model", "first", RELEASE)
    assert machines.run(run) == 2
    assert seen == ["first", "second"]
    assert machines.status("release-model", "first") == "SUCCEEDED"
    assert machines.status("retire-model", "second") == "FAILED"
    assert machines.running == []
    machines.finish("release-model", "first", "ABORTED")
    assert machines.status("release-model", "first") == "ABORTED"
