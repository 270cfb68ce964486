"""The door between Lambda and the use cases: the environment, the wired App, and what every invocation gets.

The only module that reads the environment. `@task` turns a use of one input model into a handler, which leaves one
canonical log line and lets exceptions out.
"""

import gc
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

__all__ = ["App", "Handler", "Settings", "app", "observed", "task", "wired"]

Handler = Callable[[Any, Any], Any]

BOUND = ("tenant", "model", "version", "upload", "execution", "fleet")
"""Fields of an input, or of a result, that the log line of its invocation carries."""

RESULT_CHARACTERS = 1_000

gc.set_threshold(100_000)
"""A start makes some 60,000 objects, and all of them stay: to look for garbage among them is 5% of its CPU time."""

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
        return observed(verb, event, lambda: use(_parsed(model, event), app()))

    return handle


def _parsed[Input: BaseModel](model: type[Input], event: Any) -> Input:
    parsed = model.model_validate(event)
    _bind(getattr(parsed, "ids", None) or {name: getattr(parsed, name, "") for name in BOUND})
    return parsed


def _bind(known: Mapping[str, Any]) -> None:
    logger.append_keys(**{name: known[name] for name in BOUND if known.get(name)})


def observed(verb: str, event: Any, use: Callable[[], BaseModel]) -> Any:
    """The result as JSON values; one line says how it went and how long it took, with a trace if unforeseen."""
    started = time.perf_counter()
    try:
        result = use().model_dump(mode="json", by_alias=True)
    except TenantryError as error:
        _say(logger.warning, verb, started, type(error).__name__, reason=str(error))
        raise
    except Exception as error:
        _say(logger.exception, verb, started, type(error).__name__, event=event)
        raise
    else:
        _bind(result)
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
    known: dict[str, Any] = {
        "stack": env["STACK"],
        "region": env.get("AWS_REGION") or env["AWS_DEFAULT_REGION"],
        "drop_bucket": env["DROP_BUCKET"],
        "serving_bucket": env["SERVING_BUCKET"],
        "results_bucket": env["RESULTS_BUCKET"],
        "operator_topic_arn": env["OPERATOR_TOPIC_ARN"],
        "host_role_arn": env.get("HOST_ROLE_ARN", ""),
        "asynchronous_role_arn": env.get("ASYNCHRONOUS_ROLE_ARN", ""),
        "batch_role_arn": env.get("BATCH_ROLE_ARN", ""),
        "success_topic_arn": env.get("SUCCESS_TOPIC_ARN", ""),
        "error_topic_arn": env.get("ERROR_TOPIC_ARN", ""),
        "other_region": env.get("REPLICATE_TO", ""),
        "host_subnets": tuple(filter(None, env.get("HOST_SUBNETS", "").split(","))),
        "host_security_groups": tuple(filter(None, env.get("HOST_SECURITY_GROUPS", "").split(","))),
        "poll_seconds": int(env.get("POLL_SECONDS") or "15"),
        "artifact_caps": json.loads(env.get("ARTIFACT_CAPS") or "{}"),
    }
    numbers = {name: int(env[name.upper()]) for name in _NUMBERS if env.get(name.upper())}
    return Settings(**known | numbers)


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
        dead_deliveries=env.get("DELIVERY_DEAD_LETTERS_ARN", ""),
        schedule_role=env.get("SCHEDULE_ROLE_ARN", ""),
        dead_events=env.get("EVENT_DEAD_LETTERS_ARN", ""),
    )
