"""A real web site on a loopback port: pages by path, and a record of what was asked for."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Reply:
    """An answer. `body` may be an iterable of blocks, sent without a length; `delay` is seconds before it."""

    body: str | bytes | Iterable[bytes] = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass(frozen=True)
class Request:
    """What the site was asked. `path` has its query; `at` is seconds of the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    at: float


Answer = str | bytes | Reply | list[Reply] | Callable[[Request], Reply]
"""HTML, a reply, replies one after the other (the last one for ever), or what makes them."""


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location})


def html(*links: str, title: str = "A page", text: str = "", head: str = "") -> str:
    """A page that links to `links`."""
    anchors = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1><p>{text or title}</p>{anchors}</main></body></html>"
    )


class Site:
    """Serves `pages` (by path with its query), then the files of `directory`; anything else is 404.

    Use it as a context manager; it runs in threads of its own, so any client will do.
    """

    def __init__(
        self,
        pages: Mapping[str, Answer] | None = None,
        directory: Path | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.pages: dict[str, Answer] = dict(pages or {})
        self.requests: list[Request] = []
        self._turns: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server((host, 0), _handler(self, directory))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://{self._server.server_address[0]!s}:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.path for request in self.requests]

    def times(self, path: str) -> list[float]:
        return [request.at for request in self.requests if request.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request) -> Reply | None:
        with self._lock:
            self.requests.append(request)
            answer = self.pages.get(request.path)
            turn = self._turns[request.path]
            self._turns[request.path] += 1
        if isinstance(answer, list):
            answer = answer[min(turn, len(answer) - 1)]
        elif callable(answer):
            answer = answer(request)
        elif isinstance(answer, str | bytes):
            answer = Reply(answer)
        if answer and answer.delay:
            self._closing.wait(answer.delay)
        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what many tests are about."""


def _handler(site: Site, directory: Path | None) -> type[BaseHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(directory))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            reply = site.answer(Request(self.path, dict(self.headers.items()), time.monotonic()))
            if reply is not None:
                self._send(reply)
            elif directory is not None:
                super().do_GET()
            else:
                self._send(Reply("<h1>Not found</h1>", status=404))

        def _send(self, reply: Reply) -> None:
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            headers = {"Content-Type": "text/html; charset=utf-8", **reply.headers}
            if isinstance(body, bytes):
                headers.setdefault("Content-Length", str(len(body)))
                blocks: Iterable[bytes] = [body]
            else:
                headers["Connection"] = "close"
                blocks = body
            self.send_response(reply.status)
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            for block in blocks:
                self.wfile.write(block)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
