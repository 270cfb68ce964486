"""Filters, scorers, limits and assumptions in tables, and their page: python -m tenantry.domain.policy.catalogue."""

import re
import sys
from collections.abc import Callable, Iterator

from tenantry.domain.options import Serving
from tenantry.domain.policy import cold, costs, sizing
from tenantry.domain.policy.filters import FILTERS
from tenantry.domain.policy.limits import LIMITS, Limits
from tenantry.domain.policy.scorers import SCORERS

INTRODUCTION = """\
# Placement

Made by `python -m tenantry.domain.policy.catalogue`; edit `domain/policy/`, not this page.

With `"serving": "auto"` a version goes where its declared needs cost least. Every option is a candidate, those on
shared hosts once for each fleet. Each candidate meets every filter; one objection puts it out, and all its objections
are told. Those that are left are ordered by the scorers. The choice, the price of each legal alternative with its
calculation, and the reasons against the rest are stored with the version and stand in its notice. When nothing is left,
the version is REJECTED with the reasons against every option.

Costs are estimates for choosing, made from `prices.json` in the core layer: on-demand prices of one region on one day,
both named in the reasons. A type that is not in there cannot be compared; add its row, or name the option yourself."""

ANSWERS = """
## Ways to answer

The need `answer` says how callers use the model, and each way belongs to some options: `immediate` to those that answer
on the line, `later` to asynchronous, `batch` to batch-transform. `any` leaves the way to the policy as well; the
notice then says which one it took."""

COSTS = """
## How a month is priced

A month has 30 days. A request keeps one vCPU (or one GPU) busy for `seconds_per_request`; the peak has `burstiness`
times the mean rate, and half of all requests. A share of a fleet is the memory that the model takes, or the part of
an instance that its requests keep busy, whichever is more. A model is on each of the least instances, and is at least a
fifteenth of a multi-container host; a component is on one, and reserves a vCPU there.

| option | cost |
| --- | --- |
| real-time, inference-component of a silo | instances all day: at least the least, following the traffic above that |
| serverless | requests x seconds x GB; a request takes longer where the memory brings less than a vCPU |
| asynchronous | instances for the hours in which requests come, none in between |
| multi-model, multi-container, inference-component on a fleet | its share of the fleet |
| batch-transform | one job a day, on a type that transform jobs run on |"""

ASSUMED: tuple[tuple[str, float, str], ...] = (
    ("memory of a container before it loads anything", sizing.RUNTIME_MB, "MB"),
    ("memory of one more model in a multi-model container, beside the model", sizing.WORKER_MB, "MB"),
    ("a loaded model, as a multiple of its archive", sizing.UNPACKED, "x"),
    ("memory of an instance that models can have", 100 * sizing.USABLE, "%"),
    ("how busy instances are planned to be", 100 * sizing.BUSY, "%"),
    ("serverless memory that brings one vCPU", sizing.MB_PER_VCPU, "MB"),
    ("start of a serverless container", cold.CONTAINER_SECONDS, "s"),
    ("loading of a model", cold.LOADING_MB_PER_SECOND, "MB/s"),
    ("start of an asynchronous endpoint from no instance", cold.STARTING_SECONDS[Serving.ASYNCHRONOUS], "s"),
    ("hours up for a lone asynchronous request", costs.AWAKE_HOURS, "h"),
    ("hours of a transform job before its first record", costs.JOB_HOURS, "h"),
)


def page() -> str:
    """The page, as Markdown."""
    return "\n".join([INTRODUCTION, *_filters(), *_scorers(), *_limits(), ANSWERS, COSTS, *_assumed()]) + "\n"


def told(rule: Callable[..., object]) -> tuple[str, str, str]:
    """Name, first sentence and source of a filter or a scorer; the source is what stands in parentheses at its end."""
    name, text = getattr(rule, "__name__", ""), (rule.__doc__ or "").split("\n\n")[0]
    found = re.fullmatch(r"(.+?)(?: \(([^()]+)\))?\.", " ".join(text.split()))
    assert found, name
    return name, f"{found[1]}.", found[2] or ""


def _filters() -> Iterator[str]:
    yield "\n## Filters\n"
    yield "| filter | what holds | source |"
    yield "| --- | --- | --- |"
    yield from (f"| {' | '.join(told(rule))} |" for rule in FILTERS)


def _scorers() -> Iterator[str]:
    yield "\n## Scorers\n"
    yield "Less is better; each breaks the ties of those before it, and a fleet's name those of all.\n"
    yield "| scorer | what counts |"
    yield "| --- | --- |"
    yield from (f"| {' | '.join(told(rule)[:2])} |" for rule in SCORERS)


def _limits() -> Iterator[str]:
    yield "\n## Limits\n"
    yield "| option | largest request | longest request | answers | GPU | without network | in a VPC |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from (_limit(option, LIMITS[option]) for option in Serving)


def _limit(option: Serving, limits: Limits) -> str:
    has = " | ".join("yes" if each else "no" for each in (limits.gpu, limits.isolated, limits.vpc))
    return f"| {option} | {limits.payload_bytes:,} bytes | {limits.seconds:,} s | {limits.way} | {has} |"


def _assumed() -> Iterator[str]:
    yield "\n## Assumptions\n"
    yield "AWS publishes none of these; they are Tenantry's, and only the ranking depends on them.\n"
    yield "| what | value |"
    yield "| --- | --- |"
    yield from (f"| {what} | {value:,g} {unit} |" for what, value, unit in ASSUMED)


if __name__ == "__main__":
    sys.stdout.write(page())
