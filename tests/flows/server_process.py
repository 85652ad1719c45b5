"""A server process as an editor starts it, driven line by line."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

COMMAND = [sys.executable, "-m", "mcp_server"]
ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def environment(home: Path, **settings: str) -> dict[str, str]:
    """What a client passes on, and settings of ours: `database_url=...` is LECTERN_DATABASE_URL.

    No key is required where a test does not say so.
    """
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    ours = {
        f"LECTERN_{name.upper()}": value for name, value in {"require_api_key": "off", **settings}.items()
    }
    return kept | {"PYTHONPATH": str(ROOT), "LECTERN_HOME": str(home)} | ours


class ServerProcess:
    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
        )
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self.stdin, self.stdout, self.stderr = self._process.stdin, self._process.stdout, self._process.stderr
        self._unread = b""
        self._next = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self.stdin, self.stdout, self.stderr):
            with suppress(BrokenPipeError):
                pipe.close()

    def write(self, line: bytes) -> None:
        self.stdin.write(line + b"\n")
        self.stdin.flush()

    def ask(self, method: str, **params: Any) -> int:
        """Send a request, and return its id."""
        self._next += 1
        request = {"jsonrpc": "2.0", "id": self._next, "method": method, "params": params}
        self.write(json.dumps(request).encode())
        return self._next

    def answer(self, request: int | str | None) -> dict[str, Any]:
        """The answer to the request, or an error that is of none: what came before it is passed over."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self._message(deadline)
            if message.get("id", ...) == request:
                return message
        raise TimeoutError(f"no answer to request {request}")

    def read(self) -> dict[str, Any]:
        """The next message, whatever it is."""
        return self._message(time.monotonic() + PATIENCE)

    def line(self) -> bytes:
        """The next message as it was written."""
        return self._line(time.monotonic() + PATIENCE)

    def most_memory(self) -> int:
        """Bytes that the process has had in memory at most."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10

    def open(self) -> dict[str, Any]:
        """The opening handshake; the result of `initialize`."""
        result: dict[str, Any] = self.answer(self.ask("initialize", **INITIALIZE))["result"]
        self.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
        return result

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.answer(self.ask("tools/call", name=tool, arguments=arguments))["result"]
        return result

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ended(self, seconds: float = PATIENCE) -> tuple[int, bytes]:
        """Exit code and standard error of a process that ends by itself within so many seconds."""
        code = self._process.wait(seconds)
        return code, self.stderr.read()

    def _message(self, deadline: float) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._line(deadline))
        return message

    def _line(self, deadline: float) -> bytes:
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self.stdout], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self.stdout.fileno(), 1 << 16) if ready else b""
            if not chunk:
                raise TimeoutError(f"the server said nothing more; standard error: {self._stderr_so_far()!r}")
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _stderr_so_far(self) -> bytes:
        os.set_blocking(self.stderr.fileno(), False)
        return self.stderr.read() or b""


@contextmanager
def server(home: Path, **settings: str) -> Iterator[ServerProcess]:
    with ServerProcess(environment(home, **settings)) as process:
        yield process
