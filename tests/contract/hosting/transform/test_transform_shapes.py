"""Transform jobs answer in AWS's own shapes, and refuse what SageMaker refuses and what is not served here."""

from typing import Any

import pytest

from local.hosting.settings import AWS_RATES
from tests.contract.hosting.conftest import ACCOUNT, IMAGE, REGION, ROLE, error_of, wait_until

from .conftest import INPUT, Cloud, container, request

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
TAGS = [{"Key": "tenant", "Value": "acme"}]


@pytest.fixture
def ready(cloud: Cloud) -> Cloud:
    """A model and one line of input."""
    cloud.model()
    cloud.put("in/a.csv", "1\n")
    return cloud


def test_describe_shows_the_request_with_defaults_filled_in(ready: Cloud) -> None:
    created = ready.sagemaker.create_transform_job(
        **request("Job-1", Tags=TAGS, MaxPayloadInMB=5, ModelClientConfig={"InvocationsMaxRetries": 1})
    )
    assert created["TransformJobArn"] == f"{ARN}:transform-job/job-1"
    described = ready.ended("Job-1")
    assert described["TransformInput"] == {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{INPUT}/in/"}},
        "ContentType": "text/csv",
        "CompressionType": "None",
        "SplitType": "None",
    }
    assert described["TransformOutput"] == {
        "S3OutputPath": "s3://results/out/",
        "Accept": "text/csv",
        "AssembleWith": "None",
        "KmsKeyId": "",
    }
    assert described["TransformResources"] == {"InstanceType": "ml.m5.large", "InstanceCount": 1}
    assert described["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    assert (described["MaxPayloadInMB"], described["ModelClientConfig"]) == (5, {"InvocationsMaxRetries": 1})
    assert not {"MaxConcurrentTransforms", "BatchStrategy", "Tags"} & described.keys()


def test_jobs_are_listed_by_status_and_name_in_pages(ready: Cloud) -> None:
    for name in ("acme-1", "acme-2", "acme-3"):
        ready.run(name)
    ready.put("bad/a.csv", "1")
    ready.run("acme-bad", "bad/", output={"S3OutputPath": "s3://nowhere/"})
    pages = ready.sagemaker.get_paginator("list_transform_jobs").paginate(
        StatusEquals="Completed", SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    names = [[row["TransformJobName"] for row in page["TransformJobSummaries"]] for page in pages]
    assert names == [["acme-1", "acme-2"], ["acme-3"]]
    (row,) = ready.sagemaker.list_transform_jobs(NameContains="BAD")["TransformJobSummaries"]
    assert row.keys() == {
        "TransformJobName",
        "TransformJobArn",
        "CreationTime",
        "TransformEndTime",
        "LastModifiedTime",
        "TransformJobStatus",
        "FailureReason",
    }


def test_tags_of_a_job_are_kept_and_listed(ready: Cloud) -> None:
    ready.run(Tags=TAGS)
    arn = f"{ARN}:transform-job/job"
    ready.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "batch", "Value": "b-1"}])
    assert ready.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [*TAGS, {"Key": "batch", "Value": "b-1"}]


def test_a_name_is_never_free_again(ready: Cloud) -> None:
    ready.run("job")
    error = error_of(lambda: ready.start("JOB"))["Error"]
    assert (error["Code"], "already exists" in error["Message"]) == ("ResourceInUse", True)
    wait_until(lambda: ready.told() == ["InProgress", "Completed"])


def test_instances_across_all_jobs_are_limited_until_a_job_ends(ready: Cloud) -> None:
    ready.app.knobs.write({"quotas": {"transform_instances": 4}, "durations": {"provisioning": 30}})
    ready.start("one", instances=3)
    error = error_of(lambda: ready.start("two", instances=2))["Error"]
    assert error["Code"] == "ResourceLimitExceeded"
    assert "is 4 Instances, with current utilization of 3 Instances and a request delta of 2" in error["Message"]
    ready.sagemaker.stop_transform_job(TransformJobName="one")
    ready.ended("one")
    ready.app.knobs.write({"durations": {"provisioning": 0}})
    assert ready.run("two", instances=2)["TransformJobStatus"] == "Completed"


def test_rates_are_those_of_aws(ready: Cloud) -> None:
    ready.app.knobs.write({"rates": {"CreateTransformJob": 0.001}})
    ready.run("one")
    assert error_of(lambda: ready.start("two"))["Error"]["Code"] == "ThrottlingException"
    operations = ("CreateTransformJob", "StopTransformJob", "DescribeTransformJob", "ListTransformJobs")
    assert [AWS_RATES[operation] for operation in operations] == [1, 1, 5, 2]


def test_a_model_that_is_deleted_while_a_job_runs_is_of_no_concern_to_it(ready: Cloud) -> None:
    ready.app.knobs.write({"durations": {"provisioning": 0.2}})
    ready.start()
    ready.sagemaker.delete_model(ModelName="churn")
    assert ready.ended()["TransformJobStatus"] == "Completed"


VALIDATION = "ValidationException"
HTTPS = {"S3DataType": "S3Prefix", "S3Uri": "https://x/y"}

