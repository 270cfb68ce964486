"""What the host runs around the model. The scikit-learn image itself reads CSV, JSON and NPY, and writes the answer."""

from pathlib import Path
from typing import Any

import joblib


def model_fn(model_dir: str) -> Any:
    """Called once, when the host loads the model."""
    return joblib.load(Path(model_dir) / "model.joblib")


def predict_fn(rows: Any, model: Any) -> Any:
    """The chance, 0 to 1, that each customer leaves."""
    return model.predict_proba(rows)[:, 1]
