"""The capacity of what scales, read and set through SageMaker's own API."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from local.scaling.targets import CONCURRENCY, COPIES, NotScalable, Resource

BURSTABLE = "ml.t"


@dataclass(frozen=True)
class Level:
    """The desired capacity, and whether it can be changed now. `size` is what else an update has to repeat."""

    count: int
    in_service: bool
    size: int = 0


class Capacity:
    """Every dimension in the same three verbs. `connect` makes a boto3 SageMaker client, once it is needed."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect

    @cached_property
    def _client(self) -> Any:
        return self._connect()

    def check(self, resource: Resource) -> None:
        """Whether it can be registered.

        Application Auto Scaling reads the capacity of a variant from DescribeEndpoint, which shows none while the
        endpoint is Creating. Its user guide is silent on the order; AWS's own operators wait for InService
        (aws/amazon-sagemaker-operator-for-k8s issue 185, aws-controllers-k8s applicationautoscaling tests), and the
        SageMaker guide's steps for an update register again after InService (endpoint-scaling-update).

        Raises:
            NotScalable: it is not there, not in service, or burstable.

        """
        level = self.read(resource)
        if not level.in_service:
            raise NotScalable(f"The resource {resource.id} is not in service: wait until it is InService.")
        if resource.variant and self._instance_type(resource).startswith(BURSTABLE):
            raise NotScalable(f"Burstable instance types do not support automatic scaling: {resource.id}.")

    def read(self, resource: Resource) -> Level:
        """What it has now.

        Raises:
            NotScalable: there is no such endpoint, variant or component, or it has no such dimension.

        """
        try:
            return self._component(resource) if resource.dimension == COPIES else self._variant(resource)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            raise NotScalable(error.response["Error"]["Message"]) from error

    def write(self, resource: Resource, count: int, level: Level) -> None:
        """Ask for another capacity; `level` is what it has now.

        Raises:
            ClientError: SageMaker refused.

        """
        if resource.dimension == COPIES:
            self._client.update_inference_component_runtime_config(
                InferenceComponentName=resource.name, DesiredRuntimeConfig={"CopyCount": count}
            )
            return
        change: dict[str, Any] = {"VariantName": resource.variant, "DesiredInstanceCount": count}
        if resource.dimension == CONCURRENCY:
            size = {"MaxConcurrency": level.size, "ProvisionedConcurrency": count}
            change = {"VariantName": resource.variant, "ServerlessUpdateConfig": size}
        self._client.update_endpoint_weights_and_capacities(
            EndpointName=resource.name, DesiredWeightsAndCapacities=[change]
        )

    def _component(self, resource: Resource) -> Level:
        found = self._client.describe_inference_component(InferenceComponentName=resource.name)
        count = found.get("RuntimeConfig", {}).get("DesiredCopyCount", 0)
        return Level(count, found["InferenceComponentStatus"] == "InService")

    def _variant(self, resource: Resource) -> Level:
        found = self._client.describe_endpoint(EndpointName=resource.name)
        in_service = found["EndpointStatus"] == "InService"
        if "ProductionVariants" not in found:
            return Level(0, in_service)
        for variant in found["ProductionVariants"]:
            if variant["VariantName"] == resource.variant:
                return _level(resource, variant, in_service=in_service)
        raise NotScalable(f"Could not find variant {resource.variant} of endpoint {resource.name}.")

    def _instance_type(self, resource: Resource) -> str:
        """Empty for what has none, and where the config was deleted, as it may be while the endpoint lives."""
        config = self._client.describe_endpoint(EndpointName=resource.name)["EndpointConfigName"]
        try:
            variants = self._client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            return ""
        return next((each.get("InstanceType", "") for each in variants if each["VariantName"] == resource.variant), "")


def _level(resource: Resource, variant: dict[str, Any], *, in_service: bool) -> Level:
    serverless = variant.get("DesiredServerlessConfig") or variant.get("CurrentServerlessConfig") or {}
    if resource.dimension != CONCURRENCY:
        if serverless:
            raise NotScalable(f"A serverless variant has no instances to scale: {resource.id}.")
        return Level(variant.get("DesiredInstanceCount", variant.get("CurrentInstanceCount", 0)), in_service)
    if "ProvisionedConcurrency" not in serverless:
        raise NotScalable(f"The variant has no provisioned concurrency to scale: {resource.id}.")
    return Level(serverless["ProvisionedConcurrency"], in_service, serverless["MaxConcurrency"])
