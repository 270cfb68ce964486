"""Server-side copies of one pinned version to a key that must not exist yet.

Up to 5 GB one CopyObject does it; above, S3 takes a copy in parts only (S3 user guide, copying objects). Metadata and
tags of the source stay behind: they are the dropper's.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tenantry.ports import ObjectVersion

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef

MOST_WHOLE = 5 * 1024**3
"""Bytes that one CopyObject takes."""
PART = 512 * 1024**2
AT_ONCE = 8


def copy_whole(client: "S3Client", owner: str, source: ObjectVersion, bucket: str, key: str) -> None:
    """One call; PreconditionFailed when the key exists."""
    client.copy_object(
        Bucket=bucket,
        Key=key,
        CopySource=_pinned(source),
        IfNoneMatch="*",
        MetadataDirective="REPLACE",
        TaggingDirective="REPLACE",
        ExpectedBucketOwner=owner,
        ExpectedSourceBucketOwner=owner,
    )


def copy_in_parts(client: "S3Client", owner: str, source: ObjectVersion, bucket: str, key: str) -> None:
    """Parts side by side; PreconditionFailed when the key exists; whatever fails, no half of it is left."""
    target: dict[str, Any] = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": owner}
    upload = client.create_multipart_upload(**target)["UploadId"]

    def part(number: int) -> "CompletedPartTypeDef":
        answer = client.upload_part_copy(
            **target,
            UploadId=upload,
            PartNumber=number,
            CopySource=_pinned(source),
            CopySourceRange=span(source.size, number),
            ExpectedSourceBucketOwner=owner,
        )
        return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            parts = list(pool.map(part, range(1, -(-source.size // PART) + 1)))
        client.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
    except BaseException:
        with suppress(ClientError):
            client.abort_multipart_upload(**target, UploadId=upload)
        raise


def span(size: int, number: int) -> str:
    """The bytes of a part, counted from 1, as `CopySourceRange` wants them."""
    first = (number - 1) * PART
    return f"bytes={first}-{min(first + PART, size) - 1}"


def _pinned(source: ObjectVersion) -> "CopySourceTypeDef":
    return {"Bucket": source.bucket, "Key": source.key, "VersionId": source.version_id}
