"""Whether a host's trust and network allow a file."""

from collections.abc import Callable, Iterator

from tenantry.domain.artifacts import content_checks as no
from tenantry.domain.artifacts.checks import Check, shown
from tenantry.domain.artifacts.formats import DATA_FORMATS, File, is_leftover
from tenantry.domain.artifacts.values import Expectations, Finding

REQUIREMENTS = {"requirements.txt", "code/requirements.txt"}


def _wants_packages(file: File, expected: Expectations) -> bool:
    return file.path in REQUIREMENTS and not (expected.network and expected.trust == "vendor")


def _data_only(file: File, expected: Expectations) -> bool:
    return expected.trust == "tenant" and not file.is_pickle and not file.is_code


RULES: tuple[tuple[Check, Callable[[File, Expectations], bool]], ...] = (
    (no.REQUIREMENTS, _wants_packages),
    (no.PICKLE, lambda file, expected: expected.trust == "tenant" and file.is_pickle),
    (no.PICKLE_SEEN, lambda file, expected: expected.trust == "vendor" and file.is_pickle),
    (no.CODE, lambda file, expected: expected.trust == "tenant" and file.is_code),
    (no.DATA_ONLY, lambda file, expected: _data_only(file, expected) and file.ending not in DATA_FORMATS),
    (no.DISGUISED, lambda file, expected: _data_only(file, expected) and file.is_disguised),
    (no.EXTERNAL, lambda file, expected: expected.trust == "tenant" and file.external),
    (no.LEFTOVER, lambda file, _: is_leftover(file.path)),
)
"""Each rule with the test that says it is broken; all broken ones are findings."""


def judge_content(file: File, expected: Expectations) -> Iterator[Finding]:
    """What is wrong, or worth knowing, about this file on this host."""
    for check, broken in RULES:
        if broken(file, expected):
            yield check.found(shown(file.path.encode()))
