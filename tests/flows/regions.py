"""Two regions: a world each, with the drops of one replicated to the other as the template's rules say."""

import io
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tenantry.adapters.aws.items import item_of
from tenantry.adapters.stored import attributes
from tenantry.domain.hosting import Address
from tenantry.domain.options import Serving
from tenantry.domain.routes import HostRow, Route
from tenantry.ports import ObjectVersion
from tenantry_client import Clients, Region, Tenantry
from tests.flows.world import World
from tests.template.stack import load

HOME, FAR = "us-east-1", "eu-west-1"
FAR_DROP = "tenantry-far-dropbucket"
PREFIXES = tuple(
    rule["Filter"]["Prefix"]
    for rule in load(ReplicateTo=FAR_DROP).resources["DropBucket"]["Properties"]["ReplicationConfiguration"]["Rules"]
)


class Regions:
    """`home` and `far`, whose clocks go together. Replicas arrive in an order that nobody chose."""

    def __init__(self, seed: int = 0, *, told: bool = True, **settings: Any) -> None:
        self.home = World(settings={"other_region": FAR_DROP}, **settings)
        far = {"drop_bucket": FAR_DROP, "region": FAR, "other_region": self.home.twins.settings.drop_bucket}
        self.far = World(settings=far, **settings)
        self._luck, self._told = random.Random(seed), told
        self._carried: set[tuple[str, str]] = set()
        self._waiting: list[tuple[World, ObjectVersion, bytes]] = []
        self.cut_off = False
        """While it is, nothing is replicated."""

    def run(self, minutes: int = 10) -> None:
        """Both go on for so long; what was dropped is on its way for half a minute at most."""
        for _ in range(minutes * 2):
            for source, target in ((self.home, self.far), (self.far, self.home)):
                self._find(source, target)
            self._luck.shuffle(self._waiting)
            while self._waiting and not self.cut_off:
                self._arrive(*self._waiting.pop())
            for world in (self.home, self.far):
                world.run(timedelta(seconds=30))

    def client(self, **settings: Any) -> Tenantry:
        """A client whose home is the home region."""
        elsewhere = Region(FAR, routes_table="routes", clients=_clients(self.far))
        return Tenantry(
            "acme",
            stack="tenantry",
            routes_table="routes",
            session=boto3.Session("key", "secret", region_name=HOME),
            clients=_clients(self.home),
            fallback=(elsewhere,),
            clock=lambda: self.home.now().timestamp(),
            sleep=self.home.twins.clock.sleep,
            **settings,
        )

    def _find(self, source: World, target: World) -> None:
        artifacts, bucket = source.twins.artifacts, source.twins.settings.drop_bucket
        for found in artifacts.listing(bucket, "", deletions=True):
            known = (found.key, found.version_id)
            if found.key.startswith(PREFIXES) and known not in self._carried:
                self._carried.add(known)
                body = b"" if found.deleted else artifacts.read(bucket, found.key, found.version_id, 10**9)
                self._waiting.append((target, found, body))

    def _arrive(self, target: World, found: ObjectVersion, body: bytes) -> None:
        made = target.twins.artifacts.replicate(found, target.twins.settings.drop_bucket, body)
        if self._told:
            target._tell("Object Deleted" if made.deleted else "Object Created", made)


def arrive(world: World, key: str, body: bytes | dict[str, Any]) -> None:
    """A replica of what was dropped in a region that nobody looks at."""
    artifacts, content = world.twins.artifacts, body if isinstance(body, bytes) else json.dumps(body).encode()
    made = artifacts.replicate(artifacts.put("elsewhere", key, content), world.twins.settings.drop_bucket, content)
    world._tell("Object Created", made)


def _clients(world: World) -> Clients:
    return Clients(_Runtime(world), _Table(world))


class _Table:
    """GetItem over the world's routes and hosts, as DynamoDB gives them."""

    def __init__(self, world: World) -> None:
        self._registry = world.twins.registry

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        key = (Key["pk"]["S"], Key["sk"]["S"])
        kind: Callable[..., Any] = HostRow if key[1] == "HOST" else Route
        row = None if key[1].startswith("SHARED#") else self._registry.get(kind, key)  # type: ignore[arg-type]
        return {"Item": item_of(attributes(row))} if row else {}


class _Runtime:
    """InvokeEndpoint at the world's hosts."""

    def __init__(self, world: World) -> None:
        self._hosting = world.twins.hosting

    def invoke_endpoint(self, *, EndpointName: str, TargetModel: str, Body: bytes, **_: Any) -> dict[str, Any]:  # noqa: N803
        address = Address(endpoint=EndpointName, serving=Serving.MULTI_MODEL, target=TargetModel, instances=1)
        answer = self._hosting.probe(address, Body, "text/csv")[0]
        if answer.outcome == "ok":
            return {"Body": io.BytesIO(answer.body), "ContentType": answer.content_type}
        codes = {"invalid": "ValidationError", "not_ready": "ModelNotReadyException"}
        code = codes.get(answer.outcome, "InternalFailure")
        told = {"Error": {"Code": code, "Message": answer.message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        raise ClientError(told, "InvokeEndpoint")  # type: ignore[arg-type]
