"""Names and keys: what may be dropped, and what everything made from it is called.

A key is matched by one anchored ASCII pattern per form, rendered again and compared byte for byte. It is never
decoded or normalised, so no spelling of a key reaches a neighbour's prefix.
"""

import base64
import hashlib
import re
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from tenantry.domain.base import Value

NAME = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?"

Name = Annotated[str, StringConstraints(pattern=rf"\A{NAME}\z")]
"""A tenant, a model or a fleet."""
Label = Annotated[str, StringConstraints(pattern=rf"\A{LABEL}\z")]
"""A version, a request id or a batch."""


class DropKind(StrEnum):
    """What a key in the drop bucket asks for."""

    FLEET = "fleet"
    TENANT = "tenant"
    VERSION = "version"
    REQUEST = "request"
    BATCH = "batch"
    COMPANION = "companion"
    STRAY = "stray"


class Drop(Value):
    """A parsed key of the drop bucket. Fields that its kind does not have are empty."""

    kind: DropKind
    key: str
    tenant: str = ""
    model: str = ""
    version: str = ""
    fleet: str = ""
    item: str = ""


_STEP = r"(?!\.{1,2}(?:/|\Z))[!-.0-~]{1,255}"
_STEPS = rf"(?:{_STEP}/){{0,16}}"
"""Components of a longer key: visible ASCII, none empty, `.` or `..`, so that no tool climbs by one."""

_FORMS: tuple[tuple[DropKind, re.Pattern[str], tuple[str, ...]], ...] = (
    (DropKind.FLEET, re.compile(rf"fleets/(?P<fleet>{NAME})\.json"), ("fleets/{fleet}.json",)),
    (DropKind.TENANT, re.compile(rf"tenants/(?P<tenant>{NAME})\.json"), ("tenants/{tenant}.json",)),
    (
        DropKind.VERSION,
        re.compile(rf"models/(?P<tenant>{NAME})/(?P<model>{NAME})/(?P<version>{LABEL})(?:/output)?/model\.tar\.gz"),
        ("models/{tenant}/{model}/{version}/model.tar.gz", "models/{tenant}/{model}/{version}/output/model.tar.gz"),
    ),
    (
        DropKind.REQUEST,
        re.compile(rf"requests/(?P<tenant>{NAME})/(?P<model>{NAME})/(?P<item>{LABEL})"),
        ("requests/{tenant}/{model}/{item}",),
    ),
    (
        DropKind.BATCH,
        re.compile(rf"batches/(?P<tenant>{NAME})/(?P<model>{NAME})/(?P<version>{LABEL})/(?P<item>{_STEPS}{_STEP})"),
        ("batches/{tenant}/{model}/{version}/{item}",),
    ),
)

_COMPANION = re.compile(
    rf"models/(?P<tenant>{NAME})/(?P<model>{NAME})/(?P<version>{LABEL})/"
    r"(?:(?:output/)?output\.tar\.gz|(?:profiler-output|debug-output|rule-output|checkpoints)/[ -~]*"
    r"|output/data/[ -~]*)"
)
_FOLDER = re.compile(rf"{_STEPS}{_STEP}/")


def parse_drop(key: str, size: int | None = None) -> Drop:
    """What this key of the drop bucket asks for; anything unknown is a STRAY, never an error.

    `key` is the raw key as EventBridge gives it (not URL-decoded); `size` in bytes tells folder markers.
    """
    for kind, pattern, renderings in _FORMS:
        if (match := pattern.fullmatch(key)) and any(r.format(**match.groupdict()) == key for r in renderings):
            return Drop(kind=kind, key=key, **match.groupdict())
    if match := _COMPANION.fullmatch(key):
        return Drop(kind=DropKind.COMPANION, key=key, **match.groupdict())
    if size == 0 and _FOLDER.fullmatch(key):
        return Drop(kind=DropKind.COMPANION, key=key)
    return Drop(kind=DropKind.STRAY, key=key)


