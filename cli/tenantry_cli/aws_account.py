"""What `doctor` looks at, in AWS. `None` is honest: not every cloud and not every credential tells everything."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tenantry_cli.world import Address

_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)(?::([^@]+))?(?:@(.+))?")
CONFIRMED_BY_HAND = {"email", "https", "sqs"}
"""Protocols of subscriptions that somebody else may have to confirm."""
_DEAD = "DeadLetters"
"""How the template's dead-letter queues end."""


class AwsAccount:
    """The `Account` of one stack."""

    def __init__(self, client: Callable[[str], Any], stack: str, drop_bucket: str, operator_topic: str) -> None:
        self._client = client
        self._stack = stack
        self._drop_bucket = drop_bucket
        self._operator_topic = operator_topic

    def stack_state(self) -> str:
        """As DescribeStacks says."""
        stacks = self._client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"]
        return str(stacks[0]["StackStatus"])

    def rules(self) -> dict[str, bool]:
        """Of the template's own AWS::Events::Rule resources."""
        events = self._client("events")
        return {
            logical: events.describe_rule(Name=physical.rsplit("/", 1)[-1])["State"].startswith("ENABLED")
            for logical, physical in self._made("AWS::Events::Rule").items()
        }

    def drop_bucket_tells(self) -> bool | None:
        """The bucket's notification configuration has EventBridge in it (an emulation may not tell so)."""
        s3 = self._client("s3")
        found = s3.get_bucket_notification_configuration(Bucket=self._drop_bucket)
        return "EventBridgeConfiguration" in found or (False if _is_aws(s3) else None)

    def dead_letters(self) -> dict[str, int]:
        """Approximate, as SQS counts."""
        sqs = self._client("sqs")
        queues = {name: url for name, url in self._made("AWS::SQS::Queue").items() if name.endswith(_DEAD)}
        wanted = ["ApproximateNumberOfMessages"]
        return {
            name: int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"][wanted[0]])
            for name, url in queues.items()
        }

    def addresses(self, topic_arn: str = "") -> list[Address]:
        """Without a topic: of the operator's, and of every topic named after the stack."""
        pages = self._client("sns").get_paginator("list_subscriptions_by_topic")
        return [
            Address(arn.rsplit(":", 1)[1], one["Endpoint"], one["SubscriptionArn"].startswith("arn:"))
            for arn in ([topic_arn] if topic_arn else sorted(self._topics()))
            for page in pages.paginate(TopicArn=arn)
            for one in page["Subscriptions"]
            if one["Protocol"] in CONFIRMED_BY_HAND
        ]

    def quota_of(self, name: str) -> float | None:
        """The applied one."""
        return self._quotas.get(name)

    def image_of(self, endpoint: str) -> str | None:
        """Of the first model of the endpoint's configuration, which one for components has none of."""
        sagemaker = self._client("sagemaker")
        try:
            config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
            variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
            named = variants[0].get("ModelName")
            model = sagemaker.describe_model(ModelName=named) if named else None
        except ClientError:
            return None
        containers = [model.get("PrimaryContainer"), *model.get("Containers", ())] if model else []
        return next((str(one["Image"]) for one in containers if one), None)

    def image_there(self, image: str) -> bool | None:
        """Asked of the registry the image names; `None` where it is not ECR's or ECR is not AWS's."""
        match, ecr = _IMAGE.fullmatch(image), self._client("ecr")
        if match is None or not _is_aws(ecr):
            return None
        registry, region, repository, tag, digest = match.groups()
        if region != ecr.meta.region_name:
            return None
        wanted = {"imageDigest": digest} if digest else {"imageTag": tag or "latest"}
        try:
            ecr.describe_images(registryId=registry, repositoryName=repository, imageIds=[wanted])
        except ClientError as error:
            return False if error.response["Error"]["Code"].endswith("NotFoundException") else None
        return True

    def _topics(self) -> set[str]:
        pages = self._client("sns").get_paginator("list_topics").paginate()
        topics = {topic["TopicArn"] for page in pages for topic in page["Topics"]}
        ours = {arn for arn in topics if arn.rsplit(":", 1)[1].startswith(f"{self._stack}-")}
        return ours | {self._operator_topic}

    @cached_property
    def _quotas(self) -> dict[str, float]:
        quotas = self._client("service-quotas")
        if not _is_aws(quotas):
            return {}
        pages = quotas.get_paginator("list_service_quotas")
        try:
            found = [quota for page in pages.paginate(ServiceCode="sagemaker") for quota in page["Quotas"]]
        except (ClientError, BotoCoreError):
            return {}
        return {quota["QuotaName"]: quota["Value"] for quota in found}

    def _made(self, kind: str) -> dict[str, str]:
        """Logical to physical name of the stack's resources of one type."""
        pages = self._client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self._stack)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
            if one["ResourceType"] == kind
        }


def _is_aws(client: Any) -> bool:
    return "amazonaws.com" in client.meta.endpoint_url
