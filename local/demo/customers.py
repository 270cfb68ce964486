"""The second act's customers: one that shares with nobody, and one that shares hosts but no container."""

import json
from typing import Any

SAMPLE = {"content_type": "text/csv", "body": "0.1,0.2,0.3,0.4"}

SILO: dict[str, dict[str, Any]] = {
    "quotes": {"serving": "real-time"},
    "spam": {"serving": "serverless"},
    "letters": {"serving": "asynchronous", "instances": {"min": 0, "max": 1}},
    "search": {"serving": "auto", "needs": {"requests_per_day": 2000, "latency": 500}},
    "prices": {
        "serving": "real-time",
        "canary": {"percent": 10, "minutes": 1, "least_calls": 25, "max_latency_ratio": 5},
    },
}
"""The models of `hooli`: each on hosts of its own, each by another option."""

COMPONENTS = json.dumps(
    {
        "serving": "inference-component",
        "framework": "sklearn",
        "instance_type": "ml.m5.xlarge",
        "instances": {"min": 1, "max": 2},
    },
    indent=2,
).encode()
"""A fleet whose models run in containers of their own."""


def silo() -> bytes:
    """The profile of `hooli`."""
    models = {name: {"framework": "sklearn", "sample": SAMPLE, **model} for name, model in SILO.items()}
    return _profile("silo", "ml@hooli.example", models)


def bridge() -> bytes:
    """The profile of `umbrella`: one model on the fleet `components`."""
    reads = {"serving": "inference-component", "fleet": "components", "sample": SAMPLE}
    return _profile("bridge", "data@umbrella.example", {"reads": reads})


def _profile(isolation: str, email: str, models: dict[str, Any]) -> bytes:
    return json.dumps({"isolation": isolation, "notify": [email], "models": models}, indent=2).encode()
