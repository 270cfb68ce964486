"""Which AWS action stands behind each call of a port, and whether the function's role allows it.

The twins ask nobody for permission; AWS does. So every call that a function makes in any flow is decided by the
evaluator against the role that the template gives it, and against the policies of its buckets. That the adapters ask
for exactly what stands here is shown on moto (tests/contract/test_permits.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

from tenantry.domain.hosting import JOB_LOGS, SAMPLES
from tenantry.domain.options import Serving
from tenantry.domain.plans import policy_of
from tenantry.domain.writes import Check, Delete, Put
from tests.template.asked import ALARM, asked
from tests.template.iam import Request, allowed
from tests.template.permission_rules import statements_of
from tests.template.stack import ACCOUNT, REGION, STACK, Stack, load

TABLES = {
    name: f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STACK}-{name.capitalize()}Table"
    for name in ("registry", "routes")
}
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:"
SAMPLE = {"Bucket": f"{STACK}-resultsbucket", "Key": f"results/acme/churn/requests/{SAMPLES}/x.out"}
SAMPLED = [
    {**SAMPLE, "Key": f"{folder}/{SAMPLES}/x.out"}
    for folder in ("results/acme/churn/requests", "results/acme/churn/failures", "results", "failures")
]
"""What came of samples: on a host of one tenant's, and on one that several ask."""
SCHEDULE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/{STACK}-ScheduleRole"
CHANGED = ("Subscribe", "SetSubscriptionAttributes", "Unsubscribe")
WRITES = {Put: "PutItem", Delete: "DeleteItem", Check: "ConditionCheckItem"}
WHOLE = {"s3:ObjectCreationOperation": "true", "s3:if-none-match": "*"}
PART = {"s3:ObjectCreationOperation": "false"}


