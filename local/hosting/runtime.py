"""InvokeEndpoint: one request in, the container's answer or SageMaker's error out."""

import random
import re
import time
from dataclasses import dataclass
from urllib.parse import unquote

from local.hosting import rules
from local.hosting.container import Answer
from local.hosting.endpoint import SERVING, Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import ApiError, NoInstance, no_endpoint, not_valid
from local.hosting.ground import Ground
from local.hosting.serverless import ServerlessVariant
from local.hosting.targets import target_of, wanted_variant
from local.hosting.variant import Variant
from local.hosting.wire import Environ, Reply, header, read_body

PATH = re.compile(r"/endpoints/(?P<name>[^/]+)/invocations")

MEMBERS = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "TargetModel": "X-Amzn-SageMaker-Target-Model",
    "TargetVariant": "X-Amzn-SageMaker-Target-Variant",
    "TargetContainerHostname": "X-Amzn-SageMaker-Target-Container-Hostname",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
    "InferenceComponentName": "X-Amzn-SageMaker-Inference-Component",
    "SessionId": "X-Amzn-SageMaker-Session-Id",
}
"""Request members and the headers they travel in."""
PASSED_ON = ("ContentType", "Accept", "CustomAttributes", "TargetModel", "InferenceId")


@dataclass(frozen=True)
class Invocation:
    """One request."""

    endpoint: str
    members: dict[str, str]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """What the container is told."""
        return {MEMBERS[name]: self.members[name] for name in PASSED_ON if name in self.members}


def parse(environ: Environ) -> Invocation | None:
    """The invocation that this request is, or None when it is another one."""
    match = PATH.fullmatch(environ.get("PATH_INFO", ""))
    if match is None or environ["REQUEST_METHOD"] != "POST":
        return None
    found = {name: header(environ, http_name) for name, http_name in MEMBERS.items()}
    members = {name: value for name, value in found.items() if value is not None}
    return Invocation(unquote(match["name"]), members, read_body(environ))


class Runtime:
    """Routes invocations to endpoints."""

    def __init__(self, ground: Ground, endpoints: Endpoints) -> None:
        self._ground = ground
        self._endpoints = endpoints
        self._rng = random.Random()

    def invoke(self, invocation: Invocation) -> Reply:
        """Serve it; `ApiError` is what the caller gets instead of an answer."""
        self._check(invocation)
        endpoint = self._endpoint(invocation.endpoint)
        while True:
            before = endpoint.variants
            try:
                return self._served(endpoint, invocation)
            except NoInstance:  # a request that an update overtook goes to the variants that came with it
                if before is endpoint.variants:
                    raise

    def _served(self, endpoint: Endpoint, invocation: Invocation) -> Reply:
        began = time.monotonic()
        variant = self._variant(endpoint, wanted_variant(endpoint, invocation.members))
        target = target_of(endpoint, variant, invocation.members)
        status = 500
        try:
            answer = variant.serve(target, invocation.body, invocation.headers)
            status = answer.status
        except ApiError as error:
            status = error.members.get("OriginalStatusCode", error.status)
            raise
        finally:
            self._count(variant, target, status, time.monotonic() - began)
        return _reply(answer, variant.name)

    def _check(self, invocation: Invocation) -> None:
        limit = self._ground.panel.now.payload_limit
        if len(invocation.body) > limit:
            raise not_valid(
                f"1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length "
                f"less than or equal to {limit}"
            )
        params = {"EndpointName": invocation.endpoint, "Body": b"", **invocation.members}
        try:
            rules.check_shape("sagemaker-runtime", "InvokeEndpoint", params)
        except ApiError as error:
            raise not_valid(error.message) from error

    def _endpoint(self, name: str) -> Endpoint:
        for endpoint in self._endpoints.shelf:
            if endpoint.name == name and endpoint.status in SERVING:
                return endpoint
        raise no_endpoint(name, self._ground.names.account)

    def _variant(self, endpoint: Endpoint, wanted: str | None) -> Variant:
        if wanted is None:
            weights = [variant.current_weight for variant in endpoint.variants]
            return self._rng.choices(endpoint.variants, weights if any(weights) else None)[0]
        for variant in endpoint.variants:
            if variant.name == wanted:
                return variant
        raise not_valid(f"Variant {wanted} is not found for endpoint {endpoint.name}.")

    def _count(self, variant: Variant, target: str, status: int, seconds: float) -> None:
        variant.answered(target, status, seconds)
        at = (variant.label.endpoint, variant.name)
        metrics = self._ground.metrics
        metrics.count(*at, "Invocations")
        if not isinstance(variant, ServerlessVariant):
            metrics.count(*at, "InvocationsPerInstance", 1 / max(1, len(variant.instances)))
        metrics.count(*at, "Invocation4XXErrors", float(400 <= status < 500))
        metrics.count(*at, "Invocation5XXErrors", float(status >= 500 or status == 0))
        metrics.count(*at, "InvocationModelErrors", float(not 200 <= status < 300))
        metrics.took(*at, "OverheadLatency", seconds)


def _reply(answer: Answer, variant: str) -> Reply:
    given = {name.lower(): value for name, value in answer.headers.items()}
    headers = {
        "Content-Type": given.get("content-type", "application/octet-stream"),
        "x-Amzn-Invoked-Production-Variant": variant,
    }
    custom = MEMBERS["CustomAttributes"]
    if custom.lower() in given:
        headers[custom] = given[custom.lower()]
    return Reply(200, answer.body, headers)
