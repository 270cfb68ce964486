"""The walker sees every request of a session, and a bad one fails the test that made it."""

import boto3
import pytest
from moto import mock_aws

from tenantry.domain.plans import Call
from tests.walker import Walker


def test_a_bad_request_is_seen_though_botocore_lets_it_through() -> None:
    walker = Walker()
    with mock_aws():
        session = boto3.Session("test", "test", region_name="us-east-1")
        walker.watch(session.events)
        session.client("sns").create_topic(Name="fine")
        walker.verdict()
        session.client("s3").list_buckets(Prefix="x")
        with pytest.raises(Exception, match="InvalidParameter"):
            session.client("sns").publish(TopicArn="not an ARN", Message="m", Subject="two\nlines")
    assert walker.seen == {("sns", "CreateTopic"): 1, ("s3", "ListBuckets"): 1, ("sns", "Publish"): 1}
    with pytest.raises(AssertionError, match=r"(?s)sns Publish.*TopicArn.*sns Publish.*Subject"):
        walker.verdict()


def test_a_bad_call_of_a_plan_is_seen() -> None:
    walker = Walker()
    walker.calls([Call(operation="DeleteEndpoint", params={"EndpointName": "under_score"})])
    with pytest.raises(AssertionError, match="EndpointName"):
        walker.verdict()
