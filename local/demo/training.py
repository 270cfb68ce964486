"""Trains the demo's models on the spot and packs them as SageMaker training would."""

import io
import json
import tarfile
from typing import Any

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge

FEATURES = 4
ROWS = 400

INFERENCE = '''"""Serves one estimator; says in each answer which training made it."""
import io
import json
import os

import joblib
import numpy as np


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


def input_fn(body, content_type):
    return np.loadtxt(io.StringIO(body.decode() if isinstance(body, bytes) else body), delimiter=",", ndmin=2)


def predict_fn(rows, model):
    estimator = model["estimator"]
    scores = estimator.predict_proba(rows)[:, 1] if hasattr(estimator, "predict_proba") else estimator.predict(rows)
    return {"trained_as": model["trained_as"], "scores": [round(float(score), 4) for score in scores]}


def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
'''

BROKEN_INFERENCE = '''"""A script that only fails once it runs: nothing a look at the archive could find."""


def model_fn(model_dir):
    raise ValueError("estimator was trained with scikit-learn 9.9, this host has an older one")
'''


def train(kind: str, trained_as: str, seed: int) -> bytes:
    """A `model.tar.gz`: `model.joblib` and `code/inference.py`. `kind` is logistic, forest or ridge."""
    rng = np.random.default_rng(seed)
    rows = rng.random((ROWS, FEATURES))
    signal = rows @ np.array([2.0, -1.0, 0.5, 1.5])
    estimator: Any = {
        "logistic": LogisticRegression(),
        "forest": RandomForestClassifier(n_estimators=8, max_depth=4, random_state=seed),
        "ridge": Ridge(),
    }[kind]
    estimator.fit(rows, signal if kind == "ridge" else signal > np.median(signal))
    body = io.BytesIO()
    joblib.dump({"estimator": estimator, "trained_as": trained_as}, body)
    return pack({"model.joblib": body.getvalue(), "code/inference.py": INFERENCE.encode()})


def broken() -> bytes:
    """An artifact that looks right and raises when it is loaded."""
    return pack({"model.joblib": b"not an estimator", "code/inference.py": BROKEN_INFERENCE.encode()})


def hostile() -> bytes:
    """An artifact with a member that climbs out of its folder."""
    return pack({"model.joblib": b"x", "../../../../etc/cron.d/owned": b"* * * * * root true\n"})


def pack(files: dict[str, bytes]) -> bytes:
    """A gzipped tar of these files, in this order."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def tenant_profile(email: str, models: dict[str, float]) -> bytes:
    """A bridge tenant whose models share the fleet `sklearn`; values are each model's grace in hours."""
    sample = {"content_type": "text/csv", "body": "0.1,0.2,0.3,0.4"}
    return json.dumps(
        {
            "isolation": "bridge",
            "notify": [email],
            "models": {
                name: {"serving": "multi-model", "fleet": "sklearn", "sample": sample, "grace": grace}
                for name, grace in models.items()
            },
        },
        indent=2,
    ).encode()


FLEET = json.dumps(
    {
        "serving": "multi-model",
        "framework": "sklearn",
        "instance_type": "ml.m5.large",
        "instances": {"min": 2, "max": 2},
    },
    indent=2,
).encode()
