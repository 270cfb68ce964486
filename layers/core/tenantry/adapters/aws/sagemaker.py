"""SageMaker: carrying out calls, describing endpoints, probing them, and what it publishes of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from tenantry.adapters.aws.asking import asked
from tenantry.adapters.aws.failures import message, translated
from tenantry.adapters.aws.job_logs import said
from tenantry.adapters.aws.known import already_done, in_the_way, refused
from tenantry.adapters.aws.packages import Packages
from tenantry.adapters.aws.policies import policies_named
from tenantry.adapters.aws.probes import Prober
from tenantry.adapters.aws.queues import Queues
from tenantry.adapters.aws.readings import Readings
from tenantry.adapters.gate import Gate, OpenGate
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call
from tenantry.ports import (
    Address,
    Answer,
    Asked,
    Clock,
    ComponentView,
    EndpointView,
    JobView,
    PackageView,
    Receipt,
    Standing,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

VARIANT = "all"
"""The one variant of every endpoint."""


class SageMakerHosting:
    """The `Hosting` port. `autoscaling` is an application-autoscaling client, `storage` one of S3.

    They may be `None` where no plan has calls of scaling, and no endpoint is asynchronous; so may `logs`, a client of
    CloudWatch Logs, where nobody wants to know what containers said in failed jobs.
    """

    def __init__(
        self,
        control: "SageMakerClient",
        runtime: "SageMakerRuntimeClient",
        metrics: "CloudWatchClient",
        clock: Clock,
        *,
        gate: Gate | None = None,
        autoscaling: Any = None,
        storage: Any = None,
        logs: Any = None,
    ) -> None:
        self._control, self._readings = control, Readings(metrics, clock)
        self._prober, self._queues = Prober(runtime), Queues(runtime, storage, clock)
        self._gate, self._autoscaling, self._logs = gate or OpenGate(), autoscaling, logs
        self._packages = Packages(control, self._gate)
        self._clients: dict[str, Any] = {
            "sagemaker": control,
            "application-autoscaling": autoscaling,
            "cloudwatch": metrics,
        }

    def carry_out(self, call: Call) -> None:
        if call.service == "sagemaker":
            self._gate.wait(call.operation)
        try:
            with translated():
                params = policies_named(call.params, self._autoscaling)
                getattr(self._clients[call.service], xform_name(call.operation))(**params)
        except ClientError as error:
            if already_done(call.operation, error):
                return
            if in_the_way(error):
                raise Unavailable(message(error)) from error
            if refused(error):
                raise ReleaseFailed(f"{call.operation}: {message(error)}") from error
            raise

    def endpoint(self, name: str) -> EndpointView | None:
        answer = asked(self._gate, "DescribeEndpoint", lambda: self._control.describe_endpoint(EndpointName=name))
        return _view({**answer}) if answer else None

    def component(self, name: str) -> ComponentView | None:
        answer = asked(
            self._gate,
            "DescribeInferenceComponent",
            lambda: self._control.describe_inference_component(InferenceComponentName=name),
        )
        return _component_view({**answer}) if answer else None

    def job(self, name: str) -> JobView | None:
        answer = asked(
            self._gate, "DescribeTransformJob", lambda: self._control.describe_transform_job(TransformJobName=name)
        )
        if answer is None:
            return None
        status, reason = answer["TransformJobStatus"], answer.get("FailureReason", "")
        words = said(self._logs, name) if status == "Failed" and self._logs else ""
        return JobView(name=name, status=status, reason=reason, said=words)

    def package(self, arn: str) -> PackageView | None:
        return self._packages.one(arn)

    def packages(self, group: str, since: datetime) -> list[PackageView]:
        return self._packages.made_since(group, since)

    def package_group(self, name: str) -> bool:
        return self._packages.group(name)

    def endpoints(self, contains: str, before: datetime) -> list[Standing]:
        pages = self._control.get_paginator("list_endpoints").paginate(
            NameContains=contains, CreationTimeBefore=before, PaginationConfig={"PageSize": 100}
        )
        self._gate.wait("ListEndpoints")
        with translated():
            return [_standing({**one}) for page in pages for one in page["Endpoints"]]

    def tags(self, arn: str) -> dict[str, str]:
        answer = asked(self._gate, "ListTags", lambda: self._control.list_tags(ResourceArn=arn))
        return {tag["Key"]: tag["Value"] for tag in answer["Tags"]} if answer else {}

    def probe(
        self, address: Address, body: bytes, content_type: str, accept: str | None = None, count: int = 1
    ) -> list[Answer]:
        request = {"EndpointName": address.endpoint, "Body": body, "ContentType": content_type, **address.selector}
        request |= {"Accept": accept} if accept else {}
        queued = address.serving is Serving.ASYNCHRONOUS
        return (self._queues if queued else self._prober).send(request, count)

    def enqueue(self, endpoint: str, asked: Asked) -> Receipt:
        return self._queues.enqueue(endpoint, asked)

    def backlog(self, endpoint: str) -> int | None:
        return self._readings.newest("AWS/SageMaker", "ApproximateBacklogSize", "Maximum", EndpointName=endpoint)

    def loaded_models(self, endpoint: str) -> int | None:
        named = {"EndpointName": endpoint, "VariantName": VARIANT}
        return self._readings.newest("/aws/sagemaker/Endpoints", "LoadedModelCount", "Sum", **named)


def _standing(entry: dict[str, Any]) -> Standing:
    return Standing(
        name=entry["EndpointName"],
        arn=entry["EndpointArn"],
        status=entry["EndpointStatus"],
        created_at=entry["CreationTime"],
    )


def _component_view(answer: dict[str, Any]) -> ComponentView:
    copies = answer.get("RuntimeConfig", {})
    return ComponentView(
        name=answer["InferenceComponentName"],
        endpoint=answer["EndpointName"],
        status=answer["InferenceComponentStatus"],
        copies=copies.get("CurrentCopyCount", 0),
        desired=copies.get("DesiredCopyCount", 0),
        reason=answer.get("FailureReason", ""),
    )


def _view(answer: dict[str, Any]) -> EndpointView:
    variants = answer.get("ProductionVariants", [])
    return EndpointView(
        name=answer["EndpointName"],
        status=answer["EndpointStatus"],
        config=answer.get("EndpointConfigName", ""),
        instances=sum(one.get("CurrentInstanceCount", 0) for one in variants),
        desired=sum(one.get("DesiredInstanceCount", 0) for one in variants),
        reason=answer.get("FailureReason", ""),
    )
