"""A small world for the policy: the prices that are shipped, and a fleet of each shared option."""

import json
from pathlib import Path
from typing import Any

import pytest

from tenantry.domain.instances import Instances
from tenantry.domain.options import Serving
from tenantry.domain.policy import Choice, Fleet, Given, Needs, Prices
from tenantry.domain.policy.choosing import objections
from tenantry.domain.policy.given import candidates

PRICES_FILE = Path(__file__).parents[4] / "layers" / "core" / "tenantry" / "prices.json"
PRICES = Prices.model_validate(json.loads(PRICES_FILE.read_text()))

SEVERAL = Instances(min=2, max=10)
SKLEARN = Fleet(
    name="sklearn",
    serving=Serving.MULTI_MODEL,
    framework="sklearn",
    instance_type="ml.m5.large",
    instances=SEVERAL,
    models=40,
)
TRIO = SKLEARN.model_copy(update={"name": "trio", "serving": Serving.MULTI_CONTAINER, "models": 3, "room": 12})
PARTS = SKLEARN.model_copy(update={"name": "parts", "serving": Serving.INFERENCE_COMPONENT, "models": 5})


def fleet(like: Fleet = SKLEARN, **changes: Any) -> Fleet:
    return Fleet.model_validate({**like.__dict__, **changes})


def given(isolation: str = "pool", **changes: Any) -> Given:
    facts = {"framework": "sklearn", "fleets": (SKLEARN, TRIO, PARTS), "prices": PRICES, **changes}
    return Given(isolation=isolation, **facts)  # type: ignore[arg-type]


def needs(**declared: Any) -> Needs:
    return Needs(**declared)


def label(choice: Choice) -> str:
    return str(choice.weighing.legal[0].candidate)


def row(name: str, option: str, wanted: dict[str, Any], facts: dict[str, Any], sentence: str | None, case: str) -> Any:
    """A case of a filter: what it says of the option, `None` when it has no objection."""
    return pytest.param(name, option, needs(**wanted), given(**facts), sentence, id=f"{name}: {option}, {case}")


def said(name: str, option: str, wanted: Needs, facts: Given) -> str | None:
    """What this filter says of the option's first candidate."""
    one = next(each for each in candidates(facts) if each.option == option)
    return dict(objections(one, wanted, facts)).get(name)
