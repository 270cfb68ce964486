"""How much memory a version takes once it is loaded, judged by the size of its archive."""

RUNTIME_MB = 512
"""What the container takes before it has loaded anything."""
UNPACKED = 3
"""A loaded model is about so many times its archive (measured on scikit-learn; a profile may say otherwise)."""


def loaded_mb(artifact_bytes: int) -> float:
    """Container and model, in MB."""
    return RUNTIME_MB + UNPACKED * artifact_bytes / 2**20
