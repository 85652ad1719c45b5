"""Failures of qdrant-client become ours: where the server is, its own words and what to do, never a secret."""

import json
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.errors import SettingsError, VectorsUnavailable
from shared.one_line import one_line

if TYPE_CHECKING:
    from qdrant_client.http.exceptions import UnexpectedResponse

_PORT = 6333
"""The client's, where the address names none."""
_MOST_SAID = 300
_KEYS = {
    401: "correct LECTERN_QDRANT_API_KEY",
    403: "set LECTERN_QDRANT_API_KEY to a key that may read and write",
}


def shown(url: str) -> str:
    """Where we connect: the address without user and password. Raises SettingsError for what is none."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}:{parts.port or _PORT}{parts.path.rstrip('/')}"
    except ValueError as error:
        raise no_address() from error


def is_readable_on_the_way(url: str) -> bool:
    """Whether what is sent there, such as a key, crosses a network unencrypted."""
    parts = urlsplit(url)
    try:
        at_home = ip_address(parts.hostname or "").is_loopback
    except ValueError:
        at_home = parts.hostname == "localhost"
    return parts.scheme == "http" and not at_home


def no_address() -> SettingsError:
    return SettingsError("LECTERN_QDRANT_URL is not an address", "write it as http://host:6333")


def refused(where: str, error: "UnexpectedResponse") -> VectorsUnavailable:
    """For an answer that is a refusal."""
    said = f"{error.status_code} {error.reason_phrase}{_own_words(error.content)}"
    return VectorsUnavailable(
        f"Qdrant at {where} refused us: {said}", _KEYS.get(error.status_code or 0, "its log says why")
    )


def unanswered(where: str, error: Exception) -> VectorsUnavailable:
    """For no answer, or one that is not Qdrant's."""
    from httpx import ReadError, RemoteProtocolError

    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return VectorsUnavailable(
                f"the certificate of Qdrant at {where} is not trusted ({cause.verify_message})",
                "name the file of its authority in SSL_CERT_FILE, or correct the host in LECTERN_QDRANT_URL",
            )
        if isinstance(cause, ssl.SSLError):
            return VectorsUnavailable(
                f"Qdrant at {where} does not use TLS ({cause.reason})",
                "write http:// in LECTERN_QDRANT_URL, or the port that speaks TLS",
            )
        if isinstance(cause, RemoteProtocolError | ReadError) and where.startswith("http://"):
            return VectorsUnavailable(
                f"Qdrant at {where} takes the connection and gives no HTTP answer",
                "write https:// in LECTERN_QDRANT_URL if the port speaks TLS; "
                "else see that it is the REST port, and try again",
            )
    return VectorsUnavailable(
        f"Qdrant at {where} does not answer",
        "start it, or correct LECTERN_QDRANT_URL, or unset that for the embedded engine",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made of; qdrant-client keeps that in a field of its own."""
    following: BaseException | None = error
    while following is not None:
        yield following
        following = getattr(following, "source", None) or following.__cause__ or following.__context__


def _own_words(body: bytes) -> str:
    """What the server says of a refusal, after a colon; nothing where the body is not its own."""
    try:
        said = json.loads(body)["status"]["error"]
    except (ValueError, LookupError, TypeError):
        return ""
    return f": {one_line(str(said))[:_MOST_SAID]}"
