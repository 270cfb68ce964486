"""What SageMaker tells of a request, as AWS documents it, as others have seen it, and as nobody should send it."""

import json
from typing import Any

import pytest

from tenantry.domain.answers import Told, parse_answer
from tenantry.domain.events import Unreadable

SUCCESS: dict[str, Any] = {
    "awsRegion": "us-east-1",
    "eventTime": "2022-01-25T22:46:00.608Z",
    "receivedTime": "2022-01-25T22:46:00.455Z",
    "invocationStatus": "Completed",
    "requestParameters": {"contentType": "text/csv", "endpointName": "E", "inputLocation": "s3://b/in.csv"},
    "responseParameters": {"contentType": "text/csv; charset=utf-8", "outputLocation": "s3://b/out/x.out"},
    "inferenceId": "11111111-2222-3333-4444-555555555555",
    "eventVersion": "1.0",
    "eventSource": "aws:sagemaker",
    "eventName": "InferenceResult",
}
ID = SUCCESS["inferenceId"]
FAILURE = {key: value for key, value in SUCCESS.items() if key != "responseParameters"} | {
    "invocationStatus": "Failed",
    "failureReason": "ClientError: Received server error (500) from model.\nSee the logs.",
    "failureLocation": "s3://b/failed/x",
}
BARE = {"inferenceId": ID, "invocationStatus": "Completed"}
READABLE = {
    "success": (SUCCESS, Told(inference=ID, answered=True)),
    "failure": (
        FAILURE,
        Told(inference=ID, answered=False, reason="ClientError: Received server error (500) from model. See the logs."),
    ),
    "in SNS's envelope": ({"Type": "Notification", "Message": json.dumps(SUCCESS)}, Told(inference=ID, answered=True)),
    "the two keys alone": (BARE, Told(inference=ID, answered=True)),
    "in other letters": (BARE | {"invocationStatus": "COMPLETED"}, Told(inference=ID, answered=True)),
    "a status of no known name": (
        BARE | {"invocationStatus": "Expired"},
        Told(inference=ID, answered=False, reason="SageMaker says Expired, and not why"),
    ),
    "a reason that is none": (
        BARE | {"invocationStatus": "Failed", "failureReason": {"a": 1}},
        Told(inference=ID, answered=False, reason="SageMaker says Failed, and not why"),
    ),
}


@pytest.mark.parametrize(("message", "told"), READABLE.values(), ids=READABLE)
def test_what_can_be_read(message: dict[str, Any], told: Told) -> None:
    assert parse_answer(json.dumps(message)) == told


UNREADABLE = {
    "no JSON": "{",
    "no object": "[]",
    "no id": json.dumps({"invocationStatus": "Completed"}),
    "an id that is a number": json.dumps(BARE | {"inferenceId": 1}),
    "an id with a space": json.dumps(BARE | {"inferenceId": "a b"}),
    "an id that is too long": json.dumps(BARE | {"inferenceId": "a" * 65}),
    "no status": json.dumps({"inferenceId": ID}),
    "an envelope around nothing": json.dumps({"Message": "hello"}),
    "too long": json.dumps(BARE | {"more": "x" * 300_000}),
    "half a character": '{"inferenceId": "' + "\ud800" + '"}',
    "a tower of lists": "[" * 100_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot(body: str) -> None:
    with pytest.raises(Unreadable):
        parse_answer(body)
