"""The table of checks, and the page made from it."""

import re
from pathlib import Path

from tenantry.domain.artifacts.catalogue import CHECKS, SECTIONS, page

PAGE = Path(__file__).parents[4] / "docs" / "checks.md"


def test_the_page_is_in_step_with_the_checks() -> None:
    assert PAGE.read_text() == page(), "python -m tenantry.domain.artifacts.catalogue > docs/checks.md"


def test_ids_and_names_are_unique_and_in_order() -> None:
    ids = [check.id for _, checks in SECTIONS for check in checks]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"A\d{3}", each) for each in ids)
    assert len({check.name for check in CHECKS.values()}) == len(CHECKS)


def test_every_fix_is_a_clause_that_can_follow_a_message() -> None:
    for check in CHECKS.values():
        assert check.fix[0].islower(), check.id
        assert not re.search(r"\w\.$", check.fix), check.id
        assert check.holds.endswith("."), check.id
