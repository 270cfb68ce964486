"""The contract walker catches every seeded bad request: 5 kinds for each of 12 operations, and passes the good ones."""

from typing import Any

import pytest

from local.contract import check_request, check_response, request_flaws

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:release"
ROLE = "arn:aws:iam::123456789012:role/host"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sklearn:1"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:acme"
QUEUE = "http://localhost:4566/123456789012/intake"
VARIANT = {"VariantName": "all", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
ITEM = {"pk": {"S": "a"}, "sk": {"N": "1"}}

GOOD: dict[tuple[str, str], dict[str, Any]] = {
    ("sagemaker", "CreateModel"): {
        "ModelName": "acme-1",
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://serving/"},
        "Tags": [{"Key": "tenant", "Value": "Žižkov søn"}],
    },
    ("sagemaker", "CreateEndpointConfig"): {"EndpointConfigName": "c", "ProductionVariants": [VARIANT]},
    ("sagemaker", "CreateEndpoint"): {"EndpointName": "e", "EndpointConfigName": "c"},
    ("sagemaker-runtime", "InvokeEndpoint"): {
        "EndpointName": "e",
        "Body": b"1,2",
        "ContentType": "text/csv",
        "TargetModel": "acme/churn/x.tar.gz",
    },
    ("dynamodb", "PutItem"): {"TableName": "registry", "Item": ITEM, "ReturnValues": "NONE"},
    ("dynamodb", "TransactWriteItems"): {
        "TransactItems": [{"Put": {"TableName": "registry", "Item": ITEM}}],
        "ReturnConsumedCapacity": "NONE",
    },
    ("dynamodb", "Query"): {"TableName": "registry", "IndexName": "work-index", "Limit": 10},
    ("s3", "PutObject"): {"Bucket": "drop-bucket", "Key": "fleets/sklearn.json", "Body": b"{}", "ContentLength": 2},
    ("s3", "ListObjectsV2"): {"Bucket": "drop-bucket", "Prefix": "models/", "MaxKeys": 100},
    ("sns", "Publish"): {"TopicArn": TOPIC, "Message": "live", "Subject": "churn 7 is live"},
    ("sqs", "SendMessageBatch"): {"QueueUrl": QUEUE, "Entries": [{"Id": "1", "MessageBody": "{}"}]},
    ("stepfunctions", "StartExecution"): {"stateMachineArn": MACHINE, "name": "u-abc-1", "input": "{}"},
}

BAD: list[tuple[str, str, str, dict[str, Any], str]] = [
    # service, operation, kind, what is changed (a value of None takes the member away), the member at fault
    ("sagemaker", "CreateModel", "required", {"ModelName": None}, "ModelName"),
    ("sagemaker", "CreateModel", "unknown", {"ModelUri": "s3://x"}, "ModelUri"),
    ("sagemaker", "CreateModel", "type", {"EnableNetworkIsolation": "yes"}, "EnableNetworkIsolation"),
    ("sagemaker", "CreateModel", "length", {"Containers": [{"Image": IMAGE}] * 16}, "Containers"),
    ("sagemaker", "CreateModel", "enum", {"PrimaryContainer": {"Mode": "Multi"}}, "PrimaryContainer.Mode"),
    ("sagemaker", "CreateEndpointConfig", "required", {"ProductionVariants": [{}]},
     "ProductionVariants.1.member.VariantName"),
    ("sagemaker", "CreateEndpointConfig", "unknown", {"ProductionVariants": [{**VARIANT, "Count": 1}]},
     "ProductionVariants.1.member.Count"),
    ("sagemaker", "CreateEndpointConfig", "type", {"ProductionVariants": [{**VARIANT, "VolumeSizeInGB": "9"}]},
     "ProductionVariants.1.member.VolumeSizeInGB"),
    ("sagemaker", "CreateEndpointConfig", "range", {"ProductionVariants": [{**VARIANT, "VolumeSizeInGB": 513}]},
     "ProductionVariants.1.member.VolumeSizeInGB"),
    ("sagemaker", "CreateEndpointConfig", "enum", {"ProductionVariants": [{**VARIANT, "InstanceType": "m5.large"}]},
     "ProductionVariants.1.member.InstanceType"),
    ("sagemaker", "CreateEndpoint", "required", {"EndpointConfigName": None}, "EndpointConfigName"),
    ("sagemaker", "CreateEndpoint", "unknown", {"Endpoint": "e"}, "Endpoint"),
    ("sagemaker", "CreateEndpoint", "type", {"Tags": {"tenant": "acme"}}, "Tags"),
    ("sagemaker", "CreateEndpoint", "length", {"EndpointName": "e" * 64}, "EndpointName"),
    ("sagemaker", "CreateEndpoint", "pattern", {"EndpointName": "acme_churn"}, "EndpointName"),
    ("sagemaker-runtime", "InvokeEndpoint", "required", {"Body": None}, "Body"),
    ("sagemaker-runtime", "InvokeEndpoint", "unknown", {"Instance": "i-1"}, "Instance"),
    ("sagemaker-runtime", "InvokeEndpoint", "type", {"ContentType": b"text/csv"}, "ContentType"),
    ("sagemaker-runtime", "InvokeEndpoint", "length", {"Body": b"x" * 6_291_457}, "Body"),
    ("sagemaker-runtime", "InvokeEndpoint", "pattern", {"TargetModel": "acme/\nx"}, "TargetModel"),
    ("dynamodb", "PutItem", "required", {"Item": None}, "Item"),
    ("dynamodb", "PutItem", "unknown", {"Condition": "x"}, "Condition"),
    ("dynamodb", "PutItem", "type", {"Item": {"pk": "a"}}, "Item.pk.value"),
    ("dynamodb", "PutItem", "union", {"Item": {"pk": {"S": "a", "N": "1"}}}, "Item.pk.value"),
    ("dynamodb", "PutItem", "enum", {"ReturnValues": "ALL"}, "ReturnValues"),
    ("dynamodb", "TransactWriteItems", "required", {"TransactItems": [{"Put": {"TableName": "registry"}}]},
     "TransactItems.1.member.Put.Item"),
    ("dynamodb", "TransactWriteItems", "unknown", {"TransactItems": [{"Insert": {}}]},
     "TransactItems.1.member.Insert"),
    ("dynamodb", "TransactWriteItems", "type", {"TransactItems": [{"Put": {"TableName": "registry", "Item": []}}]},
     "TransactItems.1.member.Put.Item"),
    ("dynamodb", "TransactWriteItems", "length", {"TransactItems": []}, "TransactItems"),
    ("dynamodb", "TransactWriteItems", "enum", {"ReturnConsumedCapacity": "ALL"}, "ReturnConsumedCapacity"),
    ("dynamodb", "Query", "required", {"TableName": None}, "TableName"),
    ("dynamodb", "Query", "unknown", {"KeyExpression": "x"}, "KeyExpression"),
    ("dynamodb", "Query", "type", {"ConsistentRead": 1}, "ConsistentRead"),
    ("dynamodb", "Query", "range", {"Limit": 0}, "Limit"),
    ("dynamodb", "Query", "pattern", {"IndexName": "work index"}, "IndexName"),
    ("s3", "PutObject", "required", {"Bucket": None}, "Bucket"),
    ("s3", "PutObject", "unknown", {"IfAbsent": True}, "IfAbsent"),
    ("s3", "PutObject", "type", {"ContentLength": "2"}, "ContentLength"),
    ("s3", "PutObject", "length", {"Key": ""}, "Key"),
    ("s3", "PutObject", "enum", {"ServerSideEncryption": "kms"}, "ServerSideEncryption"),
    ("s3", "ListObjectsV2", "required", {"Bucket": None}, "Bucket"),
    ("s3", "ListObjectsV2", "unknown", {"Suffix": ".gz"}, "Suffix"),
    ("s3", "ListObjectsV2", "type", {"Prefix": 7}, "Prefix"),
    ("s3", "ListObjectsV2", "range", {"MaxKeys": -1}, "MaxKeys"),
    ("s3", "ListObjectsV2", "pattern", {"Bucket": "Drop_Bucket"}, "Bucket"),
    ("sns", "Publish", "required", {"Message": None}, "Message"),
    ("sns", "Publish", "unknown", {"Attributes": {}}, "Attributes"),
    ("sns", "Publish", "type", {"Message": {"text": "live"}}, "Message"),
    ("sns", "Publish", "length", {"Message": "x" * 262_145}, "Message"),
    ("sns", "Publish", "pattern", {"Subject": "churn 7 is live\n"}, "Subject"),
    ("sqs", "SendMessageBatch", "required", {"Entries": [{"Id": "1"}]}, "Entries.1.member.MessageBody"),
    ("sqs", "SendMessageBatch", "unknown", {"Delay": 1}, "Delay"),
    ("sqs", "SendMessageBatch", "type", {"Entries": [{"Id": 1, "MessageBody": "{}"}]}, "Entries.1.member.Id"),
    ("sqs", "SendMessageBatch", "length", {"Entries": [{"Id": "1", "MessageBody": "{}"}] * 11}, "Entries"),
    ("sqs", "SendMessageBatch", "pattern", {"Entries": [{"Id": "a/b", "MessageBody": "{}"}]}, "Entries.1.member.Id"),
    ("stepfunctions", "StartExecution", "required", {"stateMachineArn": None}, "stateMachineArn"),
    ("stepfunctions", "StartExecution", "unknown", {"Name": "x"}, "Name"),
    ("stepfunctions", "StartExecution", "type", {"input": {"schema": 1}}, "input"),
    ("stepfunctions", "StartExecution", "length", {"name": "u" * 81}, "name"),
    ("stepfunctions", "StartExecution", "pattern", {"name": "u/abc"}, "name"),
]  # fmt: skip


def changed(params: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**params, **changes}.items() if value is not None}


