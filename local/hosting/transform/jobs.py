"""Transform jobs and their states: InProgress → Completed | Failed, or → Stopping → Stopped."""

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from local.hosting.catalog import Shelf
from local.hosting.errors import ApiError, validation
from local.hosting.ground import Ground
from local.hosting.transform.describe import state_change
from local.hosting.transform.errors import INTERNAL, JobFailed, JobStopped, reason
from local.hosting.transform.inputs import find_inputs
from local.hosting.transform.instance import TransformInstance
from local.hosting.transform.job import TransformJob
from local.hosting.transform.logs import publish
from local.hosting.transform.refusals import in_use
from local.hosting.transform.spec import TransformSpec
from local.hosting.transform.work import Work

JOBS_AT_ONCE = 256


class TransformJobs:
    """All jobs, and what moves them from state to state, each on a thread of its own."""

    def __init__(self, ground: Ground) -> None:
        self.shelf: Shelf[TransformJob] = Shelf("transform job")
        self._ground = ground
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._pool = ThreadPoolExecutor(JOBS_AT_ONCE, "transform-job")

    def create(self, job: TransformJob, spec: TransformSpec) -> None:
        """Take it on in InProgress; `ResourceInUse` when there was one of that name."""
        try:
            self.shelf.add(job)
        except ApiError as error:
            raise in_use(job.arn) from error
        self._tell(job)
        self._pool.submit(self._carry_out, job, spec)

    def stop(self, job: TransformJob) -> None:
        """Stopping, then Stopped; only for a job in progress."""
        with self._lock:
            if job.status != "InProgress":
                raise validation(f"The request was rejected because the transform job is in status {job.status}")
            self._set(job, "Stopping")
        job.stop_asked.set()
        self._ground.work.submit(job.halt)

    def instances_used(self) -> int:
        """Instances of all jobs that have not ended."""
        return sum(job.instances for job in self.shelf if job.ended is None)

    def close(self) -> None:
        """Stop every container of every job."""
        self._closed.set()
        for job in self.shelf:
            job.stop_asked.set()
            job.halt()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _carry_out(self, job: TransformJob, spec: TransformSpec) -> None:
        failure = ""
        try:
            failure = self._transform(job, spec)
        except JobStopped:
            self._ground.panel.outlast(time.monotonic(), lambda now: now.durations.stopping, self._closed)
        except JobFailed as failed:
            failure = str(failed)
        except Exception:  # whatever it was, the job's state must say so
            traceback.print_exc()
            failure = INTERNAL
        if not self._closed.is_set():
            self._end(job, spec, failure)

    def _transform(self, job: TransformJob, spec: TransformSpec) -> str:
        """FailureReason, or nothing."""
        if self._ground.panel.outlast(time.monotonic(), lambda now: now.durations.provisioning, job.stop_asked):
            raise JobStopped
        files = find_inputs(self._ground.s3, spec)
        work = Work(self._ground.s3, job, spec)
        instances = [TransformInstance(self._ground, job, spec) for _ in range(spec.instances)]
        job.halt = partial(_all, TransformInstance.stop, instances)
        try:
            _all(TransformInstance.start, instances)
            job.started = time.time()
            job.say(_opening(spec))
            work.run(instances, files)
        finally:
            job.halt()
        return reason(work.failed)

    def _end(self, job: TransformJob, spec: TransformSpec, failure: str) -> None:
        """A job that was told to stop in time is Stopped, however far it came, and has no output."""
        publish(self._ground.logs, job)
        with self._lock:
            stopped = job.status == "Stopping"
            if not stopped:
                self._close(job, "Failed" if failure else "Completed", failure)
        if stopped:
            self._discard(job, spec)
            self._close(job, "Stopped", "")

    def _close(self, job: TransformJob, status: str, failure: str) -> None:
        job.failure, job.ended = failure, time.time()
        self._set(job, status)

    def _discard(self, job: TransformJob, spec: TransformSpec) -> None:
        """The API reference of StopTransformJob: the output of a job that is stopped is not stored."""
        with suppress(ClientError, BotoCoreError):
            for key in job.written:
                self._ground.s3.delete_object(Bucket=spec.output.bucket, Key=key)

    def _set(self, job: TransformJob, status: str) -> None:
        """Nobody else sets it meanwhile, so that events come in the order of the states that they tell."""
        job.status = status
        job.modified_at = time.time()
        self._tell(job)

    def _tell(self, job: TransformJob) -> None:
        self._ground.emit(state_change(self._ground.names, job))


def _all(act: Callable[[TransformInstance], None], instances: list[TransformInstance]) -> None:
    """Act on all of them at once; the first error, when all have been tried."""
    with ThreadPoolExecutor(len(instances), "transform-instances") as pool:
        list(pool.map(act, instances))


def _opening(spec: TransformSpec) -> str:
    """The first line of every data log."""
    strategy = spec.environment["SAGEMAKER_BATCH_STRATEGY"]
    return f"MaxConcurrentTransforms={spec.concurrent}, MaxPayloadInMB={spec.payload_mb}, BatchStrategy={strategy}"
