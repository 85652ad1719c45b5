"""Which key this process calls with, and which service takes it: by variables, or by the file of a login."""

import json
import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from shared.accounts.keys import hash_of
from shared.errors import InvalidKey, InvalidUrl, LecternError
from shared.mistakes import mistakes
from shared.setting_values import ServiceAddress
from shared.settings import ServerSettings

FILE = "credentials.toml"
_AGAIN = "run `lectern-mcp login` again"
_ADDRESS: TypeAdapter[str] = TypeAdapter(ServiceAddress)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds: a key, the service that it is for, and whether a sign-in made it."""

    key: str
    server: str | None = None
    is_signed_in: bool = False


class Target(NamedTuple):
    """A service, and the key that it gets; None where there is none for it."""

    server: str
    key: str | None


def api_key(settings: ServerSettings) -> str | None:
    """The key, if there is one; the variable stands above the file. Raises LecternError for an unusable file."""
    if settings.as_operator:
        return None
    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    found = kept(settings.home)
    return found.key if found else None


def target(settings: ServerSettings) -> Target | None:
    """The service that answers in place of stores; the variables stand above the file. Raises LecternError.

    A key of the file goes nowhere but to the service beside it.
    """
    given = settings.api_key.get_secret_value() if settings.api_key else None
    if settings.server and given:
        return Target(settings.server, given)
    found = kept(settings.home)
    if settings.server:
        return Target(settings.server, found.key if found and found.server == settings.server else None)
    return Target(found.server, given or found.key) if found and found.server else None


def service_address(text: str) -> str:
    """As a person types it. Raises InvalidUrl."""
    try:
        return _ADDRESS.validate_python(text)
    except ValidationError as error:
        [(_, why), *_] = mistakes(error)
        raise InvalidUrl(f"the address of the service {why}", "as in https://docs.example.org") from None


def keep(home: Path, told: Kept) -> Path:
    """Write it into the home's file, for its user alone. Raises InvalidKey before anything is written."""
    hash_of(told.key)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, fresh = home / FILE, home / f".{FILE}.{os.getpid()}"
    lines = ["# by `lectern-mcp login`", "[default]"]
    lines += [f"server = {json.dumps(told.server, ensure_ascii=False)}"] if told.server else []
    lines += [f'key = "{told.key.strip()}"']
    lines += ["signed_in = true"] if told.is_signed_in else []
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(lines) + "\n")
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return path


def drop(home: Path) -> bool:
    """Remove the file; whether there was one."""
    path = home / FILE
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def kept(home: Path) -> Kept | None:
    """What the home's file holds; None without one. Raises LecternError."""
    path = home / FILE
    try:
        with path.open("rb") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise LecternError(f"{path} can be read by other users", f"close it: chmod 600 {path}")
            said = tomllib.load(file)
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LecternError(f"{path} is no TOML", _AGAIN) from error
    except OSError as error:
        raise LecternError(f"{path} cannot be read ({error.strerror})", _AGAIN) from error
    section = said.get("default")
    section = section if isinstance(section, dict) else {}
    key, server = section.get("key"), section.get("server")
    if not isinstance(key, str):
        raise InvalidKey(f"{path} has no key", _AGAIN)
    try:
        address = None if server is None else _ADDRESS.validate_python(server, strict=True)
    except ValidationError as error:
        [(_, why), *_] = mistakes(error)
        raise LecternError(f"`server` in {path} {why}", _AGAIN) from None
    return Kept(key, address, section.get("signed_in") is True)
