"""Whatever a test asks of a function."""

import importlib.util
import json
import os
import time

import boto3
from shared.errors import Hiccup, Refused

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
tries = {}


def handler(event, context):
    return globals()[event["do"]](event)


def work(event):
    return {"sizes": [1, 2, 3], "note": 'it said "yes"\n'}


def refuse(event):
    raise Refused(f'"{event["key"]}" is refused')


def flaky(event):
    tries[event["key"]] = tries.get(event["key"], 0) + 1
    if tries[event["key"]] < 2:
        raise Hiccup("once more")
    return work(event)


def note(event):
    table.put_item(Item={"pk": "note", "sk": event["row"], "text": json.dumps(event)})


def sleep(event):
    time.sleep(event["seconds"])
    return "slept"


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
    tries[event["row"]] = tries.get(event["row"], 0) + 1
    if tries[event["row"]] < 3:
        raise Hiccup("not yet")
    table.put_item(Item={"pk": "note", "sk": event["row"], "text": f"{tries[event['row']]} tries"})


def imports(event):
    return importlib.util.find_spec(event["name"]) is not None
