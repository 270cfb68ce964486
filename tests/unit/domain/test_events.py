"""Events of the drop bucket: each a row of name, what it attacks, and what becomes of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tenantry.domain.events import DropEvent, Unreadable, parse_event
from tenantry.domain.names import parse_drop

Event = dict[str, Any]


def event(key: Any = "models/acme/churn/3/model.tar.gz", **more: Any) -> Event:
    thing = {"key": key, "size": 10, "etag": "e", "version-id": "v1", "sequencer": "0A"} | more
    return {
        "version": "0",
        "id": "i",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-11-22T04:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::drop"],
        "detail": {"version": "0", "bucket": {"name": "drop"}, "object": thing, "reason": "PutObject"},
    }


def text(change: Callable[[Event], None]) -> str:
    made = event()
    change(made)
    return json.dumps(made)


def without(*path: str) -> str:
    def change(made: Event) -> None:
        for name in path[:-1]:
            made = made[name]
        del made[path[-1]]

    return text(change)


def put(value: Any, *path: str) -> str:
    def change(made: Event) -> None:
        for name in path[:-1]:
            made = made[name]
        made[path[-1]] = value

    return text(change)


UNREADABLE = {
    "empty": ("nothing at all", "", "not JSON"),
    "no JSON": ("a parser that guesses", "{", "not JSON"),
    "a list": ("a shape nobody sent", "[]", "the event"),
    "a number": ("a shape nobody sent", "1", "the event"),
    "null": ("a shape nobody sent", "null", "the event"),
    "NaN": ("numbers JSON does not have", '{"source": NaN}', "not JSON"),
    "Infinity": ("numbers JSON does not have", '{"source": -Infinity}', "not JSON"),
    "a doubled key": (
        "two readers, two keys",
        json.dumps(event()).replace('"key":', '"key": "tenants/b.json", "key":'),
        "twice",
    ),
    "a doubled bucket": (
        "two readers, two buckets",
        json.dumps(event()).replace('"name":', '"name": "x", "name":'),
        "twice",
    ),
    "10,000 deep": ("the parser's stack", "[" * 10_000 + "]" * 10_000, "not JSON"),
    "300 KiB": ("memory", put("x" * 300 * 1024, "id"), "256 KiB"),
    "a lone surrogate": ("encoders further down", put("models/\ud800", "detail", "object", "key"), "no Unicode"),
    "another source": ("a forged event", put("my.app", "source"), "source"),
    "another type": ("a type nobody asked for", put("Object Tags Added", "detail-type"), "detail-type"),
    "restored": ("a type nobody asked for", put("Object Restore Completed", "detail-type"), "detail-type"),
    "no detail": ("a missing part", without("detail"), "detail"),
    "no bucket": ("a missing part", without("detail", "bucket"), "bucket"),
    "no object": ("a missing part", without("detail", "object"), "object"),
    "no key": ("a missing part", without("detail", "object", "key"), "key"),
    "no version id": ("a bucket without versions", without("detail", "object", "version-id"), "version-id"),
    "no time": ("a missing part", without("time"), "time"),
    "a time without zone": ("order by local time", put("2026-11-22T04:00:00", "time"), "time zone"),
    "no time at all": ("a date that is none", put("yesterday", "time"), "time"),
    "an empty key": ("the bucket itself", put("", "detail", "object", "key"), "key"),
    "a key of a number": ("loose types", put(7, "detail", "object", "key"), "key"),
    "a key of a list": ("loose types", put(["models/acme"], "detail", "object", "key"), "key"),
    "a size of text": ("loose types", put("10", "detail", "object", "size"), "size"),
    "a size of a fraction": ("loose types", put(1.5, "detail", "object", "size"), "size"),
    "a size below zero": ("arithmetic", put(-1, "detail", "object", "size"), "size"),
    "a size of truth": ("loose types", put(True, "detail", "object", "size"), "size"),
    "a key of 1,025 bytes": ("limits", put("a" * 1_025, "detail", "object", "key"), "key"),
    "a key of 1,026 bytes in 342 characters": (
        "limits in characters",
        put("\u20ac" * 342, "detail", "object", "key"),
        "longer",
    ),
    "a version id with a line break": ("log lines", put("v\n1", "detail", "object", "version-id"), "version-id"),
    "a version id of nothing": ("the latest version", put("", "detail", "object", "version-id"), "version-id"),
    "a bucket of two letters": ("names S3 does not have", put("ab", "detail", "bucket", "name"), "bucket"),
    "a bucket of a number": ("loose types", put(5, "detail", "bucket", "name"), "bucket"),
}


@pytest.mark.parametrize(("attacks", "body", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_event_that_is_not_read(attacks: str, body: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        parse_event(body)
    assert attacks


KEYS = {
    "raw, never decoded: percent": ("models/acme/churn/100%25/model.tar.gz", "stray"),
    "raw, never decoded: plus": ("models/acme/churn/3+1/model.tar.gz", "stray"),
    "an encoded slash": ("models/acme%2fchurn/x/3/model.tar.gz", "stray"),
    "climbing": ("models/acme/../beta/churn/3/model.tar.gz", "stray"),
    "a look-alike of a": ("models/\u0430cme/churn/3/model.tar.gz", "stray"),
    "a line break": ("tenants/acme.json\n", "stray"),
    "a zero byte": ("tenants/acme.json\u0000", "stray"),
    "capitals": ("tenants/Acme.json", "stray"),
    "a placeholder": ("tenants/${x}.json", "stray"),
    "as it should be": ("models/acme/churn/3/model.tar.gz", "version"),
    "as SageMaker lays it": ("models/acme/churn/job-7/output/model.tar.gz", "version"),
}


@pytest.mark.parametrize(("key", "kind"), KEYS.values(), ids=KEYS)
def test_a_key_is_taken_as_it_is(key: str, kind: str) -> None:
    read = parse_event(json.dumps(event(key)))
    assert read.key == key
    assert parse_drop(read.key, read.size).kind == kind


def test_what_is_not_known_is_passed_over() -> None:
    body = text(lambda made: made["detail"].update(future={"a": 1}))
    assert parse_event(body).version_id == "v1"


def test_a_deletion_has_no_size() -> None:
    made = event() | {"detail-type": "Object Deleted"}
    del made["detail"]["object"]["size"]
    read = parse_event(json.dumps(made))
    assert isinstance(read, DropEvent)
    assert (read.kind, read.size) == ("deleted", 0)
