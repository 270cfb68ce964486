"""What a version keeps of the choice that was made for it."""

from tenantry.domain.base import Value
from tenantry.domain.options import Serving
from tenantry.domain.policy.choosing import Choice


class Chosen(Value):
    """The option, its fleet (`None`: a host of its own) and what that runs on, with the reasons as sentences.

    `least` and `most` are instances of `instance_type`; serverless has `memory_mb` and `at_once` instead.
    """

    option: Serving
    fleet: str | None = None
    instance_type: str | None = None
    least: int = 0
    most: int = 0
    memory_mb: int | None = None
    at_once: int | None = None
    because: tuple[str, ...]


def kept(choice: Choice) -> Chosen:
    """All of the choice but what was weighed against it."""
    runs_on = choice.estimate.model_dump(exclude={"usd", "how"})
    return Chosen(option=choice.option, fleet=choice.fleet, because=choice.because, **runs_on)
