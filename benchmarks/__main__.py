"""`python -m benchmarks [NAME ...]`: take all measurements, or those named. Exit status 1 if a bound does not hold."""

import argparse
import sys

from benchmarks import client, demo, options, packages, release, rush
from benchmarks.report import finish

MEASUREMENTS = {
    "packages": packages.measure,
    "client": client.measure,
    "release": release.measure,
    "options": options.measure,
    "rush": rush.measure,
    "demo": demo.measure,
}


def main() -> int:
    """Measure, and show the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], help="which; else all")
    for name in parser.parse_args().names or MEASUREMENTS:
        print(f"measuring {name} ...", flush=True)
        MEASUREMENTS[name]()
    return finish()


if __name__ == "__main__":
    sys.exit(main())
