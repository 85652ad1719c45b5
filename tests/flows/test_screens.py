"""docs/screens.md shows what a person sees. `pytest tests/flows/test_screens.py --snapshot-update` writes it anew."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from tests.site import Answer, Reply, Request, Site, html
from tests.terminal import PATIENCE, ROOT, shown, terminal

pytestmark = [pytest.mark.slow, pytest.mark.processes]

PAGE = ROOT / "docs" / "screens.md"
WIDTHS = (80, 120)
HOME = "/tmp/lectern-of-ada-lovelace"
INTRODUCTION = """\
# What a person sees

Made by `tests/flows/test_screens.py` from real crawls in real terminals, without their colours, and compared with what
the program shows whenever the tests run. Dates, times, rates, scores and free space are made the same on every machine.
"""
STABLE = [
    (r"127\.0\.0\.1:\d{5}", "127.0.0.1:50080"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-11-29 18:30"),
    (r"in \d+\.\d s", "in 1.8 s"),
    (r"^\d+\.\d s: ", "0.9 s: "),
    (r"(failed   |dead link   )\d+\.\d s", r"\g<1>1.4 s"),
    (r"\d+/s", "90/s"),
    (r"score \d\.\d{4}", "score 0.9000"),
    (r"[\d,]+ GB free", "99 GB free"),
    (r"crawled \d{4}-\d\d-\d\d", "crawled 2026-11-29"),
    (r"snippets, \d+\s+tokens", "snippets, 270 tokens"),  # with addresses, of which a port is one or two
    (r"database test_\d+", "database lectern"),
    (r"version \d+\.\d+,", "version 18.6,"),
    (r"Valkey [\d.]+", "Valkey 9.1.2"),
    (r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", "⠋"),
    # what the plain lines say while a crawl runs depends on when they are said
    (
        r"crawling: .*",
        "crawling: 2 pages found, 1 fetched, 0 unchanged, 0 skipped, 0 failed, 1 chunk, 0 with vectors",
    ),
    (r"^.* s: embedding: .*\n", ""),
    (r" +$", ""),
]


@pytest.fixture
def home() -> Iterator[Path]:
    """As long as the path that stands for it: lines break where the page says."""
    with tempfile.TemporaryDirectory(
        prefix="lectern-of-ada-", dir="/tmp", ignore_cleanup_errors=True
    ) as path:
        assert len(path) == len(HOME)
        yield Path(path)


@pytest.fixture
def env(
    make_settings: Callable[..., IngestSettings], home: Path, embedding_model: EmbeddingModel
) -> dict[str, str]:
    chosen = make_settings()
    assert chosen.database_url
    assert chosen.redis_url
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return kept | {
        "LECTERN_HOME": str(home),
        "LECTERN_DATABASE_URL": chosen.database_url.get_secret_value(),
        "LECTERN_REDIS_URL": chosen.redis_url.get_secret_value(),
        "LECTERN_EMBEDDING_MODEL_PATH": str(embedding_model.directory),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def gate() -> Event:
    """Until it is set, one page of the site keeps a crawl waiting."""
    return Event()


@pytest.fixture
def site(gate: Event) -> Iterator[Site]:
    def late(_: Request) -> Reply:
        gate.wait(PATIENCE)
        return Reply(
            html(title="Deploying", text="Deploy on a Friday only what you can roll back on a Friday.")
        )

    code = "from acme import jsonify\n\nreturn jsonify({'total': total})"
    code = f'<pre><code class="language-python">{code}</code></pre>'
    # In no page's text: a port is now one token and now two.
    links = "".join(f'<a href="/{name}/">{name}</a>' for name in ("json", "views", "plans", "lost", "deploy"))
    pages: dict[str, Answer] = {
        "/": html(title="The handbook").replace("</main>", f"</main><nav>{links}</nav>"),
        "/json/": html(title="JSON", text="A view that returns a dict answers with JSON.").replace(
            "</main>", f"<p>Say it yourself where you need headers:</p>{code}</main>"
        ),
        "/views/": html(title="Views", text="A view is a function that answers a request for one address."),
        "/plans/": Reply(status=403),
        "/deploy/": late,
    }
    pages["/robots.txt"] = Reply("User-agent: *\nAllow: /\n", headers={"Content-Type": "text/plain"})
    with Site(pages) as site:
        yield site


def test_screens_are_those_that_the_documentation_shows(
    env: dict[str, str], home: Path, site: Site, gate: Event, pytestconfig: pytest.Config
) -> None:
    parts = [INTRODUCTION]

    def show(title: str, screens: dict[int | str, tuple[str, str]]) -> None:
        parts.append(f"\n## {title}\n")
        for where, (command, screen) in screens.items():
            label = f"{where} columns" if isinstance(where, int) else where
            parts.append(f"\n{label}:\n\n```text\n$ {command}\n{stable(screen, home)}\n```\n")

    def on_screen(title: str, command: str) -> None:
        words = shlex.split(command)
        words = [sys.executable, "-m", *words]
        show(title, {width: (stable(command, home), shown(words, env, width)) for width in WIDTHS})

    crawl = f"ingest crawl /acme-industries/employee-handbook {site.url}/ --version 3.1 --allow-private"
    live: dict[int | str, tuple[str, str]] = {}
    for width in WIDTHS:
        gate.clear()
        with terminal([sys.executable, "-m", *shlex.split(f"{crawl} --fresh")], env, width) as running:
            live[width] = (stable(crawl, home), running.until(r"(?s)5 of 6.*?3 of 3"))
            gate.set()
    show("A crawl while it runs", live)
    show(
        "The same crawl, through a pipe",
        {"stdout and stderr": (f"{stable(crawl, home)} 2>&1 | cat", piped(f"{crawl} --fresh", env))},
    )
    on_screen("A crawl that has ended", f"{crawl}")
    on_screen("Report", "ingest report /acme-industries/employee-handbook")
    on_screen("Libraries", "ingest library list")
    on_screen("One library", "ingest library show /acme-industries/employee-handbook")
    on_screen("Question", "ingest ask /acme-industries/employee-handbook 'how do I return JSON'")
    on_screen("Doctor", "ingest doctor")
    on_screen("A name that is not there", "ingest crawl flsk")
    on_screen("An option that is not there", "ingest crawl flask --max-page 5")
    on_screen("A site that is not there", f"ingest crawl /acme/wiki {site.url}/wiki/ --allow-private")
    page = "".join(parts)
    if pytestconfig.option.update_snapshots:
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def piped(command: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return done.stdout


def stable(screen: str, home: Path) -> str:
    screen = screen.strip("\n").replace(str(home), HOME)
    for pattern, instead in STABLE:
        screen = re.sub(pattern, instead, screen, flags=re.MULTILINE)
    return screen
