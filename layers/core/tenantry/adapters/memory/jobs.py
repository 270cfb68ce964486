"""Transform jobs in memory: they take virtual time, run the model over their inputs, and write what it answers.

What SageMaker documents is kept: an input that fails has no output while the others go on, and then the job is Failed;
a stopped job has no output; names are never free again. Nothing happens before somebody looks (`settle`).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenantry.adapters.memory.artifacts import MemoryArtifacts, place
from tenantry.domain.errors import ReleaseFailed
from tenantry.ports import Answer, Clock, JobView

Params = dict[str, Any]
Ask = Callable[[str, bytes], Answer]
"""S3 URL of a model's artifact, body of a request → what its container answers."""
SEE_LOGS = "See job logs for more information"
_ENDS = {"Completed", "Failed", "Stopped"}


@dataclass
class Job:
    """A job, the S3 URL of its model's artifact, and when it has been carried out. `doomed`: it fails as a whole."""

    params: Params
    artifact: str
    until: datetime
    doomed: str = ""
    status: str = "InProgress"
    reason: str = ""
    said: str = ""


class MemoryJobs:
    """All of them, by name; `models` are those of the control plane, `doomed` name → why that job fails."""

    def __init__(
        self, clock: Clock, artifacts: MemoryArtifacts, models: dict[str, Params], doomed: dict[str, str], ask: Ask
    ) -> None:
        self._clock, self._artifacts, self._models, self._doomed, self._ask = clock, artifacts, models, doomed, ask
        self.all: dict[str, Job] = {}
        self.seconds = 240.0
        self.does: dict[str, Callable[[Params], object]] = {
            "CreateTransformJob": self.create,
            "StopTransformJob": self.stop,
        }

    def create(self, params: Params) -> None:
        """Exists already is success; ReleaseFailed, in SageMaker's words, for what it refuses."""
        name = params["TransformJobName"]
        if name in self.all:
            return
        model = self._models.get(params["ModelName"])
        if model is None:
            raise ReleaseFailed(f'CreateTransformJob: Could not find model "{params["ModelName"]}".')
        if model["EnableNetworkIsolation"]:
            raise ReleaseFailed("CreateTransformJob: Network isolation is not supported by transform jobs.")
        source = params["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        if not list(self._keys(source)):
            raise ReleaseFailed(f'CreateTransformJob: No S3 objects found under S3 URL "{source}".')
        until = self._clock.now() + timedelta(seconds=self.seconds)
        self.all[name] = Job(params, model["PrimaryContainer"]["ModelDataUrl"], until, self._doomed.get(name, ""))

    def stop(self, params: Params) -> None:
        """Ended already, or never there, is success."""
        self.settle()
        job = self.all.get(params["TransformJobName"])
        if job and job.status not in _ENDS:
            job.status = "Stopped"

    def view(self, name: str) -> JobView | None:
        """The job as the port shows it."""
        self.settle()
        job = self.all.get(name)
        return JobView(name=name, status=job.status, reason=job.reason, said=job.said) if job else None

    def settle(self) -> None:
        """Carry out what is due."""
        for job in self.all.values():
            if job.status == "InProgress" and job.until <= self._clock.now():
                job.reason = job.doomed or self._carry_out(job)
                job.status = "Failed" if job.reason else "Completed"

    def _carry_out(self, job: Job) -> str:
        """FailureReason, or nothing."""
        ends = [self._transform(job, uri, relative) for uri, relative in self._inputs(job.params)]
        job.said = next((end.message for end in ends if end.outcome != "ok"), "")
        sides = ["ClientError" if end.status < 500 else "AlgorithmError" for end in ends if end.outcome != "ok"]
        return f"{max(sides, key=len)}: {SEE_LOGS}" if sides else ""

    def _transform(self, job: Job, uri: str, relative: str) -> Answer:
        """What became of one input: the answer that ended it, or the last one."""
        answers = []
        for record in _records(self._body(uri), job.params):
            answers.append(self._ask(job.artifact, record))
            if answers[-1].outcome != "ok":
                return answers[-1]
        output = job.params["TransformOutput"]
        end = b"\n" if output.get("AssembleWith") == "Line" else b""
        whole = b"".join(one.body.removesuffix(end) + end for one in answers)
        bucket, key = place(f"{output['S3OutputPath'].rstrip('/')}/{relative}.out")
        self._artifacts.put(bucket, key, whole)
        return Answer(outcome="ok", took_ms=0)

    def _inputs(self, params: Params) -> Iterator[tuple[str, str]]:
        """URI of each input, and its path under the output."""
        data = params["TransformInput"]["DataSource"]["S3DataSource"]
        if data["S3DataType"] == "ManifestFile":
            head, *paths = json.loads(self._body(data["S3Uri"]))
            yield from ((f"{head['prefix']}{path}", path) for path in paths)
            return
        bucket, prefix = place(data["S3Uri"])
        folder = prefix[: prefix.rfind("/") + 1]
        yield from ((f"s3://{bucket}/{key}", key.removeprefix(folder)) for key in self._keys(data["S3Uri"]))

    def _keys(self, uri: str) -> Iterator[str]:
        yield from (found.key for found in self._artifacts.listing(*place(uri)) if found.is_latest)

    def _body(self, uri: str) -> bytes:
        body = self._artifacts.lying_at(uri)
        if body is None:
            raise ReleaseFailed(f"{uri} is gone")
        return body


def _records(body: bytes, params: Params) -> list[bytes]:
    """The bodies of the requests for one input."""
    alone = params["TransformInput"].get("SplitType") == "Line" and params.get("BatchStrategy") == "SingleRecord"
    return body.splitlines(keepends=True) if alone else [body]
