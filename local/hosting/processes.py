"""Ending processes: a whole group at once, and what an earlier run left behind. Never by name alone."""

import os
import signal
import time
from pathlib import Path

import psutil

STOP_SECONDS = 5.0


def end_group(leader: int) -> None:
    """End every process of a group that was started with its own session; returns when they are gone."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(leader, sign)
        except ProcessLookupError:
            return
        if _group_gone(leader, STOP_SECONDS):
            return


def end_leftovers(state_dir: Path) -> None:
    """End model servers and workers that a killed local cloud left behind: those started with this folder's paths."""
    left = [process for process in psutil.process_iter() if _started_under(process, state_dir)]
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=STOP_SECONDS)


def _started_under(process: psutil.Process, state_dir: Path) -> bool:
    try:
        return process.pid != os.getpid() and any(f"{state_dir}/i-" in part for part in process.cmdline())
    except psutil.Error:
        return False


def _group_gone(leader: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(_in_group(process, leader) for process in psutil.process_iter()):
            return True
        time.sleep(0.02)
    return False


def _in_group(process: psutil.Process, leader: int) -> bool:
    try:
        return os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.Error):
        return False
