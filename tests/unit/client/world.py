"""A SageMaker, a route table and a clock in memory, for tests of the client."""

import io
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from tenantry_client import Clients, Tenantry

STATUS = {"ModelNotReadyException": 429, "ModelError": 424, "InternalFailure": 500, "ServiceUnavailable": 503}


def refusal(code: str, message: str = "", **more: Any) -> ClientError:
    status = {"HTTPStatusCode": STATUS.get(code, 400)}
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": status, **more}
    return ClientError(answer, "InvokeEndpoint")  # type: ignore[arg-type]


class FakeClock:
    """Monotonic seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


class FakeTable:
    """GetItem over two kinds of rows. `before` runs at each read; raise there to break it."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.reads: list[tuple[str, str]] = []
        self.before: Callable[[], None] = lambda: None

    def route(self, version: str, generation: int, *, model: str = "churn", **more: Any) -> None:
        self.items["TENANT#acme", f"MODEL#{model}"] = {
            "host": {"S": "sklearn"},
            "target": {"S": f"acme/{model}/{version}.tar.gz"},
            "version": {"S": version},
            "revision": {"N": str(generation)},
            "since": {"S": "2026-01-01T00:00:00Z"},
            "something_new": {"M": {}},
            **more,
        }

    def host(self, endpoint: str, serving: str = "multi-model") -> None:
        self.items["HOST#sklearn", "HOST"] = {"endpoint": {"S": endpoint}, "serving": {"S": serving}}

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        key = (Key["pk"]["S"], Key["sk"]["S"])
        self.reads.append(key)
        self.before()
        return {"Item": self.items[key]} if key in self.items else {}

    @property
    def route_reads(self) -> int:
        return sum(pk.startswith("TENANT#") for pk, _ in self.reads)


class FakeRuntime:
    """InvokeEndpoint that answers with what it was asked, after raising what `failures` still holds."""

    def __init__(self, clock: FakeClock) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failures: Iterator[Exception | None] = iter(())
        self.takes = 0.0
        self._clock = clock

    def invoke_endpoint(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        self._clock.now += self.takes
        if failure := next(self.failures, None):
            raise failure
        return {"Body": io.BytesIO(b"0.9"), "ContentType": "text/csv"}

    def fails(self, *failures: Exception | None) -> None:
        self.failures = iter(failures)

    def fails_for_ever(self, failure: Exception) -> None:
        self.failures = (failure for _ in count())


class FakeStorage:
    """PutObject in a versioned bucket, after raising what `failure` is; an object that exists is not written again."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.failure: Exception | None = None

    def put_object(self, **arguments: Any) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        place = arguments["Bucket"], arguments["Key"]
        if arguments.get("IfNoneMatch") == "*" and place in self.objects:
            raise refusal("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        self.objects[place] = arguments
        return {"VersionId": f"v{len(self.objects)}"}


class World:
    """One tenant whose model `churn` is live as version 1 at generation 1."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.table = FakeTable()
        self.runtime, self.storage = FakeRuntime(self.clock), FakeStorage()
        self.table.route("1", 1)
        self.table.host("endpoint-a")

    def client(self, **settings: Any) -> Tenantry:
        return Tenantry(
            "acme",
            stack="stack",
            routes_table="routes",
            clients=Clients(self.runtime, self.table, self.storage),
            clock=self.clock,
            sleep=self.clock.sleep,
            chance=lambda: 1.0,
            **settings,
        )
