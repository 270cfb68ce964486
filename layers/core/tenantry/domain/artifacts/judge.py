"""The judge: reads the artifact once, from the first byte to the last or to the first thing that is wrong."""

from collections import Counter
from collections.abc import Iterable

from tenantry.domain.artifacts import tar_checks
from tenantry.domain.artifacts.body import Body
from tenantry.domain.artifacts.checks import Check, Flaw
from tenantry.domain.artifacts.contents import judge_content
from tenantry.domain.artifacts.formats import read_file
from tenantry.domain.artifacts.gunzip import Gunzip
from tenantry.domain.artifacts.layouts import judge_layout
from tenantry.domain.artifacts.plain import Plain
from tenantry.domain.artifacts.tar_members import TarMembers
from tenantry.domain.artifacts.values import USUAL, Caps, Expectations, Finding, Judgement

OUTLIER = Check(
    id="A601",
    name="usual-size",
    holds="The artifact is not many times larger than is usual on its fleet.",
    message="the artifact has {size:,} bytes, more than {times} times the fleet's median of {median:,}",
    fix="check that only the model was packed",
    severity="warning",
)
CHECKS = (OUTLIER,)

AT_MOST = 5
"""Findings kept per check: a registry row has room for a few hundred short sentences, not for ten thousand."""


def judge_artifact(chunks: Iterable[bytes], expected: Expectations, caps: Caps = USUAL) -> Judgement:
    """Judge a `model.tar.gz` given as the chunks of its body, for a host that allows what `expected` says.

    Never raises for anything the bytes hold; what `chunks` itself raises passes through. A body that is broken
    or hostile in form is not read further. What is wrong with single files or the layout is collected.
    """
    reading = _Reading(chunks, caps)
    try:
        reading.read(expected)
    except Flaw as flaw:
        return reading.judgement([flaw.finding, *reading.findings], sha256="")
    whole = judge_layout(reading.sizes, expected) if reading.sizes else [tar_checks.NO_FILES.found()]
    findings = [*reading.findings, *whole, *_outlier(reading, expected, caps)]
    return reading.judgement(findings, sha256=reading.body.sha256)


class _Reading:
    """One pass over one artifact, and what was seen so far."""

    def __init__(self, chunks: Iterable[bytes], caps: Caps) -> None:
        self.body = Body(chunks)
        self.gunzip = Gunzip(self.body, caps)
        self.findings: list[Finding] = []
        self.sizes: dict[str, int] = {}
        self._tar = TarMembers(Plain(self.gunzip), caps)
        self._seen: Counter[str] = Counter()
        self._members = 0

    def read(self, expected: Expectations) -> None:
        """Read to the end, or to a Flaw."""
        for member, content in self._tar:
            self._members += 1
            if not member.folder:
                self.sizes[member.path] = member.size
                self._keep(judge_content(read_file(member.path, content), expected))

    def _keep(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._seen[finding.check] += 1
            if self._seen[finding.check] <= AT_MOST:
                self.findings.append(finding)

    def judgement(self, findings: list[Finding], sha256: str) -> Judgement:
        """The verdict these findings make."""
        return Judgement(
            sha256=sha256,
            size=self.body.size,
            plain_bytes=self.gunzip.given,
            members=self._members,
            findings=tuple(findings),
        )


def _outlier(reading: _Reading, expected: Expectations, caps: Caps) -> Iterable[Finding]:
    size, median = reading.body.size, expected.median_bytes
    if median and size > caps.outlier * median:
        yield OUTLIER.found(size=size, times=caps.outlier, median=median)
