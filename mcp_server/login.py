"""`lectern-mcp login --key` and `logout`: the key of this machine, in a file of its user's alone."""

import sys
from getpass import getpass

from mcp_server.credentials import FILE, Kept, drop, keep
from shared.errors import InvalidKey, LecternError, SettingsError
from shared.settings import ServerSettings, load

MOST_BYTES = 4096
"""Of what is typed: a key is one short line."""


def run(words: list[str]) -> tuple[str, int]:
    """What to say on standard error, and the exit code."""
    try:
        settings = load(ServerSettings)
    except SettingsError as error:
        return error.line, 2
    home = settings.home
    try:
        if words == ["logout"]:
            gone = drop(home)
            return (f"{home / FILE} is removed" if gone else "there was no key to remove"), 0
        above = "; LECTERN_API_KEY is set, and stands above it" if settings.api_key else ""
        return f"the key is in {keep(home, Kept(_typed(), settings.server))}{above}", 0
    except (LecternError, OSError) as error:
        return error.line if isinstance(error, LecternError) else f"{home / FILE}: {error.strerror}", 1
    except (KeyboardInterrupt, EOFError):
        return "nothing is kept", 130


def _typed() -> str:
    if sys.stdin is None:
        raise InvalidKey("no key came on standard input", "lectern-mcp login --key < FILE")
    if sys.stdin.isatty():
        return getpass("API key (is not shown): ")
    return sys.stdin.buffer.readline(MOST_BYTES).decode("utf-8", "replace")
