"""SQS long polls.

moto waits inside the request. Behind the one lock that would stop everybody else, the sender of the awaited message
included, so the lock is let go while a receiver waits.
"""

from typing import Any

from moto.sqs.models import Queue

from local.context import Context
from local.seams.replace import replace


def install(context: Context) -> None:
    """Wait without the lock."""
    wait = replace(Queue, "wait_for_messages", None)

    def wait_released(queue: Any, timeout: int) -> None:
        with context.serial.released():
            wait(queue, timeout)

    replace(Queue, "wait_for_messages", wait_released)
