"""Transform jobs, on the twin and on SageMaker (emulated) alike, by the calls that the option's builders make."""

import json
import time
from typing import Any

import pytest

from tenantry.adapters.aws.clock import SystemClock
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.hosting import progress
from tenantry.domain.models import ModelProfile
from tenantry.domain.option_settings import BatchSettings
from tenantry.domain.plans import Call
from tenantry.domain.routes import HostRow
from tenantry.ports import JobView
from tenantry.serving import Ground, HostSettings, batch_transform
from tenantry.serving.placements import JobSettings
from tests.contract.stage import Stage
from tests.contract.test_hosting import IMAGE, ROLE, call, carry_out
from tests.unit.domain.test_admission import upload

TARGET = "acme/churn/a1-0123456789abcdef.tar.gz"
SETTINGS = HostSettings(
    stack="tenantry",
    role_arn=ROLE,
    models="s3://serving/",
    jobs=JobSettings(role_arn=ROLE, results_bucket="results"),
)
MANIFEST = "s3://results/_runs/one.json"
INPUT = "s3://drop/batches/acme/churn/b1/"


@pytest.fixture
def ready(stage: Stage) -> Stage:
    """A stage with a model, and two inputs for it."""
    stage.upload(TARGET, {"answer": "0.25"})
    stage.put(f"{INPUT}one.csv", b"1,2\n")
    stage.put(f"{INPUT}deep/two.csv", b"3,4\n")
    carry_out(stage, [batch_transform.model_of("churn", TARGET, IMAGE, SETTINGS, [])])
    return stage


def job(name: str = "run", source: str = INPUT, **more: Any) -> Call:
    settings = BatchSettings.model_validate(more.pop("settings", {}))
    model = more.pop("model", "churn")
    return batch_transform.job(name, model, source, "s3://results/out/", "text/csv", settings, [], **more)


def ended(stage: Stage, name: str = "run") -> JobView:
    """The job when it has ended."""
    deadline = time.monotonic() + 60
    while (view := stage.port.job(name)) and view.status in {"InProgress", "Stopping"}:
        assert time.monotonic() < deadline, f"{name} stays {view.status}"
        stage.clock.sleep(0.02 if isinstance(stage.clock, SystemClock) else 30)
    assert view is not None
    return view


def test_a_job_answers_every_input_under_its_prefix(ready: Stage) -> None:
    ready.port.carry_out(job())
    begun = ready.port.job("run")
    assert begun is not None
    assert begun.status in {"InProgress", "Completed"}
    assert ended(ready) == JobView(name="run", status="Completed")
    assert ready.get("s3://results/out/one.csv.out") == b"0.25\n"
    assert ready.get("s3://results/out/deep/two.csv.out") == b"0.25\n"


def test_a_manifest_names_the_inputs(ready: Stage) -> None:
    ready.put(MANIFEST, json.dumps([{"prefix": INPUT}, "deep/two.csv"]).encode())
    ready.port.carry_out(job(source=MANIFEST, manifest=True))
    assert ended(ready).status == "Completed"
    assert ready.get("s3://results/out/deep/two.csv.out") == b"0.25\n"
    assert ready.get("s3://results/out/one.csv.out") is None


def test_creating_and_stopping_twice_is_as_good_as_once(ready: Stage) -> None:
    carry_out(ready, [job(), job()])
    assert ended(ready).status == "Completed"
    stop = call("StopTransformJob", TransformJobName="run")
    carry_out(ready, [stop, stop])
    assert ended(ready).status == "Completed"
    carry_out(ready, [call("StopTransformJob", TransformJobName="nobody")])


def test_what_is_not_there_is_none(stage: Stage) -> None:
    assert stage.port.job("nobody") is None


@pytest.mark.parametrize(
    ("model", "side"),
    [
        ({"invoke_error": [400, "no such column"]}, "ClientError"),
        ({"invoke_error": [500, "out of luck"]}, "AlgorithmError"),
        ({"load_error": "no such module"}, "AlgorithmError"),
    ],
    ids=["refuses", "breaks", "does not load"],
)
def test_a_job_whose_container_fails_is_failed_and_has_no_answer(
    stage: Stage, model: dict[str, Any], side: str
) -> None:
    stage.upload(TARGET, model)
    stage.put(f"{INPUT}one.csv", b"1,2\n")
    carry_out(stage, [batch_transform.model_of("churn", TARGET, IMAGE, SETTINGS, []), job()])
    view = ended(stage)
    assert (view.status, view.reason.split(":")[0]) == ("Failed", side)
    assert stage.get("s3://results/out/one.csv.out") is None


def test_a_job_without_inputs_or_without_a_model_is_refused(ready: Stage) -> None:
    with pytest.raises(ReleaseFailed, match="No S3 objects found under S3 URL"):
        ready.port.carry_out(job(source="s3://drop/batches/acme/churn/b2/"))
    nobodys = job(model="nobody")
    with pytest.raises(ReleaseFailed, match="Could not find model"):
        ready.port.carry_out(nobodys)


def test_a_model_with_network_isolation_takes_no_jobs(ready: Stage) -> None:
    made = batch_transform.model_of("alone", TARGET, IMAGE, SETTINGS, [])
    carry_out(ready, [Call(operation="CreateModel", params=made.params | {"EnableNetworkIsolation": True})])
    lone = job(model="alone")
    with pytest.raises(ReleaseFailed, match=r"[Nn]etwork isolation"):
        ready.port.carry_out(lone)


def test_a_versions_whole_life_by_the_plans_of_the_option(stage: Stage) -> None:
    """What `serving` says is taken as it is: sample, model, job, answer, removal."""
    version = upload(1, upload="a" * 26, serving_key=TARGET)
    stage.upload(TARGET, {"answer": "0.25"})
    model = {"serving": "batch-transform", "framework": "sklearn", "sample": {"body": "1,2\n3,4"}}
    ground = Ground(model=ModelProfile.model_validate(model), settings=SETTINGS, image=IMAGE)
    placement = batch_transform.place(version, ground)
    for given in placement.inputs:
        stage.put(f"s3://{given.bucket}/{given.key}", given.body.encode())
    carry_out(stage, [*placement.plan.calls])
    jobs = {placement.target: ended(stage, placement.target)}
    assert progress(placement.plan, {}, {}, jobs).state == "settled", jobs
    assert stage.get(f"s3://results/{batch_transform.answer_key(version)}") == b"0.25"
    host = HostRow(
        host=placement.host,
        fleet="",
        serving=ground.model.serving,  # type: ignore[arg-type]
        endpoint="",
        region="us-east-1",
        instances=0,
        since=stage.clock.now(),
    )
    carry_out(stage, [*batch_transform.retire(host, placement.target).calls] * 2)
    again = job("again", source="s3://results/_samples/", model=placement.target)
    with pytest.raises(ReleaseFailed, match="Could not find model"):
        stage.port.carry_out(again)
