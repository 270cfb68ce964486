"""Two hundred silo tenants at once, under what SageMaker allows an account: a create of a kind, five looks a second."""

from tests.flows.rush import TENANTS, crowded, rush
from tests.flows.world import World


def test_all_go_live_in_little_more_than_the_limits_alone_dictate(worlds: list[World]) -> None:
    worlds.append(crowded())
    seen = rush(worlds[0])
    assert {row.state for row in seen.rows} == {"LIVE"}
    print(f"all after {seen.took[-1]}, half after {seen.took[TENANTS // 2]}; the limits alone dictate {seen.alone}")
    assert seen.ratio <= 1.3
    assert {row.attempt for row in seen.rows} == {1}
