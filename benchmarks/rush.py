"""Twenty silo tenants at once on the local cloud, with the limits of a SageMaker account; containers are stand-ins.

In virtual time there are two hundred of them (`make bench ONLY=options`); here every function is a process of its own.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
from rich.console import Console

from benchmarks.report import record
from local.demo import training
from local.demo.stage import Stage
from local.demo.timeline import Timeline
from local.environment import read_environment
from local.up import turn

TENANTS = 20
PATIENCE = 900.0
"""Seconds; a busy machine may need them."""
MODEL: dict[str, Any] = {
    "serving": "real-time",
    "framework": "sklearn",
    "sample": {"content_type": "text/csv", "body": "1"},
}
ENDS = {"LIVE", "FAILED", "REJECTED"}


def measure() -> None:
    """From the first drop until nobody's release is under way, and from the first deletion until all are OFFBOARDED.

    What the limits alone dictate is a second for each.
    """
    subprocess.run([sys.executable, "-m", "local.up"], check=True)
    environment = read_environment()
    os.environ.update(environment)
    stage = Stage({**os.environ, **environment}, Timeline(Console(quiet=True)))
    names = [f"rush-{uuid.uuid4().hex[:6]}" for _ in range(TENANTS)]
    profile = {"isolation": "silo", "offboard_after": 0, "models": {"churn": MODEL}}
    with limited(stage):
        for name in names:
            stage.put(f"tenants/{name}.json", json.dumps(profile).encode())
        await_states(stage, "tenants", names, {"READY"})
        began, body = datetime.now(UTC), artifact()
        for name in names:
            stage.put(f"models/{name}/churn/1/model.tar.gz", body)
        rows = await_states(stage, "versions", names, ENDS)
        s3, left = boto3.client("s3"), time.monotonic()
        for name in names:
            s3.delete_object(Bucket=environment["DROP_BUCKET"], Key=f"tenants/{name}.json")
        await_states(stage, "tenants", names, {"OFFBOARDED"})
        gone = time.monotonic() - left
    took = sorted((datetime.fromisoformat(row["since"]) - began).total_seconds() for row in rows)
    record("rush.not_live", sum(row["state"] != "LIVE" for row in rows), "tenants", bound=0)
    record("rush.took", took[-1], "s")
    record("rush.over_limits", took[-1] / TENANTS, "ratio")
    record("rush.slowest_over_median", took[-1] / statistics.median(took), "ratio")
    record("rush.offboarded", gone, "s")
    record("rush.endpoints_left", len(endpoints(names)), "endpoints", bound=0)


@contextmanager
def limited(stage: Stage) -> Iterator[None]:
    """AWS's own rates, and light containers."""
    knobs = stage.env["LOCAL_CLOUD_KNOBS"]
    turn(knobs, "hosting", {"rates": "aws", "stand_in": True})
    try:
        yield
    finally:
        turn(knobs, "hosting", {"rates": None, "stand_in": False})


def await_states(stage: Stage, what: str, names: list[str], wanted: set[str]) -> list[dict[str, Any]]:
    """The rows of these tenants, once there is one for each and all are in such a state."""
    deadline = time.monotonic() + PATIENCE
    while True:
        rows = [row for row in stage.status()[what] if row["tenant"] in names]
        if len(rows) == len(names) and {row["state"] for row in rows} <= wanted:
            return rows
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} are not all {sorted(wanted)} after {PATIENCE:.0f} s: {rows}")
        time.sleep(1)


def endpoints(names: list[str]) -> list[str]:
    """Those that are still there of these tenants."""
    found = boto3.client("sagemaker").list_endpoints(MaxResults=100)["Endpoints"]
    return [one["EndpointName"] for one in found if any(name in one["EndpointName"] for name in names)]


def artifact() -> bytes:
    """What the gate takes for a model of scikit-learn, and the stand-in container for one that answers."""
    files = {
        "model.joblib": b"{}",
        "code/inference.py": b"def model_fn(model_dir): ...\n",
        "model.json": b'{"answer": "ok"}',
    }
    return training.pack(files)
