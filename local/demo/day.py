"""The first act: a day on a shared fleet. Each scene says what it does, does it with a user's tools, and is judged."""

from datetime import UTC, datetime
from typing import Any

from local.demo import training
from local.demo.stage import Stage
from local.demo.traffic import SAMPLE, STALENESS, Traffic, judge_swap

INSTANCES = 2


def act(stage: Stage) -> None:
    """The whole act."""
    for scene in (fleet, tenants, first_models, predictions, swap, broken, rejected, rollback, replay, notices):
        scene(stage)


def fleet(stage: Stage) -> None:
    """A shared fleet of two instances comes into service."""
    stage.timeline.act("1  The vendor drops a fleet profile")
    stage.drop("fleets/sklearn.json", training.FLEET)
    stage.wait("fleet", "sklearn")
    (row,) = stage.status()["fleets"]
    stage.timeline.say(
        f"fleet {row['fleet']} is {row['state']}: endpoint {row['endpoint']}, {row['instances']} instances"
    )


def tenants(stage: Stage) -> None:
    """Two tenants are onboarded; each has a topic and an e-mail subscription."""
    stage.timeline.act("2  Two customers are onboarded")
    stage.drop("tenants/acme.json", training.tenant_profile("ml@acme.example", {"churn": 24, "fraud": 24}))
    stage.drop("tenants/globex.json", training.tenant_profile("data@globex.example", {"demand": 24}))
    for tenant in ("acme", "globex"):
        stage.wait("tenant", tenant)


MODELS = (("acme", "churn", "logistic"), ("acme", "fraud", "forest"), ("globex", "demand", "ridge"))


def first_models(stage: Stage) -> None:
    """Three models are trained and dropped; each goes the whole road to LIVE."""
    stage.timeline.act("3  Three models are trained on the spot and dropped")
    for seed, (tenant, model, kind) in enumerate(MODELS):
        with stage.timeline.progress(f"training {tenant}/{model} ({kind})"):
            artifact = training.train(kind, trained_as="1", seed=seed)
        stage.drop(f"models/{tenant}/{model}/1/model.tar.gz", artifact)
    for tenant, model, _ in MODELS:
        stage.wait(tenant, model, "1")
    rows = [stage.version(tenant, model, "1") for tenant, model, _ in MODELS]
    stage.timeline.judge(
        "Nothing is lost",
        all(row["state"] == "LIVE" for row in rows),
        f"{len(rows)} drops, {sum(row['state'] == 'LIVE' for row in rows)} LIVE",
    )


def predictions(stage: Stage) -> None:
    """Both tenants call their models through the client library, with credentials of their own."""
    stage.timeline.act("4  Both tenants ask for predictions")
    for tenant, model, _ in MODELS:
        answer = stage.client(tenant).invoke(model, SAMPLE, content_type="text/csv")
        stage.timeline.say(f"{tenant}/{model} version {answer.version} says {answer.body.decode().strip()}")
    copies = [_instances_with(stage, _target(stage, tenant, model)) for tenant, model, _ in MODELS]
    stage.timeline.judge(
        "Never cold: a pointer moves only to what is loaded and has answered",
        all(count == INSTANCES for count in copies),
        f"{len(copies)} models, each loaded by Multi Model Server on {INSTANCES} instances before its first request",
    )


def swap(stage: Stage) -> None:
    """Version 2 replaces version 1 under 20 requests a second."""
    stage.timeline.act("5  Version 2 arrives while 20 requests a second run")
    artifact = training.train("forest", trained_as="2", seed=7)
    old, began = _target(stage, "acme", "churn"), datetime.now(UTC)
    with Traffic(stage.client("acme"), "churn") as traffic:
        stage.until("traffic runs against version 1", lambda: len(traffic.replies) >= 40)
        stage.drop("models/acme/churn/2/model.tar.gz", artifact)
        stage.wait("acme", "churn", "2")
        stage.until("every client has moved on", lambda: traffic.moved_on("2"))
    swapped_at = stage.swapped_at("acme", "churn")
    seen = judge_swap(traffic.replies, "1", "2", swapped_at, STALENESS)
    waited = _waits(stage, old, began) + _waits(stage, _target(stage, "acme", "churn"), swapped_at)
    stage.timeline.judge(
        "No request fails because of a swap", not seen.failed, f"{seen.requests} requests, {len(seen.failed)} failed"
    )
    stage.timeline.judge(
        "No request waits for a load",
        waited == 0,
        f"{waited} of {seen.requests} waited, median {seen.median * 1000:.0f} ms, slowest {seen.slowest * 1000:.0f} ms",
    )
    stage.timeline.judge(
        "The new version only after the swap, the old one never later than the client's staleness plus one call",
        not seen.new_too_early and not seen.old_too_late,
        f"{seen.new_too_early} answers of version 2 too early, {seen.old_too_late} of version 1 too late",
    )


