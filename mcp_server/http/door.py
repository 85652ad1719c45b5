"""`lectern-mcp --transport http`: its arguments, settings, logging, and the server that it runs."""

import asyncio
import logging
import os
import sys
from typing import NoReturn

from mcp_server.http.arguments import Given, in_url, parse
from shared import logs
from shared.errors import InvalidRequest, LecternError, SettingsError
from shared.settings import HttpSettings, load, unread

DRAIN_BEYOND = 5.0
"""Seconds that calls may take to end beyond the time that each of them has."""


def main(words: list[str]) -> NoReturn:
    try:
        code = _run(parse(words))
    except (InvalidRequest, SettingsError) as error:
        code = _told(error, 2)
    except LecternError as error:
        code = _told(error, 1)
    # Threads that a call left behind (a model at work, a name being resolved) hold up nothing.
    sys.stderr.flush()
    os._exit(code)


def _run(given: Given) -> int:
    settings = load(HttpSettings)
    logs.begin("lectern-mcp", settings.log_level)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # a stranger's garbage is no news
    os.umask(0o077)  # the engines, and whatever else is written from here, are this user's alone
    if warning := unread(os.environ):
        logging.getLogger(__name__).warning(warning)
    # psycopg cannot use the loop that Windows has by default
    loops = asyncio.SelectorEventLoop if sys.platform == "win32" else None
    with asyncio.Runner(loop_factory=loops) as runner:
        return runner.run(_serve(given, settings))


async def _serve(given: Given, settings: HttpSettings) -> int:
    from mcp_server.http import metrics
    from mcp_server.http.app import application
    from mcp_server.http.hosts import names
    from mcp_server.http.listener import Listener, bind, listen, port_of

    listening = bind(given.host, given.port)
    port = port_of(listening)
    public_url = given.reached_at(port)
    app = application(
        settings,
        public_url,
        serves_pages=not given.insecure,
        known=names(public_url, given.host, port, given.origins),
        origins=given.origins,
        shows_metrics=given.is_private,
    )
    patience = settings.tool_timeout + DRAIN_BEYOND
    listeners = [(Listener(app, patience, app.state.service.draining.set), listening)]
    if given.metrics_port is not None:
        scraped = bind(given.host, given.metrics_port, "--metrics-port")
        listeners.append((Listener(metrics.apart(app.state.metrics), patience, lambda: None), scraped))
    sys.stderr.write(f"lectern-mcp: serves {public_url}/mcp, listening on {in_url(given.host)}:{port}\n")
    sys.stderr.flush()
    return 0 if await listen(listeners) else 1


def _told(error: LecternError, code: int) -> int:
    sys.stderr.write(f"lectern-mcp: {error.line}\n")
    return code