def upload_id(bucket: str, key: str, version_id: str) -> str:
    """The identity of one upload: 26 base32 characters of SHA-256 (reliability.md 2.2)."""
    digest = hashlib.sha256("\0".join((bucket, key, version_id)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def origin_id(key: str, version_id: str) -> str:
    """The same for an upload and for its replicas in other regions, which keep key and version id."""
    return upload_id("", key, version_id)


def execution_name(upload: str, attempt: int) -> str:
    """The one execution that may release this upload at this attempt; also the owner written in its row."""
    return f"u-{upload}-{attempt}"


def serving_key(tenant: str, model: str, upload: str, sha256: str) -> str:
    """Where the checked copy lies in the serving bucket; never written twice."""
    return f"{tenant}/{model}/{upload}-{sha256[:16]}.tar.gz"


_SERVING = re.compile(rf"(?P<tenant>{NAME})/(?P<model>{NAME})/(?P<upload>[a-z2-7]{{26}})-[0-9a-f]{{16}}\.tar\.gz")


def parse_serving_key(key: str) -> tuple[str, str, str] | None:
    """Tenant, model and upload of a checked copy; `None` for what the control plane did not write."""
    match = _SERVING.fullmatch(key)
    return (match["tenant"], match["model"], match["upload"]) if match else None


def answers_prefix(tenant: str, model: str) -> str:
    """Under this prefix of the results bucket lie all answers to requests of this model."""
    return f"results/{tenant}/{model}/requests/"


def failures_prefix(tenant: str, model: str) -> str:
    """As above, for what containers said instead. Another one, since SageMaker may give both the same name."""
    return f"results/{tenant}/{model}/failures/"


OF_POOL = "results/", "failures/"
"""Under these lie answers and failures of hosts that several tenants ask; there a request's folder names its tenant."""


def pool_folder(tenant: str, model: str, request: str) -> str:
    """The folder of this tenant's request on such a host: the answer lies where it would if the host were its own."""
    return f"{answers_prefix(tenant, model).removeprefix(OF_POOL[0])}{request}"


def samples_prefix(tenant: str, model: str, upload: str) -> str:
    """Under this prefix of the results bucket lie the sample of an upload that jobs serve, and the answer to it.

    Apart from all results, so that they expire by themselves: the version's row keeps the answer.
    """
    return f"_samples/{tenant}/{model}/{upload}/"


def inference_id(bucket: str, key: str, version_id: str) -> str:
    """What SageMaker calls this request, in 64 characters: derived, so that a repeated step names it again.

    Not to be guessed either: S3 made the version id up, and nobody but the dropper was told it.
    """
    return hashlib.sha256("\0".join(("request", bucket, key, version_id)).encode()).hexdigest()


def own_host(upload: str) -> str:
    """The id of the host that this upload has for itself."""
    return f"own-{upload}"


def own_name(stack: str, tenant: str, model: str, upload: str) -> str:
    """What everything in SageMaker is called that this upload has for itself: readable, and unique by its last part."""
    return f"{'-'.join((stack, tenant, model))[:36].strip('-')}-{upload}"


def container_name(tenant: str, upload: str) -> str:
    """The hostname of an upload's container: after the tenant's name come always 27 characters.

    So a pattern of that length is one tenant's, whatever others are called, and whether or not case counts.
    """
    return f"{tenant}-{upload}"


def twin_name(hostname: str) -> str:
    """A second hostname of the same model, since SageMaker wants two containers; nobody may call one of this length."""
    return f"{hostname}-2"


_COMPOSING = "c-"


def composing_name(fleet: str, number: int, attempt: int) -> str:
    """The one execution that may make this fleet's composition of this number, at this attempt."""
    return f"{_COMPOSING}{fleet}-{number}-{attempt}"


def is_composing(execution: str) -> bool:
    """Whether an execution at work on a fleet makes a composition, and not what a profile asks for."""
    return execution.startswith(_COMPOSING)


def host_of_endpoint(name: str) -> str:
    """The host that an endpoint of this name stands behind, if it is one upload's own."""
    return own_host(upload_of_endpoint(name))


def upload_of_endpoint(name: str) -> str:
    """The upload that an endpoint of this name serves, if it is one upload's own."""
    return name[-26:]


def schedules_of(tenant: str) -> str:
    """What the names of a tenant's schedules begin with, and nobody else's: no tenant's name has a dot in it."""
    return f"{tenant}."


def schedule_name(tenant: str, model: str) -> str:
    """What the schedule of this model's batches is called, in the 64 characters that Scheduler has for it."""
    name = schedules_of(tenant) + model
    tag = hashlib.sha256(name.encode()).hexdigest()[:16]
    return name if len(name) <= 64 else f"{name[:47]}_{tag}"


def resource_name(*parts: str, room: int = 63) -> str:
    """A readable, collision-free SageMaker name: the parts, cut to fit, and 16 hex of the hash of all of them."""
    tag = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9-]+", "-", "-".join(parts))[: room - 17].strip("-")
    return f"{readable}-{tag}".removeprefix("-")
