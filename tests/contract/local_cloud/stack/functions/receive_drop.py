"""Start one named execution per created object; an object named `poison` is never accepted."""

import contextlib
import hashlib
import json
import os

import boto3

machines = boto3.client("stepfunctions")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    failed = []
    for record in event["Records"]:
        drop = json.loads(record["body"])
        table.put_item(Item={"pk": "event", "sk": drop["id"], "body": record["body"]})
        key = drop["detail"]["object"]["key"]
        if key == "poison":
            failed.append({"itemIdentifier": record["messageId"]})
        elif drop["detail-type"] == "Object Created":
            start(key, drop["detail"]["object"]["version-id"])
    return {"batchItemFailures": failed}


def start(key, version):
    name = hashlib.sha256(f"{key}/{version}".encode()).hexdigest()[:40]
    with contextlib.suppress(machines.exceptions.ExecutionAlreadyExists):
        machines.start_execution(
            stateMachineArn=os.environ["MACHINE_PREFIX"] + "process-drop", name=name, input=json.dumps({"key": key})
        )