def requests(port: str, method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    """The calls of AWS that the adapter of this port makes for this call."""
    yield from _FORMS[port](method, given)


def _item(action: str, table: str, partition: str, index: str = "") -> Request:
    return Request(f"dynamodb:{action}", TABLES[table] + index, {"dynamodb:LeadingKeys": [partition]})


GATE = _item("UpdateItem", "registry", "GATE")


def _registry(method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    match method:
        case "get":
            yield _item("GetItem", given[0].table, given[1][0])
        case "rows":
            yield _item("Query", given[0].table, given[1])
        case "due":
            yield _item("Query", given[0].table, given[1], "/index/work-index")
        case "commit":
            for write in given:
                table, partition = write.row.table, write.row.key[0]
                yield _item(WRITES[type(write)], table, partition)
                yield _item("GetItem", table, partition)  # what became of a commit nobody answered


def _artifacts(method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    match method:
        case "version" | "latest" | "listing":
            yield _listed(given[0], given[1])
        case "read" | "stream" | "content_type" | "replicated":
            yield from _read(given[0], given[1])
        case "write":
            whole = {"s3:ObjectCreationOperation": "true"}
            yield Request("s3:PutObject", f"arn:aws:s3:::{given[0]}/{given[1]}", whole)
        case "copy":
            source, bucket, key = given
            yield from _read(source.bucket, source.key)
            yield _listed(bucket, key)
            yield Request("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", WHOLE)
            yield Request("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", PART)
            yield Request("s3:AbortMultipartUpload", f"arn:aws:s3:::{bucket}/{key}")
        case "delete":
            yield _listed(given[0], given[1])
            yield Request("s3:DeleteObjectVersion", f"arn:aws:s3:::{given[0]}/{given[1]}")


def _listed(bucket: str, prefix: str) -> Request:
    return Request("s3:ListBucketVersions", f"arn:aws:s3:::{bucket}", {"s3:prefix": prefix})


def _read(bucket: str, key: str) -> Iterator[Request]:
    yield Request("s3:GetObjectVersion", f"arn:aws:s3:::{bucket}/{key}")
    yield Request("s3:ListBucket", f"arn:aws:s3:::{bucket}")


def _hosting(method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    match method:
        case "probe":
            selected = {"EndpointName": given[0].endpoint, **given[0].selector}
            queued = given[0].serving is Serving.ASYNCHRONOUS
            yield from asked("sagemaker-runtime", f"InvokeEndpoint{'Async' if queued else ''}", selected)
            for one in SAMPLED if queued else ():
                yield from asked("s3", "GetObject", one)
        case "enqueue":
            yield from asked("sagemaker-runtime", "InvokeEndpointAsync", {"EndpointName": given[0]})
        case "backlog":
            yield Request("cloudwatch:GetMetricStatistics", "*")
        case "loaded_models":
            yield Request("cloudwatch:GetMetricStatistics", "*")
        case "endpoint":
            yield Request("sagemaker:DescribeEndpoint", f"{SAGEMAKER}endpoint/{given[0].lower()}")
            yield GATE
        case "component":
            yield from asked("sagemaker", "DescribeInferenceComponent", {"InferenceComponentName": given[0]})
            yield GATE
        case "job":
            yield from asked("sagemaker", "DescribeTransformJob", {"TransformJobName": given[0]})
            yield from asked("logs", "DescribeLogStreams", {"logGroupName": JOB_LOGS})
            stream = {"logGroupName": JOB_LOGS, "logStreamName": f"{given[0]}/i-1/data-log"}
            yield from asked("logs", "GetLogEvents", stream)
            yield GATE
        case "package":
            yield from asked("sagemaker", "DescribeModelPackage", {"ModelPackageName": given[0]})
            yield GATE
        case "packages":
            yield from asked("sagemaker", "ListModelPackages", {"ModelPackageGroupName": given[0]})
            yield GATE
        case "package_group":
            yield from asked("sagemaker", "DescribeModelPackageGroup", {"ModelPackageGroupName": given[0]})
            yield GATE
        case "endpoints":
            yield Request("sagemaker:ListEndpoints", "*")
            yield GATE
        case "tags":
            yield Request("sagemaker:ListTags", given[0])
            yield GATE
        case "carry_out":
            call = given[0]
            yield from [GATE] if call.service == "sagemaker" else []
            yield from asked(call.service, call.operation, call.params)
            if any(map(policy_of, call.params.get("AlarmActions", ()))):
                yield from asked("application-autoscaling", "DescribeScalingPolicies", {})


def _metrics(method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    if method == "sums":
        yield Request("cloudwatch:GetMetricData", "*")
    else:
        yield from (Request("cloudwatch:DescribeAlarms", f"{ALARM}{name}") for name in given[0])


def _channels(method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    actions = {
        "open": ("CreateTopic", "TagResource", "ListSubscriptionsByTopic", *CHANGED),
        "close": ("DeleteTopic",),
        "send": ("Publish",),
        "mail": ("Publish",),
    }
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-{given[0]}" if method == "open" else given[0]
    yield from (Request(f"sns:{action}", topic) for action in actions[method])


def _schedules(method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    """A schedule that is not there yet is made when it could not be brought after what is wanted."""
    operations = {
        "put": ("UpdateSchedule", "CreateSchedule"),
        "remove": ("DeleteSchedule",),
        "names": ("ListSchedules",),
    }
    target = {"Target": {"RoleArn": SCHEDULE_ROLE}} if method == "put" else {}
    for operation in operations[method]:
        yield from asked("scheduler", operation, {"GroupName": STACK, "Name": given[0], **target})


def _machines(method: str, given: tuple[Any, ...]) -> Iterator[Request]:
    machine, name = given[:2]
    if method == "start":
        yield Request("states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STACK}-{machine}")
    else:
        yield Request(
            "states:DescribeExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{STACK}-{machine}:{name}"
        )


_FORMS = {
    "registry": _registry,
    "artifacts": _artifacts,
    "hosting": _hosting,
    "channels": _channels,
    "machines": _machines,
    "metrics": _metrics,
    "schedules": _schedules,
}


@cache
def _stack() -> Stack:
    return load()


@cache
def _statements(function: str) -> list[dict[str, Any]]:
    return statements_of(_stack(), role_of(function))


@cache
def _buckets() -> list[dict[str, Any]]:
    return list(_stack().policies("AWS::S3::BucketPolicy"))


def role_of(function: str) -> str:
    """The logical id of a function's role."""
    return "".join(map(str.capitalize, function.split("_"))) + "FunctionRole"


class Permits:
    """The ports as one function sees them; `refused` is what AWS would not have let it do, `made` all it asked."""

    def __init__(self, twins: Any) -> None:
        self._twins = twins
        self.refused: set[str] = set()
        self.made: list[tuple[str, Request]] = []
        self.calls: set[tuple[str, str, str]] = set()
        self._judged: set[tuple[str, str, str, str]] = set()

    @contextmanager
    def of(self, function: str) -> Iterator[Any]:
        """The twins, each call of them judged."""
        watched = {port: _Watched(getattr(self._twins, port), port, function, self) for port in _FORMS}
        yield SimpleNamespace(**{**vars(self._twins), **watched})

    def judge(self, function: str, request: Request) -> None:
        form = (function, request.action, request.resource, str(request.context))
        if form in self._judged:
            return
        self._judged.add(form)
        self.made.append((function, request))
        caller = {"aws:PrincipalArn": _stack().arn(role_of(function)), "aws:SecureTransport": "true"}
        known = Request(request.action, request.resource, {**request.context, **caller})
        if not allowed(known, _statements(function), resource=_buckets()):
            self.refused.add(f"{function} may not {request.action} on {request.resource}")


class _Watched:
    """One port; every call goes through, and is judged."""

    def __init__(self, port: Any, name: str, function: str, permits: Permits) -> None:
        self._port, self._name, self._function, self._permits = port, name, function, permits

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)

        def call(*given: Any, **named: Any) -> Any:
            self._permits.calls.add((self._function, self._name, method))
            for request in requests(self._name, method, given):
                self._permits.judge(self._function, request)
            return found(*given, **named)

        return call
