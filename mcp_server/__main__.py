"""The front door of the MCP server: settings, logging, signals, run. Standard output is the protocol's."""

import asyncio
import gc
import logging
import os
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import anyio

from shared import logs
from shared.errors import LecternError, SettingsError
from shared.settings import ServerSettings, load, unread

if TYPE_CHECKING:
    from mcp_server.wire.lifeline import Lifeline
    from mcp_server.wire.lines import Input, Output

USAGE = """\
lectern-mcp answers an editor's questions over standard input and output (MCP).
The editor starts it. Its settings are LECTERN_* variables. `ingest` fills its
stores, `ingest doctor` checks them.

  lectern-mcp login    sign in at a service over HTTP with a browser, and keep a
                       key for this machine
      --server URL     the service; else LECTERN_SERVER, or the one kept before
      --no-browser     sign in with a browser of another machine, by a code
      --key            read a key from standard input, without signing in
  lectern-mcp logout   end the key that a sign-in made, and remove it from here
  lectern-mcp whoami   whom the service knows this machine as

Where a service is known, by a login or by LECTERN_SERVER, it answers in place
of stores. `lectern-mcp --transport http` serves many people over HTTP; with
--help it says how."""

BY_HAND = """\
lectern-mcp waits for an editor's messages (MCP) on standard input, and this is a terminal. Ctrl+C ends it.

To connect an editor, give it this command: {command}
  Claude Code               claude mcp add lectern -- {command}
  Claude Desktop, Cursor    {configuration}
More, with the files' places: docs/pages/editors.md. To ask from here: ingest ask /pallets/flask "a question".
"""


def main() -> NoReturn:
    if sys.argv[1:] == ["--version"]:
        from importlib.metadata import version

        _refuse(f"lectern-mcp {version('lectern-mcp')}", 0)
    if sys.argv[1:2] in (["login"], ["logout"], ["whoami"]):
        from mcp_server.login.command import run

        if (ended := run(sys.argv[1:])) is not None:
            sys.stdout.write(ended.told)
            _refuse(f"lectern-mcp: {ended.line}" if ended.line else "", ended.code)
    if is_http(sys.argv[1:]):
        from mcp_server.http import door

        door.main(sys.argv[1:])
    if len(sys.argv) > 1 and sys.argv[1:] != ["--transport", "stdio"]:
        if sys.argv[-1] in ("--help", "-h"):
            _refuse(USAGE, 0)
        _refuse(f"{USAGE}\n\nlectern-mcp: these arguments cannot be used: see above", 2)
    try:
        settings = load(ServerSettings)
    except SettingsError as error:
        _refuse(f"lectern-mcp: {error.line}", 2)
    logs.begin("lectern-mcp", settings.log_level)
    os.umask(0o077)  # the engines, and whatever else is written from here, are this user's alone
    if warning := unread(os.environ):
        logging.getLogger(__name__).warning(warning)
    if sys.stdin is None or sys.stdout is None:
        _refuse("lectern-mcp: standard input and output must be open: let an editor start it", 2)
    bridged = _is_bridged(settings)
    if bridged and os.name != "posix":
        _refuse(
            "lectern-mcp: on Windows, give the editor the address of the service itself: https://.../mcp", 2
        )
    by_hand = sys.stdin.isatty()
    lifeline = None
    if os.name == "posix":
        from mcp_server.wire.lifeline import Lifeline

        lifeline = Lifeline()
        lifeline.attach()
    if by_hand:  # said once Ctrl+C ends us in order
        sys.stderr.write(_by_hand())
    gc.disable()  # to look for garbage while the SDK is imported takes a tenth of the start
    # psycopg cannot use the loop that Windows has by default
    options = {"loop_factory": asyncio.SelectorEventLoop} if sys.platform == "win32" else {}
    anyio.run(_serve, settings, lifeline, bridged, backend_options=options)
    raise AssertionError("_serve leaves the process")


async def _serve(settings: ServerSettings, lifeline: "Lifeline | None", bridged: bool) -> NoReturn:
    code = 0
    try:
        await (_bridge if bridged else _answer)(settings, lifeline)
    except* (BrokenPipeError, ConnectionResetError):
        pass  # the client reads no more: there is no one left to tell
    except* Exception:
        logging.getLogger(__name__).exception("the server stopped")
        code = 1
    # Threads that a cancelled call left behind (a model at work, a name being resolved) hold up nothing.
    sys.stderr.flush()
    os._exit(code)


async def _answer(settings: ServerSettings, lifeline: "Lifeline | None") -> None:
    """From the stores of this machine, or those that the settings name."""
    from mcp_server.server import build

    server = build(settings)
    gc.freeze()
    gc.enable()
    if lifeline is None:
        await server.run_stdio_async()
        return
    from mcp_server.wire import transport

    await transport.serve(server, *_wire(lifeline))


async def _bridge(settings: ServerSettings, lifeline: "Lifeline | None") -> None:
    """From a service over HTTP."""
    from mcp_server.bridge import run

    gc.freeze()
    gc.enable()
    assert lifeline is not None  # noqa: S101 - main() checked
    await run.run(settings, *_wire(lifeline))


def _wire(lifeline: "Lifeline") -> "tuple[Input, Output]":
    from mcp_server.wire.lines import Input, Output

    taken = Output(lifeline.output)
    return Input(lifeline.input, lifeline.end, lifeline.cut, taken.write), taken


def _is_bridged(settings: ServerSettings) -> bool:
    """Of a file that cannot be used, each call says so."""
    from mcp_server.credentials import target

    try:
        return target(settings) is not None
    except LecternError:
        return settings.server is not None


def is_http(words: list[str]) -> bool:
    return "--transport=http" in words or ("--transport", "http") in pairwise(words)


def _by_hand() -> str:
    """For a person who started us in a terminal, where an editor should have."""
    import json
    import shlex
    from pathlib import Path

    program = Path(sys.executable).with_name("lectern-mcp")
    command = str(program if program.exists() else Path(sys.argv[0]).absolute())
    configuration = json.dumps({"mcpServers": {"lectern": {"command": command}}})
    return BY_HAND.format(command=shlex.quote(command), configuration=configuration)


def _refuse(message: str, code: int) -> NoReturn:
    sys.stderr.write(message and message + "\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
