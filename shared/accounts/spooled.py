"""A usage record as a line of the spool, and back. No I/O."""

import json
from dataclasses import fields
from functools import cache

from pydantic import TypeAdapter, ValidationError

from shared.mistakes import mistakes
from shared.model.account import UsageRecord

VERSION = 1
"""Raised when a line no longer means what it meant."""

_FIELDS = tuple(field.name for field in fields(UsageRecord))
_ENCODER = json.JSONEncoder(default=str, separators=(",", ":"))


class Unreadable(ValueError):
    """A line that is no record, and why."""


class Newer(ValueError):
    """A line of a later Lectern's."""


def line(record: UsageRecord) -> bytes:
    """One line of JSON, its end with it."""
    told = {"version": VERSION, **{name: getattr(record, name) for name in _FIELDS}}
    return _ENCODER.encode(told).encode() + b"\n"


def record(line: bytes) -> UsageRecord:
    """What `line` was made of. Raises Unreadable or Newer."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise Unreadable("no JSON") from None
    version = told.get("version") if isinstance(told, dict) else None
    if type(version) is not int:
        raise Unreadable("no version")
    if version > VERSION:
        raise Newer
    if version < VERSION:
        raise Unreadable(f"version {version}, which this Lectern no longer reads")
    try:
        return _adapter().validate_python(told)
    except ValidationError as error:
        [(name, why), *_] = mistakes(error)
        raise Unreadable(f"{name or 'it'} {why}") from None


def set_aside(line: bytes, why: str) -> bytes:
    """The line as it is kept for a person, without the question that may stand in it."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        told = {"line": line.decode(errors="replace")}
    return _ENCODER.encode({**told, "query": None, "set_aside": why}).encode() + b"\n"


@cache
def _adapter() -> TypeAdapter[UsageRecord]:
    return TypeAdapter(UsageRecord)
