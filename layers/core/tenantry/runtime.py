"""The door between Lambda and the use cases: the environment, the wired App, and what every invocation gets.

The only module that reads the environment. `@task` turns a use of one input model into a handler, `@records` one of
single queue messages; both leave one canonical log line and let exceptions out.
"""

import inspect
import json
import os
import time
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel

from tenantry.domain.errors import TenantryError
from tenantry.usecases.app import App, Settings
from tenantry.wiring import AwsApp, Resources

__all__ = ["App", "Settings", "app", "records", "task", "wired"]

Handler = Callable[[Any, Any], Any]

BOUND = ("tenant", "model", "version", "upload", "execution", "fleet")
"""Fields of an input that every log line of its invocation carries."""

RESULT_CHARACTERS = 1_000

logger = Logger(service="tenantry", location=None)
metrics = Metrics(namespace="Tenantry", service="tenantry")


def wired(env: Mapping[str, str]) -> App:
    """The App that these variables describe; KeyError names the first that is missing."""
    return AwsApp(_settings(env), _resources(env))


@cache
def app() -> App:
    """This process's App, made once."""
    return wired(os.environ)


def task[Input: BaseModel, Output: BaseModel](use: Callable[[Input, App], Output]) -> Handler:
    """A handler of one JSON event: parsed, bound to the logger, used, dumped, logged in one line."""
    model: type[Input] = next(iter(inspect.signature(use, eval_str=True).parameters.values())).annotation
    verb = use.__module__

    @wraps(use)
    def handle(event: Any, _context: Any) -> Any:
        return _observed(verb, event, lambda: _dumped(use(_parsed(model, event), app())))

    return handle


def records[Output: BaseModel](use: Callable[[str, App], Output]) -> Handler:
    """A handler of a batch of queue messages: each by itself, so that one that fails goes back to the queue alone."""
    from aws_lambda_powertools.utilities.batch import (  # noqa: PLC0415 - only one function has a queue
        BatchProcessor,
        EventType,
        process_partial_response,
    )

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    verb = use.__module__

    def one(record: Any) -> Any:
        return _observed(verb, {}, lambda: _dumped(use(record.body, app())))

    @wraps(use)
    def handle(event: Any, context: Any) -> Any:
        return process_partial_response(event, record_handler=one, processor=processor, context=context)

    return handle


def _parsed[Input: BaseModel](model: type[Input], event: Any) -> Input:
    parsed = model.model_validate(event)
    logger.append_keys(**{name: value for name in BOUND if (value := getattr(parsed, name, ""))})
    return parsed


def _dumped(result: BaseModel) -> Any:
    return result.model_dump(mode="json", by_alias=True)


def _observed(verb: str, event: Any, use: Callable[[], Any]) -> Any:
    """Call, and say in one line how it went and how long it took. What was not foreseen is shown with its trace."""
    started = time.perf_counter()
    try:
        result = use()
    except TenantryError as error:
        _say(logger.warning, verb, started, type(error).__name__, reason=str(error))
        raise
    except Exception as error:
        _say(logger.exception, verb, started, type(error).__name__, event=event)
        raise
    else:
        _say(logger.info, verb, started, _outcome(result), result=_short(result))
        return result
    finally:
        logger.clear_state()


def _say(speak: Callable[..., None], verb: str, started: float, outcome: str, **more: Any) -> None:
    took_ms = round((time.perf_counter() - started) * 1000)
    speak(verb, extra={"outcome": outcome, "took_ms": took_ms, **more})
    _count(verb, outcome, took_ms)


def _count(verb: str, outcome: str, took_ms: int) -> None:
    metrics.add_dimension(name="task", value=verb)
    metrics.add_dimension(name="outcome", value=outcome[:64])
    metrics.add_metric(name="Tasks", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Took", unit=MetricUnit.Milliseconds, value=took_ms)
    metrics.flush_metrics()


def _outcome(result: Any) -> str:
    return str(result.get("outcome") or result.get("state") or "ok") if isinstance(result, dict) else "ok"


def _short(result: Any) -> Any:
    """The result as it is, or the beginning of its text when that is long (a plan, an inventory)."""
    text = json.dumps(result)
    return result if len(text) <= RESULT_CHARACTERS else text[:RESULT_CHARACTERS]


def _settings(env: Mapping[str, str]) -> Settings:
    known = {
        "stack": env["STACK"],
        "region": env.get("AWS_REGION") or env["AWS_DEFAULT_REGION"],
        "drop_bucket": env["DROP_BUCKET"],
        "serving_bucket": env["SERVING_BUCKET"],
        "results_bucket": env["RESULTS_BUCKET"],
        "operator_topic_arn": env["OPERATOR_TOPIC_ARN"],
        "host_role_arn": env.get("HOST_ROLE_ARN", ""),
        "host_subnets": tuple(filter(None, env.get("HOST_SUBNETS", "").split(","))),
        "host_security_groups": tuple(filter(None, env.get("HOST_SECURITY_GROUPS", "").split(","))),
        "artifact_caps": json.loads(env.get("ARTIFACT_CAPS") or "{}"),
    }
    numbers = {name: int(env[name.upper()]) for name in _NUMBERS if env.get(name.upper())}
    return Settings.model_validate({**known, **numbers})


_NUMBERS = (
    "held_minutes",
    "in_flight_cap",
    "preload_budget_seconds",
    "heartbeat_budget_seconds",
    "lease_minutes",
    "sweep_days",
    "sweep_most",
    "notice_days",
)
"""Settings that are whole numbers; the variable is the name in capitals."""


def _resources(env: Mapping[str, str]) -> Resources:
    return Resources(
        registry_table=env["REGISTRY_TABLE"],
        routes_table=env["ROUTES_TABLE"],
        machine_prefix=env["MACHINE_PREFIX"],
        images=env.get("IMAGES") or "tenantry/images.json",
        control_rate=float(env.get("CONTROL_CALL_RATE") or "1"),
    )
