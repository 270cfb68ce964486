"""Train a small churn model, and pack it as a SageMaker training job would.

On this machine:           python examples/train.py --seed 1 --output model.tar.gz
In a SageMaker training job: the same file as entry point; SageMaker itself packs what is in SM_MODEL_DIR.
"""

import argparse
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression

CODE = Path(__file__).parent / "code"
FEATURES = 4


def train(seed: int, rows: int = 500) -> LogisticRegression:
    """A model of made-up customers: each feature makes leaving likelier, the last one most."""
    random = np.random.default_rng(seed)
    customers = random.random((rows, FEATURES))
    leaves = customers @ np.arange(1, FEATURES + 1) + random.normal(0, 1, rows) > 5
    return LogisticRegression().fit(customers, leaves)


def save(model: LogisticRegression, folder: Path) -> None:
    """The model, and beside it the code that serves it."""
    joblib.dump(model, folder / "model.joblib")
    shutil.copytree(CODE, folder / "code", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def pack(folder: Path, archive: Path) -> None:
    """The folder's content at the top of a gzipped tar: not the folder itself."""
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, path.relative_to(folder).as_posix(), recursive=False)


def main() -> None:
    """Train; save where SageMaker says, or pack into one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("model.tar.gz"))
    asked = parser.parse_args()
    model = train(asked.seed)
    if folder := os.environ.get("SM_MODEL_DIR"):
        save(model, Path(folder))
        return
    with tempfile.TemporaryDirectory() as scratch:
        save(model, Path(scratch))
        pack(Path(scratch), asked.output)
    print(f"wrote {asked.output}")


if __name__ == "__main__":
    main()
