"""A replica of the service: a process that is killed, ended in order, and started again on its port."""

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.nginx import free_port

PATIENCE = 60.0


class Replica:
    """Its standard error goes to `log`."""

    def __init__(self, env: Mapping[str, str], public_url: str, log: Path) -> None:
        self.port = free_port()
        self._env = dict(env)
        self._public_url = public_url
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        self.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def said(self) -> str:
        return self._log.read_text()

    def start(self) -> None:
        words = ["--transport", "http", "--port", str(self.port), "--public-url", self._public_url]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mcp_server", *words],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stderr=log,
            )

    def wait(self) -> None:
        """Until its stores answer."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=PATIENCE).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the replica did not start: {self.said}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)

    def end(self) -> int:
        """By SIGTERM; its exit code."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)
