"""A silo tenant's scenes: its models by every option that has endpoints of its own."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3

from local.demo import customers, swapping, training
from local.demo.hearing import Hearing
from local.demo.stage import Stage
from local.demo.traffic import SAMPLE
from tenantry.domain.options import Serving


def onboard(stage: Stage) -> None:
    """A silo tenant whose models are served in four ways."""
    stage.timeline.act(
        "11  A customer who shares with nobody: one profile, five models, three options and one left open"
    )
    stage.drop("tenants/hooli.json", customers.silo())
    stage.wait("tenant", "hooli")


def releases(stage: Stage) -> None:
    """Version 1 of all five, with one command."""
    with stage.timeline.progress(f"training {', '.join(customers.SILO)}"):
        artifacts = {
            f"{model}/1/model.tar.gz": training.train("ridge", trained_as="1", seed=seed)
            for seed, model in enumerate(customers.SILO, 10)
        }
    stage.drop_all("models/hooli", artifacts)
    for model in customers.SILO:
        stage.wait("hooli", model, "1")
    routes = stage.status("hooli")["routes"]
    for route in routes:
        stage.timeline.say(f"{route['model']} ({customers.SILO[route['model']]['serving']}): {route['endpoint']}")
    stage.timeline.judge(
        "Whatever serves a model, it is dropped in the same way; a silo's versions have endpoints of their own",
        len({route["endpoint"] for route in routes}) == len(customers.SILO),
        f"{len(artifacts)} drops, {len(routes)} LIVE on {len({route['endpoint'] for route in routes})} endpoints",
    )


def swap(stage: Stage) -> None:
    """A second endpoint beside the first, and one write of the route."""
    stage.timeline.act("14  quotes: version 2 arrives while 20 requests a second run")
    (old,) = stage.status("hooli", "quotes")["routes"]
    swapping.swap(stage, "hooli", "quotes", seed=20)
    row = stage.version("hooli", "quotes", "1")
    state = boto3.client("sagemaker").describe_endpoint(EndpointName=old["endpoint"])["EndpointStatus"]
    stage.timeline.judge(
        "The old endpoint stands by for its grace, an hour where instances bill",
        row["state"] == "STANDBY" and state == "InService",
        f"version 1 is {row['state']}, {old['endpoint']} is {state}",
    )


def memory(stage: Stage, hearing: Hearing) -> None:
    """A serverless endpoint's memory follows from the artifact."""
    stage.timeline.act("15  spam: a serverless endpoint, and nobody said how much memory")
    because = _because(stage, hearing, "spam")
    (route,) = stage.status("hooli", "spam")["routes"]
    taken = _variant(route["endpoint"])["ServerlessConfig"]["MemorySizeInMB"]
    stage.timeline.judge(
        "A serverless model's memory is chosen from its artifact, and said",
        any(sentence.startswith(f"{taken} MB for an artifact of ") for sentence in because),
        f"{taken} MB in the endpoint's configuration and in the notice; it says {stage.ask('hooli', 'spam')}",
    )


def policy(stage: Stage, hearing: Hearing) -> None:
    """Where the option is left open, every option is weighed."""
    stage.timeline.act('16  search: "serving": "auto", 2,000 requests a day, no answer later than 500 ms')
    because = _because(stage, hearing, "search")
    (route,) = stage.status("hooli", "search")["routes"]
    runs_on = _variant(route["endpoint"])["InstanceType"]
    unsaid = [option for option in Serving if not any(sentence.startswith(option) for sentence in because)]
    stage.timeline.judge(
        "The policy takes the cheapest legal option, and says why not each other",
        because[0].startswith("real-time") and runs_on in because[0] and not unsaid,
        f"real-time on {runs_on}; of {len(Serving)} options {len(unsaid)} are not spoken of",
    )


def request(stage: Stage, hearing: Hearing) -> None:
    """A file is a request; a notice says where its answer is."""
    stage.timeline.act("12  letters: a file instead of a call")
    began = datetime.now(UTC)
    stage.drop("requests/hooli/letters/may-2026.csv", SAMPLE + b"\n" + SAMPLE + b"\n")
    notice = _heard(stage, hearing, about="request", model="letters")
    took = (datetime.fromisoformat(notice["at"]) - began).total_seconds()
    stage.timeline.quote(f"{notice['state']}: {notice['reason']}, {notice['result']}")
    answer = json.loads(stage.fetch("hooli", notice["fetch"])) if notice["result"] else {}
    stage.timeline.say(f"letters says {json.dumps(answer)}")
    stage.timeline.judge(
        "A dropped file is answered in S3, and its tenant fetches the answer with its own credentials",
        len(answer.get("scores", [])) == 2 and "/results/hooli/letters/requests/" in notice["result"],
        f"version {notice['version']} answered {took:.1f} s after the drop",
    )


def _because(stage: Stage, hearing: Hearing, model: str) -> list[str]:
    """The reasons for a model's placement, as its notice tells them; quoted."""
    because: list[str] = _heard(stage, hearing, about="release", model=model, state="LIVE")["details"]["because"]
    for sentence in because:
        stage.timeline.quote(sentence)
    return because


def _heard(stage: Stage, hearing: Hearing, **fields: str) -> dict[str, Any]:
    """The notice with these fields, once a queue on the tenant's topic has it."""
    if not hearing.told(**fields):
        stage.until("the notice comes", lambda: hearing.told(**fields) is not None)
    return hearing.told(**fields) or {}


def _variant(endpoint: str) -> Any:
    """The only variant of its configuration."""
    sagemaker = boto3.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    return sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
