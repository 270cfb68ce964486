"""A bucket's properties from CloudFormation.

moto applies encryption and tags and leaves the rest out. CloudFormation applies versioning, notifications, replication,
ownership and the public access block as well, and S3 tells that a bucket sends its events to EventBridge. Bucket
policies are stored but not judged: moto's engine takes most conditions for satisfied, so a policy that denies requests
without TLS would deny every request.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, NotificationConfiguration, PublicAccessBlock
from moto.s3.responses import S3Response

from local.context import Context
from local.seams.replace import replace


def install(_context: Context) -> None:
    """Apply the missing properties after moto has made or updated the bucket."""
    create = FakeBucket.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]
    update = FakeBucket.update_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create_whole(cls: Any, resource_name: str, cloudformation_json: Any, *rest: Any, **more: Any) -> Any:
        bucket = create(cls, resource_name, cloudformation_json, *rest, **more)
        apply(bucket, cloudformation_json.get("Properties", {}))
        return bucket

    def update_whole(cls: Any, original_resource: Any, new_resource_name: str, cloudformation_json: Any,
                     account_id: str, region_name: str) -> Any:  # fmt: skip
        cloudformation_json["Properties"].setdefault("BucketName", original_resource.name)
        bucket = update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name)
        apply(bucket, cloudformation_json["Properties"])
        return bucket

    replace(FakeBucket, "create_from_cloudformation_json", classmethod(create_whole))
    replace(FakeBucket, "update_from_cloudformation_json", classmethod(update_whole))
    say = replace(S3Response, "get_bucket_notification", None)

    def say_all(request: Any) -> Any:
        found = request.backend.get_bucket_notification_configuration(request.bucket_name)
        if found and found.event_bridge is not None:
            serialized = request.serialized
            request.serialized = lambda answer: serialized(
                ActionResult({**answer.result, "EventBridgeConfiguration": {}})
            )
        return say(request)

    replace(S3Response, "get_bucket_notification", say_all)
    replace(FakeBucket, "get_permission", lambda _bucket, _action, _resource: PermissionResult.NEUTRAL)


def apply(bucket: Any, properties: dict[str, Any]) -> None:
    """What the template says of the bucket and moto would drop."""
    if "VersioningConfiguration" in properties:
        bucket.versioning_status = properties["VersioningConfiguration"]["Status"]
    if _sends_events(properties.get("NotificationConfiguration", {})):
        bucket.notification_configuration = NotificationConfiguration(event_bridge={})
    bucket.replication = _rules(properties.get("ReplicationConfiguration"))
    if "OwnershipControls" in properties:
        bucket.ownership_rule = properties["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    if "PublicAccessBlockConfiguration" in properties:
        blocked = properties["PublicAccessBlockConfiguration"]
        bucket.public_access_block = PublicAccessBlock(
            *(str(blocked.get(name, False)).lower() for name in
              ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"))
        )  # fmt: skip


def _rules(configuration: dict[str, Any] | None) -> dict[str, Any] | None:
    """CloudFormation's words as moto keeps S3's."""
    if not configuration:
        return None
    rules = [
        {("ID" if name == "Id" else name): value for name, value in rule.items()} for rule in configuration["Rules"]
    ]
    return {"Role": configuration["Role"], "Rule": rules}


def _sends_events(notifications: dict[str, Any]) -> bool:
    enabled = notifications.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", False)
    return str(enabled).lower() == "true"
