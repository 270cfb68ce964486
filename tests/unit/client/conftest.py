import pytest

from tests.unit.client.world import World


@pytest.fixture
def world() -> World:
    return World()
