"""Every check of the gate in one table, and the page made from it: python -m tenantry.domain.artifacts.catalogue."""

import sys
from collections.abc import Iterator

from tenantry.domain.artifacts import content_checks, gzip_checks, judge, layouts, paths, places, tar_checks
from tenantry.domain.artifacts.checks import Check
from tenantry.domain.artifacts.formats import DATA_FORMATS
from tenantry.domain.artifacts.values import Caps

SECTIONS: tuple[tuple[str, tuple[Check, ...]], ...] = (
    ("The gzip", gzip_checks.CHECKS),
    ("The tar", tar_checks.CHECKS),
    ("The names", paths.CHECKS + places.CHECKS),
    ("The files", content_checks.CHECKS),
    ("The layout", layouts.CHECKS),
    ("The fleet", judge.CHECKS),
)
CHECKS: dict[str, Check] = {check.id: check for _, checks in SECTIONS for check in checks}

INTRODUCTION = """\
# The checks of the artifact gate

Made by `python -m tenantry.domain.artifacts.catalogue`; edit the checks, not this page.

An uploaded `model.tar.gz` is read once and never unpacked. An *error* rejects the version, with the check's id,
the member and the fix in the reason; *warnings* and *notes* are recorded with it. Errors of the first three
sections stop the reading at once; those of the others are collected, at most five of each check."""


def page() -> str:
    """The page, as Markdown."""
    return "\n".join([INTRODUCTION, *_sections(), *_layouts(), *_caps()]) + "\n"


def _sections() -> Iterator[str]:
    for title, checks in SECTIONS:
        yield f"\n## {title}\n"
        yield "| id | name | severity | what holds | if not |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (f"| {c.id} | {c.name} | {c.severity} | {c.holds} | {c.fix} |" for c in checks)


def _layouts() -> Iterator[str]:
    yield "\n## Layouts\n"
    yield "| framework | needs |"
    yield "| --- | --- |"
    for framework, needs in {**layouts.LAYOUTS, "any other": layouts.ANY}.items():
        yield f"| {framework} | {'; '.join(f'{need.what}: {need.example}' for need in needs)} |"
    yield "\nOn tenant-trust fleets no script is asked for, since none may be brought, and these endings are taken: "
    yield ", ".join(f"`{ending or 'none'}`" for ending in DATA_FORMATS) + "."


def _caps() -> Iterator[str]:
    yield "\n## Caps\n"
    yield "| cap | default |"
    yield "| --- | --- |"
    yield from (f"| {name} | {value:,} |" for name, value in Caps().model_dump().items())


if __name__ == "__main__":
    sys.stdout.write(page())
