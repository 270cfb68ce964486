"""The variables that the template sets and those that the runtime reads are the same."""

import re

from tests.template.stack import ROOT, Stack, load

STACK_NOW: Stack = load()
BY_LAMBDA = {"AWS_REGION", "AWS_DEFAULT_REGION"}
OPTIONAL = {"ARTIFACT_CAPS", "IMAGES"}
"""Read where somebody sets them; the template leaves them at their defaults."""


def test_what_the_template_sets_is_read_and_what_is_read_is_set() -> None:
    text = (ROOT / "layers/core/tenantry/runtime.py").read_text()
    read = set(re.findall(r"env(?:\[|\.get\()\"([A-Z_]+)\"", text))
    for name, function in STACK_NOW.of("AWS::Lambda::Function"):
        assert set(function["Environment"]["Variables"]) == read - BY_LAMBDA - OPTIONAL, name
