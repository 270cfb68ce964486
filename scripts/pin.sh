#!/bin/sh
# Resolve every requirements file again: exact versions with hashes, and nothing about where they came from.
#
# usage: scripts/pin.sh [--upgrade] [dev|sam|sagemaker|core ...]      (default: all, in this order)
#
# The layer is resolved within the versions of dev.txt, so that tests run what Lambda runs: one boto3, one botocore
# (awscli pins it), one pydantic.
set -eu
cd "$(dirname "$0")/.."

upgrade=
if [ "${1:-}" = "--upgrade" ]; then upgrade=--upgrade; shift; fi

compile() {
    .venv/bin/python -m piptools compile --quiet $upgrade --generate-hashes --strip-extras --allow-unsafe \
        --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links "$@"
}

[ $# -gt 0 ] || set -- dev sam sagemaker core
for name in "$@"; do
    case "$name" in
        core) compile --constraint requirements/dev.txt --output-file layers/core/requirements.txt requirements/core.in ;;
        *) compile --output-file "requirements/$name.txt" "requirements/$name.in" ;;
    esac
    echo "pinned $name"
done
