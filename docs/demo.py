"""`make demo`: crawl this documentation over HTTP into a home of its own, and ask it as an editor would."""

import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from mcp import Client, StdioServerParameters
from pydantic import SecretStr
from rich.console import Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from shared.counted import counted
from shared.embedding.model import directory_of
from shared.errors import LecternError
from shared.settings import DEFAULT_MODEL, IngestSettings, load
from shared.terminal.console import output
from shared.terminal.ending import fail

LIBRARY = "/lectern/docs"
QUESTIONS = (
    "Which configuration file connects Claude Desktop, and what goes into it?",
    "keep the embedded databases running while no editor uses them",
)
ROOT = Path(__file__).parent.parent.absolute()
CACHE = ROOT / ".cache"
HOME = CACHE / "demo"
PROGRAMS = Path(sys.executable).parent.absolute()
STRANGE = {name: value for name, value in os.environ.items() if not name.startswith("LECTERN_")}
"""Without the settings of whoever runs this: they may name stores that are in use."""
OURS = STRANGE | {
    "LECTERN_HOME": str(HOME),
    "LECTERN_EMBEDDING_MODEL_PATH": str(directory_of(CACHE, DEFAULT_MODEL)),
}
console = output()
console.width = min(console.width, 110)


def main(began: float) -> None:
    try:
        settings = load()
    except LecternError as error:
        sys.exit(fail(error).exit_code)
    chapter(1, "Get the embedding model")
    run("ingest", "model", "pull", environment=STRANGE | {"LECTERN_HOME": str(CACHE)})
    with served(ROOT / "docs" / "pages") as url, emptied():
        chapter(2, "Crawl this documentation")
        about = ("--name", "Lectern", "--description", "Current documentation for coding assistants.")
        run("ingest", "library", "add", LIBRARY, "--docs-url", f"{url}index.md", *about)
        run("ingest", "crawl", LIBRARY, "--include", "*.md", "--allow-private")
        chapter(3, "Ask it, as an editor would")
        asyncio.run(ask(OURS))
    chapter(4, "Now yours")
    show_next(settings)
    console.print(
        f"\n[green]Done in {time.time() - began:.0f} seconds.[/] Nothing was left running, and your own stores "
        f"({settings.home}) were not touched.\n"
        f"[dim].venv takes {megabytes(ROOT / '.venv')} MB, .cache {megabytes(CACHE)} MB; "
        "`make clean` removes both.[/]\n"
    )


@contextmanager
def emptied() -> Iterator[None]:
    """The demo's home, without what an earlier demo left there; its engines are stopped at the end."""
    stop_engines()
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        yield
    finally:
        stop_engines()


def stop_engines() -> None:
    down = [str(PROGRAMS / "ingest"), "down", "--force"]
    subprocess.run(down, check=False, env=OURS, stdout=subprocess.DEVNULL)


def megabytes(directory: Path) -> int:
    """What a directory takes on the disk, as `du -sm` says it."""
    found = (os.lstat(Path(at, name)) for at, *names in os.walk(directory) for name in (*names[0], *names[1]))
    return sum({one.st_ino: one.st_blocks for one in found}.values()) // 2048


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """The URL of a loopback server of these files, for as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def run(program: str, *arguments: str, environment: Mapping[str, str] = OURS) -> None:
    """Run an installed program to its end; where it fails, stop with its exit code."""
    console.print(Text(f"$ {program} {shlex.join(arguments)}", "bold cyan"), soft_wrap=True)
    command = [str(PROGRAMS / program), *arguments]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, env=environment)
    if done.returncode:
        sys.exit(done.returncode)


def environment(settings: IngestSettings, *, secrets: bool) -> dict[str, str]:
    """The LECTERN_* variables that make an editor's server use the stores of whoever runs this: all that are set."""
    values = {
        f"LECTERN_{name.upper()}": getattr(settings, name) for name in sorted(settings.model_fields_set)
    }
    return {name: plain(value) for name, value in values.items() if secrets or not secret(value)}


