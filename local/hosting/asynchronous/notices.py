"""What SageMaker tells the topics of an asynchronous endpoint about a request, and how it gets there or does not.

The success message is AWS's own (developer guide, async-inference-check-predictions). AWS documents no failure message:
`failureReason`, `failureLocation` and `responseBody` are as public code has seen them.
"""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.hosting.asynchronous.requests import AsyncRequest, uri_of
from local.hosting.container import Answer
from local.hosting.ground import Ground

LARGEST_RESPONSE = 128 * 1024
"""Bytes of a response that a notice includes when asked to."""

Message = dict[str, Any]


@dataclass(frozen=True)
class Notices:
    """Publishes to SNS, past the faults that were planned."""

    ground: Ground

    def succeeded(self, config: Mapping[str, Any], request: AsyncRequest, at: tuple[str, str], answer: Answer) -> None:
        """Tell the SuccessTopic, if there is one; `at` names endpoint and variant."""
        told = config.get("NotificationConfig", {})
        message = _message(self.ground.names.region, at[0], request, "Completed")
        output = {"outputLocation": uri_of(request.output)} if request.output else {}
        message["responseParameters"] = {"contentType": content_type(answer), **output}
        if "SUCCESS_NOTIFICATION_TOPIC" in told.get("IncludeInferenceResponseIn", ()):
            message["responseBody"] = _included(answer.body)
        self._publish(told.get("SuccessTopic"), message, at)

    def failed(
        self, config: Mapping[str, Any], request: AsyncRequest, at: tuple[str, str], reason: str, response: bytes
    ) -> None:
        """Tell the ErrorTopic, if there is one."""
        told = config.get("NotificationConfig", {})
        message = {**_message(self.ground.names.region, at[0], request, "Failed"), "failureReason": reason}
        if request.failure:
            message["failureLocation"] = uri_of(request.failure)
        if "ERROR_NOTIFICATION_TOPIC" in told.get("IncludeInferenceResponseIn", ()):
            message["responseBody"] = _included(response)
        self._publish(told.get("ErrorTopic"), message, at)

    def _publish(self, topic: str | None, message: Message, at: tuple[str, str]) -> None:
        if topic is None:
            return
        for seconds in self.ground.faults.notice_delays():
            if seconds:
                timer = threading.Timer(seconds, self._send, (topic, message, at))
                timer.daemon = True
                timer.start()
            else:
                self._send(topic, message, at)

    def _send(self, topic: str, message: Message, at: tuple[str, str]) -> None:
        try:
            self.ground.sns.publish(TopicArn=topic, Message=json.dumps(message))
        except Exception as error:  # the request is answered all the same, as on AWS
            print(f"a notice of {at[0]} was not delivered: {error}", flush=True)
            self.ground.metrics.count(*at, "NotificationFailures")


def content_type(answer: Answer) -> str:
    """What the container said it is."""
    return next(
        (value for name, value in answer.headers.items() if name.lower() == "content-type"), "application/octet-stream"
    )


def _message(region: str, endpoint: str, request: AsyncRequest, status: str) -> Message:
    members = request.invocation.members
    parameters = {
        "contentType": members.get("ContentType"),
        "accept": members.get("Accept"),
        "customAttributes": members.get("CustomAttributes"),
        "endpointName": endpoint,
        "inputLocation": request.input_location,
    }
    return {
        "awsRegion": region,
        "eventTime": _iso(datetime.now(UTC)),
        "receivedTime": _iso(datetime.fromtimestamp(request.received, UTC)),
        "invocationStatus": status,
        "requestParameters": {name: value for name, value in parameters.items() if value is not None},
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _included(body: bytes) -> dict[str, str]:
    if len(body) > LARGEST_RESPONSE:
        return {"message": f"The response is larger than {LARGEST_RESPONSE} bytes and is not included."}
    return {"content": base64.b64encode(body).decode(), "encoding": "BASE64"}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
