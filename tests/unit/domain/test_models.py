"""How long a replaced version is kept, where its profile does not say."""

from typing import Any

import pytest

from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving


def model(serving: str, **more: Any) -> ModelProfile:
    own = {} if "fleet" in more else {"framework": "sklearn"}
    return ModelProfile.model_validate({"serving": serving, "sample": {"body": "1"}} | own | more)


@pytest.mark.parametrize(
    ("profile", "hours"),
    [
        (model("multi-model", fleet="f"), 24),
        (model("inference-component", fleet="f"), 1),
        (model("real-time"), 1),
        (model("serverless"), 24),
        (model("serverless", serverless={"provisioned": 1}), 1),
        (model("asynchronous", instances={"min": 0, "max": 1}), 24),
        (model("asynchronous", instances={"min": 1, "max": 1}), 1),
        (model("real-time", grace=7), 7),
    ],
    ids=[
        "multi-model",
        "component",
        "real-time",
        "serverless",
        "serverless, provisioned",
        "asynchronous at zero",
        "asynchronous",
        "as it says",
    ],
)
def test_the_grace_is_short_where_standing_by_bills(profile: ModelProfile, hours: float) -> None:
    assert profile.kept_hours == hours


def test_the_grace_is_that_of_the_version_that_is_replaced() -> None:
    cheap = model("multi-model", fleet="f")
    assert (cheap.kept_hours_of(Serving.REAL_TIME), cheap.kept_hours_of(None)) == (1, 24)
    assert model("multi-model", fleet="f", grace=5).kept_hours_of(Serving.REAL_TIME) == 5
