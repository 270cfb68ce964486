"""What IAM is asked when an operation of AWS is called: actions, resources, and the condition keys our policies use.

After the service authorization reference, for the operations we call; any other is an error. What a service asks about
a caller beyond that (scaling asks SageMaker and CloudWatch) is here too, with the page that says so.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from tests.template.iam import Request
from tests.template.stack import ACCOUNT, REGION

type Params = Mapping[str, Any]

SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:"
ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
SCALED = "sagemaker.application-autoscaling.amazonaws.com"
LINKED = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{SCALED}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
KINDS = {
    "EndpointConfig": "endpoint-config",
    "Endpoint": "endpoint",
    "InferenceComponent": "inference-component",
    "Model": "model",
    "TransformJob": "transform-job",
}
"""Longest first: one name begins the other."""
ITEMS = {"Put": "PutItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Update": "UpdateItem"}


def asked(service: str, operation: str, params: Params) -> Iterator[Request]:
    """The decisions behind one call; `service` and `operation` as botocore names them."""
    yield from _SERVICES[service](operation, params)


def _dynamodb(operation: str, params: Params) -> Iterator[Request]:
    """A transaction has no action of its own: each of its items is asked for by itself."""
    for kind, one in _parts(params) if operation == "TransactWriteItems" else [(operation, params)]:
        index = f"/index/{one['IndexName']}" if "IndexName" in one else ""
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{one['TableName']}{index}"
        yield Request(f"dynamodb:{kind}", table, {"dynamodb:LeadingKeys": [_partition(one)]})


def _parts(params: Params) -> Iterator[tuple[str, Params]]:
    return ((ITEMS[kind], one) for part in params["TransactItems"] for kind, one in part.items())


def _partition(one: Params) -> str:
    """The value of the partition key, the table's or the index's."""
    key = one.get("Key") or one.get("Item")
    if key:
        return str(key["pk"]["S"])
    named = re.match(r"\S+ = (:\w+)", one["KeyConditionExpression"])
    assert named is not None, one["KeyConditionExpression"]
    return str(one["ExpressionAttributeValues"][named[1]]["S"])


def _s3(operation: str, params: Params) -> Iterator[Request]:
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    match operation:
        case "ListObjectVersions":
            yield Request("s3:ListBucketVersions", bucket, {"s3:prefix": params.get("Prefix", "")})
        case "GetObject" | "HeadObject":
            yield from _read(params)
        case "DeleteObject":
            version = "Version" if "VersionId" in params else ""
            yield Request(f"s3:DeleteObject{version}", f"{bucket}/{params['Key']}")
        case "AbortMultipartUpload":
            yield Request("s3:AbortMultipartUpload", f"{bucket}/{params['Key']}")
        case "CopyObject" | "CreateMultipartUpload" | "UploadPartCopy" | "CompleteMultipartUpload" | "PutObject":
            yield from _read(_source(params["CopySource"])) if "CopySource" in params else ()
            yield Request("s3:PutObject", f"{bucket}/{params['Key']}", _written(operation, params))
        case _:
            raise NotImplementedError(operation)


def _source(given: str) -> Params:
    """A copy's source as botocore writes it, before anybody else can look."""
    path, _, version = given.partition("?versionId=")
    bucket, _, key = unquote(path).partition("/")
    return {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}


def _read(one: Params) -> Iterator[Request]:
    """Without s3:ListBucket, S3 says 403 instead of 404 (reference of GetObject), and nobody knew that it is gone."""
    version = "Version" if "VersionId" in one else ""
    yield Request(f"s3:GetObject{version}", f"arn:aws:s3:::{one['Bucket']}/{one['Key']}")
    yield Request("s3:ListBucket", f"arn:aws:s3:::{one['Bucket']}")


def _written(operation: str, params: Params) -> dict[str, str]:
    """Beginning an upload and its parts create no object (S3 user guide, enforcing conditional writes)."""
    creates = operation not in {"CreateMultipartUpload", "UploadPartCopy"}
    condition = {"s3:if-none-match": params["IfNoneMatch"]} if "IfNoneMatch" in params else {}
    return {"s3:ObjectCreationOperation": str(creates).lower(), **condition}


def _sns(operation: str, params: Params) -> Iterator[Request]:
    """A subscription is no resource: SNS asks about its topic."""
    topic = params.get("TopicArn") or params.get("SubscriptionArn", "").rpartition(":")[0]
    topic = topic or f"arn:aws:sns:{REGION}:{ACCOUNT}:{params['Name']}"
    yield Request(f"sns:{operation}", topic)
    if params.get("Tags"):
        yield Request("sns:TagResource", topic)


def _states(operation: str, params: Params) -> Iterator[Request]:
    yield Request(f"states:{operation}", params.get("stateMachineArn") or params["executionArn"])


def _sagemaker(operation: str, params: Params) -> Iterator[Request]:
    """SageMaker's ARNs are in small letters. What an endpoint is made of, or a component put on, is asked for too."""
    if operation.startswith("List"):
        yield Request(f"sagemaker:{operation}", params.get("ResourceArn", "*"))
        return
    if "ModelPackage" in operation:
        yield from _registered(operation, params)
        return
    kind = next(kind for kind in KINDS if kind in operation)
    others = {"CreateEndpoint": ["EndpointConfig"], "CreateInferenceComponent": ["Endpoint"]}
    for one in [kind, *others.get(operation, [])]:
        yield Request(f"sagemaker:{operation}", f"{SAGEMAKER}{KINDS[one]}/{params[f'{one}Name'].lower()}")
    if params.get("Tags"):
        yield Request("sagemaker:AddTags", f"{SAGEMAKER}{KINDS[kind]}/{params[f'{kind}Name'].lower()}")
    if "ExecutionRoleArn" in params:
        yield Request("iam:PassRole", params["ExecutionRoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"})


