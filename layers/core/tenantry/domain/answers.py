"""What SageMaker tells of an asynchronous request, parsed tolerantly (aws.md 5.5).

Only the success message is documented. So two keys are relied on, the id and the status; of the others none is needed,
and none is believed: whose a request is, and where its answer lies, was recorded when it was made.
"""

import json
import re

from tenantry.domain.base import Value
from tenantry.domain.events import EVENT_BYTES, Unreadable
from tenantry.domain.mails import plain

_ID = re.compile(r"[!-~]{1,64}")


class Told(Value):
    """One message: the id SageMaker was given, whether there is an answer, and if not, why in its words."""

    inference: str
    answered: bool
    reason: str = ""


def parse_answer(body: str) -> Told:
    """The message in the body of one queue message, with or without SNS's envelope; Unreadable when there is none."""
    message = _object(body)
    if isinstance(inner := message.get("Message"), str) and "invocationStatus" not in message:
        message = _object(inner)
    inference, status = message.get("inferenceId"), message.get("invocationStatus")
    if not isinstance(inference, str) or not _ID.fullmatch(inference):
        raise Unreadable("no inferenceId")
    if not isinstance(status, str) or not status:
        raise Unreadable("no invocationStatus")
    if status.lower() == "completed":
        return Told(inference=inference, answered=True)
    reason = message.get("failureReason")
    said = plain(reason) if isinstance(reason, str) else ""
    return Told(inference=inference, answered=False, reason=said or f"SageMaker says {plain(status, 100)}, and not why")


def _object(text: str) -> dict[str, object]:
    try:
        if len(text.encode()) > EVENT_BYTES:
            raise Unreadable("more than 256 KiB")
        value = json.loads(text)
    except UnicodeEncodeError as error:
        raise Unreadable("text that is no Unicode") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value
