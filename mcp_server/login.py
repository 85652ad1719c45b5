"""`lectern-mcp login --key` and `logout`: the key of this machine, in a file of its user's alone."""

import sys
from getpass import getpass

from mcp_server.credentials import FILE, drop, keep
from shared.errors import InvalidKey, LecternError
from shared.settings import ServerSettings, load

MOST_CHARACTERS = 1000


def run(words: list[str]) -> tuple[str, int]:
    """What to say on standard error, and the exit code."""
    try:
        home = load(ServerSettings).home
        if words == ["logout"]:
            gone = drop(home)
            return (f"{home / FILE} is removed" if gone else "there was no key to remove"), 0
        return f"the key is in {keep(home, _typed())}", 0
    except (LecternError, OSError) as error:
        return error.line if isinstance(error, LecternError) else f"{home}: {error.strerror}", 1


def _typed() -> str:
    if sys.stdin is None:
        raise InvalidKey("no key came on standard input", "lectern-mcp login --key < FILE")
    if sys.stdin.isatty():
        return getpass("API key (is not shown): ")
    return sys.stdin.readline(MOST_CHARACTERS)
