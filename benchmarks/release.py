"""What a multi-model release costs: time over the bare loads, transitions, invocations, SageMaker calls, loads."""

import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from rich.console import Console

from benchmarks.report import record
from local.demo import training
from local.demo.stage import Stage
from local.demo.timeline import Timeline
from local.environment import read_environment
from local.hosting.container import ContainerClient, Launch
from local.hosting.mms import MultiModelServer

ROUNDS = 3
ROW = b"0.1,0.2,0.3,0.4"
DATA_PLANE = {"InvokeEndpoint"}


def measure() -> None:
    """Measure second releases (the first one of a model also pays cold functions) on a running local cloud."""
    subprocess.run([sys.executable, "-m", "local.up"], check=True)
    environment = read_environment()
    os.environ.update(environment)
    stage = Stage({**os.environ, **environment}, Timeline(Console(quiet=True)))
    tenant = _tenant(stage)
    rounds = [_round(stage, tenant, number) for number in range(2, ROUNDS + 2)]
    record("release.drop_to_live", statistics.median(total for total, _ in rounds), "s")
    record("release.two_bare_loads", statistics.median(bare for _, bare in rounds), "s")
    over = statistics.median((total - 2) / bare for total, bare in rounds)
    record("release.over_bare_loads", over, "(drop to LIVE - 2 s) / two bare loads", bound=1.5)
    _count(stage, tenant)


def _tenant(stage: Stage) -> str:
    name = f"bench-{uuid.uuid4().hex[:6]}"
    stage.put("fleets/sklearn.json", training.FLEET)
    stage.wait("fleet", "sklearn")
    stage.put(f"tenants/{name}.json", training.tenant_profile(f"{name}@tenants.example", {"churn": 24}))
    stage.wait("tenant", name)
    stage.put(f"models/{name}/churn/1/model.tar.gz", training.train("ridge", "1", 1))
    stage.wait(name, "churn", "1")
    return name


def _round(stage: Stage, tenant: str, number: int) -> tuple[float, float]:
    """Seconds from the drop to LIVE, and seconds of two bare loads of the same artifact."""
    artifact = training.train("ridge", str(number), number)
    bare = _bare_load(artifact) + _bare_load(artifact)
    dropped = datetime.now(UTC)
    stage.put(f"models/{tenant}/churn/{number}/model.tar.gz", artifact)
    stage.wait(tenant, "churn", str(number))
    events = json.loads(stage.tenantry("history", tenant, "churn", "--json", quiet=True))
    live = next(one["at"] for one in events if one["version"] == str(number) and one["state"] == "LIVE")
    return (datetime.fromisoformat(live) - dropped).total_seconds(), bare


def _bare_load(artifact: bytes) -> float:
    """Seconds from handing a Multi Model Server of its own the model to its first answer."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        with tarfile.open(fileobj=io.BytesIO(artifact)) as archive:
            archive.extractall(model, filter="data")
        server = MultiModelServer(Launch("bench", Path(folder) / "server", {}, "sklearn"))
        client = ContainerClient(server.start())
        try:
            began = time.perf_counter()
            client.load("m", model, timeout=120)
            answer = client.invoke("m", ROW, {"Content-Type": "text/csv"}, timeout=120)
            took = time.perf_counter() - began
        finally:
            client.close()
            server.stop()
    if answer.status != 200:
        raise RuntimeError(f"the model server answered {answer.status}: {answer.text[:200]}")
    return took


def _count(stage: Stage, tenant: str) -> None:
    """Counts of one release, and of an event that is delivered again."""
    before = _calls(stage)
    version = str(ROUNDS + 2)
    stage.put(f"models/{tenant}/churn/{version}/model.tar.gz", training.train("ridge", version, 9))
    stage.wait(tenant, "churn", version)
    events = _history(stage, tenant, version)
    kinds = Counter(event["type"] for event in events)
    record("release.transitions", sum(n for kind, n in kinds.items() if kind.endswith("StateEntered")), "", 16)
    record("release.lambda_invocations", kinds["TaskScheduled"], "", 8)
    control = {name: n for name, n in (_calls(stage) - before).items() if name not in DATA_PLANE}
    record("release.sagemaker_control_calls", sum(control.values()), "", 0)
    loads = _loads(stage)
    stage.replay()
    record("release.loads_after_replay", _loads(stage) - loads, "", 0)


def _history(stage: Stage, tenant: str, version: str) -> list[dict[str, Any]]:
    upload = stage.version(tenant, "churn", version)["upload"]
    client = boto3.client("stepfunctions")
    machines = {one["name"]: one["stateMachineArn"] for one in client.list_state_machines()["stateMachines"]}
    arn = machines[f"{stage.env['TENANTRY_STACK']}-release-model"]
    execution = f"{arn.replace(':stateMachine:', ':execution:')}:u-{upload}-1"
    stage.until("it has ended", lambda: client.describe_execution(executionArn=execution)["status"] != "RUNNING")
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    return [dict(event) for page in pages for event in page["events"]]


def _calls(stage: Stage) -> Counter[str]:
    return Counter(stage.knobs()["hosting"]["counters"]["calls"])


def _loads(stage: Stage) -> int:
    return sum(load["count"] for load in stage.knobs()["hosting"]["counters"]["loads"])
