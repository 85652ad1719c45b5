"""A password as it comes in: typed, or from standard input; never an argument, which other users can see."""

import sys
from getpass import getpass

from shared.accounts.passwords import MOST_BYTES, check
from shared.errors import InvalidRequest


def from_stdin() -> str:
    """The first line, without its end. Raises InvalidRequest."""
    given = sys.stdin.buffer.read(MOST_BYTES + 3)
    try:
        password = given.decode().split("\n")[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidRequest("the password is no UTF-8", "write it in UTF-8") from None
    check(password)
    return password


def typed() -> str:
    """Asked for twice, and not shown. Raises InvalidRequest."""
    if not sys.stdin.isatty():
        raise InvalidRequest("there is no terminal to type a password in", "give it by --password-stdin")
    password = getpass("Password (is not shown): ")
    check(password)
    if getpass("Again: ") != password:
        raise InvalidRequest("the two passwords differ", "try again")
    return password
