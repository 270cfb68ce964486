"""The examples are what the code accepts."""

import json
import os
import runpy
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import botocore.session
import numpy as np
import pytest
from botocore.validate import validate_parameters

from tenantry.domain.artifacts.judge import judge_artifact
from tenantry.domain.artifacts.values import Expectations
from tenantry.domain.names import DropKind, parse_drop
from tenantry.domain.profiles import FleetProfile, TenantProfile, parse_profile

EXAMPLES = Path(__file__).parents[2] / "examples"
ON_THE_FLEET = Expectations(framework="sklearn", trust="vendor", network=False, median_bytes=None)
STEP = json.loads((EXAMPLES / "pipeline.json").read_text())["Steps"][0]
CHOSEN = {"DropBucket": "drop", "Tenant": "acme", "Model": "churn", "SourceArchive": "s3://sources/churn.tar.gz"} | {
    "TrainingImage": "image",
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "InstanceType": "ml.m5.large",
}


def test_the_profiles_are_valid_and_fit_together() -> None:
    fleet = parse_profile(FleetProfile, (EXAMPLES / "fleets" / "sklearn.json").read_bytes())
    tenant = parse_profile(TenantProfile, (EXAMPLES / "tenants" / "acme.json").read_bytes())
    assert fleet.instances.min == 2
    assert tenant.models["churn"].fleet == "sklearn"


def run_train(*arguments: str, **environment: str) -> None:
    command = [sys.executable, EXAMPLES / "train.py", *arguments]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("example") / "model.tar.gz"
    run_train("--seed", "3", "--output", str(path))
    return path


def test_the_trained_artifact_passes_the_gate(artifact: Path) -> None:
    judgement = judge_artifact([artifact.read_bytes()], ON_THE_FLEET)
    assert judgement.accepted, [str(finding) for finding in judgement.findings]


def test_its_own_code_loads_it_and_answers(artifact: Path, tmp_path: Path) -> None:
    with tarfile.open(artifact) as archive:
        archive.extractall(tmp_path, filter="data")
    code = runpy.run_path(str(tmp_path / "code" / "inference.py"))
    model = code["model_fn"](str(tmp_path))
    low, high = code["predict_fn"](np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]), model)
    assert 0 < low < 0.5 < high < 1


def test_in_a_training_job_it_saves_where_sagemaker_says(tmp_path: Path) -> None:
    run_train("--seed", "3", SM_MODEL_DIR=str(tmp_path))
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()) == [
        "code/inference.py",
        "model.joblib",
    ]


def resolved(node: Any) -> Any:
    """The pipeline's expressions with chosen parameters, as SageMaker evaluates them."""
    if isinstance(node, list):
        return [resolved(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "Get" in node:
        return CHOSEN[node["Get"].removeprefix("Parameters.")]
    if "Std:Join" in node:
        return node["Std:Join"]["On"].join(resolved(node["Std:Join"]["Values"]))
    return {key: resolved(value) for key, value in node.items()}


def test_the_training_step_lands_its_model_where_a_release_starts() -> None:
    assert resolved(STEP["Arguments"])["OutputDataConfig"]["S3OutputPath"] == "s3://drop/models/acme/churn"
    drop = parse_drop("models/acme/churn/pipelines-abc123-TrainModel-x9/output/model.tar.gz")
    assert (drop.kind, drop.tenant, drop.model) == (DropKind.VERSION, "acme", "churn")


def test_the_training_step_is_what_sagemaker_takes() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker").operation_model("CreateTrainingJob")
    validate_parameters(resolved(STEP["Arguments"]) | {"TrainingJobName": "one"}, model.input_shape)
