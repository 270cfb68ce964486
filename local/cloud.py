"""The server process: moto with its seams filled, functions as processes, and the SageMaker emulation, on one port.

`python -m local.cloud` runs it in the foreground until SIGTERM or SIGINT; `local.up` runs it in the background.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from local.context import ACCOUNT, REGION, Context
from local.events.bus import Bus
from local.front import Front, serve
from local.functions.invoker import Invoker
from local.functions.packages import runtime
from local.functions.pool import Pool
from local.home import Home
from local.hosting.app import HostingApp
from local.invocations import Invocations
from local.knobs import Knobs
from local.metrics import Metrics
from local.regions.neighbours import Neighbours
from local.regions.replication import Replication
from local.seams import event_rules, install_all, lambda_functions, queue_mappings, replication
from local.seams.schedules import Schedules
from local.serial import Serial
from local.watching import Watching

log = logging.getLogger("local.cloud")
HOST = "127.0.0.1"
DELIVERIES_PER_MINUTE = 6  # of SageMaker's metrics


class Cloud:
    """Everything that runs in the server process."""

    def __init__(self, home: Home, port: int = 0, *, region: str = REGION, hosting: bool = True) -> None:
        self._server = serve(self._answer, HOST, port)
        self.endpoint = f"http://{HOST}:{self._server.port}"
        self._serial = Serial()
        self._front: Front | None = None
        metrics = Metrics(self._serial, region)
        context = Context(home, self.endpoint, self._serial, region)
        context.bus = Bus(lambda event: event_rules.deliver(context, event))
        self.watching = Watching(context)
        pool = Pool(self.endpoint, runtime(home.packages), home.logs, metrics.printed, self.watching.sources.ended)
        context.functions = Invoker(pool, lambda_functions.Finder(context))
        self.context = context
        install_all(context)
        neighbours = Neighbours(region)
        self.replication = Replication(neighbours)
        replication.install(context, self.replication)
        redelivery = queue_mappings.install(context)
        self.schedules = Schedules(context)
        self.schedules.start()
        self.watching.start()
        self.hosting = _hosting(context, self.watching, metrics) if hosting else None
        panels = self.watching.panels | {"regions": neighbours, "replication": self.replication}
        panels |= {"hosting": self.hosting.knobs} if self.hosting else {}
        knobs = Knobs(context, self.schedules, redelivery, panels)
        replicas = replication.Replicas(context, neighbours)
        self._front = Front(self._serial, knobs, Invocations(context), self.hosting, neighbours, replicas)

    def close(self) -> None:
        """Stop answering, then everything that was started."""
        self._server.shutdown()
        self.schedules.close()
        self.replication.close()
        self.watching.close()
        self.context.bus.close()
        self.context.functions.close()
        if self.hosting is not None:
            self.hosting.close()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self._front is None:
            start_response("503 Service Unavailable", [("Retry-After", "1")])
            return [b"The local cloud is starting.\n"]
        return self._front(environ, start_response)


def _hosting(context: Context, watching: Watching, metrics: Metrics) -> HostingApp:
    def keep_pace(minute: float) -> None:
        app.knobs.write({"gauge_seconds": minute, "metrics_seconds": minute / DELIVERIES_PER_MINUTE})

    app = HostingApp(context.home.hosting, context.endpoint, context.region, ACCOUNT, context.bus.emit, metrics.put)
    watching.pace.follow(keep_pace)
    return app


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description=__doc__)
    parser.add_argument("--home", type=Path, default=Home().folder, help="the folder for all state")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--region", default=REGION, help="the region that this one is")
    parser.add_argument("--no-hosting", action="store_true", help="leave out the SageMaker emulation")
    arguments = parser.parse_args()
    home = Home(arguments.home.resolve())
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("samtranslator", "moto.stepfunctions"):  # every caught error of a machine would fill a page
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    os.environ.update(AWS_DEFAULT_REGION=arguments.region, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local")
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    try:
        cloud = Cloud(home, arguments.port, region=arguments.region, hosting=not arguments.no_hosting)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        sys.exit(f"Port {arguments.port} of {HOST} cannot be used ({why}): choose another, or none to get a free one.")
    _record(home, cloud)
    ending.wait()
    cloud.close()


def _record(home: Home, cloud: Cloud) -> None:
    """Say where the cloud is; written whole, and only once it answers."""
    home.folder.mkdir(parents=True, exist_ok=True)
    scratch = home.record.with_suffix(".new")
    told = {"endpoint": cloud.endpoint, "region": cloud.context.region, "python": sys.executable}
    scratch.write_text(json.dumps({"pid": os.getpid(), **told}))
    scratch.rename(home.record)


if __name__ == "__main__":
    main()
