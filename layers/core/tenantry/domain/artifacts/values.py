"""What the gate is told and what it answers: caps, expectations, findings, the judgement."""

from typing import Literal

from pydantic import PositiveInt

from tenantry.domain.base import Value

Severity = Literal["error", "warning", "note"]


class Caps(Value):
    """How much an artifact may ask for. Settings; whichever stops an artifact is named in the reason.

    Bytes and counts. The defaults are those of reliability.md 4.2; memory grows with `members` only
    (about 2 KiB each at worst).
    """

    packed_bytes: PositiveInt = 21 * 2**30
    plain_bytes: PositiveInt = 20 * 2**30
    ratio: PositiveInt = 200
    ratio_after: PositiveInt = 128 * 2**20
    members: PositiveInt = 10_000
    gzip_members: PositiveInt = 10_000
    gzip_header_bytes: PositiveInt = 4_096
    tail_bytes: PositiveInt = 2**20
    meta_bytes: PositiveInt = 64 * 2**10
    pax_records: PositiveInt = 256
    component_bytes: PositiveInt = 255
    path_bytes: PositiveInt = 1_024
    depth: PositiveInt = 48
    outlier: PositiveInt = 10


USUAL = Caps()


class Expectations(Value):
    """What the host allows.

    `framework` picks the layout (any name not in the table of layouts: a custom image, which only has to be
    given something); `trust` says who made the artifact; `network` whether the host can reach out;
    `median_bytes` is the median size of the fleet's uploads as they lie in S3, `None` when there are too few.
    """

    framework: str
    trust: Literal["vendor", "tenant"]
    network: bool
    median_bytes: int | None

    @property
    def host(self) -> str:
        """What kind of host this is, as far as it matters to what may run there."""
        return f"{self.framework}, trust {self.trust}, {'with' if self.network else 'without'} a network"


class Finding(Value):
    """What one check has to say: the check's id, where, what is wrong and how to mend it."""

    check: str
    severity: Severity
    member: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.check} {self.message}; {self.fix}"


class Judgement(Value):
    """The verdict. The same bytes get the same verdict, however they were cut into chunks.

    `sha256` (hex) and `size` (bytes in S3) are of the whole object, unless a hostile one was not read to its
    end: then `sha256` is empty, and the numbers say how far it was read.
    """

    sha256: str
    size: int
    plain_bytes: int
    members: int
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """No check found an error."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def reason(self) -> str:
        """One sentence: the first error, or what was accepted."""
        errors = (str(finding) for finding in self.findings if finding.severity == "error")
        return next(errors, f"accepted: {self.members} members, {self.plain_bytes / 1e6:,.1f} MB")
