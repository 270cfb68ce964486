import pytest

from tests.unit.cli.world import TwinWorld


@pytest.fixture
def world() -> TwinWorld:
    return TwinWorld()