BAD: list[tuple[str, dict[str, Any], str]] = [
    # what is wrong, request, what the sentence says
    ("name", request("a_b"), "'transformJobName'"),
    ("model", request(ModelName="none"), f'Could not find model "{ARN}:model/none".'),
    ("type", request() | {"TransformResources": {"InstanceType": "ml.t2.medium", "InstanceCount": 1}}, "enum value"),
    ("no-instance", request(instances=0), "greater than or equal to 1"),
    ("bucket", request() | {"TransformOutput": {"S3OutputPath": "results/out"}}, "'transformOutput.s3OutputPath'"),
    ("output-https", request(output={"S3OutputPath": "https://x/y"}), "has to begin with s3://"),
    ("input-https", request(source={"DataSource": {"S3DataSource": HTTPS}}), "has to begin with s3://"),
    ("retries", request(ModelClientConfig={"InvocationsMaxRetries": 4}), "less than or equal to 3"),
    ("timeout", request(ModelClientConfig={"InvocationsTimeoutInSeconds": 3601}), "less than or equal to 3600"),
    ("environment", request(Environment={f"k{number}": "" for number in range(17)}), "less than or equal to 16"),
    ("payload", request(MaxPayloadInMB=101), "cannot be greater than 100 MB"),
    ("product", request(MaxPayloadInMB=21, MaxConcurrentTransforms=5), "cannot exceed 100 MB"),
    ("default-product", request(MaxConcurrentTransforms=17), "cannot exceed 100 MB"),
    ("augmented", request(data_type="AugmentedManifestFile"), "AugmentedManifestFile is not supported"),
    ("no-objects", request(prefix="none/"), f'No S3 objects found under S3 URL "s3://{INPUT}/none/"'),
    ("no-manifest", request(prefix="m.json", data_type="ManifestFile"), "No S3 objects found"),
    ("recordio", request(source={"SplitType": "RecordIO"}), "does not split RecordIO"),
    ("tfrecord", request(source={"SplitType": "TFRecord"}), "does not split TFRecord"),
    ("filter", request(DataProcessing={"InputFilter": "$[1:]"}), "does not filter or join"),
    ("join", request(DataProcessing={"JoinSource": "Input"}), "does not filter or join"),
    ("capture", request(DataCaptureConfig={"DestinationS3Uri": "s3://results/"}), "does not capture"),
]


@pytest.mark.parametrize(("members", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_request_is_refused(ready: Cloud, members: dict[str, Any], words: str) -> None:
    error = error_of(lambda: ready.sagemaker.create_transform_job(**members))["Error"]
    assert (error["Code"], words in error["Message"]) == (VALIDATION, True), error["Message"]
    assert ready.app.knobs.read()["transform_jobs"] == []


def test_input_in_a_bucket_that_is_not_there_is_refused_with_the_role_that_could_not_see_it(ready: Cloud) -> None:
    data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://nowhere/in/"}}
    message = error_of(lambda: ready.start(source={"DataSource": data}))["Error"]["Message"]
    assert f'that the role "{ROLE}" has "s3:ListBucket" permissions on bucket "nowhere".' in message


MODELS: list[tuple[str, dict[str, Any], str]] = [
    ("multi-model", {"PrimaryContainer": container(Mode="MultiModel", ModelDataUrl="s3://serving/")}, "multi-model"),
    (
        "direct",
        {
            "Containers": [container(ContainerHostname="a"), container(ContainerHostname="b")],
            "InferenceExecutionConfig": {"Mode": "Direct"},
        },
        "Direct mode",
    ),
    ("pipeline", {"Containers": [container(), container()]}, "models of one container"),
    ("isolated", {"PrimaryContainer": container(), "EnableNetworkIsolation": True}, "network isolation"),
    (
        "data-source",
        {
            "PrimaryContainer": {
                "Image": IMAGE,
                "ModelDataSource": {
                    "S3DataSource": {"S3Uri": "s3://serving/x/", "S3DataType": "S3Prefix", "CompressionType": "None"}
                },
            }
        },
        "ModelDataSource",
    ),
    ("no-artifact", {"PrimaryContainer": {"Image": IMAGE}}, "models of one container with Image and ModelDataUrl"),
]


@pytest.mark.parametrize(("members", "words"), [row[1:] for row in MODELS], ids=[row[0] for row in MODELS])
def test_a_model_is_refused(ready: Cloud, members: dict[str, Any], words: str) -> None:
    ready.declare("other", **members)
    error = error_of(lambda: ready.start(ModelName="other"))["Error"]
    assert (error["Code"], words in error["Message"]) == (VALIDATION, True), error["Message"]


@pytest.mark.parametrize("operation", ["describe_transform_job", "stop_transform_job"])
def test_a_job_that_is_not_there_is_not_found(ready: Cloud, operation: str) -> None:
    error = error_of(lambda: getattr(ready.sagemaker, operation)(TransformJobName="none"))["Error"]
    assert error["Message"] == f'Could not find transform job "{ARN}:transform-job/none".'


def test_a_job_that_has_ended_cannot_be_stopped(ready: Cloud) -> None:
    ready.run()
    error = error_of(lambda: ready.sagemaker.stop_transform_job(TransformJobName="job"))["Error"]
    assert error["Message"] == "The request was rejected because the transform job is in status Completed"
    wait_until(lambda: ready.told() == ["InProgress", "Completed"])