def test_the_table_has_five_flaws_for_each_of_twelve_operations() -> None:
    rows = [(service, operation) for service, operation, *_ in BAD]
    assert len(rows) == 60
    assert {row: rows.count(row) for row in rows} == dict.fromkeys(GOOD, 5)


@pytest.mark.parametrize(("service", "operation"), GOOD)
def test_a_good_request_has_no_flaw(service: str, operation: str) -> None:
    assert check_request(service, operation, GOOD[service, operation]) == []


@pytest.mark.parametrize(("service", "operation", "kind", "changes", "member"), BAD)
def test_a_bad_request_is_caught(service: str, operation: str, kind: str, changes: dict[str, Any], member: str) -> None:
    flaws = request_flaws(service, operation, changed(GOOD[service, operation], changes))
    assert (kind, member) in {(flaw.kind, ".".join(flaw.path)) for flaw in flaws}


@pytest.mark.parametrize(
    ("response", "complaint"),
    [
        ({}, "EndpointArn"),
        ({"EndpointArn": "endpoint/e"}, "pattern"),
        ({"EndpointArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e", "Status": "x"}, "not known"),
    ],
)
def test_a_bad_response_is_caught(response: dict[str, Any], complaint: str) -> None:
    assert complaint in "; ".join(check_response("sagemaker", "CreateEndpoint", response))


def test_a_good_response_has_no_flaw_and_its_metadata_is_ignored() -> None:
    response = {
        "EndpointArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e",
        "ResponseMetadata": {"HTTPStatusCode": 200},
    }
    assert check_response("sagemaker", "CreateEndpoint", response) == []
