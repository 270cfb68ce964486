"""`/_knobs`: what can be turned while the local cloud runs. GET reads, PATCH writes, POST does something once."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from local.context import Context
from local.seams.queue_mappings import Redelivery
from local.seams.schedules import Schedules

Json = dict[str, Any]


class Panel(Protocol):
    """A group of knobs kept by another part, such as the SageMaker emulation."""

    def read(self) -> Json:
        """What the knobs stand at."""

    def write(self, changes: Json) -> Json:
        """Turn some; returns what they stand at."""

    def act(self, path: str, body: Json) -> Json:
        """Do something once."""


@dataclass
class Knobs:
    """A WSGI application over all knobs."""

    context: Context
    schedules: Schedules
    redelivery: Redelivery
    panels: Mapping[str, Panel]

    def __call__(self, environ: Json, start_response: Any) -> Iterable[bytes]:
        """Answer one request with the knobs, or 400 and a sentence."""
        try:
            body = json.loads(environ["wsgi.input"].read() or b"{}")
            answer = self._answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
            status = HTTPStatus.OK
        except (ValueError, KeyError, TypeError, LookupError) as error:
            answer, status = {"error": str(error)}, HTTPStatus.BAD_REQUEST
        text = json.dumps(answer, indent=2, default=str).encode() + b"\n"
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [text]

    def read(self) -> Json:
        """Everything there is to turn, and where it stands."""
        functions = self.context.functions
        panel = {
            "events": self.context.bus.faults.read(),
            "functions": {
                "most": functions.pool.most,
                "idle_seconds": functions.pool.idle_seconds,
                "async_retry_seconds": functions.waits.seconds,
                "live": functions.pool.live(),
            },
            "queues": {"redelivery_seconds": self.redelivery.seconds},
            "schedules": {"on": self.schedules.on, "names": self.schedules.names()},
        }
        return panel | {name: each.read() for name, each in self.panels.items()}

    def write(self, changes: Json) -> Json:
        """Turn knobs; raises ValueError for one there is not."""
        for group, values in changes.items():
            if group not in self._writers():
                raise ValueError(f"There are no knobs {group!r}; there are {', '.join(sorted(self._writers()))}.")
            self._writers()[group](values)
        return self.read()

    def act(self, path: str, body: Json) -> Json:
        """Do something once: fire a schedule, or what one of the panels offers."""
        if path == "schedules/fire":
            return {"fired": self.schedules.fire(str(body["name"]))}
        group, _, rest = path.partition("/")
        if group in self.panels:
            return self.panels[group].act(rest, body)
        there = ", ".join(["schedules/fire", *(f"{name}/..." for name in self.panels)])
        raise ValueError(f"There is nothing to do at {path!r}: {there}.")

    def _answer(self, method: str, path: str, body: Json) -> Json:
        rest = path.removeprefix("/_knobs").strip("/")
        match method:
            case "GET":
                return self._part(self.read(), rest)
            case "PATCH":
                return self._part(self.write({rest: body} if rest else body), rest)
            case "POST":
                return self.act(rest, body)
        raise ValueError(f"{method} is not for knobs: GET, PATCH or POST.")

    @staticmethod
    def _part(everything: Json, path: str) -> Json:
        part = everything
        for name in filter(None, path.split("/")):
            part = part[name]
        return part

    def _writers(self) -> dict[str, Callable[[Json], object]]:
        writers: dict[str, Callable[[Json], object]] = {
            "events": self.context.bus.faults.write,
            "functions": self._write_functions,
            "queues": self._write_queues,
            "schedules": self._write_schedules,
        }
        return writers | {name: panel.write for name, panel in self.panels.items()}

    def _write_functions(self, values: Json) -> None:
        only(values, "most", "idle_seconds", "async_retry_seconds")
        functions = self.context.functions
        functions.pool.most = int(values.get("most", functions.pool.most))
        functions.pool.idle_seconds = float(values.get("idle_seconds", functions.pool.idle_seconds))
        functions.waits.seconds = [float(each) for each in values.get("async_retry_seconds", functions.waits.seconds)]

    def _write_queues(self, values: Json) -> None:
        only(values, "redelivery_seconds")
        seconds = values["redelivery_seconds"]
        self.redelivery.seconds = None if seconds is None else float(seconds)

    def _write_schedules(self, values: Json) -> None:
        only(values, "on")
        self.schedules.on = bool(values["on"])


def only(values: Json, *known: str) -> None:
    """Raise ValueError for a knob that is not among the known ones."""
    if unknown := set(values) - set(known):
        raise ValueError(f"There is no {', '.join(sorted(unknown))} here; there is {', '.join(known)}.")
