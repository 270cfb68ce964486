"""The WSGI application: requests of both APIs in, through rates and faults, to the operation, and out."""

import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal

import boto3
from botocore.config import Config

from local.hosting import rules
from local.hosting.asynchronous import requests
from local.hosting.asynchronous.queues import AsyncQueues
from local.hosting.components.control import ComponentControl
from local.hosting.components.registry import Components
from local.hosting.container import Container, ContainerFactory, Launch
from local.hosting.control import Control
from local.hosting.counters import Counters
from local.hosting.endpoints import Endpoints
from local.hosting.errors import ApiError, internal_failure, unknown_operation
from local.hosting.faults import Faults
from local.hosting.ground import Ground, Names
from local.hosting.knobs import KnobBoard
from local.hosting.metrics import Gauge, Metrics, PutMetrics
from local.hosting.mms import MultiModelServer
from local.hosting.packages.control import PackageControl
from local.hosting.processes import end_leftovers
from local.hosting.rates import Rates
from local.hosting.runtime import Runtime, parse
from local.hosting.settings import Panel, Settings
from local.hosting.stand_in import StandIn
from local.hosting.transform.control import TransformControl
from local.hosting.transform.jobs import TransformJobs
from local.hosting.wire import Environ, Reply, StartResponse, control_error, json_reply, read_json, runtime_error

TARGET = "SageMaker."
Emit = Callable[[dict[str, Any]], None]


class HostingApp:
    """SageMaker hosting on one machine. `close` stops every process it started."""

    def __init__(
        self,
        state_dir: Path,
        endpoint_url: str,
        region: str,
        account: str,
        emit: Emit,
        put_metrics: PutMetrics,
        *,
        container: ContainerFactory = MultiModelServer,
        settings: Settings | None = None,
    ) -> None:
        """Start with nothing; end the model servers that a killed predecessor left under `state_dir`.

        `endpoint_url` is where S3, SNS and CloudWatch Logs are. `emit` takes whole EventBridge events, in order, on a
        thread of its own. `put_metrics` takes a namespace and MetricData as PutMetricData does.
        """
        end_leftovers(state_dir.resolve())
        rmtree(state_dir, ignore_errors=True)
        state_dir.mkdir(parents=True)
        panel = Panel(settings)
        self._announcing = ThreadPoolExecutor(1, "hosting-events")
        self._ground = Ground(
            names=Names(region, account),
            state_dir=state_dir.resolve(),
            panel=panel,
            faults=Faults(),
            counters=Counters(),
            metrics=Metrics(panel, put_metrics, self._gauges, self._levels),
            s3=_client("s3", endpoint_url, region),
            sns=_client("sns", endpoint_url, region),
            logs=_client("logs", endpoint_url, region),
            container=_or_stand_in(container, panel),
            emit=lambda event: self._announce(emit, event),
            work=ThreadPoolExecutor(32, "hosting-work"),
        )
        self._endpoints = Endpoints(self._ground)
        self._jobs = TransformJobs(self._ground)
        self._components = Components(self._ground, self._endpoints)
        self._packages = PackageControl(self._ground)
        tagged = (self._jobs.shelf, self._packages.groups, self._packages.packages)
        self._control = Control(self._ground, self._endpoints, self._components, *tagged)
        self._component_control = ComponentControl(
            self._ground, self._endpoints, self._components, self._control.models
        )
        self._transforms = TransformControl(self._ground, self._jobs, self._control.models)
        self._runtime = Runtime(self._ground, self._endpoints)
        self._queues = AsyncQueues(self._ground, self._endpoints)
        self._rates = Rates(panel)
        self.knobs = KnobBoard(
            self._ground, self._endpoints, self._components, self._queues, self._jobs, self._packages
        )
        self._operations = {
            **self._control.operations,
            **self._component_control.operations,
            **self._transforms.operations,
            **self._packages.operations,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The control-plane operations served."""
        return frozenset(self._operations)

    def serves(self, environ: Environ) -> bool:
        """Whether this request is for an operation of this application."""
        operation = environ.get("HTTP_X_AMZ_TARGET", "")
        is_control = operation.startswith(TARGET) and operation.removeprefix(TARGET) in self.operations
        return is_control or _is_invocation(environ)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        if queued := requests.parse(environ):
            return self._invoke("InvokeEndpointAsync", lambda: self._queues.accept(queued)).send(start_response)
        if invocation := parse(environ):
            return self._invoke("InvokeEndpoint", lambda: self._runtime.invoke(invocation)).send(start_response)
        return self._command(environ).send(start_response)

    def close(self) -> None:
        """Stop containers and threads."""
        self._queues.close()
        self._jobs.close()
        self._components.close()
        self._endpoints.close()
        self._queues.join()
        self._ground.work.shutdown(wait=True, cancel_futures=True)
        self._ground.metrics.close()
        self._announcing.shutdown(wait=True, cancel_futures=True)

    def _command(self, environ: Environ) -> Reply:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").removeprefix(TARGET)
        try:
            return self._guarded(operation, lambda: self._carry_out(operation, environ))
        except ApiError as error:
            return control_error(error)

    def _carry_out(self, operation: str, environ: Environ) -> Reply:
        act = self._operations.get(operation)
        if act is None:
            raise unknown_operation(operation or "this request")
        params = read_json(environ)
        rules.check_shape("sagemaker", operation, params)
        return json_reply(act(params))

    def _invoke(self, operation: str, act: Callable[[], Reply]) -> Reply:
        try:
            return self._guarded(operation, act)
        except ApiError as error:
            return runtime_error(error)

    def _guarded(self, operation: str, act: Callable[[], Reply]) -> Reply:
        self._ground.counters.called(operation)
        self._rates.admit(operation)
        self._ground.faults.raise_planned(operation, "before")
        reply = _without_surprise(act)
        self._ground.faults.raise_planned(operation, "after")
        return reply

    def _announce(self, emit: Emit, event: dict[str, Any]) -> None:
        def send() -> None:
            try:
                emit(event)
            except Exception as error:  # a lost event must not end the thread
                print(f"an event was not delivered: {error}", flush=True)

        self._announcing.submit(send)

    def _levels(self) -> Iterable[Gauge]:
        yield from self._queues.levels()
        yield from self._components.levels()

    def _gauges(self) -> Iterable[Gauge]:
        yield from self._endpoints.gauges()
        yield from self._components.gauges()


def _without_surprise(act: Callable[[], Reply]) -> Reply:
    try:
        return act()
    except ApiError:
        raise
    except Exception as error:
        traceback.print_exc()
        raise internal_failure(f"The local cloud has a fault of its own: {error!r}") from error


def _is_invocation(environ: Environ) -> bool:
    path = str(environ.get("PATH_INFO", ""))
    return path.startswith("/endpoints/") and path.endswith(("/invocations", "/async-invocations"))


def _or_stand_in(container: ContainerFactory, panel: Panel) -> ContainerFactory:
    """What instances run, as the knob says when they start it."""

    def start(launch: Launch) -> Container:
        return (StandIn if panel.now.stand_in else container)(launch)

    return start


def _client(service: Literal["s3", "sns", "logs"], endpoint_url: str, region: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=32),
    )
