"""The artifact gate: one streaming pass over an uploaded `model.tar.gz`, and a judgement with reasons.

Nothing is unpacked and nothing is kept; the memory used does not grow with the artifact.
"""

from tenantry.domain.artifacts.judge import judge_artifact
from tenantry.domain.artifacts.values import Caps, Expectations, Finding, Judgement

__all__ = ["Caps", "Expectations", "Finding", "Judgement", "judge_artifact"]
