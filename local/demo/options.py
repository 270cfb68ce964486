"""The second act: the other ways to serve a model, behind the same drop. A canary is on trial for most of it."""

import boto3

from local.demo import customers, silo, swapping, training, trial
from local.demo.hearing import Hearing
from local.demo.stage import Stage
from local.demo.traffic import Traffic


def act(stage: Stage) -> None:
    """The whole act."""
    silo.onboard(stage)
    hearing = Hearing("hooli", stage.env["TENANTRY_STACK"], stage.env["OPERATOR_TOPIC_ARN"])
    silo.releases(stage)
    silo.request(stage, hearing)
    with Traffic(stage.client("hooli"), trial.MODEL, rate=10) as calls:
        trial.begin(stage, calls)
        silo.swap(stage)
        silo.memory(stage, hearing)
        silo.policy(stage, hearing)
        components(stage)
        trial.end(stage, calls)
    mail(stage)


def components(stage: Stage) -> None:
    """A bridge tenant on shared instances, in a container of its own."""
    stage.timeline.act("17  Another customer shares instances, but no container: an inference component")
    stage.drop("fleets/components.json", customers.COMPONENTS)
    stage.wait("fleet", "components")
    stage.drop("tenants/umbrella.json", customers.bridge())
    stage.wait("tenant", "umbrella")
    stage.drop("models/umbrella/reads/1/model.tar.gz", training.train("ridge", trained_as="1", seed=30))
    stage.wait("umbrella", "reads", "1")
    swapping.swap(stage, "umbrella", "reads", seed=31)
    (route,) = stage.status("umbrella", "reads")["routes"]
    found = boto3.client("sagemaker").describe_inference_component(InferenceComponentName=route["target_model"])
    reserved = found["Specification"]["ComputeResourceRequirements"]
    stage.timeline.judge(
        "Apart on shared instances: each version has a container and a reservation of its own",
        found["InferenceComponentStatus"] == "InService" and found["EndpointName"] == route["endpoint"],
        f"{found['RuntimeConfig']['CurrentCopyCount']} copy on {route['endpoint']} with "
        f"{reserved['NumberOfCpuCoresRequired']:g} CPU and {reserved['MinMemoryRequiredInMb']:,} MB; "
        f"it says {stage.ask('umbrella', 'reads')}",
    )


def mail(stage: Stage) -> None:
    """The answer's address is in the tenant's mail, and in nobody else's."""
    stage.timeline.act("19  Who has mail")
    stage.until("mail is coalesced, at most one a minute for each audience", lambda: bool(_told_of_request(stage)))
    told = _told_of_request(stage)
    for line in next(iter(told.values())).splitlines():
        if "may-2026" in line:
            stage.timeline.quote(line.strip())
    stage.timeline.judge(
        "Who asked by a file has mail that says where the answer is, and nobody else",
        set(told) == {"ml@hooli.example"} and all("s3://" in text for text in told.values()),
        f"told to {', '.join(sorted(told))}",
    )


def _told_of_request(stage: Stage) -> dict[str, str]:
    return {to: text for to, _, text in stage.mail() if "may-2026" in text}
