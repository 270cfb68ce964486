"""What can be wrong with a file for the trust its host has (reliability.md 4.3)."""

from tenantry.domain.artifacts.checks import Check

REQUIREMENTS = Check(
    id="A401",
    name="no-requirements",
    holds="No `requirements.txt` goes to a host without network, or where only data may go.",
    message="{member} asks for packages, which this host cannot or may not install",
    fix="leave it out, and use an image that has the packages",
)
PICKLE = Check(
    id="A402",
    name="no-pickle",
    holds="On tenant-trust fleets: no pickle, joblib or torch file, by name or by content.",
    message="{member} is or may hold a pickle, which runs code when loaded; this fleet takes data only",
    fix="save it as safetensors, ONNX or XGBoost JSON",
)
PICKLE_SEEN = Check(
    id="A403",
    name="pickle-seen",
    holds="On vendor-trust fleets: pickles are accepted and recorded.",
    message="{member} is or may hold a pickle, which runs code when loaded",
    fix="drop only what your own pipeline made",
    severity="note",
)
CODE = Check(
    id="A404",
    name="no-code",
    holds="On tenant-trust fleets: no scripts, libraries or programs, by name or by content.",
    message="{member} is code; this fleet takes data only",
    fix="leave it out: the fleet's own handler serves the model",
)
DATA_ONLY = Check(
    id="A405",
    name="data-only",
    holds="On tenant-trust fleets: every file is of a known data-only format.",
    message="{member} is not of a data-only format this fleet knows",
    fix="keep to .safetensors, .onnx, .json, .ubj, tokeniser and text files",
)
DISGUISED = Check(
    id="A406",
    name="not-disguised",
    holds="On tenant-trust fleets: a file's first bytes are those of the format its name says.",
    message="{member} does not hold what its name says",
    fix="give it the ending of what it is, or leave it out",
)
EXTERNAL = Check(
    id="A407",
    name="onnx-self-contained",
    holds="On tenant-trust fleets: an ONNX file names no other file to read its data from.",
    message="{member} reads its data from another file by path",
    fix="save it with all data inside: save_as_external_data=False",
)
LEFTOVER = Check(
    id="A408",
    name="no-leftovers",
    holds="No leftovers of macOS (`._*`, `.DS_Store`, `__MACOSX/`).",
    message="{member} is a leftover of macOS that some containers take for a model",
    fix="pack with COPYFILE_DISABLE=1 and --exclude=.DS_Store",
    severity="warning",
)
CHECKS = (REQUIREMENTS, PICKLE, PICKLE_SEEN, CODE, DATA_ONLY, DISGUISED, EXTERNAL, LEFTOVER)
