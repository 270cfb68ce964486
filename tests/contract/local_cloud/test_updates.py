"""A stack that is deployed again keeps what hangs on its resources."""

import json

import pytest

# One worker takes all of it, so that one cloud is started.
pytestmark = pytest.mark.xdist_group("local cloud")


def test_a_topic_that_changes_keeps_its_name_and_its_subscriptions(small):
    cloudformation, sns = small.client("cloudformation"), small.client("sns")
    cloudformation.create_stack(StackName="told", TemplateBody=template("before"))
    [before] = sns.list_subscriptions_by_topic(TopicArn=topic(cloudformation))["Subscriptions"]
    cloudformation.update_stack(StackName="told", TemplateBody=template("after"))
    [after] = sns.list_subscriptions_by_topic(TopicArn=topic(cloudformation))["Subscriptions"]
    assert after == before


def template(display_name):
    to = {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}}
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": display_name}},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": to},
    }
    return json.dumps({"Resources": resources, "Outputs": {"Topic": {"Value": {"Ref": "Topic"}}}})


def topic(cloudformation):
    [stack] = cloudformation.describe_stacks(StackName="told")["Stacks"]
    return stack["Outputs"][0]["OutputValue"]
