"""A key that a person types, or that a pipe or a file gives."""

import sys
from getpass import getpass

from shared.errors import InvalidKey

MOST_BYTES = 4096
"""Of what is typed: a key is one short line."""


def typed() -> str:
    """Raises InvalidKey without standard input."""
    if sys.stdin is None:
        raise InvalidKey("no key came on standard input", "lectern-mcp login --key < FILE")
    if sys.stdin.isatty():
        return getpass("API key (is not shown): ")
    return sys.stdin.buffer.readline(MOST_BYTES).decode("utf-8", "replace")
