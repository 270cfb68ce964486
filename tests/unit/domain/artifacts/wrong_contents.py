"""Well-formed archives with the wrong files in them, or the right ones in the wrong place."""

# ruff: noqa: E501  (a row reads best on one line)

import struct

from tests.unit.domain.artifacts.packing import MODEL, SCRIPT, packed
from tests.unit.domain.artifacts.rows import Refused, host

DATA = host("xgboost", trust="tenant")
WEIGHTS = {"xgboost-model.json": b'{"learner": {}}'}
SAFETENSORS = struct.pack("<Q", 640) + b"{" + b" " * 639
ONNX_OUTSIDE = b"\x08\x07" + b"graph" * 60_000 + b"\x0a\x08location\x12\x10../../etc/passwd"
GOOD = {"model.joblib": MODEL, "code/inference.py": SCRIPT}


def beside(name: str, content: bytes, check: str, says: str, attacks: str = "code on a shared host") -> Refused:
    """A file beside a data-only model, on a fleet of tenants' own artifacts."""
    return Refused(f"{name} from a tenant", attacks, packed({**WEIGHTS, name: content}), check, says, DATA)


def layout(what: str, files: dict[str, bytes], framework: str, check: str, says: str) -> Refused:
    return Refused(what, "an honest mistake", packed(files), check, says, host(framework))


FROM_TENANTS = (
    beside("model.pkl", MODEL, "A402", "'model.pkl' is or may hold a pickle"),
    beside("model.joblib.gz", b"\x1f\x8b", "A402", "may hold a pickle"),
    beside("model.pt", b"PK\x03\x04", "A402", "may hold a pickle"),
    beside("weights.PTH", b"", "A402", "may hold a pickle"),
    beside("pytorch_model.bin", b"", "A402", "may hold a pickle"),
    beside("notes.txt", b"\x80\x05\x95\x10", "A402", "'notes.txt' is or may hold a pickle"),
    beside("vocab.txt", b"cos\nsystem\n(S'id'\ntR.", "A402", "may hold a pickle"),
    beside("list.txt", b"(lp0\nS'a'\np1\na.", "A402", "may hold a pickle"),
    beside("data.txt", b"PK\x03\x04" + bytes(26) + b"archive/data.pkl", "A402", "may hold a pickle"),
    beside("array.npy", b"\x93NUMPY\1\0v\0{'descr': '|O', 'shape': ()}", "A402", "may hold a pickle"),
    beside("code/inference.py", SCRIPT, "A404", "'code/inference.py' is code"),
    beside("lib/fast.so.1.2", b"", "A404", "is code"),
    beside("readme.txt", b"#!/bin/sh\nid\n", "A404", "'readme.txt' is code"),
    beside("weights.txt", b"\x7fELF\2\1\1", "A404", "is code"),
    beside("model.h5", b"\x89HDF\r\n", "A405", "not of a data-only format"),
    beside("model.keras", b"PK\x03\x04", "A405", "not of a data-only format"),
    beside("saved_model.pb", b"\x08\1", "A405", "not of a data-only format"),
    beside("other.json", b"BZh91AY", "A406", "does not hold what its name says"),
    beside("other.safetensors", b"PK\x03\x04aaaaaaaaa", "A406", "does not hold what its name says"),
    beside("other.csv", b"a\0b", "A406", "does not hold what its name says"),
    beside("net.onnx", ONNX_OUTSIDE, "A407", "reads its data from another file", "reads outside"),
    beside("requirements.txt", b"evil==1", "A401", "asks for packages"),
)

REQUIREMENTS = (
    Refused("requirements without network", "a start that hangs", packed({**GOOD, "code/requirements.txt": b"x"}), "A401", "'code/requirements.txt' asks for packages"),
    Refused("requirements at the root", "a start that hangs", packed({**GOOD, "requirements.txt": b"x"}), "A401", "leave it out"),
)  # fmt: skip

LAYOUTS = (
    layout("a folder too deep", {f"model/{k}": v for k, v in GOOD.items()}, "sklearn", "A501", "'model/model.joblib' lies one folder too deep: the container looks for 'model.joblib'"),
    layout("only the model too deep", {"out/m.joblib": MODEL, "code/inference.py": SCRIPT}, "sklearn", "A501", "'out/m.joblib' lies one folder too deep"),
    layout("too deep beside leftovers", {"m/model.joblib": MODEL, "m/code/inference.py": SCRIPT, "__MACOSX/._m": b"x"}, "sklearn", "A501", "one folder too deep"),
    layout("tensorflow too deep", {"export/1/saved_model.pb": b"x"}, "tensorflow", "A501", "looks for '1/saved_model.pb'"),
    layout("xgboost too deep", {"model/xgboost-model": b"x"}, "xgboost", "A501", "looks for 'xgboost-model'"),
    layout("no script", {"model.joblib": MODEL}, "sklearn", "A502", "the inference script is missing: sklearn needs code/inference.py"),
    layout("script at the root", {"model.joblib": MODEL, "inference.py": SCRIPT}, "sklearn", "A502", "'inference.py' is not where it looks"),
    layout("no model", {"code/inference.py": SCRIPT}, "sklearn", "A502", "the model file is missing"),
    layout("only a readme", {"README.md": b"x", "code/inference.py": SCRIPT}, "sklearn", "A502", "the model file is missing"),
    layout("torch without model", {"weights.h5": b"x", "code/inference.py": SCRIPT}, "pytorch", "A502", "as model.pth"),
    layout("tensorflow without number", {"saved_model.pb": b"x"}, "tensorflow", "A502", "1/saved_model.pb ('saved_model.pb' is not where it looks)"),
    layout("xgboost without model", {"notes.txt": b"x"}, "xgboost", "A502", "as xgboost-model.json"),
    layout("an empty model", {"model.joblib": b"", "code/inference.py": SCRIPT}, "sklearn", "A503", "'model.joblib', the model file, is empty"),
    layout("an empty script", {"model.joblib": MODEL, "code/inference.py": b""}, "sklearn", "A503", "the inference script, is empty"),
    layout("an empty graph", {"1/saved_model.pb": b""}, "tensorflow", "A503", "is empty"),
    layout("nothing but empty files", {"a": b"", "b": b""}, "my-own-image", "A503", "is empty"),
    layout("a leftover as the model", {"._model.pth": MODEL, "code/inference.py": SCRIPT}, "pytorch", "A502", "the model file is missing"),
)  # fmt: skip

ROWS = FROM_TENANTS + REQUIREMENTS + LAYOUTS
