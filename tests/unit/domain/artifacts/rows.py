"""What a row of the corpus is, and the hosts it is judged for."""

from typing import Literal, NamedTuple

from tenantry.domain.artifacts import Caps, Expectations


def host(
    framework: str = "sklearn",
    *,
    trust: Literal["vendor", "tenant"] = "vendor",
    network: bool = False,
    median: int | None = None,
) -> Expectations:
    return Expectations(framework=framework, trust=trust, network=network, median_bytes=median)


SKLEARN = host()
SMALL = Caps(
    packed_bytes=200_000,
    plain_bytes=1_000_000,
    ratio=20,
    ratio_after=100_000,
    members=20,
    gzip_members=4,
    tail_bytes=20_480,
    pax_records=8,
)
"""Caps a small archive can break."""


class Refused(NamedTuple):
    name: str
    attacks: str
    body: bytes
    check: str
    says: str
    expected: Expectations = SKLEARN
    caps: Caps = Caps()


class Accepted(NamedTuple):
    name: str
    why: str
    body: bytes
    expected: Expectations = SKLEARN
    findings: tuple[str, ...] = ("A403",)
