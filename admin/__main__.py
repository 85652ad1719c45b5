"""The front door of `lectern-admin`: Ctrl-C is no traceback, not even while the commands are imported."""

import sys


def main() -> None:
    try:
        from admin.cli import app
        from shared.terminal.plain import write_plainly

        write_plainly(sys.stdout, sys.stderr)
        app(prog_name="lectern-admin")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
