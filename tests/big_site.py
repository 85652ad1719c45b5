"""A generated documentation site of any size on a loopback port, in a process of its own.

Every page has words, code and sections of its own, links to its parent and up to ten children, and an ETag; the
sitemap names all. Page N is always the same, so a larger site holds the smaller ones. An edition other than 0
changes the text of the pages that it divides.
"""

import asyncio
import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHILDREN = 10
SECTIONS = 3
_SOUNDS = [sound + vowel for sound in "bdfgklmnprst" for vowel in "aeio"]


@contextmanager
def big_site(pages: int, edition: int = 0) -> Iterator[str]:
    """The URL of the start page."""
    command = [sys.executable, "-m", "tests.big_site", str(pages), str(edition)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def page(number: int, pages: int, edition: int = 0) -> str:
    dice = random.Random(number)
    words = ["".join(dice.choices(_SOUNDS, k=dice.randint(2, 4))) for _ in range(60)]
    says = f" This is edition {edition}." if edition and number % edition == 0 else ""

    def sentence() -> str:
        return " ".join(dice.choices(words, k=12)).capitalize() + "."

    sections = "".join(
        f'<h2 id="{name}">{name.capitalize()}</h2><p>{sentence()} {sentence()}{says}</p>'
        f'<pre><code class="language-python">def {name}({dice.choice(words)}):\n    return {n * number}</code></pre>'
        for n, name in enumerate(words[:SECTIONS])
    )
    first = number * CHILDREN + 1
    near = [(number - 1) // CHILDREN] if number else []
    near += range(first, min(first + CHILDREN, pages))
    links = "".join(f'<li><a href="/{other}.html">Page {other}</a></li>' for other in near)
    title = f"Page {number}: {words[SECTIONS]}"
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body><nav><ul>{links}</ul></nav>'
        f"<main><h1>{title}</h1><p>{sentence()}</p>{sections}</main></body></html>"
    )


def sitemap(pages: int, origin: str) -> str:
    entries = "".join(f"<url><loc>{origin}/{number}.html</loc></url>" for number in range(pages))
    return (
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    )


async def _serve(pages: int, edition: int) -> None:
    origin = ""

    def answer(path: str) -> tuple[str, str] | None:
        name, _, kind = path.strip("/").partition(".")
        if path == "/sitemap.xml":
            return sitemap(pages, origin), "application/xml"
        if kind == "html" and name.isdecimal() and int(name) < pages:
            return page(int(name), pages, edition), "text/html; charset=utf-8"
        return None

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                asked = {
                    name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
                }
                body, kind = answer(lines[0].split(" ")[1]) or ("", "")
                tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
                status = "404 Not Found" if not kind else "200 OK"
                if kind and asked.get("if-none-match") == tag:
                    status, body = "304 Not Modified", ""
                content = body.encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind or 'text/plain'}\r\nETag: {tag}\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n".encode()
                    + content
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(f"{origin}/0.html", flush=True)  # noqa: T201 - that is how its parent learns it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
