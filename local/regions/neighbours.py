"""The local clouds of the other regions, by region: a request goes to the region that it is signed for.

So one endpoint URL serves all regions, as one domain does on AWS.
"""

import http.client
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from local.knobs import Json, only

TIMEOUT = 120.0
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d+/([^/]+)/([^/]+)/")
_QUERY = re.compile(r"X-Amz-Credential=[^&]*?%2F\d+%2F([^&%]+)%2F([^&%]+)%2F")
_STAY = {"iam"}
"""Signed for one region wherever it is called from; each local cloud has its own roles."""
_HOP = {"HTTP_HOST", "HTTP_CONNECTION", "HTTP_EXPECT", "HTTP_TRANSFER_ENCODING"}


@dataclass
class Neighbours:
    """Whom this local cloud knows, and whether its own region answers. The knobs `regions`."""

    region: str
    endpoints: dict[str, str] = field(default_factory=dict)
    down: bool = False

    def read(self) -> Json:
        """What the knobs stand at."""
        return {"own": self.region, "down": self.down, "others": dict(self.endpoints)}

    def write(self, changes: Json) -> Json:
        """`others` are endpoints by region; `down` makes this region answer 503 to everything that is signed for it."""
        only(changes, "down", "others")
        self.down = bool(changes.get("down", self.down))
        self.endpoints = {str(name): str(url) for name, url in changes.get("others", self.endpoints).items()}
        return self.read()

    def act(self, path: str, _body: Json) -> Json:
        """There is nothing to do once."""
        raise ValueError(f"There is nothing to do at regions/{path}.")

    def answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes] | None:
        """What another region says, or that this one is down; `None` when this one is to answer."""
        region, service = signed_for(environ)
        if region in self.endpoints and service not in _STAY:
            return _forwarded(self.endpoints[region], environ, start_response)
        if self.down and region == self.region:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"This region was told to be down.\n"]
        return None


def signed_for(environ: dict[str, Any]) -> tuple[str, str]:
    """Region and service in the scope of the request's signature; empty when it is not signed."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", "")) or _QUERY.search(environ.get("QUERY_STRING", ""))
    return (found[1].lower(), found[2].lower()) if found else ("", "")


def _forwarded(endpoint: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    there = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=TIMEOUT)
    try:
        body = environ["wsgi.input"].read()
        there.request(environ["REQUEST_METHOD"], environ["RAW_URI"], body or None, _headers(environ))
        answer = there.getresponse()
        start_response(f"{answer.status} {answer.reason}", _kept(answer.getheaders()))
        return [answer.read()]
    except OSError:
        start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"That region is not there.\n"]
    finally:
        there.close()


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    sent = {name[5:].replace("_", "-"): value for name, value in environ.items()
            if name.startswith("HTTP_") and name not in _HOP}  # fmt: skip
    named = {"Content-Type": environ.get("CONTENT_TYPE"), "Content-Length": environ.get("CONTENT_LENGTH")}
    return sent | {name: value for name, value in named.items() if value}


def _kept(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in {"connection", "transfer-encoding"}]
