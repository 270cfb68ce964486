"""Queues of asynchronous endpoints in memory: what waits is answered in virtual time, and told as SageMaker does."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenantry.adapters.memory.artifacts import MemoryArtifacts, place
from tenantry.adapters.memory.control import Control
from tenantry.domain.errors import ReleaseFailed
from tenantry.ports import Answer, Asked, Clock, Receipt

Invoke = Callable[[str, bytes], Answer]
"""Endpoint, body → what its container answers."""
EXPIRED = "ClientError: The request was in the queue for longer than it may."


@dataclass
class Waiting:
    """One request in a queue. `ready_at` is when it is answered, if its endpoint has an instance by then."""

    endpoint: str
    asked: Asked
    receipt: Receipt
    since: datetime
    ready_at: datetime


class MemoryQueues:
    """What waits, in its order. `told` are SageMaker's messages to its topics, until somebody takes them.

    `seconds` is how long an answer takes. Samples have no place to lie: their `input` is empty, and `probed` tells
    of them.
    """

    def __init__(self, clock: Clock, artifacts: MemoryArtifacts, control: Control, invoke: Invoke) -> None:
        self._clock, self._artifacts, self._control, self._invoke = clock, artifacts, control, invoke
        self.waiting: list[Waiting] = []
        self.told: list[str] = []
        self.seconds = 1.0

    def enqueue(self, endpoint: str, asked: Asked) -> Receipt:
        """As the port says it."""
        config = self.config(endpoint)
        if config is None:
            raise ReleaseFailed(f"Endpoint {endpoint} of account 123456789012 not found.")
        output, now = config["OutputConfig"], self._clock.now()
        receipt = Receipt(
            answer=f"{output['S3OutputPath']}{asked.folder}/{asked.file}",
            failure=f"{output['S3FailurePath']}{asked.folder}/{asked.file}",
        )
        ready_at = now + timedelta(seconds=self.seconds)
        self.waiting.append(Waiting(endpoint, asked, receipt, now, ready_at))
        return receipt

    def config(self, endpoint: str) -> dict[str, Any] | None:
        """The endpoint's AsyncInferenceConfig; `None` when it has none, or there is no such endpoint."""
        found = self._control.find(endpoint)
        return self._control.configs[found.config].get("AsyncInferenceConfig") if found else None

    def backlog(self, endpoint: str) -> int:
        """How many wait there."""
        return sum(one.endpoint == endpoint for one in self.waiting)

    def settle(self) -> None:
        """Answer what is ready, and let go what waited for too long."""
        now = self._clock.now()
        for one in list(self.waiting):
            found = self._control.find(one.endpoint)
            if now - one.since > timedelta(seconds=one.asked.ttl):
                self._end(one, Answer(outcome="model_error", took_ms=0, message=EXPIRED))
            elif found and found.instances and one.ready_at <= now:
                self._end(one, self._invoke(one.endpoint, self._artifacts.lying_at(one.asked.input) or b""))

    def next_at(self) -> datetime | None:
        """When there is something to settle next, `None` while nothing waits."""
        now, moments = self._clock.now(), list[datetime]()
        for one in self.waiting:
            over = one.since + timedelta(seconds=one.asked.ttl + 1)
            moments.append(one.ready_at if one.ready_at > now else over)
        return min(moments, default=None)

    def probed(self, inference: str, answer: Answer) -> None:
        """A sample went through the queue: SageMaker tells of it as of any request."""
        self._tell(inference, answer, Receipt(answer=""))

    def _end(self, one: Waiting, answer: Answer) -> None:
        self.waiting.remove(one)
        ok = answer.outcome == "ok"
        where = place(one.receipt.answer if ok else one.receipt.failure)
        self._artifacts.put(*where, answer.body if ok else answer.message.encode())
        self._tell(one.asked.inference, answer, one.receipt)

    def _tell(self, inference: str, answer: Answer, receipt: Receipt) -> None:
        """In the shapes of aws.md 5.5; the failure's is third-party knowledge."""
        ok = answer.outcome == "ok"
        parameters = {"contentType": answer.content_type, "outputLocation": receipt.answer}
        more: dict[str, Any] = {"responseParameters": parameters} if ok else {"failureReason": answer.message}
        status = "Completed" if ok else "Failed"
        self.told.append(
            json.dumps({"invocationStatus": status, "inferenceId": inference, "eventName": "InferenceResult", **more})
        )
