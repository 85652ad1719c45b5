"""`lectern-mcp --transport http`: its arguments, settings, logging, and the server that it runs."""

import argparse
import logging
import sys
from typing import NoReturn

from shared.errors import SettingsError
from shared.settings import HttpSettings, load


def main(words: list[str]) -> NoReturn:
    given = _arguments().parse_args(words)
    try:
        settings = load(HttpSettings)
    except SettingsError as error:
        sys.stderr.write(f"lectern-mcp: {error.line}\n")
        sys.exit(2)
    logging.basicConfig(
        level=settings.log_level.upper(), format="lectern-mcp: %(message)s", stream=sys.stderr
    )
    import uvicorn

    from mcp_server.http.app import application

    public_url = (given.public_url or f"http://{given.host}:{given.port}").rstrip("/")
    uvicorn.run(
        application(settings, public_url, serves_pages=not given.insecure),
        host=given.host,
        port=given.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    sys.exit(0)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("lectern-mcp", allow_abbrev=False)
    parser.add_argument("--transport", choices=["http"], required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--metrics-port", type=int)
    parser.add_argument("--public-url")
    parser.add_argument("--insecure", action="store_true")
    parser.add_argument("--allow-origin", action="append", default=[])
    return parser
