"""InvokeEndpointAsync and the queues behind it: one for each asynchronous endpoint, worked off by its instances."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from local.hosting.asynchronous.answering import Answering, InstanceGone
from local.hosting.asynchronous.backlog import Backlog
from local.hosting.asynchronous.notices import Notices
from local.hosting.asynchronous.requests import AsyncInvocation, AsyncRequest, queued, uri_of
from local.hosting.endpoint import SERVING, Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import no_endpoint, not_valid
from local.hosting.ground import Ground
from local.hosting.metrics import INVOCATIONS, Gauge
from local.hosting.wire import Reply

LOOK_SECONDS = 0.1
"""How soon waiting requests find an instance that came, or a time that is up."""
END_SECONDS = 10.0
"""How long those who answer may take to notice that their instances went, when all ends."""
IDLE_SECONDS = 1.0
"""How soon an empty queue notices that its endpoint goes."""


class AsyncQueues:
    """Takes requests for asynchronous endpoints in, and has them carried out."""

    def __init__(self, ground: Ground, endpoints: Endpoints) -> None:
        self._ground = ground
        self._endpoints = endpoints
        self._answering = Answering(ground, Notices(ground))
        self._backlogs: dict[int, Backlog] = {}
        """By the identity of the endpoint: one made anew under the same name has a queue of its own."""
        self._at_work: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def accept(self, invocation: AsyncInvocation) -> Reply:
        """Queue a request; 202 says where its answer will be."""
        invocation.check()
        endpoint = self._endpoint(invocation.endpoint)
        request = queued(invocation, _config(endpoint)["OutputConfig"])
        with self._lock:
            if endpoint.status not in SERVING:
                raise no_endpoint(endpoint.name, self._ground.names.account)
            self._backlog(endpoint).add(request)
        return _accepted(request)

    def levels(self) -> Iterator[Gauge]:
        """How long the queue of every asynchronous endpoint is."""
        for endpoint in self._asynchronous():
            backlog = self._backlogs.get(id(endpoint), Backlog())
            size, instances = float(backlog.size()), len(endpoint.variants[0].instances)
            at = (INVOCATIONS, (("EndpointName", endpoint.name),))
            yield (*at, "ApproximateBacklogSize", "Count", size)
            yield (*at, "ApproximateBacklogSizePerInstance", "Count", size / max(1, instances))
            yield (*at, "ApproximateAgeOfOldestRequest", "Seconds", round(backlog.oldest_age(), 3))
            yield (*at, "HasBacklogWithoutCapacity", "Count", float(size > 0 and not instances))

    def report(self) -> list[dict[str, Any]]:
        """The queues for a curious person."""
        rows = []
        for endpoint in self._asynchronous():
            backlog = self._backlogs.get(id(endpoint), Backlog())
            waiting = backlog.waiting()
            rows.append({"endpoint": endpoint.name, "waiting": waiting, "in_flight": backlog.size() - waiting})
        return rows

    def close(self) -> None:
        """Work nothing off any more; what is queued is lost."""
        self._closed.set()
        for backlog in list(self._backlogs.values()):
            backlog.wake()

    def join(self) -> None:
        """Wait for those who answer, once their instances have gone: no answer and no notice comes after this."""
        deadline = time.monotonic() + END_SECONDS
        for thread in list(self._at_work):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _asynchronous(self) -> list[Endpoint]:
        return [each for each in self._endpoints.shelf if each.variants and each.variants[0].asynchronous]

    def _endpoint(self, name: str) -> Endpoint:
        for endpoint in self._endpoints.shelf:
            if endpoint.name == name and endpoint.status in SERVING:
                if not endpoint.variants or not endpoint.variants[0].asynchronous:
                    raise not_valid(f"Endpoint {name} is not asynchronous: it has no AsyncInferenceConfig.")
                return endpoint
        raise no_endpoint(name, self._ground.names.account)

    def _backlog(self, endpoint: Endpoint) -> Backlog:
        """The queue of an endpoint; the first request starts the work on it."""
        if id(endpoint) not in self._backlogs:
            self._backlogs[id(endpoint)] = Backlog()
            self._begin("async-queue", lambda: self._work_off(endpoint))
        return self._backlogs[id(endpoint)]

    def _work_off(self, endpoint: Endpoint) -> None:
        backlog = self._backlogs[id(endpoint)]
        while endpoint.status in SERVING and not self._closed.is_set():
            for request in backlog.take_expired(self._ground.panel.now.asynchronous.pace):
                self._answering.expire(endpoint.variants[0], request)
            request_now = backlog.take(self._capacity(endpoint))
            if request_now is None:
                backlog.wait(LOOK_SECONDS if backlog.waiting() else IDLE_SECONDS)
                continue
            self._begin("async-answer", partial(self._carry_out, endpoint, backlog, request_now))
        with self._lock:
            self._backlogs.pop(id(endpoint), None)

    def _begin(self, name: str, act: Callable[[], None]) -> None:
        def work() -> None:
            try:
                act()
            finally:
                self._at_work.discard(thread)

        thread = threading.Thread(target=work, name=name, daemon=True)
        self._at_work.add(thread)
        thread.start()

    def _capacity(self, endpoint: Endpoint) -> int:
        client = _config(endpoint).get("ClientConfig", {})
        default = self._ground.panel.now.asynchronous.per_instance
        each: int = client.get("MaxConcurrentInvocationsPerInstance", default)
        return each * len(endpoint.variants[0].instances)

    def _carry_out(self, endpoint: Endpoint, backlog: Backlog, request: AsyncRequest) -> None:
        variant = endpoint.variants[0]
        try:
            self._answering.answer(variant, request)
        except InstanceGone:
            backlog.put_back(request)
            return
        except Exception as error:  # a request has an end, whatever the fault of the local cloud's own
            self._answering.give_up(variant, request, repr(error))
        backlog.done(request)


def _config(endpoint: Endpoint) -> Mapping[str, Any]:
    return endpoint.variants[0].asynchronous or {}


def _accepted(request: AsyncRequest) -> Reply:
    headers = {"Content-Type": "application/json"}
    if request.output:
        headers["X-Amzn-SageMaker-OutputLocation"] = uri_of(request.output)
    if request.failure:
        headers["X-Amzn-SageMaker-FailureLocation"] = uri_of(request.failure)
    return Reply(202, json.dumps({"InferenceId": request.inference_id}).encode(), headers)
