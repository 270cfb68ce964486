"""Constraints that a service's API reference states and its botocore model leaves out.

Keyed by (service, input structure, member); each is merged over the member's own limits.
"""

from typing import Any

_BUCKET = {"min": 3, "pattern": r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:.+"}
"""S3 user guide, bucket naming rules; an access point's ARN may stand in its place."""
_TABLE = {"pattern": r"[a-zA-Z0-9_.-]{3,255}|arn:.+"}
"""DynamoDB developer guide, naming rules; an ARN may stand in its place."""
_MACHINE = {"pattern": r"arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:(?:stateMachine|express):.+"}
_QUEUE_URL = {"pattern": r"https?://.+"}
_SECONDS_OF_DELAY = {"min": 0, "max": 900}
_BATCH = {"min": 1, "max": 10}
_BODY = {"min": 1, "max": 1_048_576}

DOCUMENTED: dict[tuple[str, str, str], dict[str, Any]] = {
    **{
        ("s3", f"{operation}Request", "Bucket"): _BUCKET
        for operation in (
            "PutObject",
            "GetObject",
            "HeadObject",
            "DeleteObject",
            "DeleteObjects",
            "CopyObject",
            "ListObjectsV2",
            "ListObjectVersions",
            "CreateMultipartUpload",
            "UploadPart",
            "UploadPartCopy",
            "CompleteMultipartUpload",
            "AbortMultipartUpload",
            "HeadBucket",
            "CreateBucket",
            "PutBucketVersioning",
        )
    },
    **{
        ("s3", f"{operation}Request", "Key"): {"min": 1, "max": 1024}
        for operation in ("PutObject", "GetObject", "HeadObject", "DeleteObject", "CopyObject")
    },
    ("s3", "ListObjectsV2Request", "MaxKeys"): {"min": 0},
    **{
        ("dynamodb", f"{operation}Input", "TableName"): _TABLE
        for operation in ("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable")
    },
    **{
        ("dynamodb", structure, "TableName"): _TABLE
        for structure in ("Put", "Update", "Delete", "ConditionCheck", "Get")
    },
    ("sns", "CreateTopicInput", "Name"): {"pattern": r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?"},
    ("sns", "PublishInput", "Subject"): {"pattern": r"[!-~][ -~]{0,99}"},
    ("sns", "PublishInput", "TopicArn"): {"pattern": r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+"},
    ("sns", "PublishInput", "Message"): {"min": 1, "max": 262_144},
    ("sns", "PublishInput", "MessageStructure"): {"enum": ["json"]},
    ("sns", "SubscribeInput", "Protocol"): {
        "enum": ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"]
    },
    ("sns", "SubscribeInput", "TopicArn"): {"pattern": r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+"},
    ("sqs", "CreateQueueRequest", "QueueName"): {"pattern": r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo"},
    ("sqs", "SendMessageRequest", "QueueUrl"): _QUEUE_URL,
    ("sqs", "SendMessageRequest", "MessageBody"): _BODY,
    ("sqs", "SendMessageRequest", "DelaySeconds"): _SECONDS_OF_DELAY,
    ("sqs", "SendMessageBatchRequest", "QueueUrl"): _QUEUE_URL,
    ("sqs", "SendMessageBatchRequest", "Entries"): _BATCH,
    ("sqs", "SendMessageBatchRequestEntry", "Id"): {"pattern": r"[A-Za-z0-9_-]{1,80}"},
    ("sqs", "SendMessageBatchRequestEntry", "MessageBody"): _BODY,
    ("sqs", "SendMessageBatchRequestEntry", "DelaySeconds"): _SECONDS_OF_DELAY,
    ("sqs", "ReceiveMessageRequest", "QueueUrl"): _QUEUE_URL,
    ("sqs", "ReceiveMessageRequest", "MaxNumberOfMessages"): _BATCH,
    ("sqs", "ReceiveMessageRequest", "WaitTimeSeconds"): {"min": 0, "max": 20},
    ("sqs", "ReceiveMessageRequest", "VisibilityTimeout"): {"min": 0, "max": 43_200},
    ("sqs", "DeleteMessageBatchRequest", "Entries"): _BATCH,
    ("sqs", "ChangeMessageVisibilityRequest", "VisibilityTimeout"): {"min": 0, "max": 43_200},
    ("stepfunctions", "StartExecutionInput", "name"): {"pattern": r"[0-9A-Za-z_-]{1,80}"},
    ("stepfunctions", "StartExecutionInput", "stateMachineArn"): _MACHINE,
    ("stepfunctions", "ListExecutionsInput", "stateMachineArn"): _MACHINE,
}

UNIONS = {("dynamodb", "AttributeValue")}
"""Structures that take exactly one member, though their model does not say so."""
