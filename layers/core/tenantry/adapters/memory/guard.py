"""A twin forgets everything when its process ends: say so where that would hurt."""

import os
import warnings


def warn_inside_lambda(twin: object) -> None:
    """Warn when a twin is made inside Lambda."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        warnings.warn(f"{type(twin).__name__} keeps everything in memory and loses it with this process", stacklevel=3)
