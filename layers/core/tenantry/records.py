"""The door for a queue: `@records` turns a use of one message into a handler of many.

Powertools' batch imports its models of every kind of event (50 ms of each cold start) when it finds pydantic imported,
so it is imported before anything of ours; only the function that has a queue imports this module.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from pydantic import BaseModel

from tenantry.runtime import App, Handler, app, observed


def records[Output: BaseModel](use: Callable[[str, App], Output]) -> Handler:
    """A handler of a batch of queue messages: each by itself, so that one that fails goes back to the queue alone."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    verb = use.__module__

    def one(record: Any) -> Any:
        return observed(verb, {}, lambda: use(record.body, app()))

    @wraps(use)
    def handle(event: Any, context: Any) -> Any:
        return process_partial_response(event, record_handler=one, processor=processor, context=context)

    return handle
