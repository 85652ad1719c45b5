"""Whose key the calls of this process are made with: LECTERN_API_KEY, or the file that `lectern-mcp login` wrote."""

import os
import stat
import tomllib
from pathlib import Path

from shared.accounts.keys import hash_of
from shared.errors import InvalidKey, LecternError
from shared.settings import ServerSettings

FILE = "credentials.toml"
_AGAIN = "run `lectern-mcp login --key` again"


def api_key(settings: ServerSettings) -> str | None:
    """The key, if there is one; the variable stands above the file. Raises LecternError for an unusable file."""
    if settings.as_operator:
        return None
    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    return _kept(settings.home / FILE)


def keep(home: Path, key: str) -> Path:
    """Write the key into the home's file, for its user alone. Raises InvalidKey before anything is written."""
    hash_of(key)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, fresh = home / FILE, home / f".{FILE}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f'# by `lectern-mcp login`\n[default]\nkey = "{key.strip()}"\n')
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


def _kept(path: Path) -> str | None:
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
    key = section.get("key") if isinstance(section, dict) else None
    if not isinstance(key, str):
        raise InvalidKey(f"{path} has no key", _AGAIN)
    return key
