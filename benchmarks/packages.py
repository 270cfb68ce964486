"""What a cold start costs: fresh processes on the built artifact, arms interleaved, CPU time, medians of ratios.

`make build` comes first. Every arm measures itself from its first line on: the start of the interpreter is in none.
The bound of a start is set by boto3 as it is published, which is what a function has that does nothing about it. Beside
it stands the ratio to boto3 in our own layer, pruned and compiled: no bound, as pydantic alone adds 0.4 to that.
"""

import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import record

BUILD = Path(".aws-sam/build")
ROUNDS = 9
MB = 1_000_000

TIMED = """
import sys, time
sys.dont_write_bytecode = True
started = time.process_time()
{code}
print(time.process_time() - started)
"""

STACK = {
    "STACK": "bench",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "MACHINE_PREFIX": "arn:aws:states:eu-west-1:123456789012:stateMachine:bench-",
    "OPERATOR_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:operator",
} | dict.fromkeys(("REGISTRY_TABLE", "ROUTES_TABLE", "DROP_BUCKET", "SERVING_BUCKET", "RESULTS_BUCKET"), "bench")


@dataclass(frozen=True)
class Start:
    """A function, the ports it asks for, the clients these make, and those that hosting makes at its first call."""

    function: str
    ports: tuple[str, ...]
    clients: tuple[str, ...]
    late: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Import the handler, and make what it uses, each client once."""
        ports = "".join(f"app().{port}\n" for port in self.ports)
        late = "".join(f"app()._client({client!r})\n" for client in self.late)
        return f"import {self.function}\nfrom tenantry.runtime import app\n{ports}{late}"

    @property
    def bare(self) -> str:
        """boto3, and the same clients."""
        made = (*self.clients, *self.late)
        clients = "".join(f"boto3.client({client!r}, region_name='eu-west-1')\n" for client in made)
        return f"import boto3\n{clients}"


STARTS = (
    Start("receive_drop", ("registry", "artifacts", "machines"), ("dynamodb", "s3", "stepfunctions")),
    Start("apply_plan", ("hosting",), ("dynamodb",), ("sagemaker", "application-autoscaling")),
    Start("preload_model", ("registry", "hosting"), ("dynamodb",), ("sagemaker-runtime", "cloudwatch")),
    Start("relay_notices", ("registry", "channels"), ("dynamodb", "sns")),
)


def cpu(code: str, path: str) -> float:
    """CPU seconds of this code in a fresh process that finds modules on this path and nowhere else."""
    process = [sys.executable, "-S", "-c", TIMED.format(code=code)]
    environment = STACK | {"PYTHONPATH": path, "PATH": os.environ["PATH"]}
    done = subprocess.run(process, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def ratio(one: tuple[str, str], other: tuple[str, str]) -> float:
    """Median of the ratios of two arms (code, path), taken in turns."""
    ratios = []
    for number in range(ROUNDS + 1):
        numerator, denominator = cpu(*one), cpu(*other)
        if number:  # the first round reads the files into the page cache
            ratios.append(numerator / denominator)
    return statistics.median(ratios)


def path_of(build: Path, function: str) -> str:
    """Where this function finds its modules."""
    name = "".join(part.capitalize() for part in function.split("_")) + "Function"
    return os.pathsep.join(str(build / folder) for folder in (name, "CoreLayer/python"))


def without_bytecode(build: Path, scratch: Path) -> Path:
    """A copy of the artifact as SAM's own builder would ship it."""
    shutil.copytree(build, scratch, ignore=shutil.ignore_patterns("__pycache__"))
    return scratch


def size(folder: Path) -> int:
    """Bytes of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure() -> None:
    """Record sizes, the worth of bytecode, and the cost of each start beside bare boto3."""
    if not BUILD.exists():
        sys.exit("there is no build to measure: run `make build` first")
    record("packages.core_layer", size(BUILD / "CoreLayer") / MB, "MB unpacked", bound=25)
    stock, layer = sysconfig.get_path("purelib"), str(BUILD / "CoreLayer/python")
    with tempfile.TemporaryDirectory() as scratch:
        plain = without_bytecode(BUILD, Path(scratch) / "build")
        for start in STARTS:
            function, ours = start.function, path_of(BUILD, start.function)
            compiled = ratio((start.code, ours), (start.code, path_of(plain, function)))
            record(f"packages.bytecode.{function}", compiled, "of: without bytecode", bound=0.55)
            init = ratio((start.code, ours), (start.bare, stock))
            record(f"packages.init.{function}", init, "of: boto3 + same clients", bound=1.25)
            pruned = ratio((start.code, ours), (start.bare, layer))
            record(f"packages.init_layer.{function}", pruned, "of: the layer's boto3 + same clients")
