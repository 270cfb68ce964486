"""Archives that honest tools make, and that must be accepted."""

# ruff: noqa: E501  (a row reads best on one line)

import tarfile

from tests.unit.domain.artifacts.packing import (
    END,
    GNU,
    MODEL,
    SCRIPT,
    folder,
    gz,
    honest,
    long_name,
    member,
    octal,
    packed,
    pax,
    tgz,
)  # fmt: skip
from tests.unit.domain.artifacts.rows import Accepted, host
from tests.unit.domain.artifacts.wrong_contents import SAFETENSORS

FILES = {"model.joblib": MODEL, "code/inference.py": SCRIPT}
LONG = "features/" + "n" * 150 + "/" + "é" * 40 + ".txt"
HALF = len(honest()) // 2 + 7
PLAIN = honest() + END
XATTR = b"LIBARCHIVE.xattr.com.apple.provenance"

ROWS = (
    Accepted("pax by Python", "what SageMaker's own SDK writes", packed(FILES)),
    Accepted("GNU by Python", "tar on most machines", packed(FILES, tarfile.GNU_FORMAT)),
    Accepted("ustar by Python", "the oldest still in use", packed(FILES, tarfile.USTAR_FORMAT)),
    Accepted("with folders and dots", "tar -C model .", packed(FILES, folders=True, dot="./")),
    Accepted("with the root folder", "tar -C model .", tgz(folder(b"./"), honest())),
    Accepted("long names in pax", "deep features", packed({**FILES, LONG: b"x"})),
    Accepted("long names in GNU", "deep features", packed({**FILES, LONG: b"x"}, tarfile.GNU_FORMAT)),
    Accepted("a long name by hand", "the GNU way", tgz(honest(), long_name(b"n" * 101), member(b"n" * 100, magic=GNU))),
    Accepted("a prefix", "the ustar way", tgz(honest(), member(b"x" * 90, prefix=b"p" * 90))),
    Accepted("a git archive", "a global comment, then a pax name", tgz(pax((b"comment", b"c0ffee"), kind=b"g"), pax((b"path", b"n" * 120)), member(b"n"), honest())),
    Accepted("times and owners in pax", "GNU tar --format=pax", tgz(pax((b"mtime", b"1.5"), (b"uname", "Žofie".encode())), honest())),
    Accepted("macOS attributes", "bsdtar on a Mac", tgz(pax((XATTR, b"\0\n\xff"), (b"SCHILY.fflags", b"hidden")), honest())),
    Accepted("base 256 size", "GNU's other numbers", tgz(honest(), member(b"x", b"abc", magic=GNU, size_field=b"\x80" + bytes(10) + b"\3"))),
    Accepted("a size in both", "pax beside the header", tgz(pax((b"size", b"1")), member(b"x", b"m"), honest())),
    Accepted("a time before 1970", "a file without a date", tgz(honest(), member(b"x", time_field=b"\xff" * 12, magic=GNU))),
    Accepted("spaces in numbers", "old tars", tgz(honest(), member(b"x", mode=b"   644 \0"))),
    Accepted("old files", "kind zero byte", tgz(honest(), member(b"x", kind=b"\0"))),
    Accepted("setgid folder", "a shared home", tgz(folder(b"code/", mode=octal(0o2775, 8)), honest())),
    Accepted("a record of padding", "tar's blocks of 10 KiB", tgz(honest(), end=bytes(10_240 - len(honest())))),
    Accepted("padding of a mebibyte", "tar -b 2048", tgz(honest(), end=bytes(2**20))),
    Accepted("two gzip members", "pigz, bgzip, cat", gz(PLAIN[:HALF]) + gz(PLAIN[HALF:])),
    Accepted("an empty gzip member", "bgzip's end", gz(PLAIN) + gz(b"")),
    Accepted("a gzip name and comment", "gzip without -n", gz(PLAIN, flags=24, fields=b"model.tar\0by hand\0")),
    Accepted("a gzip extra field", "bgzip", gz(PLAIN, flags=4, fields=b"\6\0BC\2\0\0\0")),
    Accepted("emoji and accents", "people", packed({**FILES, "données/été 😀.txt": b"x"})),
    Accepted("a file in a file's name", "prefixes are no folders", packed({**FILES, "a": b"1", "a.b/c": b"2"})),
    Accepted("empty files", "an __init__.py", packed({**FILES, "code/__init__.py": b""})),
    Accepted("an accepted leftover", "a Mac", packed({**FILES, "._model.joblib": b"\0\5", ".DS_Store": b"x"}), findings=("A403", "A403", "A408", "A408")),
    Accepted("any model of one's own", "model_fn reads it", packed({"w.npz": b"PK", "code/inference.py": SCRIPT}), findings=()),
    Accepted("requirements with network", "a host that may install", packed({**FILES, "code/requirements.txt": b"x"}), host(network=True)),
    Accepted("xgboost json", "data", packed({"xgboost-model.json": b"{}"}), host("xgboost"), findings=()),
    Accepted("xgboost built in", "what the algorithm writes", packed({"xgboost-model": b"binf"}), host("xgboost"), findings=()),
    Accepted("torch", "a script and weights", packed({"model.pth": b"PK\3\4", "code/inference.py": SCRIPT}), host("pytorch")),
    Accepted("tensorflow", "a saved model", packed({"00001/saved_model.pb": b"\x08", "00001/variables/variables.index": b"x"}), host("tensorflow"), findings=()),
    Accepted("an image of one's own", "its own business", packed({"deep/inside/thing.bin": b"x"}), host("triton")),
    Accepted("a tenant's json", "data", packed({"xgboost-model.ubj": b"{L", "README": b"hi"}), host("xgboost", trust="tenant"), findings=()),
    Accepted("a tenant's safetensors", "a header length that looks like a pickle", packed({"model.safetensors": SAFETENSORS, "tokenizer.json": b"{}"}), host("pytorch", trust="tenant"), findings=()),
    Accepted("a tenant's onnx", "data", packed({"model.onnx": b"\x08\7graph" + bytes(70_000)}), host("any", trust="tenant"), findings=()),
    Accepted("the longest component", "on the edge", packed({**FILES, "n" * 255: b"x"})),
    Accepted("the longest path", "on the edge", packed({**FILES, "/".join(["n" * 203] * 5) + "/end": b"x"})),
    Accepted("the deepest folder", "on the edge", packed({**FILES, "d/" * 47 + "f": b"x"})),
    Accepted("the largest gzip header", "on the edge", gz(PLAIN, flags=8, fields=b"n" * 4095 + b"\0")),
    Accepted("the largest pax header", "on the edge", tgz(pax((b"comment", b"c" * (65_536 - 15))), honest())),
    Accepted("zeros to the cap", "on the edge", tgz(honest(), end=bytes(1024 + 2**20))),
    Accepted("twice the size, and no outlier", "on the edge", packed({"xgboost-model": b"m"}), host("xgboost", median=50), findings=()),
    Accepted("an outlier", "warned, not refused", packed(FILES), host(median=3), findings=("A403", "A601")),
)  # fmt: skip
