"""SNS's deliveries to functions and to e-mail addresses.

moto calls a function inside the publish with a made-up event, and records mail without sending it. SNS delivers
afterwards; mail is written to the outbox, one `.eml` file per message. Subscriptions are confirmed at once: there is
nobody to click a link.
"""

import functools
import json
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from moto.sns.models import Subscription

from local.context import Context
from local.seams.replace import replace

MAIL = ("email", "email-json")
FOOTER = (
    "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to "
    "unsubscribe:\nhttps://sns.{region}.amazonaws.com/unsubscribe.html?SubscriptionArn={subscription}\n"
)


def install(context: Context) -> None:
    """Deliver mail and events; queues and URLs stay moto's."""
    publish = replace(Subscription, "publish", None)
    outbox = Outbox(context.home.outbox)

    @functools.cache
    def key() -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def deliver(subscription: Any, message: str, message_id: str, subject: str | None = None, **more: Any) -> None:
        if subscription.protocol not in (*MAIL, "lambda"):
            _unless_false(subscription.attributes)
            publish(subscription, message, message_id, subject=subject, **more)
            return
        matcher, attributes = subscription._filter_policy_matcher, more.get("message_attributes")
        if matcher is not None and not matcher.matches(attributes, message):
            return
        if more.get("message_structure") == "json":
            message = subscription._parse_message_structure(message, subscription.protocol)
        if subscription.protocol == "lambda":
            event = lambda_event(subscription, message, message_id, subject, attributes)
            context.functions.leave(subscription.endpoint, event)
        else:
            outbox.put(mail(subscription, message, message_id, subject))

    replace(Subscription, "publish", deliver)
    replace(Subscription, "private_key", lambda _subscription: key())  # one for all: making one takes 100 ms


def _unless_false(attributes: dict[str, Any]) -> None:
    """Undo that moto takes the text "false" for true."""
    attributes["RawMessageDelivery"] = str(attributes.get("RawMessageDelivery", "")).lower() == "true"


def lambda_event(
    subscription: Any, message: str, message_id: str, subject: str | None, attributes: dict[str, Any] | None
) -> dict[str, Any]:
    """What SNS hands to a function."""
    shown = {name: {"Type": value["Type"], "Value": value["Value"]} for name, value in (attributes or {}).items()}
    notification = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        "Subject": subject,
        "Message": message,
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "MessageAttributes": shown,
    }
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription.arn,
              "Sns": notification}  # fmt: skip
    return {"Records": [record]}


def mail(subscription: Any, message: str, message_id: str, subject: str | None) -> EmailMessage:
    """The message as a reader gets it."""
    region = subscription.topic.arn.split(":")[3]
    letter = EmailMessage()
    letter["From"] = f"{subscription.topic.name[:60]} <no-reply@sns.amazonaws.com>"
    letter["To"] = subscription.endpoint
    letter["Subject"] = subject or "AWS Notification Message"
    letter["Date"] = format_datetime(datetime.now(UTC))
    letter["Message-ID"] = f"<{message_id}@sns.amazonaws.com>"
    letter["X-Amz-Sns-Topic-Arn"] = subscription.topic.arn
    if subscription.protocol == "email-json":
        body = {"Type": "Notification", "MessageId": message_id, "TopicArn": subscription.topic.arn,
                "Subject": subject, "Message": message}  # fmt: skip
        letter.set_content(json.dumps(body, indent=2))
    else:
        letter.set_content(message + FOOTER.format(region=region, subscription=subscription.arn), cte="8bit")
    return letter


class Outbox:
    """A folder of letters, numbered in the order they were sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._count = 0

    def put(self, letter: EmailMessage) -> Path:
        """Write the letter whole, under a name that sorts by time."""
        with self._lock:
            self._count += 1
            number = self._count
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{number:04d}-{_safe(letter['To'])}.eml"
        scratch = self._folder / f".{name}"
        scratch.write_bytes(bytes(letter))
        return scratch.rename(self._folder / name)


def _safe(address: str) -> str:
    return "".join(character if character.isalnum() or character in "@.-_" else "_" for character in address)[:80]
