"""The pages name what there is: tests, files, alarms, make targets."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "examples" / "README.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
TESTS = {
    name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def text_of(page: Path) -> str:
    return page.read_text()


def test_the_readme_names_tests_that_exist_for_all_nine_promises() -> None:
    named = re.findall(r"`(test_\w+)`", text_of(ROOT / "README.md"))
    rows = re.findall(r"^\| \*\*.+`test_\w+`.* \|$", text_of(ROOT / "README.md"), re.MULTILINE)
    assert len(rows) == 9
    assert [name for name in named if name not in TESTS] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    inside = re.findall(r"\]\(([\w./-]+)(?:#[\w-]*)?\)", text_of(page))
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    named = set(re.findall(r"(?:^|`|, )make ([a-z-]+)", text_of(page), re.MULTILINE))
    assert named <= TARGETS


def test_the_operations_page_has_a_row_for_every_alarm_and_only_for_those() -> None:
    there = set(re.findall(r"^  (\w+Alarm):$", text_of(ROOT / "template.yaml"), re.MULTILINE))
    told = set(re.findall(r"^\| `(\w+Alarm)` \|", text_of(ROOT / "docs" / "operations.md"), re.MULTILINE))
    assert len(there) > 5
    assert told == there


def test_the_picture_names_the_steps_of_a_release_in_their_order() -> None:
    picture = text_of(ROOT / "docs" / "architecture.svg")
    steps = ["Vet", "Register", "Place", "Apply, check", "Preload", "Prove", "Swap", "Announce"]
    found = [text for text in re.findall(r">([^<>]+)</text>", picture) if text in steps]
    assert found == steps
