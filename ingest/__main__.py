"""The front door of `ingest`."""

from typing import Any

from shared.terminal.start import start


def _commands() -> Any:
    from ingest.cli import app

    return app


def main() -> None:
    start("ingest", _commands)


if __name__ == "__main__":
    main()
