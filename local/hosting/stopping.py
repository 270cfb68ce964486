"""How instances and copies go: at once, or when nothing is in flight on them."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from local.hosting.instances import Instance

DRAIN_SECONDS = 30.0


def drain(instances: Sequence[Instance]) -> None:
    """Wait until nothing is in flight on them, up to a limit."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline and any(instance.in_flight() for instance in instances):
        time.sleep(0.02)


def stop_all(instances: Sequence[Instance]) -> None:
    """Stop them at the same time."""
    with ThreadPoolExecutor(max(1, len(instances)), "stop") as pool:
        list(pool.map(lambda instance: instance.stop(), instances))
