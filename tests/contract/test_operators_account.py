"""What `destroy` finds and removes, what `doctor` sees, and what the command line is wired to, against moto."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tenantry.usecases import queries
from tenantry_cli.aws_account import AwsAccount
from tenantry_cli.aws_estate import AwsEstate
from tenantry_cli.settings import Misconfigured
from tenantry_cli.wiring import Aws
from tenantry_cli.world import Thing

ROLE = "arn:aws:iam::123456789012:role/host"
TEMPLATE = {
    "Resources": {
        "DropBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "mine-drop"}},
        "DropRule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"Name": "mine-drops", "EventPattern": {"source": ["aws.s3"]}, "State": "ENABLED"},
        },
        "IntakeQueue": {"Type": "AWS::SQS::Queue"},
        "IntakeDeadLetters": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
        "OperatorTopic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "mine-operator"}},
    },
    "Outputs": {
        "DropBucket": {"Value": "mine-drop"},
        "ServingBucket": {"Value": "mine-serving"},
        "ResultsBucket": {"Value": "mine-results"},
        "RegistryTable": {"Value": "mine-registry"},
        "RoutesTable": {"Value": "mine-routes"},
        "OperatorTopicArn": {"Value": {"Ref": "OperatorTopic"}},
        "MachinePrefix": {"Value": "arn:aws:states:eu-west-1:123456789012:stateMachine:mine-"},
    },
}
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"})
Connect = Callable[[str], Any]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "TENANTRY_STACK", "DROP_BUCKET", "REGISTRY_TABLE", "ROUTES_TABLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        make: Any = boto3.client
        yield lambda service: with_components(make(service, region_name="eu-west-1"))


def with_components(client: Any, *components: str) -> Any:
    """moto does not know inference components: there are these, all of them tagged by the stack `mine`."""
    account = "arn:aws:sagemaker:eu-west-1:123456789012:"
    listed = [
        {
            "InferenceComponentName": name,
            "InferenceComponentArn": f"{account}inference-component/{name}",
            "InferenceComponentStatus": "InService",
        }
        for name in components
    ]
    if client.meta.service_model.service_name == "sagemaker":
        ok, register = SimpleNamespace(status_code=200, headers={}), client.meta.events.register
        answer = {"InferenceComponents": listed}
        register("before-call.sagemaker.ListInferenceComponents", lambda **_: (ok, answer))
        register("before-call.sagemaker.DeleteInferenceComponent", lambda **_: (ok, {"removed": listed.pop()}))
    return client


def make_endpoint(connect: Connect, name: str, stack: str) -> None:
    tags = [{"Key": "tenantry:stack", "Value": stack}]
    sagemaker = connect("sagemaker")
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "i"}, Tags=tags)
    variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tags)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)


def make_stack(connect: Connect, name: str = "mine") -> None:
    connect("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))


def estate(connect: Connect) -> AwsEstate:
    return AwsEstate(connect, "mine", lambda: ["mine-drop", "mine-gone"])


def account(connect: Connect) -> AwsAccount:
    topic = "arn:aws:sns:eu-west-1:123456789012:mine-operator"
    return AwsAccount(connect, "mine", "mine-drop", topic)


def test_what_the_stack_made_is_found_endpoints_first_and_nothing_else(connect: Connect) -> None:
    make_endpoint(connect, "mine-sklearn-1", "mine")
    make_endpoint(connect, "mine-too-sklearn-1", "mine-too")
    sns = connect("sns")
    sns.create_topic(Name="mine-acme", Tags=[{"Key": "tenantry:stack", "Value": "mine"}])
    sns.create_topic(Name="mine-too-acme", Tags=[{"Key": "tenantry:stack", "Value": "mine-too"}])
    sns.create_topic(Name="mine-operator")
    assert [thing[:2] for thing in estate(connect).found()] == [
        ("endpoint", "mine-sklearn-1"),
        ("endpoint configuration", "mine-sklearn-1"),
        ("model", "mine-sklearn-1"),
        ("topic", "mine-acme"),
    ]


def test_components_are_found_and_removed_before_their_endpoints(connect: Connect) -> None:
    make_endpoint(connect, "mine-sklearn-1", "mine")
    sagemaker = with_components(boto3.client("sagemaker", region_name="eu-west-1"), "mine-acme-churn-a")
    tags = {"Tags": [{"Key": "tenantry:stack", "Value": "mine"}]}
    sagemaker.list_tags = lambda **_: tags
    mine = AwsEstate(lambda service: sagemaker if service == "sagemaker" else connect(service), "mine", list)
    things = mine.found()
    assert [thing[:2] for thing in things[:2]] == [
        ("inference component", "mine-acme-churn-a"),
        ("endpoint", "mine-sklearn-1"),
    ]
    mine.remove(things[0])
    assert [thing.kind for thing in mine.found()] == ["endpoint", "endpoint configuration", "model"]


def test_what_cloudformation_made_is_left_to_it(connect: Connect) -> None:
    tags = [{"Key": "tenantry:stack", "Value": "mine"}, {"Key": "aws:cloudformation:stack-name", "Value": "mine"}]
    connect("sns").create_topic(Name="mine-operator", Tags=tags)
    assert estate(connect).found() == []


def test_removing_all_that_is_found_leaves_nothing_and_may_be_repeated(connect: Connect) -> None:
    make_endpoint(connect, "mine-sklearn-1", "mine")
    connect("sns").create_topic(Name="mine-acme", Tags=[{"Key": "tenantry:stack", "Value": "mine"}])
    mine = estate(connect)
    things = mine.found()
    assert len(things) == 4
    for thing in things:
        mine.remove(thing)
    assert mine.found() == []


def test_only_buckets_that_are_there_are_emptied_of_all_versions(connect: Connect) -> None:
    s3 = connect("s3")
    s3.create_bucket(Bucket="mine-drop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="mine-drop", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="mine-drop", Key="a", Body=b"1")
    s3.put_object(Bucket="mine-drop", Key="a", Body=b"2")
    s3.delete_object(Bucket="mine-drop", Key="a")
    (bucket,) = estate(connect).buckets()
    assert bucket == Thing("bucket", "mine-drop", "arn:aws:s3:::mine-drop")
    assert estate(connect).empty(bucket) == 3
    assert "Versions" not in s3.list_object_versions(Bucket="mine-drop")


def test_the_stack_its_rules_and_its_dead_letters_are_seen(connect: Connect) -> None:
    make_stack(connect)
    seen = account(connect)
    assert seen.stack_state() == "CREATE_COMPLETE"
    assert seen.rules() == {"DropRule": True}
    connect("events").disable_rule(Name="mine-drops")
    assert seen.rules() == {"DropRule": False}
    assert seen.dead_letters() == {"IntakeDeadLetters": 0}
    sqs = connect("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"], MessageBody="x")
    assert seen.dead_letters() == {"IntakeDeadLetters": 1}


class Told:
    """A client whose answers are scripted, for what moto does not tell."""

    def __init__(self, answer: dict[str, Any], url: str = "https://x.eu-west-1.amazonaws.com") -> None:
        self._answer = answer
        self.meta = SimpleNamespace(endpoint_url=url, region_name="eu-west-1")

    def get_bucket_notification_configuration(self, **_: str) -> dict[str, Any]:
        return self._answer

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_service_quotas"
        return SimpleNamespace(paginate=lambda **_: [self._answer])


@pytest.mark.parametrize(
    ("answer", "url", "told"),
    [
        ({"EventBridgeConfiguration": {}}, "https://s3.amazonaws.com", True),
        ({}, "https://s3.amazonaws.com", False),
        ({"EventBridgeConfiguration": {}}, "http://127.0.0.1:1", True),
        ({}, "http://127.0.0.1:1", None),
    ],
)
def test_whether_the_drop_bucket_tells_eventbridge_is_seen(answer: dict[str, Any], url: str, told: bool | None) -> None:
    assert account(lambda _: Told(answer, url)).drop_bucket_tells() is told


def test_a_quota_is_found_by_its_name() -> None:
    quotas = [{"QuotaName": "ml.m5.large for endpoint usage", "Value": 4.0}, {"QuotaName": "x", "Value": 9.0}]
    seen = account(lambda _: Told({"Quotas": quotas}))
    assert seen.quota_of("ml.m5.large for endpoint usage") == 4
    assert seen.quota_of("ml.m5.xlarge for endpoint usage") is None


def test_addresses_of_operator_and_tenants_are_seen(connect: Connect) -> None:
    make_stack(connect)
    sns = connect("sns")
    topic = sns.create_topic(Name="mine-acme")["TopicArn"]
    sns.create_topic(Name="theirs")
    for protocol, endpoint in (("email", "ml@acme.example"), ("https", "https://acme.example"), ("sms", "+15550100")):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    there = {(one.topic, one.email) for one in account(connect).addresses()}
    assert there == {("mine-acme", "ml@acme.example"), ("mine-acme", "https://acme.example")}


def test_an_image_is_looked_up_in_ecr_and_elsewhere_unknown(connect: Connect) -> None:
    ecr = connect("ecr")
    ecr.create_repository(repositoryName="serving")
    ecr.put_image(repositoryName="serving", imageManifest=MANIFEST, imageTag="1")
    place = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/serving"
    seen = account(connect)
    assert seen.image_there(f"{place}:1") is True
    assert seen.image_there(f"{place}:2") is False
    assert seen.image_there("docker.example/serving:1") is None


def test_the_image_of_an_endpoint_is_its_models(connect: Connect) -> None:
    make_endpoint(connect, "mine-sklearn-1", "mine")
    assert account(connect).image_of("mine-sklearn-1") == "i"
    assert account(connect).image_of("nowhere") is None


def test_of_several_containers_the_first_is_asked_and_of_none_nothing() -> None:
    def told(variant: dict[str, str]) -> Any:
        answer = {"EndpointConfigName": "c", "ProductionVariants": [variant]}
        answer["Containers"] = [{"Image": "a"}, {"Image": "b"}]
        asked = ("describe_endpoint", "describe_endpoint_config", "describe_model")
        client = SimpleNamespace(**{operation: lambda **_: answer for operation in asked})
        return account(lambda _: client)

    assert told({"ModelName": "m"}).image_of("several") == "a"
    assert told({}).image_of("for components") is None


def test_the_command_line_is_wired_from_the_outputs_of_the_stack(connect: Connect) -> None:
    make_stack(connect)
    aws = Aws("mine")
    settings = aws.app.settings
    assert (settings.stack, settings.drop_bucket, settings.region) == ("mine", "mine-drop", "eu-west-1")
    assert aws.client("acme").tenant == "acme"
    connect("dynamodb").create_table(
        TableName="mine-registry",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    assert queries.status(aws.app.registry).tenants == ()


def test_withdrawing_a_profile_puts_a_marker_on_it_that_can_be_taken_off(connect: Connect) -> None:
    make_stack(connect)
    s3 = connect("s3")
    s3.put_bucket_versioning(Bucket="mine-drop", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="mine-drop", Key="tenants/acme.json", Body=b"{}")
    Aws("mine").inbox.withdraw("tenants/acme.json")
    (marker,) = s3.list_object_versions(Bucket="mine-drop")["DeleteMarkers"]
    s3.delete_object(Bucket="mine-drop", Key="tenants/acme.json", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket="mine-drop", Key="tenants/acme.json")["Body"].read() == b"{}"


def test_a_stack_that_is_not_there_is_one_sentence(connect: Connect) -> None:
    assert connect("cloudformation")
    with pytest.raises(Misconfigured, match="there is no stack nowhere here"):
        _ = Aws("nowhere").app
