"""The customers of the second and the third act, and their profiles."""

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


CONTAINERS = json.dumps(
    {"serving": "multi-container", "framework": "sklearn", "instances": {"min": 1, "max": 1}}, indent=2
).encode()
"""A fleet whose models are containers beside each other on one endpoint."""


def vendor() -> bytes:
    """The profile of `vendor`, who releases one model for all who share it; batches run at two every night."""
    triage = {
        "serving": "serverless",
        "framework": "sklearn",
        "sample": SAMPLE,
        "batch": {"schedule": "cron(0 2 * * ? *)"},
    }
    return _profile("pool", "models@vendor.example", {"triage": triage})


def shares(email: str, version: str | None = None) -> bytes:
    """The profile of a tenant that uses the vendor's model, or stays with one version of it."""
    shared = {"triage": {"version": version} if version else {}}
    profile = {"isolation": "pool", "notify": [email], "owner": "vendor", "shared": shared}
    return json.dumps(profile, indent=2).encode()


def contained(email: str, approval: str) -> bytes:
    """The profile of a bridge tenant with one model on the fleet `containers`."""
    reads = {"serving": "multi-container", "fleet": "containers", "sample": SAMPLE}
    return _profile("bridge", email, {"reads": reads}, approval=approval)


def promoted(email: str) -> bytes:
    """The same tenant's as a silo, its model on an endpoint of its own."""
    reads = {"serving": "serverless", "framework": "sklearn", "sample": SAMPLE}
    return _profile("silo", email, {"reads": reads})


def _profile(isolation: str, email: str, models: dict[str, Any], **more: str) -> bytes:
    return json.dumps({"isolation": isolation, "notify": [email], "models": models, **more}, indent=2).encode()
