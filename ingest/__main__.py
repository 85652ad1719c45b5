"""The front door of `ingest`: Ctrl-C is no traceback, not even while the commands are being imported."""

import sys


def main() -> None:
    try:
        from ingest.cli import app

        app(prog_name="ingest")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