def _registered(operation: str, params: Params) -> Iterator[Request]:
    """A package that has a number has no name of its own: who makes one is asked for it in its group, and for that."""
    group, arn = params.get("ModelPackageGroupName", "").lower(), params.get("ModelPackageArn")
    named = arn or params.get("ModelPackageName") or f"{SAGEMAKER}model-package/{group}/1"
    if not operation.endswith("Group"):
        yield Request(f"sagemaker:{operation}", named)
    if group:
        yield Request(f"sagemaker:{operation}", f"{SAGEMAKER}model-package-group/{group}")
    if params.get("Tags"):
        yield Request("sagemaker:AddTags", f"{SAGEMAKER}model-package-group/{group}")


def _logs(operation: str, params: Params) -> Iterator[Request]:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{params['logGroupName']}"
    stream = params.get("logStreamName")
    yield Request(f"logs:{operation}", f"{group}:log-stream:{stream}" if stream else f"{group}:*")


def _runtime(operation: str, params: Params) -> Iterator[Request]:
    """A component is a resource, asked for beside its endpoint; what else selects a model is a condition key."""
    keys = {f"sagemaker:{name}": params[name] for name in ("TargetModel", "TargetContainerHostname") if name in params}
    yield Request(f"sagemaker:{operation}", f"{SAGEMAKER}endpoint/{params['EndpointName'].lower()}", keys)
    if component := params.get("InferenceComponentName"):
        yield Request(f"sagemaker:{operation}", f"{SAGEMAKER}inference-component/{component.lower()}")


def _cloudwatch(operation: str, params: Params) -> Iterator[Request]:
    """Metrics are no resources; alarms are, and whoever names some is asked about those."""
    named = params.get("AlarmNames") or ([params["AlarmName"]] if "AlarmName" in params else None)
    yield from (Request(f"cloudwatch:{operation}", one) for one in ([f"{ALARM}{n}" for n in named] if named else ["*"]))


def _scaling(operation: str, params: Params) -> Iterator[Request]:
    """Scaling checks that its caller may do what it will do (its user guide, permissions validation).

    For endpoints and components that is what the SageMaker guide lists (auto scaling prerequisites). The configuration
    it looks at may have a name that SageMaker gave it (aws-controllers-k8s/community issue 2110).
    """
    if operation.startswith("Describe"):
        yield Request(f"application-autoscaling:{operation}", "*")
        return
    target = f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/0123456789abcdef"
    alarm = f"{ALARM}TargetTracking-{params['ResourceId']}-AlarmHigh-0"
    yield Request(f"application-autoscaling:{operation}", target)
    match operation:
        case "RegisterScalableTarget":
            yield from _scaled(*params["ResourceId"].split("/")[:2])
            yield Request("iam:CreateServiceLinkedRole", LINKED, {"iam:AWSServiceName": SCALED})
        case "PutScalingPolicy":
            yield Request("cloudwatch:PutMetricAlarm", alarm)
            yield Request("cloudwatch:DescribeAlarms", f"{ALARM}*")
        case "DeregisterScalableTarget":
            yield Request("cloudwatch:DeleteAlarms", alarm)
        case _:
            raise NotImplementedError(operation)


def _scaled(kind: str, name: str) -> Iterator[Request]:
    resource = f"{SAGEMAKER}{kind}/{name.lower()}"
    if kind == "inference-component":
        yield Request("sagemaker:DescribeInferenceComponent", resource)
        yield Request("sagemaker:UpdateInferenceComponentRuntimeConfig", resource)
        return
    yield Request("sagemaker:DescribeEndpoint", resource)
    yield Request("sagemaker:UpdateEndpointWeightsAndCapacities", resource)
    yield Request("sagemaker:DescribeEndpointConfig", f"{SAGEMAKER}endpoint-config/7f4e1944-1817-4891")


def _scheduler(operation: str, params: Params) -> Iterator[Request]:
    """A list has no resource type; a target's role is passed on."""
    if operation == "ListSchedules":
        yield Request(f"scheduler:{operation}", "*")
        return
    schedule = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{params['GroupName']}/{params['Name']}"
    yield Request(f"scheduler:{operation}", schedule)
    if role := params.get("Target", {}).get("RoleArn"):
        yield Request("iam:PassRole", role, {"iam:PassedToService": "scheduler.amazonaws.com"})


def _sts(operation: str, params: Params) -> Iterator[Request]:
    tags = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in params.get("Tags", ())}
    context = {**tags, "aws:TagKeys": [tag["Key"] for tag in params.get("Tags", ())]}
    yield Request(f"sts:{operation}", params["RoleArn"], context)
    if tags:
        yield Request("sts:TagSession", params["RoleArn"], context)


_SERVICES: dict[str, Callable[[str, Params], Iterator[Request]]] = {
    "application-autoscaling": _scaling,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "logs": _logs,
    "s3": _s3,
    "scheduler": _scheduler,
    "sagemaker": _sagemaker,
    "sagemaker-runtime": _runtime,
    "sns": _sns,
    "stepfunctions": _states,
    "sts": _sts,
}
