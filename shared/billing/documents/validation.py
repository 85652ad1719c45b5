"""Whether XML of an invoice is valid: by the schema of Factur-X here, by the rules of EN 16931 in a child process.

The rules are a stylesheet for Saxon, which shares no process with anything that must go on.
"""

import re
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final

from lxml import etree

from shared.billing.documents import schematron
from shared.errors import DocumentInvalid, InvalidRequest, TaskFailed
from shared.one_line import one_line

_RULES = "xsd_and_schematron/facturx-en16931"
_SECONDS: Final = 60
"""That a document may take; one of 400 lines takes less than one."""
_NAMESPACE = re.compile(r"\{[^}]*\}")
_WARNING = "warning"


def installed() -> bool:
    """Whether what validates is on this machine."""
    return all(find_spec(package) for package in ("facturx", "saxonche"))


def by_schema(xml: bytes) -> list[tuple[str, str]]:
    """Where the XML is not as the schema has it, and how."""
    schema = etree.XMLSchema(file=str(_rules("Factur-X_EN16931.xsd")))
    schema.validate(etree.fromstring(xml))
    return [(f"line {one.line}", _NAMESPACE.sub("", one_line(one.message))) for one in schema.error_log]


class Validator:
    """A context manager. Its child starts at the first document, and ends with it, or with this process."""

    def __init__(self, seconds: int = _SECONDS) -> None:
        self.seconds = seconds
        self._child: tuple[subprocess.Popen[bytes], Connection] | None = None
        self._lock = Lock()

    def __enter__(self) -> "Validator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def check(self, xml: bytes) -> None:
        """Some 30 ms, and half a second at the first document; of several threads one at a time.

        Raises DocumentInvalid, TaskFailed where the child ended or takes too long (the next document has another),
        and InvalidRequest where factur-x or Saxon is not installed.
        """
        if not installed():
            raise InvalidRequest(
                "validation needs factur-x and saxonche, which are not installed",
                "pip install 'lectern-mcp[documents]'",
            )
        with self._lock:
            number = etree.fromstring(xml).findtext("{*}ExchangedDocument/{*}ID", "")
            broken = by_schema(xml) or _by_rules(self._report(xml, number))
            if broken:
                raise DocumentInvalid(number, broken)

    def _report(self, xml: bytes, number: str) -> bytes:
        process, connection = self._child = self._child or self._start()
        try:
            connection.send_bytes(xml)
            if connection.poll(self.seconds):
                return connection.recv_bytes()
            reason = f"it takes longer than {self.seconds} s"
        except (EOFError, OSError):
            reason = _how(process.wait())
        self._end()
        raise TaskFailed(
            f"the XML of {number} cannot be validated ({reason})",
            "try again; it is kept only once it is valid",
        )

    def _start(self) -> tuple[subprocess.Popen[bytes], Connection]:
        ours, its = Pipe()
        with its:
            command = [sys.executable, "-P", schematron.__file__, str(its.fileno())]
            nothing = subprocess.DEVNULL
            process = subprocess.Popen(
                [*command, str(_rules("FACTUR-X_EN16931.xslt")), str(self.seconds)],
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                pass_fds=[its.fileno()],
            )
        return process, ours

    def _end(self) -> None:
        if self._child is None:
            return
        (process, connection), self._child = self._child, None
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        connection.close()


def _rules(name: str) -> Path:
    """A file of factur-x, which is not imported: it would load what asks the network."""
    package = find_spec("facturx")
    return Path(str(package and package.origin)).parent / _RULES / name


def _by_rules(report: bytes) -> list[tuple[str, str]]:
    """Ids and texts of rules that a report in SVRL says were broken, each once."""
    rules = {
        one.get("id", ""): one_line(one.findtext("{*}text", "")).partition("]-")[2]
        for one in etree.fromstring(report).iterfind("{*}failed-assert")
        if one.get("flag") != _WARNING
    }
    return list(rules.items())


def _how(code: int) -> str:
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with code {code}"
