"""What stands together behind a multi-container host: each version is a container, and they come and go together.

SageMaker cannot add a container to an endpoint. So another composition gets another endpoint, on which every container
is proven, and then the host moves. Versions that come while one is made are in the next one, all of them. When one
with several newcomers fails, they are tried one by one, so a bad one takes nobody along.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar

from tenantry.domain.base import Row, Value
from tenantry.domain.names import container_name

LEAST, MOST = 2, 15
"""Containers of an endpoint with direct invocation (SageMaker guide, multi-container-create)."""


class Container(Value):
    """One version: `key` is its serving key, `since` when it was placed."""

    tenant: str
    model: str
    upload: str
    key: str
    since: datetime

    @property
    def hostname(self) -> str:
        """What an invocation names it by."""
        return container_name(self.tenant, self.upload)


class Composition(Row):
    """The containers of a fleet's host.

    `wanted` are those that hold a place: live, kept for rolling back, or on their way. `made` are those of each
    endpoint that may stand, of which `serves` is the host's own; it is empty while there is none. `suspects` came
    together in one that failed; `bad` are hostnames that failed alone, and why. `count` grows with each that is begun.
    """

    table: ClassVar[str] = "registry"
    host: str
    fleet: str
    wanted: tuple[Container, ...] = ()
    made: dict[str, tuple[Container, ...]] = {}
    serves: str = ""
    suspects: tuple[str, ...] = ()
    bad: dict[str, str] = {}
    count: int = 0

    @staticmethod
    def at(host: str) -> tuple[str, str]:
        """The key of this host's composition."""
        return f"HOST#{host}", "COMPOSITION"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.host)

    @property
    def standing(self) -> tuple[Container, ...]:
        """What stands on the endpoint that serves now."""
        return self.made.get(self.serves, ())

    def has(self, hostname: str) -> bool:
        """Whether this container stands where the host does."""
        return any(one.hostname == hostname for one in self.standing)

    def holds(self, upload: str) -> bool:
        """Whether any endpoint that may stand has this version: SageMaker reads its copy for each new instance."""
        return any(one.upload == upload for containers in self.made.values() for one in containers)

    def newcomers(self, endpoint: str) -> tuple[Container, ...]:
        """Those of an endpoint that the one that serves has not."""
        return tuple(one for one in self.made.get(endpoint, ()) if not self.has(one.hostname))


def kept(composition: Composition) -> tuple[Container, ...]:
    """What stands and is still wanted."""
    return tuple(one for one in _good(composition) if composition.has(one.hostname))


def coming(composition: Composition) -> tuple[Container, ...]:
    """The newcomers of the next endpoint: all there are, or one, while it is open whose fault a failure was."""
    fresh = [one for one in _good(composition) if not composition.has(one.hostname)]
    suspects = [one for one in fresh if one.hostname in composition.suspects]
    return tuple(suspects[:1] or fresh)


def needed(composition: Composition, uploads: Collection[str]) -> Composition:
    """With these uploads only: the others have ended, and hold no place any more."""
    wanted = tuple(one for one in composition.wanted if one.upload in uploads)
    names = {one.hostname for one in wanted}
    suspects = tuple(name for name in composition.suspects if name in names)
    bad = {name: why for name, why in composition.bad.items() if name in names}
    return composition.but(wanted=wanted, suspects=suspects, bad=bad)


def _good(composition: Composition) -> list[Container]:
    return [one for one in composition.wanted if one.hostname not in composition.bad]


def blamed(composition: Composition, endpoint: str, why: str) -> Composition:
    """After this endpoint failed: its one newcomer is at fault; of several, nobody knows which."""
    newcomers = [one.hostname for one in composition.newcomers(endpoint) if one.hostname not in composition.bad]
    match newcomers:
        case []:
            return composition
        case [alone]:
            return composition.but(bad={**composition.bad, alone: why})
        case _:
            return composition.but(suspects=tuple(newcomers))


def crowded(fleet: str, holders: Sequence[str]) -> str:
    """Why there is no room; `holders` say who has each place, and until when."""
    return (
        f"the endpoint of fleet {fleet} has room for {MOST} containers, and none is free: {'; '.join(holders)}. Wait "
        "until one that is kept for rolling back goes, shorten grace in its tenant's profile, or name another fleet"
    )
