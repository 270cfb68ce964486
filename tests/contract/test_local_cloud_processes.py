"""Starting and stopping the local cloud when something is in the way."""

import json
import os
import socket

import pytest

from local.fingerprint import fingerprint
from local.home import Home
from local.processes import DidNotStart, running, start, stop
from local.stack import write_env


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home of a cloud")


def test_a_pid_that_went_to_somebody_else_is_left_alone(home):
    home.folder.mkdir()
    home.record.write_text(json.dumps({"pid": os.getpid(), "endpoint": "http://127.0.0.1:1"}))
    assert running(home) is None
    assert stop(home) == 0  # this very process lives on
    assert not home.record.exists()


@pytest.mark.parametrize("record", ["", "{", "[]", '{"pid": "x"}', '{"pid": 999999999, "endpoint": "e"}'])
def test_a_half_written_record_is_no_cloud(home, record):
    home.folder.mkdir()
    home.record.write_text(record)
    assert running(home) is None


def test_a_taken_port_gets_one_clear_sentence(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DidNotStart) as refused:
            start(home, port, hosting=False)
    assert str(refused.value) == (
        f"Port {port} of 127.0.0.1 cannot be used (Address already in use): choose another, or none to get a free one."
    )
    assert running(home) is None


def test_exports_survive_a_shell(tmp_path):
    write_env(tmp_path / "env", {"PLAIN": "a", "ODD": 'it\'s $HOME & "more"'})
    assert (tmp_path / "env").read_text().startswith("export PLAIN=a\nexport ODD=")
    shown = os.popen(f'. "{tmp_path}/env"; printf %s "$ODD"').read()
    assert shown == 'it\'s $HOME & "more"'


def test_a_fingerprint_changes_with_what_is_deployed(tmp_path):
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "a.py").write_text("1")
    first = fingerprint(tmp_path)
    (tmp_path / "functions" / "__pycache__").mkdir()
    (tmp_path / "functions" / "__pycache__" / "a.pyc").write_text("x")
    (tmp_path / "README.md").write_text("not deployed")
    assert fingerprint(tmp_path) == first
    (tmp_path / "functions" / "a.py").write_text("2")
    assert fingerprint(tmp_path) != first


def test_a_further_region_keeps_its_state_apart_and_its_exports_beside_the_first_ones(home):
    far = home.further("eu-west-1")
    assert (far.env, home.env) == (home.folder / "env.eu-west-1", home.folder / "env")
    assert (far.build, far.record) == (home.build, home.folder / "regions" / "eu-west-1" / "cloud.json")
    far.folder.mkdir(parents=True)
    assert home.all == [home, far]
