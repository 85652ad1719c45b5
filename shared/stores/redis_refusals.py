"""Errors of Redis and its driver become words: what is wrong, and what to do."""

import re

from redis.exceptions import AuthenticationError, ResponseError

from shared.one_line import one_line
from shared.stores.redis import Trouble

_SAID = (
    (
        "used memory > 'maxmemory'",
        "Redis is full",
        "raise its maxmemory; where it keeps no limits (only a cache), set maxmemory-policy allkeys-lru",
    ),
    ("read only replica", "Redis is a replica, which takes no writes", "name its primary in {where}"),
    (
        "Link with MASTER is down",
        "Redis is a replica that has lost its primary",
        "name the primary in {where}",
    ),
    ("loading the dataset", "Redis still loads its data", "wait until it has"),
    (
        "protected mode",
        "Redis is in protected mode, which admits its own machine alone",
        "give its default user a password, and write that in {where}",
    ),
    (
        "NOREPLICAS",
        "Redis has too few replicas to take writes",
        "start them, or lower its min-replicas-to-write",
    ),
    ("MISCONF", "Redis cannot save its data, and takes no writes", "free its disk; its log says more"),
    ("max number of clients", "Redis has no connection left", "try again later, or raise its maxclients"),
    ("BUSY ", "Redis is busy with a script", "wait, or end that with SCRIPT KILL"),
    ("unknown command.+HELLO", "Redis is older than 6", "use Redis 6 or newer, or Valkey"),
    (
        "HELLO must be called|NOAUTH|Authentication required",
        "Redis requires a password",
        "add it to {where}, as in redis://:password@host",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "the certificate of Redis is not trusted",
        "name the file of its authority as ?ssl_ca_certs=/path in {where}, or correct the host",
    ),
    (
        "Connection reset|closed by server|closed the connection",
        "Redis takes the connection and closes it",
        "write rediss:// in {where} if the port speaks TLS; else its log says why",
    ),
    (
        "Timeout connecting|WRONG_VERSION_NUMBER",
        "Redis does not answer ({reason})",
        "start it, or correct {where}: redis:// if the port does not speak TLS",
    ),
)
"""What it says, as a pattern; the first that fits counts."""
_LONGEST = 200


def trouble_of(error: Exception, where: str, pattern: str = "") -> Trouble:
    """The failure of a command about keys like `pattern`; `where` names the setting with the address."""
    said = one_line(str(error))
    reason = said[:_LONGEST] or type(error).__name__
    if "no permissions" in said.lower():
        return Trouble(
            f"the user of {where} lacks the right {_lacking(said, pattern)}", "grant it with ACL SETUSER"
        )
    for sign, what, hint in _SAID:
        if re.search(sign, said):
            return Trouble(what.format(reason=reason), hint.format(where=where))
    if isinstance(
        error.__cause__ or error, ResponseError | AuthenticationError
    ):  # the driver wraps it as it connects
        return Trouble(f"Redis refuses us ({reason})", f"mend what it says, or correct {where}")
    return Trouble(f"Redis does not answer ({reason})", f"start it, or correct {where}")


def _lacking(said: str, pattern: str) -> str:
    """The right, as ACL SETUSER takes it: to a command, or to keys of this pattern."""
    command = re.search(r"run the '([\w|]+)' command", said)
    return f"+{command[1]}" if command else f"~{pattern}"
