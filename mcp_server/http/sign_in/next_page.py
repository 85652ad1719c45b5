"""Pure: where somebody who signed in goes on: a page of ours, and nothing else."""

from typing import Final
from urllib.parse import urlsplit

HOME: Final = "/account"
_MOST: Final = 2000
_LEADS_HERE: Final = ("/sign-in", "/sign-out", "/invite")


def ours(wanted: str | None) -> str:
    """What was asked for, if it is a path of this host; else the page of the account."""
    if not wanted or len(wanted) > _MOST or not wanted.isascii() or not wanted.isprintable():
        return HOME
    if not wanted.startswith("/") or wanted[1:2] in ("/", "\\") or "\\" in wanted or " " in wanted:
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc or parts.path.startswith(_LEADS_HERE) else wanted
