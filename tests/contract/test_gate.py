"""The gate in front of SageMaker's control calls: one rate for all callers, in memory and in DynamoDB alike."""

from typing import Any

import pytest

from tenantry.adapters.aws.gate import DynamoGate
from tenantry.adapters.gate import Gate
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.gate import MemoryGate
from tenantry.domain.errors import Unavailable
from tests.contract.conftest import TABLES


@pytest.fixture
def gates(world: str, clock: MemoryClock, request: pytest.FixtureRequest) -> list[Gate]:
    """Two callers of one gate: 1 per second, and nobody waits longer than 5 seconds."""
    if world == "memory":
        return [MemoryGate(clock, 1, 5)] * 2
    dynamodb = request.getfixturevalue("dynamodb")
    return [DynamoGate(dynamodb, TABLES["registry"], clock, 1, 5) for _ in range(2)]


def waited(clock: MemoryClock, gate: Gate, operation: str) -> float:
    began = clock.now()
    gate.wait(operation)
    return round((clock.now() - began).total_seconds(), 3)


def test_calls_of_all_callers_share_one_rate(gates: list[Gate], clock: MemoryClock) -> None:
    assert [waited(clock, gates[number % 2], "CreateModel") for number in range(4)] == [0, 1, 1, 1]


def test_operations_do_not_wait_for_each_other(gates: list[Gate], clock: MemoryClock) -> None:
    gates[0].wait("CreateModel")
    assert waited(clock, gates[1], "CreateEndpoint") == 0


def test_describing_may_be_five_times_as_often(gates: list[Gate], clock: MemoryClock) -> None:
    assert [waited(clock, gates[0], "DescribeEndpoint") for _ in range(3)] == [0, 0.2, 0.2]


def test_an_idle_gate_saves_nothing_up(gates: list[Gate], clock: MemoryClock) -> None:
    gates[0].wait("CreateModel")
    clock.sleep(60)
    assert [waited(clock, gates[1], "CreateModel") for _ in range(2)] == [0, 1]


def test_a_queue_that_is_too_long_is_unavailable_and_takes_no_slot(gates: list[Gate], clock: MemoryClock) -> None:
    frozen = Frozen(clock)
    for gate in gates:
        gate._clock = frozen  # type: ignore[attr-defined]
    for _ in range(5):
        gates[0].wait("CreateModel")
    assert frozen.slept == [1, 2, 3, 4]
    for _ in range(3):
        with pytest.raises(Unavailable, match="CreateModel"):
            gates[1].wait("CreateModel")
    clock.sleep(1)
    gates[1].wait("CreateModel")
    assert frozen.slept[-1] == 4


class Frozen:
    """Callers who ask at the same moment: their sleeping does not move time."""

    def __init__(self, clock: MemoryClock) -> None:
        self.now, self.slept = clock.now, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))


@pytest.mark.parametrize("make", [MemoryGate, lambda clock, rate: DynamoGate(NoClient(), "t", clock, rate)])
def test_without_a_rate_nobody_waits_and_nothing_is_asked(make: Any, clock: MemoryClock) -> None:
    gate = make(clock, None)
    assert [waited(clock, gate, "CreateModel") for _ in range(3)] == [0, 0, 0]


class NoClient:
    """Every call is an AttributeError."""
