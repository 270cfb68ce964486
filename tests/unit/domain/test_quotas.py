"""A quota that was met: its name, and the command that asks for more."""

import subprocess

import pytest

from tenantry.domain.quotas import asking_for_more, command
from tests.flows.test_quotas import LIMIT

SERVERLESS = "Maximum total concurrency that can be allocated across all serverless endpoints"


def test_the_command_asks_for_what_was_wanted_beside_what_is_used() -> None:
    said = LIMIT.replace("ml.m5.large for endpoint usage", SERVERLESS).replace("utilization of 1", "utilization of 8")
    asked = asking_for_more("Apply plan", f"Apply plan: CreateEndpoint: {said} What it made is being removed.")
    assert asked == command(SERVERLESS, 9)


AWS = 'aws() { case "$2" in list-*) echo L-1 "$6" >&2; echo L-1;; *) printf "%s\\n" "$@";; esac; }; '
"""A stand-in: says which quota was looked up, then what was asked for it."""


def test_it_is_one_a_shell_takes_as_it_is() -> None:
    script = AWS + command("ml.m5.large for endpoint usage", 2)
    ran = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr == "L-1 Quotas[?QuotaName=='ml.m5.large for endpoint usage'].QuotaCode\n"
    assert ran.stdout.split()[-4:] == ["--desired-value", "2", "--quota-code", "L-1"]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("Apply plan", "CreateEndpoint: Could not find model"),
        ("Preload model", LIMIT),
        ("Apply plan", LIMIT.replace("ml.m5.large", "$(reboot)'; ml.m5.large")),
        ("Apply plan", LIMIT.replace("ml.m5.large", "`reboot`")),
    ],
    ids=["another refusal", "a container's words", "quoted out", "a command in a name"],
)
def test_nothing_else_becomes_a_command(step: str, said: str) -> None:
    assert asking_for_more(step, said) is None
