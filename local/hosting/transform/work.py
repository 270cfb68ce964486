"""The work of a job: its files are shared out over its instances, and each becomes one output object or none."""

import traceback
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.hosting.transform.errors import FileFailed, JobStopped, Side
from local.hosting.transform.inputs import InputFile, output_key
from local.hosting.transform.instance import TransformInstance
from local.hosting.transform.job import TransformJob
from local.hosting.transform.records import assembled, requests_of, unpacked
from local.hosting.transform.spec import TransformSpec


@dataclass(frozen=True)
class Work:
    """A file that fails has no output; the others go on (developer guide, batch-transform-errors)."""

    s3: Any
    job: TransformJob
    spec: TransformSpec
    failed: set[Side] = field(default_factory=set)
    """Whose faults there were."""

    def run(self, instances: list[TransformInstance], files: list[InputFile]) -> None:
        """Transform all files; `JobStopped` when somebody asked for it.

        A file is one instance's, so that one file uses one instance.
        """
        self.job.count("files", len(files))
        shares = [files[number :: len(instances)] for number in range(len(instances))]
        with ThreadPoolExecutor(len(instances), "transform-instance") as pool:
            list(pool.map(self._share, instances, shares))
        if self.job.stop_asked.is_set():
            raise JobStopped

    def _share(self, instance: TransformInstance, files: list[InputFile]) -> None:
        """As many files at a time as there may be requests, and never more requests than that."""
        most = self.spec.concurrent
        with ThreadPoolExecutor(most, "transform-request") as requests, ThreadPoolExecutor(most, "transform") as pool:
            list(pool.map(lambda file: self._attend(instance, requests, file), files))

    def _attend(self, instance: TransformInstance, requests: Executor, file: InputFile) -> None:
        try:
            self._transform(instance, requests, file)
        except JobStopped:
            return
        except FileFailed as failed:
            self._note(file, failed)
        except Exception as surprise:
            traceback.print_exc()
            self._note(file, FileFailed("InternalServerError", repr(surprise)))
        else:
            self.job.count("done")

    def _transform(self, instance: TransformInstance, requests: Executor, file: InputFile) -> None:
        if self.job.stop_asked.is_set():
            raise JobStopped
        bodies = list(requests_of(unpacked(self._read(file), self.spec), self.spec))
        self._write(file, assembled(requests.map(instance.answer, bodies), self.spec))

    def _read(self, file: InputFile) -> bytes:
        try:
            body: bytes = self.s3.get_object(Bucket=file.bucket, Key=file.key)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise FileFailed("ClientError", f"Unable to read the input: {error}") from error
        return body

    def _write(self, file: InputFile, body: bytes) -> None:
        key = output_key(self.spec, file)
        try:
            self.s3.put_object(Bucket=self.spec.output.bucket, Key=key, Body=body)
        except (ClientError, BotoCoreError) as error:
            raise FileFailed("ClientError", f"Unable to write s3://{self.spec.output.bucket}/{key}: {error}") from error
        self.job.written.append(key)

    def _note(self, file: InputFile, failed: FileFailed) -> None:
        self.failed.add(failed.side)
        self.job.count("failed")
        for line in str(failed).split("\n"):
            self.job.say(f"{file.bucket}/{file.key}: {line}")
