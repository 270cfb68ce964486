"""What can be wrong with the gzip around an artifact."""

from tenantry.domain.artifacts.checks import REPACK, RESEND, Check

EMPTY = Check(
    id="A101",
    name="not-empty",
    holds="The object has bytes.",
    message="the object is empty",
    fix=RESEND,
)
NOT_GZIP = Check(
    id="A102",
    name="gzip-only",
    holds="The object is a gzip archive, whatever its name ends in.",
    message="the object is {what}, not a gzip archive",
    fix=REPACK,
)
HEADER = Check(
    id="A103",
    name="gzip-header",
    holds="Each gzip header is valid: method deflate, no reserved flag, its own check sum right.",
    message="the gzip header at byte {at} has {what}",
    fix=REPACK,
)
HEADER_SIZE = Check(
    id="A104",
    name="gzip-header-size",
    holds="The name, comment and extra fields of a gzip header stay under the cap.",
    message="the gzip header at byte {at} has more than {cap:,} bytes of extra fields",
    fix="pack it with gzip -n, which writes none",
)
CUT_SHORT = Check(
    id="A105",
    name="gzip-whole",
    holds="The gzip stream has its end.",
    message="the gzip stream breaks off after {at:,} bytes",
    fix=RESEND,
)
CORRUPT = Check(
    id="A106",
    name="gzip-intact",
    holds="The compressed data can be read.",
    message="the compressed data are corrupt near byte {at:,}",
    fix=RESEND,
)
CHECKSUM = Check(
    id="A107",
    name="gzip-checksum",
    holds="CRC and length at the end of each gzip member are those of the data.",
    message="the {what} at the end of the gzip stream does not match the data",
    fix=RESEND,
)
TRAILING = Check(
    id="A108",
    name="nothing-after-gzip",
    holds="Nothing follows the last gzip member.",
    message="bytes that are no gzip follow the archive at byte {at:,}",
    fix=REPACK,
)
MANY_MEMBERS = Check(
    id="A109",
    name="gzip-members",
    holds="The number of gzip members stays under the cap.",
    message="the archive is made of more than {cap:,} gzip members",
    fix="pack it as a single gzip stream",
)
PACKED = Check(
    id="A110",
    name="packed-size",
    holds="The object stays under the cap on compressed size.",
    message="the object has more than {cap:,} bytes",
    fix="make the model smaller, or have the operator raise packed_bytes",
)
PLAIN = Check(
    id="A111",
    name="plain-size",
    holds="The archive stays under the cap on unpacked size, whether counted or declared.",
    message="the archive unpacks to more than {cap:,} bytes",
    fix="make the model smaller, or have the operator raise plain_bytes",
)
RATIO = Check(
    id="A112",
    name="ratio",
    holds="The archive does not unpack to a great multiple of its size, once past a first allowance.",
    message="the archive unpacks to more than {cap} times its size (after {plain:,} plain bytes)",
    fix="leave padding and empty data out, or have the operator raise ratio",
)
CHECKS = (
    EMPTY, NOT_GZIP, HEADER, HEADER_SIZE, CUT_SHORT, CORRUPT, CHECKSUM, TRAILING, MANY_MEMBERS, PACKED, PLAIN, RATIO,
)  # fmt: skip
