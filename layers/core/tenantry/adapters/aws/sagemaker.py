"""SageMaker: carrying out calls, describing endpoints, probing them, and the metric that counts loaded models."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import message, translated
from tenantry.adapters.aws.known import already_done, gone, in_the_way, missing, refused
from tenantry.adapters.aws.probes import Prober
from tenantry.adapters.gate import Gate, OpenGate
from tenantry.domain.errors import ReleaseFailed, Unavailable
from tenantry.domain.plans import Call
from tenantry.ports import Answer, Clock, EndpointView, Standing

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

VARIANT = "all"
"""The one variant of every endpoint."""
_RECENT, _PERIOD = timedelta(minutes=3), timedelta(minutes=1)
"""SageMaker publishes once a minute and instance. The end of a query is excluded, so it lies a period ahead."""


class SageMakerHosting:
    """The `Hosting` port. `autoscaling` is an application-autoscaling client; `None` where no plan has such calls."""

    def __init__(
        self,
        control: "SageMakerClient",
        runtime: "SageMakerRuntimeClient",
        metrics: "CloudWatchClient",
        clock: Clock,
        *,
        gate: Gate | None = None,
        autoscaling: Any = None,
    ) -> None:
        self._control, self._metrics, self._clock = control, metrics, clock
        self._prober, self._gate = Prober(runtime), gate or OpenGate()
        self._clients: dict[str, Any] = {"sagemaker": control, "application-autoscaling": autoscaling}

    def carry_out(self, call: Call) -> None:
        if call.service == "sagemaker":
            self._gate.wait(call.operation)
        try:
            with translated():
                getattr(self._clients[call.service], xform_name(call.operation))(**call.params)
        except ClientError as error:
            if already_done(call.operation, error):
                return
            if in_the_way(error):
                raise Unavailable(message(error)) from error
            if refused(error):
                raise ReleaseFailed(f"{call.operation}: {message(error)}") from error
            raise

    def endpoint(self, name: str) -> EndpointView | None:
        self._gate.wait("DescribeEndpoint")
        try:
            with translated():
                answer = self._control.describe_endpoint(EndpointName=name)
        except ClientError as error:
            if not missing(error):
                raise
            return None
        return _view({**answer})

    def endpoints(self, contains: str, before: datetime) -> list[Standing]:
        pages = self._control.get_paginator("list_endpoints").paginate(
            NameContains=contains, CreationTimeBefore=before, PaginationConfig={"PageSize": 100}
        )
        self._gate.wait("ListEndpoints")
        with translated():
            return [_standing({**one}) for page in pages for one in page["Endpoints"]]

    def tags(self, arn: str) -> dict[str, str]:
        self._gate.wait("ListTags")
        try:
            with translated():
                answer = self._control.list_tags(ResourceArn=arn)
        except ClientError as error:
            if not gone(error):
                raise
            return {}
        return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}

    def probe(
        self, endpoint: str, target: str, body: bytes, content_type: str, accept: str | None = None, count: int = 1
    ) -> list[Answer]:
        request = {"EndpointName": endpoint, "Body": body, "ContentType": content_type}
        request |= {"TargetModel": target} if target else {}
        request |= {"Accept": accept} if accept else {}
        return self._prober.send(request, count)

    def loaded_models(self, endpoint: str) -> int | None:
        now = self._clock.now()
        try:
            with translated():
                answer = self._metrics.get_metric_statistics(
                    Namespace="/aws/sagemaker/Endpoints",
                    MetricName="LoadedModelCount",
                    Dimensions=[
                        {"Name": "EndpointName", "Value": endpoint},
                        {"Name": "VariantName", "Value": VARIANT},
                    ],
                    StartTime=now - _RECENT,
                    EndTime=now + _PERIOD,
                    Period=round(_PERIOD.total_seconds()),
                    Statistics=["Sum"],
                )
        except Unavailable:
            return None
        newest = max(answer["Datapoints"], key=lambda point: point["Timestamp"], default=None)
        return None if newest is None else round(newest["Sum"])


def _standing(entry: dict[str, Any]) -> Standing:
    return Standing(
        name=entry["EndpointName"],
        arn=entry["EndpointArn"],
        status=entry["EndpointStatus"],
        created_at=entry["CreationTime"],
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
