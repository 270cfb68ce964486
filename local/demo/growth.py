"""The third act: a vendor's customers grow. All share a model, a person approves, containers move in, one moves out."""

import shlex
from typing import Any

import boto3

from local.demo import customers, training, vendor
from local.demo.hearing import Hearing
from local.demo.stage import Stage
from local.demo.traffic import Traffic

SMALL, STRICT = "wayne", "wonka"


def act(stage: Stage) -> None:
    """The whole act."""
    vendor.shared(stage)
    vendor.batches(stage)
    approval(stage)
    promotion(stage)


def approval(stage: Stage) -> None:
    """Two bridge tenants with a container each on one endpoint; one of them wants to be asked first."""
    stage.timeline.act("22  Two more share an endpoint, a container each; one has its versions approved by a person")
    stage.drop("fleets/containers.json", customers.CONTAINERS)
    stage.wait("fleet", "containers")
    stage.drop(f"tenants/{SMALL}.json", customers.contained("ml@wayne.example", "automatic"))
    stage.drop(f"tenants/{STRICT}.json", customers.contained("data@wonka.example", "manual"))
    for tenant in (SMALL, STRICT):
        stage.wait("tenant", tenant)
    hearing = Hearing(STRICT, stage.env["TENANTRY_STACK"], stage.env["OPERATOR_TOPIC_ARN"])
    for seed, tenant in enumerate((SMALL, STRICT), 50):
        stage.drop(f"models/{tenant}/reads/1/model.tar.gz", training.train("ridge", trained_as="1", seed=seed))
    stage.wait(SMALL, "reads", "1")
    stage.until(f"{STRICT} is asked", lambda: hearing.told(state="AWAITING_APPROVAL") is not None)
    asked = hearing.told(state="AWAITING_APPROVAL") or {}
    stage.timeline.quote(asked["reason"])
    stage.aws(shlex.split(asked["details"]["approve"]))
    stage.wait(STRICT, "reads", "1")
    endpoints = {route["endpoint"] for tenant in (SMALL, STRICT) for route in stage.status(tenant, "reads")["routes"]}
    stage.timeline.judge(
        "A version goes live when the person who was asked says so, beside its neighbour on one endpoint",
        len(endpoints) == 1,
        f"{STRICT} says {stage.ask(STRICT, 'reads')}; containers on {', '.join(endpoints)}: "
        f"{', '.join(_containers(endpoints.pop()))}",
    )


def promotion(stage: Stage) -> None:
    """A bridge tenant becomes a silo while it is called: one profile is dropped, and its version moves."""
    stage.timeline.act(f"23  {SMALL} pays for an endpoint of its own, and moves there while 20 requests a second run")
    (old,) = stage.status(SMALL, "reads")["routes"]
    with Traffic(stage.client(SMALL), "reads") as traffic:
        stage.until("traffic runs on the shared endpoint", lambda: len(traffic.replies) >= 20)
        stage.drop(f"tenants/{SMALL}.json", customers.promoted("ml@wayne.example"))
        stage.until("its route leads to its own endpoint", lambda: _moved(stage, old))
        before = len(traffic.replies)
        stage.until("traffic runs there", lambda: len(traffic.replies) >= before + 140)
    (new,) = stage.status(SMALL, "reads")["routes"]
    failed = [reply.error for reply in traffic.replies if reply.error]
    stage.timeline.judge(
        "A tenant moves to hosts of its own under traffic: no request fails, and its version stays the same",
        not failed and new["version"] == old["version"],
        f"{len(traffic.replies)} requests, {len(failed)} failed; from {old['endpoint']} to {new['endpoint']}",
    )


def _moved(stage: Stage, old: dict[str, Any]) -> bool:
    (route,) = stage.status(SMALL, "reads")["routes"]
    return bool(route["endpoint"] != old["endpoint"])


def _containers(endpoint: str) -> list[str]:
    sagemaker = boto3.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    found = sagemaker.describe_model(ModelName=variant["ModelName"])["Containers"]
    return [one["ContainerHostname"] for one in found]
