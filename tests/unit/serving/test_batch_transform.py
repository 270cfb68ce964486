"""Plans of versions that jobs serve: every call fits AWS's own model of it."""

from typing import Any

import botocore.session
import pytest
from pydantic import ValidationError

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.hosting import JobView, progress
from tenantry.domain.instances import runs_transforms
from tenantry.domain.models import ModelProfile
from tenantry.domain.option_settings import BatchSettings
from tenantry.domain.options import Serving
from tenantry.domain.plans import Plan
from tenantry.domain.policy.chosen import Chosen
from tenantry.domain.versions import State
from tenantry.serving import OPTIONS, Ground, HostSettings, Placement, batch_transform
from tenantry.serving.placements import JobSettings
from tests.unit.domain.test_admission import upload
from tests.walker import Walker

SETTINGS = HostSettings(
    stack="tenantry",
    role_arn="arn:aws:iam::123456789012:role/host",
    models="s3://serving/",
    jobs=JobSettings(role_arn="arn:aws:iam::123456789012:role/batch", results_bucket="results"),
)
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"
VERSION = upload(1, state=State.REGISTERED, serving_key="acme/churn/u-1.tar.gz")


def profile(**more: Any) -> ModelProfile:
    known = {"serving": "batch-transform", "framework": "sklearn", "sample": {"body": "1"}}
    return ModelProfile.model_validate(known | more)


def placed(settings: HostSettings = SETTINGS, **more: Any) -> Placement:
    return OPTIONS[Serving.BATCH_TRANSFORM].place(
        VERSION, Ground(model=profile(**more), settings=settings, image=IMAGE)
    )


def test_a_version_is_a_model_and_one_job_over_its_sample() -> None:
    sample = {"body": '{"x": 1}', "content_type": "application/json", "accept": "text/csv"}
    placement = placed(sample=sample, batch={"instances": 3, "instance_type": "ml.m5.xlarge", "concurrency": 4})
    model, job = placement.plan.calls
    assert (model.operation, job.operation) == ("CreateModel", "CreateTransformJob")
    assert (placement.endpoint, placement.instances, placement.plan.completed) == ("", 0, (placement.target,))
    assert model.params["ModelName"] == job.params["TransformJobName"] == job.params["ModelName"] == placement.target
    assert model.params["ExecutionRoleArn"].endswith("/batch")
    assert model.params["EnableNetworkIsolation"] is False
    [given] = placement.inputs
    assert (given.body, given.content_type, given.bucket) == ('{"x": 1}', "application/json", "results")
    source = job.params["TransformInput"]
    assert source["DataSource"]["S3DataSource"] == {"S3DataType": "S3Prefix", "S3Uri": f"s3://results/{given.key}"}
    assert (source["ContentType"], source["SplitType"]) == ("application/json", "None")
    assert job.params["TransformResources"] == {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}
    output = job.params["TransformOutput"]
    assert output["Accept"] == "text/csv"
    assert f"{output['S3OutputPath']}sample.out" == f"s3://results/{batch_transform.answer_key(VERSION)}"
    assert "jobs with 3 x ml.m5.xlarge use it from then on" in placement.because[1]
    walker = Walker()
    walker.calls(placement.plan.calls)
    walker.verdict()


@pytest.mark.parametrize(
    ("split", "content_type", "strategy", "splits"),
    [
        ("line", "text/csv", "MultiRecord", "Line"),
        ("line", "application/json", "SingleRecord", "Line"),
        ("none", "text/csv", None, "None"),
    ],
)
def test_rows_are_packed_and_other_lines_go_one_by_one(
    split: str, content_type: str, strategy: str | None, splits: str
) -> None:
    settings = BatchSettings.model_validate({"split": split, "instances": 2})
    job = batch_transform.job("j", "m", "s3://a/b", "s3://c/d/", content_type, settings, [], manifest=True)
    assert job.params.get("BatchStrategy") == strategy
    assert (job.params["TransformInput"]["SplitType"], job.params["TransformOutput"]["AssembleWith"]) == (
        splits,
        splits,
    )
    assert job.params["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] == "ManifestFile"
    assert job.params["TransformResources"]["InstanceCount"] == 2
    walker = Walker()
    walker.calls([job])
    walker.verdict()


def test_a_stack_without_a_role_for_jobs_says_so() -> None:
    with pytest.raises(ReleaseFailed, match="this stack has no role for transform jobs"):
        placed(settings=SETTINGS.model_copy(update={"jobs": None}))


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (None, "waiting", "transform job j does not show yet"),
        ("InProgress", "waiting", "transform job j is InProgress"),
        ("Stopping", "waiting", "transform job j is Stopping"),
        ("Completed", "settled", "transform job j is Completed"),
        ("Stopped", "failed", "transform job j is Stopped: no reason given"),
        ("Failed", "failed", "transform job j is Failed: AlgorithmError: See job logs"),
    ],
)
def test_how_far_a_job_is(status: str | None, state: str, words: str) -> None:
    reason = "AlgorithmError: See job logs" if status == "Failed" else ""
    view = JobView(name="j", status=status, reason=reason) if status else None
    seen = progress(Plan(completed=("j",)), {}, {}, {"j": view})
    assert (seen.state, words in seen.reason) == (state, True), seen


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"network": True}, "a transform job has no network isolation"),
        ({"instance_type": "ml.m5.xlarge"}, "say what it runs on under batch"),
        ({"instances": {"min": 2}}, "say what it runs on under batch"),
        ({"fleet": "sklearn"}, "has hosts of its own: leave fleet out"),
        ({"canary": {"percent": 10}}, "a batch job has no calls to divide"),
        ({"asynchronous": {"ttl": 60}}, "that belongs to serving asynchronous"),
        ({"batch": {"schedule": "daily"}}, "is no schedule"),
        ({"framework": None}, "name its framework"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_such_a_model_has_no_use_for_is_refused(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        profile(**more)


def test_every_option_may_have_jobs_and_this_one_always_has() -> None:
    assert profile().jobs == BatchSettings()
    assert profile(serving="real-time").jobs is None
    beside = profile(serving="real-time", batch={"schedule": "rate(1 day)"})
    assert beside.jobs == BatchSettings(schedule="rate(1 day)")
    assert (profile().kept_hours, profile().reaches_out, beside.reaches_out) == (24, True, False)


def test_what_the_policy_chose_is_what_jobs_run_on_unless_the_profile_names_it() -> None:
    because = ("batch-transform",)
    chosen = Chosen(option=Serving.BATCH_TRANSFORM, instance_type="ml.m5.2xlarge", least=2, most=2, because=because)
    auto = profile(serving="auto", needs={"answer": "batch", "payload_bytes": 30 * 2**20}, batch={"concurrency": 10})
    jobs = auto.as_chosen(chosen).jobs
    assert jobs is not None
    assert (jobs.instance_type, jobs.instances, jobs.payload_mb, jobs.concurrency) == ("ml.m5.2xlarge", 2, 30, 3)
    named = profile(serving="auto", needs={"answer": "batch"}, batch={"instance_type": "ml.m5.xlarge"})
    kept = named.as_chosen(chosen).jobs
    assert kept is not None
    assert (kept.instance_type, kept.instances) == ("ml.m5.xlarge", 1)


def test_jobs_run_on_what_the_api_knows_and_on_nothing_else() -> None:
    api = botocore.session.Session().get_service_model("sagemaker")
    known = set(api.shape_for("TransformInstanceType").enum)
    endpoints = set(api.shape_for("ProductionVariantInstanceType").enum)
    assert {kind for kind in known | endpoints if runs_transforms(kind)} == known