def broken(stage: Stage) -> None:
    """An artifact that raises on load ends FAILED and harms nothing."""
    stage.timeline.act("6  Version 3 raises an exception when it is loaded")
    stage.drop("models/acme/churn/3/model.tar.gz", training.broken())
    stage.wait("acme", "churn", "3", expect=1)
    row = stage.version("acme", "churn", "3")
    stage.timeline.quote(row["reason"])
    answer = stage.client("acme").invoke("churn", SAMPLE, content_type="text/csv")
    stage.timeline.judge(
        "Never broken: a bad version is undone and the old one serves on",
        row["state"] == "FAILED" and answer.version == "2" and "9.9" in row["reason"],
        f"version 3 is {row['state']}, version {answer.version} answers",
    )


def rejected(stage: Stage) -> None:
    """A hostile artifact and a model of an unknown tenant get a sentence each."""
    stage.timeline.act("7  A hostile artifact, and a model of nobody's")
    stage.drop("models/globex/demand/2/model.tar.gz", training.hostile())
    stage.drop("models/initech/tps/1/model.tar.gz", training.train("ridge", trained_as="1", seed=3))
    stage.wait("globex", "demand", "2", expect=1)
    stage.wait("initech", "tps", "1", expect=1)
    rows = [stage.version("globex", "demand", "2"), stage.version("initech", "tps", "1")]
    for row in rows:
        stage.timeline.quote(row["reason"])
    stage.timeline.judge(
        "Apart: what is hostile or unknown is refused with a sentence",
        all(row["state"] == "REJECTED" for row in rows),
        ", ".join(f"{row['tenant']}/{row['model']} {row['version']} {row['state']}" for row in rows),
    )


def rollback(stage: Stage) -> None:
    """Back to version 1: a probe and one route write."""
    stage.timeline.act("8  The operator goes back to version 1")
    before = stage.status("acme", "churn")["routes"][0]["generation"]
    began = datetime.now(UTC)
    with Traffic(stage.client("acme"), "churn") as traffic:
        stage.until("traffic runs against version 2", lambda: len(traffic.replies) >= 20)
        stage.timeline.quote(stage.tenantry("rollback", "acme", "churn").strip())
        stage.until("every client has moved on", lambda: traffic.moved_on("1"))
    (route,) = stage.status("acme", "churn")["routes"]
    seen = judge_swap(traffic.replies, "2", "1", stage.swapped_at("acme", "churn"), STALENESS)
    waited = _waits(stage, route["target_model"], began)
    stage.timeline.judge(
        "Undoable: a probe and one write",
        route["version"] == "1" and route["generation"] == before + 1 and not seen.failed and not waited,
        f"generation {before} to {route['generation']}; "
        f"{seen.requests} requests, {len(seen.failed)} failed, {waited} waited for a load",
    )


def replay(stage: Stage) -> None:
    """Every upload of the day is announced once more, twice, in reverse order; nothing changes."""
    stage.timeline.act("9  Every event of the day is delivered again, twice and backwards")
    before = stage.status()
    count = stage.replay()
    after = stage.status()
    stage.timeline.judge(
        "Once: replaying changes nothing", after == before, f"{count} events, {_changes(before, after)} changes"
    )


def notices(stage: Stage) -> None:
    """Who was told what."""
    stage.timeline.act("10  Who has mail")
    audience = {"ml@acme.example", "operator@vendor.example"}
    stage.until(
        "mail is coalesced, at most one a minute for each audience: waiting for the rest",
        lambda: audience <= {to for to, _, text in stage.mail() if "churn version 3" in text},
    )
    for to, subject, _ in stage.mail():
        stage.timeline.say(f"[dim]to[/dim] {to}: {subject}")
    strangers = [text for to, _, text in stage.mail() if "globex" in to and "acme" in text]
    told = {to for to, _, text in stage.mail() if "9.9" in text}
    stage.timeline.judge(
        "The right people have mail, and nobody else's",
        audience <= told and not strangers,
        f"{len(stage.mail())} messages; the failed version was told to {', '.join(sorted(told))}",
    )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> int:
    return sum(row not in before[part] for part in after for row in after[part])


def _target(stage: Stage, tenant: str, model: str) -> str:
    (route,) = stage.status(tenant, model)["routes"]
    return str(route["target_model"])


def _instances_with(stage: Stage, target: str) -> int:
    loads = stage.knobs()["hosting"]["counters"]["loads"]
    return len({load["instance"] for load in loads if load["target"] == target})


def _waits(stage: Stage, target: str, since: datetime) -> int:
    """How many invocations of a target sent since then had to wait for a load."""
    waits = stage.knobs()["hosting"]["counters"]["waits"]
    return sum(wait["target"] == target and wait["at"] >= since.timestamp() for wait in waits)
