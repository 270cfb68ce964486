"""A host to play on: the hosting twin in virtual time, or the adapter on the hosting emulation over loopback."""

import io
import json
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from local.hosting.app import HostingApp
from local.hosting.settings import Durations as RealDurations
from local.hosting.settings import Settings
from local.hosting.stand_in import StandIn
from tenantry.adapters.aws.clock import SystemClock
from tenantry.adapters.aws.probes import probing_config
from tenantry.adapters.aws.sagemaker import SageMakerHosting
from tenantry.adapters.memory.artifacts import MemoryArtifacts, place
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.endpoints import Durations
from tenantry.adapters.memory.hosting import MemoryHosting
from tenantry.ports import Answer, Clock, EndpointView, Hosting

PASSING = {"Creating", "Updating", "Deleting"}
BUCKET = "serving"


@dataclass
class Stage:
    """The port, and what a test does around it. `put` and `get` take S3 URIs."""

    port: Hosting
    clock: Clock
    upload: Callable[[str, dict[str, Any]], None]
    remove: Callable[[str], None]
    publish: Callable[[], None]
    put: Callable[[str, bytes], None]
    get: Callable[[str], bytes | None]
    turn: Callable[[dict[str, Any]], object]
    """The emulation's knobs; the twin, in virtual time, has none."""

    def settled(self, endpoint: str) -> EndpointView | None:
        """The endpoint when nothing changes any more."""
        deadline = time.monotonic() + 60
        view = self.port.endpoint(endpoint)
        while view is not None and view.status in PASSING:
            assert time.monotonic() < deadline, f"{endpoint} stays {view.status}"
            self.clock.sleep(0.02 if isinstance(self.clock, SystemClock) else 10)
            view = self.port.endpoint(endpoint)
        return view


def memory_stage(clock: MemoryClock, *, slow: bool = False) -> Stage:
    """The twin. With `slow`, loading takes longer than SageMaker waits for it."""
    artifacts = MemoryArtifacts(clock)
    hosting = MemoryHosting(clock, artifacts, durations=Durations(load=100 if slow else 2), behave=as_the_stand_in)
    return Stage(
        hosting,
        clock,
        lambda target, model: void(artifacts.put(BUCKET, target, packed(model))),
        lambda target: artifacts.delete(BUCKET, target),
        lambda: None,
        lambda uri, body: void(artifacts.put(*place(uri), body)),
        artifacts.lying_at,
        void,
    )


@contextmanager
def emulated_stage(
    session: boto3.Session, folder: Path, *, slow: bool = False, lasting: bool = False
) -> Iterator[Stage]:
    """The adapter on the emulation. With `slow`, an invocation is cut before a load ends; `lasting`, states stay."""
    objects: dict[str, bytes] = {}
    cloudwatch = session.client("cloudwatch")
    settings = Settings(
        metrics_seconds=3600,
        durations=RealDurations(creating=600 if lasting else 0),
        invocation_limit=0.05 if slow else 60,
    )
    with loopback(lambda environ, start: served(app, objects, environ, start)) as url:
        app = HostingApp(
            folder,
            url,
            session.region_name,
            "123456789012",
            void,
            lambda namespace, data: void(cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)),
            container=StandIn,
            settings=settings,
        )
        once = Config(retries={"total_max_attempts": 1})
        clock = SystemClock()
        hosting = SageMakerHosting(
            session.client("sagemaker", endpoint_url=url, config=once),
            session.client("sagemaker-runtime", endpoint_url=url, config=probing_config()),
            cloudwatch,
            clock,
            autoscaling=session.client("application-autoscaling"),
            storage=session.client("s3", endpoint_url=url, config=Config(s3={"addressing_style": "path"})),
        )
        yield Stage(
            hosting,
            clock,
            lambda target, model: objects.update({f"/{BUCKET}/{target}": packed(model)}),
            lambda target: void(objects.pop(f"/{BUCKET}/{target}")),
            lambda: void(app.knobs.act("metrics/deliver", {})),
            lambda uri, body: objects.update({uri.removeprefix("s3:/"): body}),
            lambda uri: objects.get(uri.removeprefix("s3:/")),
            app.knobs.write,
        )
        app.close()


def served(app: HostingApp, objects: dict[str, bytes], environ: Any, start: Any) -> Any:
    """SageMaker's requests to the emulation, what it and the adapter read and write in S3 from and to a dict."""
    if app.serves(environ):
        return app(environ, start)
    if environ["REQUEST_METHOD"] == "PUT":
        objects[environ["PATH_INFO"]] = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start("200 OK", [("Content-Length", "0")])
        return [b""]
    asked = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    listing = "list-type" in asked
    body = _listed(objects, environ["PATH_INFO"], asked) if listing else objects.get(environ["PATH_INFO"])
    if body is None:
        start("404 Not Found", [("Content-Type", "application/xml")])
        return [b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"]
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _listed(objects: dict[str, bytes], bucket: str, asked: dict[str, list[str]]) -> bytes:
    """ListObjectsV2's answer, whole."""
    begin = f"{bucket.rstrip('/')}/"
    keys = sorted(path.removeprefix(begin) for path in list(objects) if path.startswith(begin + asked["prefix"][0]))
    rows = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in keys)
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()


@contextmanager
def loopback(app: Any) -> Iterator[str]:
    """A WSGI application on a free port; its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Quiet(WSGIRequestHandler):
    """Logs no requests, keeps connections."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Say nothing."""


def as_the_stand_in(target: str, artifact: bytes, body: bytes) -> Answer:
    """The twin's container reads the same `model.json` as the emulation's."""
    del target, body
    with tarfile.open(fileobj=io.BytesIO(artifact)) as archive:
        member = archive.extractfile("model.json")
        assert member is not None
        model = json.load(member)
    if "load_error" in model:
        return Answer(outcome="model_error", took_ms=0, status=500, message=model["load_error"])
    if "invoke_error" in model:
        status, message = model["invoke_error"]
        return Answer(outcome="model_error", took_ms=0, status=status, message=message)
    return Answer(outcome="ok", took_ms=0, body=model["answer"].encode(), content_type="text/plain")


def packed(model: dict[str, Any]) -> bytes:
    """An artifact with its `model.json`."""
    text = json.dumps(model).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("model.json")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return buffer.getvalue()


def void(_: object) -> None:
    """Drop a result nobody needs."""
