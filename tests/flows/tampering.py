"""Ports that were tampered with, as if the author of a function had left out a condition, an order or a look."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from tenantry.domain.routes import Route
from tenantry.domain.writes import Put
from tests.flows.adversary import rolls_back
from tests.flows.spoiling import Functions
from tests.flows.twins import called


class Over:
    """A port with some of its methods replaced; each is given the real port first."""

    def __init__(self, port: Any, **methods: Callable[..., Any]) -> None:
        self._port, self._methods = port, methods

    def __getattr__(self, name: str) -> Any:
        replaced = self._methods.get(name)
        return partial(replaced, self._port) if replaced else getattr(self._port, name)


def tampered(*verbs: str, **ports: dict[str, Callable[..., Any]]) -> Functions:
    """These functions as they are, over ports of which some methods are replaced."""

    def run(verb: str, payload: Any, app: Any) -> Any:
        changed = {name: Over(getattr(app, name), **methods) for name, methods in ports.items()}
        real = rolls_back if verb == "rollback" else partial(called, verb)
        return real(payload, SimpleNamespace(**{**vars(app), **changed}))

    return {verb: partial(run, verb) for verb in verbs}


# --- tampered ports -----------------------------------------------------------------------------------------------


def blindly(registry: Any, *writes: Any) -> None:
    """Write, whatever is there by now and whatever the conditions were."""
    registry.commit(*(_current(registry, write) for write in writes))


def _current(registry: Any, write: Any) -> Any:
    there = registry.get(type(write.row), write.row.key)
    revision = there.revision if there else 0
    return type(write)(row=write.row.model_copy(update={"revision": revision}))


def in_two(first: Callable[[Any], bool]) -> Callable[..., None]:
    """Write some of the rows before the others."""

    def commit(registry: Any, *writes: Any) -> None:
        for part in ([w for w in writes if first(w)], [w for w in writes if not first(w)]):
            if part:
                registry.commit(*part)

    return commit


def without(left_out: Callable[[Any], bool]) -> Callable[..., None]:
    """Some of the rows are never written."""
    return lambda registry, *writes: registry.commit(*(write for write in writes if not left_out(write)))


def unseen(*kinds: type) -> Callable[..., Any]:
    """Reads find no row of these kinds."""
    return lambda registry, kind, key: None if kind in kinds else registry.get(kind, key)


def none_of(*kinds: type) -> Callable[..., Any]:
    """Listings find no row of these kinds."""
    return lambda registry, kind, *where: [] if kind in kinds else registry.rows(kind, *where)


def lowering_the_floor(registry: Any, *writes: Any) -> None:
    """Whatever goes live is the highest that ever did."""
    lowered = [
        Put(row=one.row.but(floor=one.row.order)) if isinstance(one, Put) and isinstance(one.row, Route) else one
        for one in writes
    ]
    registry.commit(*lowered)


def just_now(artifacts: Any, bucket: str, key: str, version_id: str) -> Any:
    """When an object was dropped is when we heard of it."""
    found = artifacts.version(bucket, key, version_id)
    return found and found.model_copy(
        update={"last_modified": artifacts._port._port._clock.now().replace(microsecond=0)}
    )


def newest(artifacts: Any, bucket: str, key: str, version_id: str) -> Any:
    """Whatever lies at the key now."""
    return artifacts.latest(bucket, key) or artifacts.version(bucket, key, version_id)


def newest_body(artifacts: Any, bucket: str, key: str, version_id: str) -> Any:
    found = artifacts.latest(bucket, key)
    return artifacts.stream(bucket, key, found.version_id if found else version_id)


# --- functions with a step too many or too few --------------------------------------------------------------------
