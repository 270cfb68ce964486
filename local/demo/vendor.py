"""The third act's pool: one model of the vendor's for everybody who shares it, and one night's batches of them all."""

from typing import Any

import boto3

from local.demo import customers, swapping, training
from local.demo.hearing import Hearing
from local.demo.stage import Stage
from local.demo.traffic import SAMPLE

FOLLOWS, PINNED = "initech", "stark"
USERS = (FOLLOWS, PINNED)


def shared(stage: Stage) -> None:
    """The vendor releases, and who shares the model has it; one of them stays with version 1."""
    stage.timeline.act("20  One model of the vendor's for everybody")
    stage.drop("tenants/vendor.json", customers.vendor())
    stage.wait("tenant", "vendor")
    stage.drop("models/vendor/triage/1/model.tar.gz", training.train("ridge", trained_as="1", seed=40))
    stage.wait("vendor", "triage", "1")
    stage.drop(f"tenants/{FOLLOWS}.json", customers.shares("ml@initech.example"))
    stage.drop(f"tenants/{PINNED}.json", customers.shares("data@stark.example", version="1"))
    for user in USERS:
        stage.wait("tenant", user)
    (before,) = stage.status("vendor", "triage")["routes"]
    swapping.swap(stage, "vendor", "triage", seed=41, calls=stage.client(FOLLOWS, pool="vendor"))
    (after,) = stage.status("vendor", "triage")["routes"]
    answers = {
        user: stage.client(user, pool="vendor").invoke("triage", SAMPLE, content_type="text/csv") for user in USERS
    }
    versions = {user: answer.version for user, answer in answers.items()}
    stage.timeline.judge(
        "One write switches everybody who shares a model, and whoever is pinned stays",
        after["generation"] == before["generation"] + 1 and versions == {FOLLOWS: "2", PINNED: "1"},
        f"the vendor's route went from generation {before['generation']} to {after['generation']}; "
        + ", ".join(f"{user} has version {version}" for user, version in versions.items()),
    )


def batches(stage: Stage) -> None:
    """The night's schedule, fired early: one job for each version in use, over what all of them dropped."""
    stage.timeline.act("21  Both drop a file for the night; its schedule is fired early")
    hearings = [Hearing(user, stage.env["TENANTRY_STACK"], stage.env["OPERATOR_TOPIC_ARN"]) for user in USERS]
    for lines, user in enumerate(USERS, 2):
        stage.drop(f"batches/{user}/triage/june/rows.csv", b"\n".join([SAMPLE] * lines) + b"\n")
    stage.until("both files are taken in", lambda: all(_taken_in(stage, user) for user in USERS))
    stage.fire("vendor")
    stage.until("both have their notice", lambda: all(_told(hearing) for hearing in hearings))
    told = dict(zip(USERS, (_told(hearing) for hearing in hearings), strict=True))
    for user, notice in told.items():
        stage.timeline.quote(f"{user}: {notice['state']}, {notice['reason']}")
    found = {user: _results(stage, user) for user in USERS}
    stage.timeline.judge(
        "One run over all tenants' files; each finds its own results, by date, and is told its own counts",
        all(notice["state"] == "DONE" for notice in told.values())
        and all(len(keys) == 1 and "/batches/dt=" in keys[0] for keys in found.values()),
        "; ".join(key for keys in found.values() for key in keys),
    )


def _taken_in(stage: Stage, user: str) -> bool:
    key = {"pk": {"S": f"TENANT#{user}"}, "sk": {"S": "BATCH#triage#june"}}
    return "Item" in boto3.client("dynamodb").get_item(TableName=stage.env["REGISTRY_TABLE"], Key=key)


def _told(hearing: Hearing) -> dict[str, Any]:
    return hearing.told(about="batch", model="triage") or {}


def _results(stage: Stage, user: str) -> list[str]:
    prefix = f"results/{user}/triage/batches/"
    found = boto3.client("s3").list_objects_v2(Bucket=stage.env["RESULTS_BUCKET"], Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", [])]
