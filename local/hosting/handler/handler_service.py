"""What Multi Model Server runs for each model: SageMaker's inference toolkit with scikit-learn's defaults.

CSV, JSON and NPY in and out are the toolkit's own codecs. A `model_fn` that raises is logged when the model is loaded,
and raised again with its own words on every invocation: so the toolkit's class-based services do it.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sagemaker_inference import decoder
from sagemaker_inference.default_handler_service import DefaultHandlerService
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
from sagemaker_inference.transformer import Transformer


def load_nothing(model_dir: str) -> Any:
    """There is no default: only the user knows what was saved."""
    found = ", ".join(sorted(path.name for path in Path(model_dir).iterdir())) or "nothing"
    raise NotImplementedError(f"Please provide a model_fn implementation in code/inference.py; found: {found}")


def read_rows(input_data: Any, content_type: str) -> Any:
    """A two-dimensional array, as estimators want it: one row per record."""
    array = decoder.decode(input_data, content_type)
    return array.reshape(1, -1) if array.ndim == 1 else array


def predict(data: Any, model: Any) -> Any:
    """The model's own `predict`."""
    return model.predict(data)


SKLEARN_DEFAULTS = SimpleNamespace(
    default_model_fn=load_nothing,
    default_input_fn=read_rows,
    default_predict_fn=predict,
    default_output_fn=DefaultInferenceHandler().default_output_fn,
)
"""Used for whatever `code/inference.py` does not define."""


class HandlerService(DefaultHandlerService):  # type: ignore[misc]
    """The one class of this module, which is how the server finds it."""

    def __init__(self) -> None:
        super().__init__(Transformer(SKLEARN_DEFAULTS))

    def initialize(self, context: Any) -> None:
        """Load the model; `import inference` finds the artifact's own code first."""
        sys.path.insert(0, str(Path(context.system_properties["model_dir"]) / "code"))
        super().initialize(context)
