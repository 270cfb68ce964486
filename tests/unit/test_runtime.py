"""The door between Lambda and the use cases: what every invocation gets."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from tenantry import runtime
from tenantry.domain.errors import Rejected
from tenantry.usecases.inputs import ExecutionEvent, Release, Schedule
from tenantry.usecases.intake import Received

ROOT = Path(__file__).parents[2]
CORE = str(ROOT / "layers" / "core")
ENV = {
    "STACK": "tenantry",
    "REGISTRY_TABLE": "registry",
    "ROUTES_TABLE": "routes",
    "DROP_BUCKET": "drop",
    "SERVING_BUCKET": "serving",
    "RESULTS_BUCKET": "results",
    "OPERATOR_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:operator",
    "MACHINE_PREFIX": "arn:aws:states:us-east-1:123456789012:stateMachine:tenantry-",
    "AWS_REGION": "us-east-1",
}
HEAVY = ("boto3", "botocore.session", "aws_xray_sdk", "aws_lambda_powertools.utilities.parser")
RELEASE = {"schema": 1, "tenant": "acme", "model": "churn", "version": "1", "upload": "u", "execution": "u-u-1"}


class Said(BaseModel):
    state: str


def said(release: Release, app: object) -> Said:
    """A use of one input."""
    del app
    if release.version == "bad":
        raise Rejected("one folder too deep")
    if release.version == "bug":
        raise KeyError("x")
    return Said(state="LIVE")


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> runtime.Handler:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    runtime.app.cache_clear()
    return runtime.task(said)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the logger writes."""
    written = io.StringIO()
    monkeypatch.setattr(runtime.logger.registered_handler, "stream", written)
    return written


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(text) for text in log.getvalue().splitlines()]


@pytest.mark.parametrize("name", sorted(ENV))
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(KeyError, match=name if name != "AWS_REGION" else "AWS_DEFAULT_REGION"):
        runtime.wired({other: value for other, value in ENV.items() if other != name})


def test_settings_have_defaults_and_can_be_set() -> None:
    usual = runtime.wired(ENV).settings
    assert (usual.held_minutes, usual.in_flight_cap, usual.preload_budget_seconds) == (30, 3, 420)
    more = {"HELD_MINUTES": "5", "ARTIFACT_CAPS": '{"members": 7}', "HOST_SUBNETS": "a,b"}
    changed = runtime.wired(ENV | more).settings
    assert (changed.held_minutes, changed.artifact_caps, changed.host_subnets) == (5, {"members": 7}, ("a", "b"))


def test_the_image_table_is_found_in_the_layer() -> None:
    assert runtime.wired(ENV).images["sklearn"]["default"]


def test_a_task_leaves_one_line_with_what_it_is_about(handler: runtime.Handler, log: io.StringIO) -> None:
    assert handler(RELEASE, None) == {"state": "LIVE"}
    [line] = lines(log)
    assert {name: line[name] for name in ("tenant", "model", "version", "upload", "execution")} == {
        name: value for name, value in RELEASE.items() if name != "schema"
    }
    assert (line["outcome"], line["level"]) == ("LIVE", "INFO")
    assert isinstance(line["took_ms"], int)


def test_an_execution_that_died_is_logged_with_what_it_worked_on(handler: runtime.Handler, log: io.StringIO) -> None:
    del handler

    def closed(event: ExecutionEvent, app: object) -> Said:
        del event, app
        return Said(state="FAILED")

    detail = {"name": "u-u-1", "status": "FAILED", "stateMachineArn": "arn:x", "input": json.dumps(RELEASE)}
    runtime.task(closed)({"detail": detail}, None)
    runtime.task(closed)({"detail": detail | {"input": "no JSON"}}, None)
    first, second = lines(log)
    assert {name: first[name] for name in ("tenant", "model", "version", "upload", "execution")} == {
        name: value for name, value in RELEASE.items() if name != "schema"
    }
    assert (second["execution"], "tenant" in second) == ("u-u-1", False)


def test_what_a_task_finds_out_is_logged_with_it(handler: runtime.Handler, log: io.StringIO) -> None:
    del handler

    def received(task: Schedule, app: object) -> Received:
        del task, app
        return Received(outcome="start", reason="received", key="k", tenant="acme", model="churn", upload="u")

    runtime.task(received)({}, None)
    [line] = lines(log)
    assert [line[name] for name in ("outcome", "tenant", "model", "upload")] == ["start", "acme", "churn", "u"]
    assert "fleet" not in line


def test_nothing_of_one_task_is_left_for_the_next(handler: runtime.Handler, log: io.StringIO) -> None:
    handler(RELEASE, None)
    with pytest.raises(ValueError, match="validation error"):
        handler({"schema": 1}, None)
    assert "tenant" not in lines(log)[1]


@pytest.mark.parametrize(
    ("version", "error", "level", "trace"), [("bad", Rejected, "WARNING", False), ("bug", KeyError, "ERROR", True)]
)
def test_exceptions_come_out_and_only_the_unforeseen_shows_a_trace(
    handler: runtime.Handler,
    log: io.StringIO,
    version: str,
    error: type[Exception],
    level: str,
    trace: bool,
) -> None:
    with pytest.raises(error):
        handler(RELEASE | {"version": version}, None)
    [line] = lines(log)
    assert (line["outcome"], line["level"], "exception" in line) == (error.__name__, level, trace)


def test_a_task_of_a_later_release_may_know_more(handler: runtime.Handler) -> None:
    assert handler(RELEASE | {"canary": 5}, None) == {"state": "LIVE"}


@pytest.mark.parametrize("verb", sorted(path.stem for path in (ROOT / "functions").glob("*.py")))
def test_a_function_imports_nothing_heavy_before_it_needs_it(verb: str) -> None:
    code = f"import sys, {verb}; print([m for m in {HEAVY} if m in sys.modules])"
    paths = f"{ROOT / 'functions'}:{CORE}"
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr


def test_the_ports_need_no_boto3() -> None:
    ports = ("registry", "hosting", "artifacts", "channels", "machines")
    asked = f"from tenantry.runtime import app; [getattr(app(), port) for port in {ports}]"
    code = f"import sys; {asked}; print('boto3' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": CORE, **ENV}, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.strip()) == (0, "False"), run.stderr
