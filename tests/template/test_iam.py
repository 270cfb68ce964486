"""The evaluator itself: IAM's documented rules, one row each, so that a green matrix means something."""

from typing import Any

import pytest

from tests.template.iam import Request, allowed

TAGGED = {"aws:PrincipalTag/tenant": "acme"}


def decide(context: dict[str, Any], condition: dict[str, Any], resource: str = "*", on: str = "arn:x") -> bool:
    statement = {"Effect": "Allow", "Action": "s3:Get*", "Resource": resource, "Condition": condition}
    return allowed(Request("s3:GetObject", on, context), [statement])


@pytest.mark.parametrize(
    ("context", "condition", "expected"),
    [
        ({"k": "a"}, {"StringEquals": {"k": "a"}}, True),
        ({"K": "a"}, {"StringEquals": {"k": ["b", "a"]}}, True),
        ({"k": "a"}, {"StringEquals": {"k": "A"}}, False),
        ({"k": "a*"}, {"StringEquals": {"k": "ab"}}, False),
        ({}, {"StringEquals": {"k": "a"}}, False),
        ({}, {"StringNotEquals": {"k": "a"}}, True),
        ({"k": "a"}, {"StringNotEquals": {"k": ["a", "b"]}}, False),
        ({"k": "abc"}, {"StringLike": {"k": "a?c"}}, True),
        ({"k": "abc"}, {"StringLike": {"k": "a*"}}, True),
        ({"k": "a/b"}, {"StringLike": {"k": "a"}}, False),
        ({}, {"StringLikeIfExists": {"k": "a"}}, True),
        ({}, {"Null": {"k": "true"}}, True),
        ({}, {"Null": {"k": "false"}}, False),
        ({"k": "a"}, {"Null": {"k": "false"}}, True),
        ({"k": ["a", "b"]}, {"ForAllValues:StringEquals": {"k": ["a", "b", "c"]}}, True),
        ({"k": ["a", "z"]}, {"ForAllValues:StringEquals": {"k": ["a", "b"]}}, False),
        ({}, {"ForAllValues:StringEquals": {"k": "a"}}, True),
        ({"k": ["a", "z"]}, {"ForAnyValue:StringEquals": {"k": "a"}}, True),
        ({}, {"ForAnyValue:StringEquals": {"k": "a"}}, False),
        ({"k": "arn:aws:s3:::b"}, {"ArnEquals": {"k": "arn:aws:s3:::*"}}, True),
        ({"k": "arn:aws:iam::1:role/x"}, {"ArnLike": {"k": "arn:aws:*:role/x"}}, False),
        ({"k": "arn:aws:iam::1:role/x"}, {"ArnNotEquals": {"k": "arn:aws:iam::1:role/x"}}, False),
        ({"k": "true"}, {"Bool": {"k": "true"}}, True),
        ({"k": "acme/x", **TAGGED}, {"StringLike": {"k": "${aws:PrincipalTag/tenant}/*"}}, True),
        ({"k": "acme2/x", **TAGGED}, {"StringLike": {"k": "${aws:PrincipalTag/tenant}/*"}}, False),
        ({"k": "/x"}, {"StringLike": {"k": "${aws:PrincipalTag/tenant}/*"}}, False),
        ({"k": "b/x", "t": "*"}, {"StringLike": {"k": "${t}/*"}}, False),
        ({"k": "a", "l": "b"}, {"StringEquals": {"k": "a", "l": "a"}}, False),
        ({"k": "a", "l": "b"}, {"StringEquals": {"k": "a"}, "StringLike": {"l": "b"}}, True),
    ],
)
def test_a_condition(context: dict[str, Any], condition: dict[str, Any], expected: bool) -> None:
    assert decide(context, condition) is expected


def test_actions_ignore_case_and_resources_do_not() -> None:
    statement = {"Effect": "Allow", "Action": "S3:getobject", "Resource": "arn:Own/*"}
    assert allowed(Request("s3:GetObject", "arn:Own/key"), [statement])
    assert not allowed(Request("s3:GetObject", "arn:own/key"), [statement])
    assert not allowed(Request("s3:PutObject", "arn:Own/key"), [statement])


def test_a_deny_anywhere_wins_and_silence_is_no() -> None:
    yes = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    no = {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}
    put = Request("s3:PutObject", "arn:x")
    assert allowed(put, [yes])
    assert not allowed(put, [yes, no])
    assert not allowed(put, [yes], resource=[no])
    assert not allowed(put, [])


def test_a_session_policy_only_takes_away() -> None:
    wide = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    narrow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    assert allowed(Request("s3:GetObject", "x"), [wide], session=[narrow])
    assert not allowed(Request("s3:PutObject", "x"), [wide], session=[narrow])
    assert not allowed(Request("s3:PutObject", "x"), [narrow], session=[wide])


def test_a_word_it_does_not_know_is_an_error_and_never_a_yes() -> None:
    with pytest.raises(KeyError):
        decide({"k": "1"}, {"NumericEquals": {"k": "1"}})
    with pytest.raises(NotImplementedError):
        allowed(Request("a:b", "x"), [{"Effect": "Allow", "NotAction": "a:c", "Resource": "*"}])
