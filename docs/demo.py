"""`make demo`: render this documentation, crawl it over HTTP, and ask it as an editor would."""

import asyncio
import json
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
from rich.console import Console, Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from shared.errors import LecternError
from shared.settings import Settings, load

LIBRARY = "/lectern/docs"
QUESTIONS = (
    "Which configuration file connects Claude Desktop, and what goes into it?",
    "keep the embedded databases running while no editor uses them",
)
ROOT = Path(__file__).parent.parent
PROGRAMS = Path(sys.executable).parent.absolute()
console = Console(highlight=False)
console.width = min(console.width, 110)


def main() -> int:
    started = time.monotonic()
    try:
        settings = load()
    except LecternError as error:
        Console(stderr=True).print(error.line, style="red", markup=False)
        return 1
    chapter(1, "Render this documentation into a site")
    site = render(ROOT / "docs", ROOT / "build" / "docs")
    console.print(f"{sum(1 for _ in site.rglob('index.html'))} pages in {site}")
    chapter(2, "Get the embedding model")
    run("ingest", "model", "pull")
    with served(site) as url:
        chapter(3, "Crawl the site")
        about = ("--name", "Lectern", "--description", "Current documentation for coding assistants.")
        run("ingest", "library", "add", LIBRARY, "--docs-url", url, *about)
        run("ingest", "crawl", LIBRARY, "--allow-private")
    chapter(4, "Ask it, as an editor would")
    asyncio.run(ask(environment(settings, secrets=True)))
    chapter(5, "Now yours")
    show_next(settings)
    console.print(
        f"\n[green]Done in {time.monotonic() - started:.0f} seconds.[/] Nothing was left running.\n"
        f"[dim]{LIBRARY} stays to be asked. Its site has ended, which `ingest refresh --all` will name as a failure; "
        f"`ingest library remove {LIBRARY}` takes it out.[/]\n"
    )
    return 0


def render(source: Path, copy: Path) -> Path:
    """The site's directory; built from a copy, so that nothing is written into the source."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__", "decisions"))
    run("zensical", "build", "--clean", "--strict", "--config-file", str(copy / "mkdocs.yml"), quiet=True)
    return copy / "site"


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


def run(program: str, *arguments: str, quiet: bool = False) -> None:
    """Run an installed program to its end; where it fails, show its output and stop with its exit code."""
    console.print(Text(f"$ {program} {shlex.join(arguments)}", "bold cyan"), soft_wrap=True)
    done = subprocess.run(
        [str(PROGRAMS / program), *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
    )
    if done.returncode:
        console.print(done.stdout or "", markup=False)
        sys.exit(done.returncode)


def environment(settings: Settings, *, secrets: bool) -> dict[str, str]:
    """The LECTERN_* variables that make another process use the same stores: home, and all that was set."""
    names = ("home", *sorted(settings.model_fields_set - {"home"}))
    values = {f"LECTERN_{name.upper()}": getattr(settings, name) for name in names}
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
            f"{library['snippets']} snippets, confidence {library['confidence']:.2f}"
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
    cost = f"{len(answer['snippets'])} snippets, {answer['tokens']} tokens, {milliseconds:.0f} ms"
    for line in (best["source_url"], *others_shown, cost):
        console.print(Text(f"  {line}", "dim"), soft_wrap=True)


def show_next(settings: Settings) -> None:
    """How to go on: a site of one's own, and each editor's configuration, without frames, to be copied."""
    command = str(PROGRAMS / "lectern-mcp")
    variables = environment(settings, secrets=False)
    server = {"command": command, "env": variables}
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
    sys.exit(main())
