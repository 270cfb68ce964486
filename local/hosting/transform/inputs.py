"""The input files of a job: every object under a prefix, or those that a manifest names.

The output key of a file is the output path, the file's path relative to the input, and `.out`. Relative to what, is
documented by examples only (API reference, TransformOutput): a prefix counts as a folder, and a file that the prefix
names wholly or in part keeps its last part. With a manifest it is the entry as written there.
"""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.hosting.transform.errors import JobFailed
from local.hosting.transform.spec import TransformSpec
from local.hosting.variants import artifact_origin
from local.hosting.volume import Origin


@dataclass(frozen=True)
class InputFile:
    """One object to transform."""

    bucket: str
    key: str
    relative: str
    """Its path in the output, without `.out`."""


def under_source(s3: Any, source: Origin) -> list[str]:
    """Keys that begin with the source's, in order; folder markers left out. Empty when there is no such bucket."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.key)
    try:
        keys = [row["Key"] for page in pages for row in page.get("Contents", [])]
    except ClientError:
        return []
    return [key for key in keys if not key.endswith("/")]


def find_inputs(s3: Any, spec: TransformSpec) -> list[InputFile]:
    """The files in the order of their keys; `JobFailed` when there are none, or the manifest is none."""
    files = _listed(s3, spec.source) if spec.source_type == "S3Prefix" else _named(s3, spec.source)
    if not files:
        raise JobFailed("ClientError", f"No input files under s3://{spec.source.bucket}/{spec.source.key}")
    return files


def output_key(spec: TransformSpec, file: InputFile) -> str:
    """Where a file's output goes, in the output's bucket."""
    folder = spec.output.key.rstrip("/")
    return f"{folder}/{file.relative}.out" if folder else f"{file.relative}.out"


def relative_to(prefix: str, key: str) -> str:
    """The part of a key that its output keeps."""
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if not key.startswith(folder):
        folder = prefix[: prefix.rfind("/") + 1]
    return key.removeprefix(folder)


def _listed(s3: Any, source: Origin) -> list[InputFile]:
    return [InputFile(source.bucket, key, relative_to(source.key, key)) for key in under_source(s3, source)]


def _named(s3: Any, manifest: Origin) -> list[InputFile]:
    """Of `[{"prefix": "s3://bucket/some/prefix/"}, "relative/path", …]`: prefix and path joined as they are."""
    where = f"s3://{manifest.bucket}/{manifest.key}"
    try:
        head, *entries = json.loads(s3.get_object(Bucket=manifest.bucket, Key=manifest.key)["Body"].read())
        prefix = artifact_origin(head["prefix"])
    except ClientError as error:
        raise JobFailed("ClientError", f"Unable to read the manifest {where}: {error}") from error
    except Exception as error:
        raise JobFailed("ClientError", f"The manifest {where} is not valid: {error!r}") from error
    if not all(isinstance(entry, str) for entry in entries):
        raise JobFailed("ClientError", f"The manifest {where} is not valid: only its first element is not a path")
    return [_entry(prefix, entry) for entry in sorted(set(entries))]


def _entry(prefix: Origin, entry: str) -> InputFile:
    return InputFile(prefix.bucket, (prefix.key + entry).removeprefix("/"), entry.removeprefix("/"))
