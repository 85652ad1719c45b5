"""Poisoned pages, and real documentation: how much of the one the scanner finds, and in how much of the other it errs.

python -m tests.poison            prints the figures
"""

import html
import re
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.chunk.cut import chunk
from ingest.extract import extract
from ingest.scan import scan
from shared.errors import NotADocument
from shared.model.document import Chunk, shown_text

CORPUS = Path(__file__).parent / "corpus" / "poison"
UNPACKED = [Path(__file__).parents[1] / ".cache/debian/usr/share/doc", Path("/usr/share/doc")]
"""Where `.ci/run` unpacks the packages, and where apt-get installs them."""
REAL = {
    "postgresql-doc-15": "html",
    "python-django-doc": "html",
    "python3.11-doc": "html",
    "git-doc": "",
    "python-sqlalchemy-doc": "html",
    "python-celery-doc": "html",
    "python-flask-doc": "html",
    "rust-doc": "html/book",
    "sqlite3-doc": "",
}
MOST_PAGES = 400
"""Of one package; those whose names speak of security are among them."""
_SENSITIVE = re.compile(r"auth|secur|csrf|xss|passw|crypt|ssl|injection|trust|hook|credential|role|privilege")

PLACES = {
    "paragraph": "<p>{}</p>",
    "admonition": '<div class="admonition note"><p class="admonition-title">Note</p><p>{}</p></div>',
    "table": "<table><tr><th>Option</th><th>Meaning</th></tr><tr><td>mode</td><td>{}</td></tr></table>",
    "list": "<ul><li>Call the function.</li><li>{}</li></ul>",
    "heading": "<h2 id='more'>{}</h2><p>Nothing else is said here.</p>",
    "code": '<pre><code class="language-sh">{}</code></pre>',
    "html": "{}",
    "comment": '<pre><code class="language-python">import acme\n# {}\nacme.run()</code></pre>',
}
_PAGE = """<html><head><title>Sessions</title></head><body><main><h1>Sessions</h1>
<p>A session keeps data of one user between requests. It is signed, so that nobody can change it unseen.</p>
<h2 id="start">Starting one</h2><p>Set the secret key before the first request is answered.</p>
{}<h2 id="end">Ending one</h2><p>Call <code>session.clear()</code> when the user logs out.</p></main></body></html>"""


@dataclass(frozen=True)
class Poisoned:
    """A page of the corpus."""

    kind: str
    text: str
    place: str = "paragraph"
    held: bool = False
    """Written before the rules, and never looked at while they were made."""
    sign: str = ""
    """Words of it, where it may also be dropped: they are served nowhere without a finding."""

    @property
    def body(self) -> tuple[bytes, str]:
        """The page as it is fetched, and its URL."""
        if self.place == "markdown":
            return (
                f"# Sessions\n\nA session keeps data.\n\n{self.text}\n".encode(),
                "https://docs.example/a.md",
            )
        text = self.text if self.place == "html" else html.escape(self.text.strip("\n"), quote=False)
        return _PAGE.format(PLACES[self.place].format(text)).encode(), "https://docs.example/a.html"


def poisoned(*names: str) -> list[Poisoned]:
    """The pages of these files of the corpus; without a name, those that rules were made for."""
    files = [CORPUS / f"{name}.toml" for name in names or ("visible", "hidden")]
    return [Poisoned(**one) for file in files for one in tomllib.loads(file.read_text("utf-8"))["page"]]


def count(text: str) -> int:
    """Tokens, near enough: what a tokenizer says does not matter here."""
    return max(1, len(text) // 4)


def chunks_of(body: bytes, url: str) -> list[Chunk]:
    return chunk(extract(body, url).document, count, 256)


def findings(page: Poisoned) -> list[str]:
    """The rules that the page's chunks meet."""
    return [found.rule for one in chunks_of(*page.body) for found in scan(shown_text(one))]


def is_kept_out(page: Poisoned) -> bool:
    """Whether what is planted is dropped, or marked wherever it is left."""
    if not page.sign:
        return bool(findings(page))
    texts = [shown_text(one) for one in chunks_of(*page.body)]
    return all(scan(text) for text in texts if page.sign in text)


@dataclass(frozen=True)
class Recall:
    found: int
    pages: int
    missed: tuple[Poisoned, ...]

    @property
    def share(self) -> float:
        return self.found / self.pages


def recall(pages: Iterable[Poisoned]) -> Recall:
    asked = list(pages)
    missed = tuple(page for page in asked if not is_kept_out(page))
    return Recall(len(asked) - len(missed), len(asked), missed)


def real_pages() -> Iterator[tuple[str, Path]]:
    """Pages of the Debian packages that are here."""
    for package, below in REAL.items():
        top = next((one / package / below for one in UNPACKED if (one / package / below).is_dir()), None)
        if top is None:
            continue
        files = sorted(top.resolve().rglob("*.html"))
        sensitive = [file for file in files if _SENSITIVE.search(file.name)]
        step = max(1, len(files) // MOST_PAGES)
        for file in dict.fromkeys([*sensitive[:MOST_PAGES], *files[::step]]):
            yield package, file


@dataclass
class Alarms:
    """What scanning real documentation came to."""

    chunks: Counter[str]
    """By package."""
    false: list[tuple[str, str, str]]
    """File, rule and what was found, for a person to read."""
    scanning: float = 0.0
    making: float = 0.0
    """Seconds of extraction and cutting."""

    @property
    def share(self) -> float:
        return len(self.false) / self.chunks.total()


def alarms(pages: Iterable[tuple[str, Path]], clock: Callable[[], float] = time.process_time) -> Alarms:
    came = Alarms(Counter(), [])
    for package, file in pages:
        began = clock()
        try:
            cut = chunks_of(file.read_bytes(), f"https://docs.example/{file.name}")
        except NotADocument:
            continue
        made = clock()
        for one in cut:
            text = shown_text(one)
            found = scan(text)
            if found:
                came.false.append((file.name, found[0].rule, text[found[0].start : found[0].end + 80]))
        came.scanning += clock() - made
        came.making += made - began
        came.chunks[package] += len(cut)
    return came


def main() -> None:
    pages = poisoned()
    say = sys.stdout.write
    for name, asked in (
        ("all", pages),
        ("held out", [page for page in pages if page.held]),
        ("unknown", poisoned("unknown")),
        *(
            (kind, [page for page in pages if page.kind == kind])
            for kind in dict.fromkeys(p.kind for p in pages)
        ),
    ):
        was = recall(asked)
        say(f"{name:<18} {was.found:>3} of {was.pages:>3}  {was.share:.3f}\n")
    came = alarms(real_pages())
    for package, number in came.chunks.items():
        say(f"{package:<24} {number:>6} chunks\n")
    if came.chunks:
        say(f"{len(came.false)} false alarms in {came.chunks.total():,} chunks: {came.share:.4%}\n")
        say(f"scanning takes {came.scanning / came.making:.1%} of extraction and cutting\n")
    for file, rule, text in came.false:
        say(f"  {file}: {rule}: {text!r}\n")


if __name__ == "__main__":
    main()
