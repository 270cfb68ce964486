"""What the commands need: the core's ports, and a few things only an operator does."""

from typing import NamedTuple, Protocol

from tenantry.ports import Clock
from tenantry.usecases.app import App


class Reply(Protocol):
    """What a model answered."""

    @property
    def body(self) -> bytes:
        """As the container gave it."""

    @property
    def content_type(self) -> str:
        """As the container said."""

    @property
    def version(self) -> str:
        """The version that answered."""

    @property
    def generation(self) -> int:
        """The route's."""


class Invoker(Protocol):
    """The client library, for one tenant."""

    def invoke(self, model: str, body: bytes, *, content_type: str, accept: str | None = None) -> Reply:
        """One request to the live version."""


class Inbox(Protocol):
    """The drop bucket."""

    def withdraw(self, key: str) -> None:
        """Delete an object as a user does: a marker on top, so that restoring it is possible."""


class Thing(NamedTuple):
    """One resource made at run time."""

    kind: str
    name: str
    arn: str


class Estate(Protocol):
    """Everything this stack made at run time."""

    def found(self) -> list[Thing]:
        """All of it, in the order in which it can be removed."""

    def remove(self, thing: Thing) -> None:
        """Remove one; gone already is success; Unavailable when it is being changed now."""

    def buckets(self) -> list[Thing]:
        """The stack's buckets that still exist."""

    def empty(self, bucket: Thing) -> int:
        """Delete every version of every object; how many there were."""


class Address(NamedTuple):
    """A subscription that has to be confirmed; `email` is the address, or the URL or queue of another endpoint."""

    topic: str
    email: str
    confirmed: bool


class Account(Protocol):
    """What `doctor` looks at. `None` where this account or cloud does not tell."""

    def stack_state(self) -> str:
        """CloudFormation's word for the state of the stack."""

    def rules(self) -> dict[str, bool]:
        """The stack's EventBridge rules, and whether each is enabled."""

    def drop_bucket_tells(self) -> bool | None:
        """Whether the drop bucket sends its events to EventBridge."""

    def dead_letters(self) -> dict[str, int]:
        """Messages in each dead-letter queue."""

    def addresses(self, topic_arn: str = "") -> list[Address]:
        """Subscriptions to a topic, or to the operator's and all tenants': e-mail, and endpoints that profiles name."""

    def quota_of(self, name: str) -> float | None:
        """The account's quota of SageMaker that Service Quotas calls so."""

    def image_of(self, endpoint: str) -> str | None:
        """The serving image of an endpoint."""

    def image_there(self, image: str) -> bool | None:
        """Whether ECR shows the image to these credentials."""


class World(Protocol):
    """One installation, as a command sees it: what a use case sees, and what only an operator does."""

    @property
    def stack(self) -> str:
        """Its stack."""

    @property
    def app(self) -> App:
        """The ports of the use cases."""

    @property
    def clock(self) -> Clock:
        """Time; there without a stack, too."""

    @property
    def inbox(self) -> Inbox:
        """The drop bucket."""

    @property
    def estate(self) -> Estate:
        """What was made at run time."""

    @property
    def account(self) -> Account:
        """What `doctor` looks at."""

    def client(self, tenant: str) -> Invoker:
        """The client library for this tenant."""
