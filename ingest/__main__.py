"""The front door of `ingest`: Ctrl-C is no traceback, not even while the commands are imported; nor is a sign."""

import sys


def main() -> None:
    try:
        from ingest.cli import app
        from shared.terminal.plain import write_plainly

        write_plainly(sys.stdout, sys.stderr)
        app(prog_name="ingest")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
