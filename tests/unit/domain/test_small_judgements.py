"""Proof, images, digests, plans' progress and what a fleet's new profile asks for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.domain import digests
from tenantry.domain.errors import Rejected
from tenantry.domain.fleets import change, median_bytes, with_size
from tenantry.domain.hosting import ComponentView, EndpointView, progress
from tenantry.domain.images import image_of
from tenantry.domain.instances import Instances
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.proof import fits, kept
from tenantry.domain.routes import HostRow

NOW = datetime(2026, 1, 1, 12, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "expected", "fit"),
    [
        (b"1", "1", True),
        (b" 1\n", "1", True),
        (b'{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        (b"[0.10]", "[0.1]", True),
        (b"yes", "no", False),
        (b'{"a": 1}', '{"a": 2}', False),
        (b'"1"', "1", False),
        (b"\xff", "\ufffd", True),
    ],
)
def test_an_answer_fits(answer: bytes, expected: str, *, fit: bool) -> None:
    assert fits(answer, expected) == fit


def test_an_answer_is_kept_in_four_kibibytes() -> None:
    assert len(kept(b"x" * 10_000)) == 4_096


IMAGES: dict[str, Any] = {"sklearn": {"default": "1.2-1", "1.2-1": {"us-east-1": "new"}, "1.0-1": {"us-east-1": "old"}}}


@pytest.mark.parametrize(
    ("profile", "image"),
    [
        ({"framework": "sklearn"}, "new"),
        ({"framework": "sklearn", "framework_version": "1.0-1"}, "old"),
        ({"framework": "sklearn", "image": "mine"}, "mine"),
        ({"framework": "custom", "image": "mine"}, "mine"),
    ],
)
def test_an_image_is_looked_up(profile: dict[str, Any], image: str) -> None:
    assert image_of(FleetProfile.model_validate(profile), IMAGES, "us-east-1") == image


@pytest.mark.parametrize(
    ("profile", "region", "sentence"),
    [
        ({"framework": "xgboost"}, "us-east-1", "no known image for framework xgboost"),
        ({"framework": "sklearn", "framework_version": "9"}, "us-east-1", "it has 1.0-1, 1.2-1"),
        ({"framework": "sklearn"}, "mars-1", "no known image in mars-1"),
    ],
)
def test_an_image_is_never_guessed(profile: dict[str, Any], region: str, sentence: str) -> None:
    with pytest.raises(Rejected, match=sentence):
        image_of(FleetProfile.model_validate(profile), IMAGES, region)


def test_strays_are_counted_by_quarter_of_an_hour() -> None:
    row = digests.counted(None, "a\nb", NOW)
    assert (row.window.minute, row.due.minute, row.count, row.keys) == (0, 15, 1, ("a\\nb",))
    for number in range(50):
        row = digests.counted(row, f"k{number}", NOW)
    assert (row.count, len(row.keys)) == (51, digests.KEYS)
    done, notice = digests.told(row, NOW, 99)
    assert (done.told, done.expires, notice.audience) == (True, 99, "")
    assert "51 keys" in notice.notice.reason


def view(status: str = "InService", instances: int = 2, desired: int = 2) -> EndpointView:
    return EndpointView(name="e", status=status, config="c", instances=instances, desired=desired, reason="why")


@pytest.mark.parametrize(
    ("plan", "seen", "state"),
    [
        (Plan(), None, "settled"),
        (Plan(in_service=("e",)), None, "waiting"),
        (Plan(in_service=("e",)), view("Creating", 0), "waiting"),
        (Plan(in_service=("e",)), view("InService", 2, 3), "waiting"),
        (Plan(in_service=("e",)), view("SystemUpdating"), "waiting"),
        (Plan(in_service=("e",)), view(), "settled"),
        (Plan(in_service=("e",)), view("Failed"), "failed"),
        (Plan(gone=("e",)), view("Deleting"), "waiting"),
        (Plan(gone=("e",)), None, "settled"),
    ],
)
def test_progress(plan: Plan, seen: EndpointView | None, state: str) -> None:
    assert progress(plan, {"e": seen}).state == state


def component(status: str = "InService", copies: int = 1) -> ComponentView:
    return ComponentView(name="c", endpoint="e", status=status, copies=copies, desired=1, reason="no room")


@pytest.mark.parametrize(
    ("plan", "seen", "state", "reason"),
    [
        (Plan(components_in_service=("c",)), None, "waiting", "c does not show yet"),
        (Plan(components_in_service=("c",)), component("Creating", 0), "waiting", "c is Creating with 0 of 1 copies"),
        (Plan(components_in_service=("c",)), component(copies=0), "waiting", "c is InService with 0 of 1 copies"),
        (Plan(components_in_service=("c",)), component(), "settled", "c is InService with 1 copies"),
        (Plan(components_in_service=("c",)), component("Failed", 0), "failed", "c is Failed: no room"),
        (Plan(components_gone=("c",)), component("Deleting", 0), "waiting", "c is Deleting"),
        (Plan(components_gone=("c",)), None, "settled", "c is gone"),
    ],
)
def test_progress_of_a_component(plan: Plan, seen: ComponentView | None, state: str, reason: str) -> None:
    found = progress(plan, {"c": view()}, {"c": seen})
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize(("serving", "kind"), [("multi-model", "resize"), ("inference-component", "roll")])
def test_limits_are_part_of_an_endpoint_for_components(serving: str, kind: str) -> None:
    before = FleetProfile.model_validate({"serving": serving, "framework": "sklearn"})
    after = before.model_copy(update={"instances": Instances(min=2, max=8)})
    assert change(after, before, HOST).kind == kind


BASE = FleetProfile(framework="sklearn")
HOST = HostRow(host="fleet-f", fleet="f", serving=Serving.MULTI_MODEL, endpoint="e", region="r", instances=2, since=NOW)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, "nothing"),
        ({"grace": 3}, "nothing"),
        ({"trust": "tenant"}, "nothing"),
        ({"instances": {"min": 3, "max": 3}}, "resize"),
        ({"instance_type": "ml.m5.xlarge"}, "roll"),
        ({"framework_version": "1.0-1"}, "roll"),
        ({"image": "x"}, "roll"),
        ({"network": True}, "roll"),
        ({"instance_type": "ml.m5.xlarge", "instances": {"min": 3, "max": 3}}, "roll"),
    ],
)
def test_what_a_new_profile_asks_for(changed: dict[str, Any], kind: str) -> None:
    wanted = FleetProfile.model_validate({"framework": "sklearn"} | changed)
    assert change(wanted, BASE, HOST).kind == kind
    assert change(wanted, None, None).kind == "roll"


@pytest.mark.parametrize(("sizes", "median"), [((), None), ((1, 2, 3, 4), None), ((1, 2, 3, 4, 50), 3)])
def test_a_median_needs_enough_sizes(sizes: tuple[int, ...], median: int | None) -> None:
    assert median_bytes(sizes) == median


def test_the_newest_99_sizes_are_kept() -> None:
    sizes: tuple[int, ...] = ()
    for size in range(200):
        sizes = with_size(sizes, size)
    assert sizes == tuple(range(101, 200))
