"""Use cases run on the memory twins, in worlds that real machines and functions brought to where a test begins."""

import pytest

from tests.flows.conftest import ready, serving, world, worlds
from tests.flows.twins import Twins
from tests.flows.world import World

__all__ = ["ready", "serving", "world", "worlds"]


class Writes:
    """Counts the commits of a registry from its making on."""

    def __init__(self, twins: Twins) -> None:
        self.count = 0
        self._commit = twins.registry.commit
        twins.registry.commit = self._counted  # type: ignore[method-assign]

    def _counted(self, *writes: object) -> None:
        self.count += 1
        self._commit(*writes)  # type: ignore[arg-type]


@pytest.fixture
def writes(serving: World) -> Writes:
    """Commits since version 1 went live."""
    return Writes(serving.twins)
