"""Lambda's event source mappings on SQS queues.

moto invokes the function inside the call that sends the message, one record at a time, and puts failures back at once.
Lambda polls: it takes batches, deletes what succeeded, leaves failures invisible until their visibility timeout ends
(`ReportBatchItemFailures` says which failed), and SQS moves what was received too often to the dead-letter queue.
Pollers here sleep on the queue's own condition, so a message is picked up as it arrives.
"""

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.sqs.models import Queue, SQSBackend, sqs_backends

from local.context import Context
from local.functions.pool import TooManyRequests
from local.functions.queue_record import record
from local.seams.replace import replace

log = logging.getLogger(__name__)

DEFAULT_CONCURRENCY = 5  # batches in hand at a time; Lambda begins with five pollers


@dataclass
class Redelivery:
    """Seconds until a failed message is visible again; None: when its visibility timeout ends, as on AWS."""

    seconds: float | None = None


def install(context: Context) -> Redelivery:
    """Start a poller for every mapping; returns the knob of all of them."""
    redelivery = Redelivery()
    create = replace(LambdaBackend, "create_event_source_mapping", None)
    add = replace(Queue, "add_message", None)
    change = replace(SQSBackend, "change_message_visibility", None)

    def create_and_poll(backend: Any, spec: dict[str, Any]) -> Any:
        mapping = create(backend, spec)
        if ":sqs:" in mapping.event_source_arn:
            Poller(context, mapping, redelivery).start()
        return mapping

    def only_add(queue: Any, message: Any) -> None:
        mappings, queue.lambda_event_source_mappings = queue.lambda_event_source_mappings, {}
        try:
            add(queue, message)
        finally:
            queue.lambda_event_source_mappings = mappings

    def change_and_wake(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        change(backend, queue_name, receipt_handle, visibility_timeout)
        wake(backend.get_queue(queue_name))

    replace(LambdaBackend, "create_event_source_mapping", create_and_poll)
    replace(Queue, "add_message", only_add)
    replace(SQSBackend, "change_message_visibility", change_and_wake)
    return redelivery


def wake(queue: Any) -> None:
    """Let everyone who waits for the queue look again."""
    with queue._messages_lock:
        queue._messages_lock.notify_all()


class Poller:
    """Takes batches from one queue for one function until the mapping is deleted."""

    def __init__(self, context: Context, mapping: Any, redelivery: Redelivery) -> None:
        self._context, self._mapping, self._redelivery = context, mapping, redelivery
        name = mapping.event_source_arn.rsplit(":", 1)[-1]
        self._queue: Any = self._backend.get_queue(name)
        most = int((mapping.scaling_config or {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY))
        self._free = threading.Semaphore(most)
        self._workers = ThreadPoolExecutor(max_workers=most, thread_name_prefix=f"mapping-{name}")

    def start(self) -> None:
        """Poll on a thread of its own."""
        threading.Thread(target=self._run, name=f"poll-{self._queue.name}", daemon=True).start()

    @property
    def _backend(self) -> SQSBackend:
        return sqs_backends[self._context.account][self._context.region]

    def _exists(self) -> bool:
        queue = self._backend.queues.get(self._queue.name)
        return queue is self._queue and self._mapping in queue.lambda_event_source_mappings.values()

    def _run(self) -> None:
        while self._exists():
            self._free.acquire()
            batch = self._batch() if self._mapping.enabled else []
            if batch:
                self._workers.submit(self._hand_over, batch)
            else:
                self._free.release()
                self._rest()

    def _batch(self) -> list[Any]:
        with self._context.serial:
            if not self._exists():
                return []
            size = int(self._mapping.batch_size or 10)
            return list(
                self._backend.receive_message(
                    self._queue.name, size, 0, self._queue.visibility_timeout, message_attribute_names=["All"]
                )
            )

    def _rest(self) -> None:
        """Sleep until a message arrives or one in the queue becomes visible."""
        with self._queue._messages_lock:
            if not self._queue.messages:
                due = [max(message.visible_at, message.delayed_until) for message in self._queue._messages]
                self._queue._messages_lock.wait(max(0.01, min(due) / 1000 - time.time()) if due else None)

    def _hand_over(self, batch: list[Any]) -> None:
        try:
            failed = self._failures(batch)
            with self._context.serial:
                for message in batch:
                    self._settle(message, message.id in failed)
        except Exception:
            log.exception("a batch of %s was not handled", self._queue.name)
        finally:
            self._free.release()

    def _settle(self, message: Any, failed: bool) -> None:
        if not failed:
            self._backend.delete_message(self._queue.name, message.receipt_handle)
        elif self._redelivery.seconds is not None:
            seconds = int(self._redelivery.seconds)
            self._backend.change_message_visibility(self._queue.name, message.receipt_handle, seconds)

    def _failures(self, batch: list[Any]) -> set[str]:
        """Ids of the messages to try again: all of them unless the function says which."""
        everything = {message.id for message in batch}
        body = json.dumps({"Records": [record(message, self._queue) for message in batch]}).encode()
        try:
            outcome = self._context.functions.invoke(self._mapping.function_arn, body)
        except TooManyRequests:
            return everything
        if outcome.failed:
            return everything
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or []):
            return set()
        return _reported(outcome.payload, everything)


def _reported(payload: bytes, everything: set[str]) -> set[str]:
    """What `batchItemFailures` names; an unusable answer fails the whole batch, as Lambda has it."""
    answer = json.loads(payload)
    if answer is None:
        return set()
    try:
        named = {item["itemIdentifier"] for item in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return everything
    if not named <= everything:
        return everything
    return named
