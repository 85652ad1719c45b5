"""`make map`: draw the rooms of this checkout, or another one, and the arrows between them into its docs/map.svg."""

import argparse
import json
import sys
from pathlib import Path

from drawing import draw
from rooms import read

PICTURE = Path("docs", "map.svg")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make map", description=__doc__)
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--json", action="store_true", help="print the counts, write nothing")
    wanted.add_argument("--check", action="store_true", help="fail where the picture is stale, write nothing")
    parser.add_argument("checkout", nargs="?", type=Path, default=Path())
    arguments = parser.parse_args()
    checkout = arguments.checkout.resolve()
    try:
        house = read(checkout)
    except (KeyError, OSError, ValueError) as error:
        sys.exit(f"{checkout} has no root packages of [tool.importlinter] in pyproject.toml: {error!r}")
    picture = checkout / PICTURE
    if arguments.json:
        sys.stdout.write(json.dumps(house.counts()) + "\n")
    elif not arguments.check:
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(draw(house), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{PICTURE.as_posix()} is drawn\n")
    elif not picture.exists() or picture.read_text(encoding="utf-8") != draw(house):
        sys.exit(f"{PICTURE.as_posix()} is stale: run make map")


if __name__ == "__main__":
    main()
