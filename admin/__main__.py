"""The front door of `lectern-admin`."""

from typing import Any

from shared.terminal.start import start


def _commands() -> Any:
    from admin.cli import app

    return app


def main() -> None:
    start("lectern-admin", _commands)


if __name__ == "__main__":
    main()