def secret(value: object) -> bool:
    """Whether it must not be shown. An address without a password may be."""
    if not isinstance(value, SecretStr):
        return False
    address = urlsplit(value.get_secret_value())
    return not address.scheme or address.password is not None or "password" in address.query


def plain(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value.expanduser().absolute())
        case bool():
            return "on" if value else "off"
        case _:
            return str(value)


async def ask(variables: Mapping[str, str]) -> None:
    """Start the installed server with an editor's scarce environment, resolve the name, ask the questions."""
    server = StdioServerParameters(command=str(PROGRAMS / "lectern-mcp"), env=dict(variables))
    started = time.monotonic()
    async with Client(server, read_timeout_seconds=60) as client:
        tools = ", ".join(tool.name for tool in (await client.list_tools()).tools)
        console.print(
            f"[dim]lectern-mcp answered after {1000 * (time.monotonic() - started):.0f} ms:[/] {tools}"
        )
        found = await call(client, "resolve-library-id", libraryName="lectern", query=QUESTIONS[0])
        library = found["libraries"][0]
        console.print(
            f"[dim]resolve-library-id[/] lectern → [bold]{library['id']}[/], "
            f"{counted(library['snippets'], 'snippet')}, confidence {library['confidence']:.2f}"
        )
        for question in QUESTIONS:
            asked = time.monotonic()
            answer = await call(client, "query-docs", libraryId=library["id"], query=question)
            show_answer(question, answer, 1000 * (time.monotonic() - asked))


async def call(client: Client, tool: str, **arguments: str) -> dict[str, Any]:
    """The structured content of a tool's answer; an answer without any ends the demo with its text."""
    result = await client.call_tool(tool, arguments)
    if result.is_error or not result.structured_content:
        sys.exit(" ".join(getattr(block, "text", "") for block in result.content))
    return dict(result.structured_content)


def show_answer(question: str, answer: Mapping[str, Any], milliseconds: float) -> None:
    """The best snippet as it reads, the others by their titles."""
    best, *others = answer["snippets"]
    console.print()
    console.print(
        Panel(
            Markdown(best["content"], code_theme="ansi_dark"),
            title=Text(question, "bold cyan"),
            subtitle=Text(best["title"], "dim"),
            border_style="cyan",
            padding=(1, 2),
        )
    )
    others_shown = [f"also  {other['title']}" for other in others[:4]]
    cost = f"{counted(len(answer['snippets']), 'snippet')}, {counted(answer['tokens'], 'token')}, {milliseconds:.0f} ms"
    for line in (best["source_url"], *others_shown, cost):
        console.print(Text(f"  {line}", "dim"), soft_wrap=True)


def show_next(settings: IngestSettings) -> None:
    """How to go on: a site of one's own, and each editor's configuration, without frames, to be copied."""
    command = str(PROGRAMS / "lectern-mcp")
    variables = environment(settings, secrets=False)
    server = {"command": command} | ({"env": variables} if variables else {})
    added = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    ingest = shlex.quote(str(PROGRAMS / "ingest"))
    ways = {
        "Crawl a site of your own, or one of the catalogue": (
            f"{ingest} crawl /acme/handbook https://docs.acme.example/\n{ingest} crawl /pallets/flask"
        ),
        "Claude Desktop (claude_desktop_config.json), Cursor (~/.cursor/mcp.json)": json.dumps(
            {"mcpServers": {"lectern": server}}, indent=2
        ),
        "VS Code (.vscode/mcp.json)": json.dumps(
            {"servers": {"lectern": {"type": "stdio", **server}}}, indent=2
        ),
        "Claude Code": shlex.join(["claude", "mcp", "add", "lectern", *added, "--", command]),
    }
    for title, text in ways.items():
        console.print(Group(Text(f"\n{title}", "bold"), Text(text, "cyan")), soft_wrap=True)
    if hidden := sorted(environment(settings, secrets=True).keys() - variables.keys()):
        console.print(f"\n[yellow]Add {', '.join(hidden)} yourself: secrets are not shown.[/]")


def chapter(number: int, title: str) -> None:
    console.print()
    console.print(Rule(Text(f"{number}  {title}", "bold"), align="left", style="cyan"))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else time.time())
