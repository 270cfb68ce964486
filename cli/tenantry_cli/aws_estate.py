"""Everything a stack made at run time, found by its tag: components, endpoints, what those are made of, and more."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import code, message
from tenantry.adapters.aws.known import already_done, in_the_way
from tenantry.domain.errors import Unavailable
from tenantry_cli.world import Thing

TAG = "tenantry:stack"
"""Names the stack that made a resource."""
_READABLE = 40
"""A derived name begins with so much of the stack's name at least."""

_SAGEMAKER = {
    "inference component": (
        "list_inference_components",
        "InferenceComponents",
        "InferenceComponent",
        "DeleteInferenceComponent",
        "delete_inference_component",
    ),
    "endpoint": ("list_endpoints", "Endpoints", "Endpoint", "DeleteEndpoint", "delete_endpoint"),
    "endpoint configuration": (
        "list_endpoint_configs",
        "EndpointConfigs",
        "EndpointConfig",
        "DeleteEndpointConfig",
        "delete_endpoint_config",
    ),
    "model": ("list_models", "Models", "Model", "DeleteModel", "delete_model"),
    "model package group": (
        "list_model_package_groups",
        "ModelPackageGroupSummaryList",
        "ModelPackageGroup",
        "DeleteModelPackageGroup",
        "delete_model_package_group",
    ),
}
_SCALABLE = {"endpoint": "endpoint/{}/variant/all", "inference component": "inference-component/{}"}
"""As Application Auto Scaling names them."""


class AwsEstate:
    """The `Estate` of one stack."""

    def __init__(self, client: Callable[[str], Any], stack: str, buckets: Callable[[], list[str]]) -> None:
        self._client = client
        self._stack = stack
        self._buckets = buckets

    def found(self) -> list[Thing]:
        """Endpoints before what they are made of: they are what bills; and what is on them before them."""
        made = [thing for kind in _SAGEMAKER for thing in self._sagemaker(kind)]
        return [*made, *self._topics()]

    def remove(self, thing: Thing) -> None:
        """One call; its scaling goes first. Unavailable for an endpoint while components are still on it."""
        if thing.kind == "topic":
            self._client("sns").delete_topic(TopicArn=thing.arn)
            return
        if resource := _SCALABLE.get(thing.kind):
            self._unscale(resource.format(thing.name))
        if thing.kind == "model package group":
            self._unpack(thing.name)
        _, _, word, operation, method = _SAGEMAKER[thing.kind]
        self._delete(operation, method, **{f"{word}Name": thing.name})

    def _unpack(self, group: str) -> None:
        """A group goes after its packages."""
        listed = self._client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        arns = [one["ModelPackageArn"] for page in listed for one in page["ModelPackageSummaryList"]]
        for arn in arns:
            self._delete("DeleteModelPackage", "delete_model_package", ModelPackageName=arn)

    def _delete(self, operation: str, method: str, **named: str) -> None:
        try:
            getattr(self._client("sagemaker"), method)(**named)
        except ClientError as error:
            if in_the_way(error):
                raise Unavailable(message(error)) from error
            if not already_done(operation, error):
                raise

    def buckets(self) -> list[Thing]:
        """Those that exist; a stack's buckets outlive it."""
        s3 = self._client("s3")
        there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
        return [Thing("bucket", name, f"arn:aws:s3:::{name}") for name in self._buckets() if name in there]

    def empty(self, bucket: Thing) -> int:
        """A thousand versions a call."""
        s3, gone = self._client("s3"), 0
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket.name):
            versions = page.get("Versions", []) + page.get("DeleteMarkers", [])
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions]
            if objects:
                s3.delete_objects(Bucket=bucket.name, Delete={"Objects": objects, "Quiet": True})
            gone += len(objects)
        return gone

    def _sagemaker(self, kind: str) -> Iterator[Thing]:
        listing, plural, word, _, _ = _SAGEMAKER[kind]
        sagemaker = self._client("sagemaker")
        for page in sagemaker.get_paginator(listing).paginate(NameContains=self._stack[:_READABLE]):
            for entry in page[plural]:
                if "Deleting" in {entry.get("EndpointStatus"), entry.get("InferenceComponentStatus")}:
                    continue
                arn = entry[f"{word}Arn"]
                if self._ours(sagemaker.list_tags(ResourceArn=arn)["Tags"]):
                    yield Thing(kind, entry[f"{word}Name"], arn)

    def _topics(self) -> Iterator[Thing]:
        sns = self._client("sns")
        for page in sns.get_paginator("list_topics").paginate():
            for arn in (topic["TopicArn"] for topic in page["Topics"]):
                name = arn.rsplit(":", 1)[1]
                if name.startswith(f"{self._stack}-") and self._ours(
                    sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
                ):
                    yield Thing("topic", name, arn)

    def _ours(self, tags: list[dict[str, str]]) -> bool:
        """Made at run time by this stack; what CloudFormation made goes with the stack."""
        by_template = any(tag["Key"].startswith("aws:cloudformation:") for tag in tags)
        return not by_template and any((tag["Key"], tag["Value"]) == (TAG, self._stack) for tag in tags)

    def _unscale(self, resource: str) -> None:
        scaling = self._client("application-autoscaling")
        found = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[resource])
        for target in found["ScalableTargets"]:
            named = {key: target[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
            try:
                scaling.deregister_scalable_target(**named)
            except ClientError as error:
                if code(error) != "ObjectNotFoundException":
                    raise
