"""The server process in the background: started detached, recognised again, stopped with all it started.

A process is only ever taken for ours when its command line says so: a pid in a file may have been given to somebody
else since.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

import psutil

from local.context import REGION
from local.home import ROOT, Home

START_SECONDS = 180
STOP_SECONDS = 15
PROGRAMS = ("awslambdaric", "com.amazonaws.ml.mms.ModelServer", "model_service_worker.py")  # what the server starts


class DidNotStart(Exception):
    """The server process ended or said nothing in time; the message says what to do."""


@dataclass(frozen=True)
class Running:
    """A server process that is there."""

    pid: int
    endpoint: str
    region: str = REGION

    def answers(self) -> bool:
        """Whether it serves requests."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_knobs", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def running(home: Home) -> Running | None:
    """The server process this home's record names, if it still is that process."""
    try:
        record = json.loads(home.record.read_text())
        found = Running(int(record["pid"]), str(record["endpoint"]), str(record.get("region", REGION)))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return found if _is_ours(found.pid, home) else None


def start(home: Home, port: int = 0, *, region: str = REGION, hosting: bool = True) -> Running:
    """Start the server in a session of its own and wait until it answers.

    Raises:
        DidNotStart: it ended, or did not answer in time.

    """
    home.record.unlink(missing_ok=True)
    for folder in (home.outbox, home.packages, home.hosting):  # moto's state is in memory: these begin anew with it
        shutil.rmtree(folder, ignore_errors=True)
    for old in home.logs.glob("*-*.log"):  # of functions and of sam: those of an earlier run would mislead
        old.unlink()
    home.logs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "local.cloud", "--home", str(home.folder), "--port", str(port), "--region", region]
    command += [] if hosting else ["--no-hosting"]
    said = home.logs / "cloud.log"
    if said.exists():
        said.rename(home.logs / "cloud-before.log")
    with said.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DidNotStart(_last_words(home))
        found = running(home)
        if found is not None and found.answers():
            return found
        time.sleep(0.05)
    stop(home)
    raise DidNotStart(f"The local cloud did not answer within {START_SECONDS} s; see {home.logs / 'cloud.log'}.")


def stop(home: Home) -> int:
    """End every process of this home's cloud, the gentle way first; returns how many there were."""
    ours = everything(home)
    servers = [process for process in ours if _is_server(process, home)]
    for server in servers:
        _signal(server, signal.SIGTERM)
    psutil.wait_procs(servers, timeout=STOP_SECONDS)
    ours = list({*ours, *everything(home)})  # a server may have started one more while it ended
    for process in ours:  # what a server has not ended itself holds nothing worth keeping
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(ours, timeout=STOP_SECONDS)
    home.record.unlink(missing_ok=True)
    return len(ours)


def everything(home: Home) -> list[psutil.Process]:
    """The servers of this home, what they started, and what a killed one left behind."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        if _is_server(process, home) or _is_orphan(process, home):
            for each in (process, *_children(process)):
                found[each.pid] = each
    found.pop(os.getpid(), None)
    return list(found.values())


def _is_ours(pid: int, home: Home) -> bool:
    try:
        return _is_server(psutil.Process(pid), home)
    except psutil.Error:
        return False


def _is_server(process: psutil.Process, home: Home) -> bool:
    command = _command(process)
    return "local.cloud" in command and str(home.folder) in command


def _is_orphan(process: psutil.Process, home: Home) -> bool:
    """A function or model server that works in this home's folder and whose parent is gone."""
    if not any(part.endswith(PROGRAMS) for part in _command(process)):
        return False
    try:
        return process.ppid() == 1 and process.cwd().startswith(str(home.folder) + os.sep)
    except psutil.Error:
        return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return


def _last_words(home: Home) -> str:
    said = (home.logs / "cloud.log").read_text(errors="replace").strip().splitlines()
    return said[-1] if said else f"The local cloud ended without a word; see {home.logs / 'cloud.log'}."
