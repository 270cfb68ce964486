"""Asynchronous endpoints: one version with a queue of its own, on instances that may go while nothing waits.

Such an endpoint takes no other calls (SageMaker guide, async-inference). It starts with an instance, so that it can be
proven; what it may shrink to is registered once it is in service.
"""

from typing import Any

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.names import OF_POOL, answers_prefix, failures_prefix
from tenantry.domain.plans import Call, Plan
from tenantry.domain.routes import HostRow
from tenantry.domain.versions import Upload
from tenantry.serving import endpoints, scaling
from tenantry.serving.placements import Ground, Placement, QueueSettings


def place(version: Upload, ground: Ground) -> Placement:
    """An endpoint of its own, with as many instances as the live version has now, and one at least."""
    queues = ground.settings.queues
    if queues is None:
        raise ReleaseFailed("this stack has no topics for answers")
    host, name, marks = endpoints.own(version, ground)
    wanted, kind = ground.model.instances, ground.model.instance_type
    count = max(1, wanted.nearest(ground.capacity))
    hosted = ground.model_copy(update={"settings": ground.settings.model_copy(update={"role_arn": queues.role_arn})})
    variant = {"InstanceType": kind, "InitialInstanceCount": count}
    calls = (
        endpoints.single_model(name, version, hosted, marks, isolated=not ground.model.network),
        *endpoints.create_endpoint(name, variant, marks, AsyncInferenceConfig=_queue(version, ground, queues)),
    )
    return Placement(
        host=host,
        endpoint=name,
        target=version.serving_key,
        instances=count,
        pool=ground.pool,
        because=(
            "asynchronous, as its tenant's profile says",
            f"an endpoint of its own that starts with {count} x {kind} and may have {wanted.min} to {wanted.max}",
        ),
        plan=Plan(calls=calls, in_service=(name,), then=_growing(name, ground), reason=f"a new queue {name}"),
    )


def retire(host: HostRow, target: str) -> Plan:
    """The endpoint goes with its version; what would bring its instances back goes first."""
    del target
    plan = endpoints.remove_endpoint(host.endpoint)
    return plan.model_copy(update={"calls": (scaling.no_alarm(host.endpoint), *plan.calls)})


def _queue(version: Upload, ground: Ground, queues: QueueSettings) -> dict[str, Any]:
    results, whose = f"s3://{queues.results_bucket}/", (version.tenant, version.model)
    answers, failures = OF_POOL if ground.pool else (answers_prefix(*whose), failures_prefix(*whose))
    return {
        "OutputConfig": {
            "S3OutputPath": f"{results}{answers}",
            "S3FailurePath": f"{results}{failures}",
            "NotificationConfig": {"SuccessTopic": queues.success_topic, "ErrorTopic": queues.error_topic},
        },
        "ClientConfig": {"MaxConcurrentInvocationsPerInstance": ground.model.asynchronous.concurrency},
    }


def _growing(name: str, ground: Ground) -> tuple[Call, ...]:
    wanted = ground.model.instances
    if not wanted.scales:
        return ()
    return scaling.by_backlog(name, wanted.min, wanted.max, ground.model.asynchronous.backlog)
