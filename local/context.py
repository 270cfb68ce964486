"""What the seams share: one local cloud's address, lock, functions, event bus and knobs."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.home import Home
from local.serial import Serial

if TYPE_CHECKING:
    from local.events.bus import Bus
    from local.functions.invoker import Invoker

REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's own


@dataclass
class Context:
    """One running local cloud. `functions` and `bus` are given once they are made, as they need it themselves."""

    home: Home
    endpoint: str  # http://127.0.0.1:port
    serial: Serial
    region: str = REGION
    account: str = ACCOUNT
    functions: "Invoker" = field(init=False)
    bus: "Bus" = field(init=False)
