"""How long each act of the demo takes on this machine, and how much memory it and all it starts hold at the most."""

import subprocess
import sys
import threading
import time

import psutil

from benchmarks.report import record
from local.home import Home
from local.processes import running

SAMPLE_SECONDS = 1.0


def measure() -> None:
    """Play each act alone; RuntimeError when a promise did not hold."""
    for act in ("1", "2"):
        _play(act)


def _play(act: str) -> None:
    process = subprocess.Popen([sys.executable, "-m", "local.demo", "--act", act], stdout=subprocess.DEVNULL)
    peak = Peak(process.pid)
    began = time.monotonic()
    peak.start()
    status = process.wait()
    took = time.monotonic() - began
    peak.join()
    if status:
        raise RuntimeError(f"act {act} of the demo ended with {status}: see make demo ACT={act}")
    record(f"demo.act_{act}.seconds", took, "s", bound=180)
    record(f"demo.act_{act}.resident", peak.gigabytes, "GB", bound=5)


class Peak(threading.Thread):
    """Samples the resident memory of the demo and of the local cloud until the demo ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.gigabytes = 0.0
        self._pid = pid

    def run(self) -> None:
        while psutil.pid_exists(self._pid) and psutil.Process(self._pid).status() != psutil.STATUS_ZOMBIE:
            self.gigabytes = max(self.gigabytes, self._resident() / 1e9)
            time.sleep(SAMPLE_SECONDS)

    def _resident(self) -> int:
        cloud = running(Home())
        roots = [self._pid, *([cloud.pid] if cloud else [])]
        return sum(_resident(process) for pid in roots for process in _family(pid))


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
