"""Whatever a test asks of a function."""

import importlib.util
import json
import os
import time

import boto3
from shared.errors import Hiccup, Refused

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    return globals()[event["do"]](event)


def work(event):
    return {"sizes": [1, 2, 3], "note": 'it said "yes"\n'}


def refuse(event):
    raise Refused(f'"{event["key"]}" is refused')


def tries(what):
    """How often this was tried, in whichever process."""
    told = table.update_item(
        Key={"pk": "tries", "sk": what},
        UpdateExpression="ADD times :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return int(told["Attributes"]["times"])


def flaky(event):
    if tries(event["key"]) < 2:
        raise Hiccup("once more")
    return work(event)


def note(event):
    table.put_item(Item={"pk": "note", "sk": event["row"], "text": json.dumps(event)})


def sleep(event):
    time.sleep(event["seconds"])
    return "slept"


def meet(event):
    """Wait for the others: nobody comes through alone."""
    tries(event["row"])
    while table.get_item(Key={"pk": "tries", "sk": event["row"]}, ConsistentRead=True)["Item"]["times"] < event["many"]:
        time.sleep(0.05)
    return "met"


def leave(event):
    os._exit(7)


def echo(event):
    return event


def count(event):
    print(
        json.dumps(
            {
                "_aws": {
                    "Timestamp": int(time.time() * 1000),
                    "CloudWatchMetrics": [
                        {
                            "Namespace": "Local",
                            "Dimensions": [["tenant"]],
                            "Metrics": [{"Name": "Calls", "Unit": "Count"}],
                        }
                    ],
                },
                "tenant": "acme",
                "Calls": 3,
            }
        )
    )


def third_time(event):
    times = tries(event["row"])
    if times < 3:
        raise Hiccup("not yet")
    table.put_item(Item={"pk": "note", "sk": event["row"], "text": f"{times} tries"})


def imports(event):
    return importlib.util.find_spec(event["name"]) is not None
