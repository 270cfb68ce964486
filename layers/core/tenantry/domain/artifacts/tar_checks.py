"""What can be wrong with the tar inside an artifact: its headers, its extensions, its end."""

from tenantry.domain.artifacts.checks import REPACK, RESEND, Check

PLAIN_TAR = "pack it with plain tar options (GNU, pax or ustar format; no old, sparse or incremental ones)"

NOT_TAR = Check(
    id="A201",
    name="tar-only",
    holds="Inside the gzip lies a tar archive.",
    message="the gzip holds {what}, not a tar archive",
    fix=REPACK,
)
FORMAT = Check(
    id="A202",
    name="tar-format",
    holds="Every header is of the ustar, pax or GNU format.",
    message="the header at byte {at:,} is not of the ustar, pax or GNU format",
    fix=PLAIN_TAR,
)
HEADER_SUM = Check(
    id="A203",
    name="tar-checksum",
    holds="Every header's check sum is right.",
    message="the check sum of the header at byte {at:,} is wrong",
    fix=RESEND,
)
NUMBER = Check(
    id="A204",
    name="tar-number",
    holds="The numbers in a header are octal or GNU base 256, and none that matters is negative.",
    message="the header of {member} has an unreadable {field}",
    fix=PLAIN_TAR,
)
KIND = Check(
    id="A205",
    name="files-and-folders",
    holds="An archive holds files and folders only: no links, devices, pipes, sparse files or other kinds.",
    message="{member} is {what}, not a file or a folder",
    fix="pack real files: tar --dereference --hard-dereference -czf model.tar.gz -C model .",
)
CUT_SHORT = Check(
    id="A206",
    name="tar-whole",
    holds="The tar archive has its end: two zero blocks.",
    message="the tar archive breaks off after {at:,} bytes",
    fix=RESEND,
)
LONE_ZERO = Check(
    id="A207",
    name="tar-end-mark",
    holds="A zero block is followed by a second one.",
    message="a single zero block at byte {at:,} is followed by more members, which some readers would not see",
    fix="do not concatenate tar archives",
)
AFTER_END = Check(
    id="A208",
    name="nothing-after-tar",
    holds="Only zero bytes, and few of them, follow the end of the tar archive.",
    message="{what} follow the end of the tar archive at byte {at:,}",
    fix="do not concatenate tar archives",
)
FOLDER_SIZE = Check(
    id="A209",
    name="folder-without-data",
    holds="A folder has no data.",
    message="{member} is a folder with {size:,} bytes of data, which readers understand differently",
    fix=PLAIN_TAR,
)
FILE_SLASH = Check(
    id="A210",
    name="file-name-of-a-file",
    holds="The name of a file does not end in a slash.",
    message="{member} is a file named like a folder, which readers understand differently",
    fix=PLAIN_TAR,
)
MODE = Check(
    id="A211",
    name="plain-mode",
    holds="No member is setuid or sticky; no file is setgid.",
    message="{member} has the mode {mode:o}",
    fix="clear it: chmod -R u-s,g-s,-t model",
)
MANY = Check(
    id="A212",
    name="members",
    holds="The number of files and folders, named or implied, stays under the cap.",
    message="the archive has more than {cap:,} files and folders",
    fix="put small files together, or have the operator raise members",
)
GNU_PREFIX = Check(
    id="A213",
    name="one-name",
    holds="A GNU header keeps nothing where ustar keeps the front of the name.",
    message="{member} has bytes behind its header that some readers take as part of its name",
    fix=PLAIN_TAR,
)
HIDDEN_NAME = Check(
    id="A214",
    name="no-name-behind-a-name",
    holds="The short name in a header is harmless too, where a longer one replaces it.",
    message="the short name {member} in a header points outside the archive",
    fix=REPACK,
)
NO_FILES = Check(
    id="A215",
    name="some-file",
    holds="The archive holds at least one file.",
    message="the archive holds no file",
    fix=REPACK,
)
META_SIZE = Check(
    id="A221",
    name="meta-size",
    holds="An extended header stays under the cap.",
    message="an extended header of {size:,} bytes at byte {at:,} is above the cap of {cap:,}",
    fix="pack it without extended attributes: tar --no-xattrs",
)
META_FORM = Check(
    id="A222",
    name="meta-form",
    holds="An extended header reads as its format says, to its last byte.",
    message="the extended header at byte {at:,} {what}",
    fix=PLAIN_TAR,
)
MANY_RECORDS = Check(
    id="A223",
    name="pax-records",
    holds="The number of records in a pax header stays under the cap.",
    message="the pax header at byte {at:,} has more than {cap} records",
    fix="pack it without extended attributes: tar --no-xattrs",
)
PAX_KEY = Check(
    id="A224",
    name="pax-keys",
    holds="A pax header holds known, harmless keys only, and a global one a comment and a time only.",
    message="the pax header at byte {at:,} holds {what}",
    fix=PLAIN_TAR,
)
META_ORDER = Check(
    id="A225",
    name="meta-order",
    holds="An extended header is directly followed by its member.",
    message="the extended header at byte {at:,} is followed by {what}",
    fix=PLAIN_TAR,
)
PAX_SIZE = Check(
    id="A226",
    name="one-size",
    holds="The size in a pax header is that of the plain header, unless the plain one has no room for it.",
    message="{member} has the size {header:,} in its header and {pax:,} in its pax header",
    fix=PLAIN_TAR,
)
CHECKS = (
    NOT_TAR, FORMAT, HEADER_SUM, NUMBER, KIND, CUT_SHORT, LONE_ZERO, AFTER_END, FOLDER_SIZE, FILE_SLASH, MODE, MANY,
    GNU_PREFIX, HIDDEN_NAME, NO_FILES, META_SIZE, META_FORM, MANY_RECORDS, PAX_KEY, META_ORDER, PAX_SIZE,
)  # fmt: skip
