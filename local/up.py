"""`python -m local.up`: start the local cloud, deploy the template into it, say how to reach it.

Returns 0 only when a drop would be processed. A second call is fast: it deploys again only when a source has changed.
"""

import argparse
import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console

from local import sam
from local.context import REGION
from local.fingerprint import fingerprint
from local.home import ROOT, Home
from local.processes import DidNotStart, Running, running, start, stop
from local.stack import STACK, NotReady, client, ready, stack_outputs, write_env

# What differs here from the template's defaults: nobody likes to wait, and the operator's mail is worth reading.
PARAMETERS = {
    "Architecture": sam.architecture(),
    "PollSeconds": "1",
    "ControlCallRate": "10",
    "OperatorEmail": "operator@vendor.example",
}


class Steps:
    """Says what is done, with a spinner on a terminal and a line with the seconds when it is over."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__[Result](self, what: str, do: Callable[[], Result]) -> Result:
        """Do one step under its name."""
        began = time.monotonic()
        with self._console.status(f"{what} ..."):
            result = do()
        self._console.print(f"[green]✓[/] {what} [dim]{time.monotonic() - began:.1f} s[/]")
        return result


def up(
    home: Home, project: Path, step: Steps, port: int = 0, region: str = REGION, **parameters: str
) -> dict[str, str]:
    """Bring the cloud of one region up and return what its `env` exports. `parameters` are the template's.

    Raises:
        DidNotStart, SamFailed, NoInterpreter, NotReady: with one sentence that says what to do.

    """
    cloud = alive(home, step, port, region)
    environment = sam.variables(home, cloud.endpoint, region)
    sources, wanted = fingerprint(project), PARAMETERS | parameters
    asked = f"{cloud.pid} {sources} {json.dumps(wanted, sort_keys=True)}"
    if not home.deployed.exists() or home.deployed.read_text() != asked:
        built(home, environment, project, step, sources)
        make_bucket(cloud)
        step(_in(region, "sam deploy"), lambda: sam.deploy(home, environment, project, STACK, wanted))
        home.deployed.write_text(asked)
    exports = step(_in(region, "waiting until a drop would be processed"), lambda: ready(home, cloud))
    write_env(home.env, exports)
    return exports


def built(home: Home, environment: Mapping[str, str], project: Path, step: Steps, sources: str) -> None:
    """Build, unless that was done from these very sources, for this region or another."""
    if home.built.exists() and home.built.read_text() == sources:
        return
    step("sam build", lambda: sam.build(home, environment, project))
    home.built.write_text(sources)


def make_bucket(cloud: Running) -> None:
    """The bucket for SAM's packages; S3 wants to be told of a region that is not its first."""
    where = {} if cloud.region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    try:
        client(cloud, "s3").create_bucket(Bucket=sam.BUCKET, **where)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise


def alive(home: Home, step: Steps, port: int, region: str = REGION) -> Running:
    """The running cloud, or a new one; whatever a broken earlier run left behind goes first."""
    found = running(home)
    if found is not None and found.answers() and found.region == region:
        return found
    if stop(home):
        step("clearing away an earlier run that no longer answered", lambda: None)
    home.deployed.unlink(missing_ok=True)
    return step(_in(region, "starting the local cloud"), lambda: start(home, port, region=region))


def _in(region: str, what: str) -> str:
    return what if region == REGION else f"{what} in {region}"


def together(home: Home, project: Path, step: Steps, port: int, regions: Sequence[str]) -> dict[str, str]:
    """Bring the cloud of each region up and make them know each other; returns what the first one's `env` exports.

    The stack of each is deployed with the drop buckets of the others, as far as they are there already; so the
    first time, all but the first are deployed once more.
    """
    homes = {name: home.further(name) if number else home for number, name in enumerate(regions)}
    buckets = {name: _drop_bucket(each) for name, each in homes.items()}

    def one(name: str) -> dict[str, str]:
        others = [bucket for region, bucket in buckets.items() if region != name and bucket]
        to = dict(zip(("ReplicateTo", "ReplicateAlsoTo"), others, strict=False))
        exports = up(homes[name], project, step, port if name == regions[0] else 0, name, **to)
        buckets[name] = exports["DROP_BUCKET"]
        return exports

    for name in reversed(regions[1:]):
        one(name)
    exports = {name: one(name) for name in regions}
    for name in regions:
        others = {region: told["AWS_ENDPOINT_URL"] for region, told in exports.items() if region != name}
        turn(exports[name]["LOCAL_CLOUD_KNOBS"], "regions", {"others": others})
    return exports[regions[0]]


def there(home: Home) -> list[str]:
    """The regions that run, the first one first, which is the default one where it does not run."""
    first, *further = (running(each) for each in home.all)
    return [first.region if first else REGION, *(found.region for found in further if found)]


def _drop_bucket(home: Home) -> str:
    """Its name, when that region is up already."""
    found = running(home)
    try:
        return stack_outputs(found)["DropBucket"] if found and found.answers() else ""
    except ClientError:
        return ""


def turn(knobs: str, group: str, values: Mapping[str, Any]) -> None:
    """Turn some of a local cloud's knobs."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{knobs}/{group}", json.dumps(values).encode(), headers, method="PATCH")
    with urllib.request.urlopen(request, timeout=30):
        pass


def main() -> int:
    """Bring everything up; one sentence and status 1 when it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m local.up", description="Start and deploy the local cloud.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("LOCAL_CLOUD_PORT", "0")), help="0: a free one")
    parser.add_argument(
        "--regions",
        nargs="+",
        help="the first has .local/env, another .local/env.NAME; else those that run, else us-east-1",
    )
    arguments = parser.parse_args()
    console, home = Console(stderr=True, highlight=False), Home()
    try:
        exports = together(home, ROOT, Steps(console), arguments.port, arguments.regions or there(home))
    except (DidNotStart, sam.SamFailed, sam.NoInterpreter, NotReady) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        for each in home.all:
            stop(each)
        console.print("Stopped; nothing is left running.")
        return 130
    console.print(f"The local cloud is at {exports['AWS_ENDPOINT_URL']}; to use it: . {home.env}", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
