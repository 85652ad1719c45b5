"""`lectern-mcp login`, `logout` and `whoami`: what was typed, the way it asks for, and a line on how it ended."""

import argparse
import asyncio
import os
import platform
import secrets
import sys
import webbrowser
from datetime import UTC, datetime
from typing import Final, NamedTuple, NoReturn

from mcp_server.credentials import FILE, Kept, drop, keep, kept, service_address, target
from mcp_server.login.machine import machine_name, shows_browser
from mcp_server.login.sign_in import Surroundings, given_back, known_as, new_key
from mcp_server.login.typed import typed
from shared.errors import LecternError, SettingsError
from shared.locks import free, open_lock, taken
from shared.settings import ServerSettings, load

WORDS: Final = ("login", "logout", "whoami")
_LOCK: Final = ".credentials.lock"
_WHICH = "name one: lectern-mcp login --server https://..., or set LECTERN_SERVER"


class Said(NamedTuple):
    """How a command ended: a line for people, an exit code, and what was asked for, on standard output."""

    line: str = ""
    code: int = 0
    told: str = ""


class _Misused(Exception):
    pass


def run(words: list[str]) -> Said | None:
    """None where the words are none of these commands."""
    try:
        given = _arguments().parse_args(words)
        settings = load(ServerSettings)
    except _Misused:
        return None
    except SettingsError as error:
        return Said(error.line, 2)
    try:
        return {"login": _login, "logout": _logout, "whoami": _whoami}[given.command](settings, given)
    except LecternError as error:
        return Said(error.line, 1)
    except OSError as error:
        return Said(f"{settings.home / FILE}: {error.strerror}", 1)
    except (KeyboardInterrupt, EOFError):
        return Said("nothing is changed", 130)


def _login(settings: ServerSettings, given: argparse.Namespace) -> Said:
    earlier = _earlier(settings)
    server = service_address(given.server) if given.server else settings.server
    if server is None and earlier:
        server = earlier.server
    if given.key:
        return _kept(settings, Kept(typed(), server), earlier)
    if server is None:
        raise LecternError("no service is known here", _WHICH)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = open_lock(settings.home / _LOCK)
    try:
        if not taken(lock):
            raise LecternError(
                "another `lectern-mcp login` waits for its browser", "finish it, or end it with Ctrl+C"
            )
        found = asyncio.run(new_key(server, _surroundings(), by_device=given.no_browser))
        told, until = Kept(found.key, server, is_signed_in=True), f"until {found.until:%Y-%m-%d}"
        # a key of the same service was replaced by this one
        return _kept(settings, told, earlier if earlier and earlier.server != server else None, until)
    finally:
        free(lock)


def _earlier(settings: ServerSettings) -> Kept | None:
    """What the file holds; one that cannot be used is written anew, or removed."""
    try:
        return kept(settings.home)
    except LecternError:
        return None


def _ended(found: Kept | None) -> str:
    """Why the key of a sign-in could not be ended; empty where it was, and for any other."""
    if not (found and found.server and found.is_signed_in):
        return ""
    try:
        asyncio.run(given_back(found.server, found.key))
    except LecternError as error:
        return f"the key of the sign-in at {found.server} is still valid: {error.line}"
    return ""


def _kept(settings: ServerSettings, told: Kept, earlier: Kept | None, until: str = "") -> Said:
    """The new key is there before the earlier one ends."""
    set_above = {
        "LECTERN_API_KEY": settings.api_key is not None,
        "LECTERN_SERVER": settings.server not in (None, told.server),
    }
    parts = [f"signed in at {told.server} {until}"] if told.is_signed_in else []
    path = keep(settings.home, told)
    parts += [f"the key is in {path}" if told.is_signed_in else f"the key is in {path}, for {_place(told)}"]
    parts += [f"{name} is set, and stands above it" for name, stands in set_above.items() if stands]
    return Said("; ".join([*parts, *filter(None, [_ended(earlier)])]))


def _place(told: Kept) -> str:
    """Where a key that was given counts."""
    return told.server or "stores that lectern-mcp opens itself (a service is named by --server https://...)"


def _logout(settings: ServerSettings, _given: argparse.Namespace) -> Said:
    trouble = _ended(_earlier(settings))
    gone = drop(settings.home)
    if trouble:
        return Said(f"{settings.home / FILE} is removed, but {trouble}", 1)
    return Said(f"{settings.home / FILE} is removed" if gone else "there was no key to remove")


def _whoami(settings: ServerSettings, _given: argparse.Namespace) -> Said:
    to = target(settings)
    if to is None:
        raise LecternError("no service is known here", _WHICH)
    person = asyncio.run(known_as(to))
    until = f"until {person.until:%Y-%m-%d}" if person.until else "without an end"
    rows = {
        "server": to.server,
        "user": person.email,
        "key": f"{person.key_prefix}... {until}",
        "plan": person.plan or "none",
    }
    return Said(told="".join(f"{name:<8}{value}\n" for name, value in rows.items()))


def _surroundings() -> Surroundings:
    return Surroundings(
        tell=_tell,
        open_browser=webbrowser.open if shows_browser(sys.platform, os.environ) else None,
        sleep=asyncio.sleep,
        clock=lambda: datetime.now(UTC),
        random=secrets.token_urlsafe,
        machine=machine_name(platform.node()),
    )


def _tell(line: str) -> None:
    sys.stderr.write(f"lectern-mcp: {line}\n")
    sys.stderr.flush()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Misused(message)


def _arguments() -> argparse.ArgumentParser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    login = commands.add_parser("login", add_help=False, allow_abbrev=False)
    login.add_argument("--server")
    login.add_argument("--key", action="store_true")
    login.add_argument("--no-browser", action="store_true")
    for name in ("logout", "whoami"):
        commands.add_parser(name, add_help=False, allow_abbrev=False)
    return parser
