"""Chunks of real documentation on this machine, and vectors for them: made once, kept under `.cache/bench-material`.

Pages come from Debian's documentation packages, unpacked under `.cache/debian` or installed; where there are none,
from this project's own pages. What is asked beyond them is the same text again with other words in it.
"""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.sites import PLACES, ROOT
from bench.stages import rendered
from ingest.embed.pool import embedding_pool
from ingest.extract import extract
from ingest.jobs.page_crew import page_crew
from ingest.jobs.page_task import chunk_document
from ingest.workers.crew import Crew
from shared.embedding.model import EmbeddingModel
from shared.errors import NotADocument
from shared.model.document import Chunk, ContentType
from shared.settings import IngestSettings

CACHE = ROOT / ".cache"
PAGES_A_PACKAGE = 1500
DEPTH = 6
"""Folders of a page's path that tell it from every other one, and stand in its address."""
LARGEST_PAGE = 500_000
REAL_VECTORS = 10_000
"""So many chunks get vectors from the model, the others get made ones."""
NOISE = 0.6
"""Length of the random part of a made vector, beside a real one of length 1."""
OTHER_WORDS = 0.3
"""Share of the words of a repeated passage that are replaced."""

_WORD = re.compile(r"[A-Za-z]{4,}")


@dataclass(frozen=True)
class Material:
    """`real` chunks are kept in a file; any number can be drawn, and each has a vector."""

    file: Path
    real: int
    vectors: NDArray[np.float32]
    """Unit vectors of the first chunks, from the model."""

    def chunks(self, count: int) -> Iterator[Chunk]:
        """So many chunks, always the same; beyond the real ones they repeat with other words."""
        draw = random.Random(7)
        words: list[str] = []
        lap = 0
        while count > 0:
            with self.file.open() as lines:
                for line in islice(lines, count):
                    chunk = _chunk(json.loads(line))
                    if lap == 0 and len(words) < 200_000:
                        words += _WORD.findall(chunk.content)[:20]
                    yield chunk if lap == 0 else _varied(chunk, lap, words, draw)
                    count -= 1
            lap += 1

    def unit_vectors(self, first: int, count: int) -> NDArray[np.float32]:
        """The vectors of chunks `first` to `first + count`: the model's own, then made ones near to them."""
        at = np.arange(first, first + count)
        found = self.vectors[at % len(self.vectors)].copy()
        made = at >= len(self.vectors)
        noise = np.random.default_rng(first).normal(size=found.shape).astype(np.float32)
        noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        found[made] += noise[made]
        found[made] /= np.linalg.norm(found[made], axis=1, keepdims=True)
        return found

    def questions(self, count: int, seed: int = 1) -> list[str]:
        """Distinct questions in plain words about what stands in the first chunks."""
        draw = random.Random(seed)
        chunks = list(self.chunks(min(self.real, REAL_VECTORS)))
        asked: dict[str, None] = {}
        while len(asked) < count:
            chunk = draw.choice(chunks)
            words = [word for word in _WORD.findall(chunk.content) if word.isalpha()]
            topic = chunk.breadcrumb[-1] if chunk.breadcrumb else ""
            detail = " ".join(draw.sample(words, min(4, len(words))))
            asked[f"how do I use {topic[:60]} with {detail}"] = None
        return list(asked)


async def material(model: EmbeddingModel, chunks: int = 100_000) -> Material:
    """The material, made if it is not there yet: several minutes on two cores."""
    directory = CACHE / "bench-material"
    file, kept = directory / "chunks.jsonl", directory / f"vectors-{model.fingerprint[:12]}.npy"
    directory.mkdir(parents=True, exist_ok=True)
    limits = IngestSettings()
    async with page_crew(limits, model) as workers, embedding_pool(model, limits.embedding_seconds) as pool:
        real = _lines(file) if file.is_file() else 0
        if real < chunks and not (directory / "all").exists():
            real = await _cut(workers, model, _pages(directory), file, chunks)
            if real < chunks:
                (directory / "all").touch()
        if not kept.is_file() or len(np.load(kept, mmap_mode="r")) < min(real, REAL_VECTORS, chunks):
            with file.open() as lines:
                first = islice(lines, min(REAL_VECTORS, chunks))
                texts = [json.loads(line)["embedded_text"] for line in first]
            np.save(kept, await pool.embed(texts))
    return Material(file, real, np.load(kept))


def _pages(directory: Path) -> list[Path]:
    """Pages of every package in turn, so that the first thousand chunks are of many kinds."""
    packages: list[list[Path]] = []
    taken: set[Path] = set()
    """Packages link to each other's folders."""
    for site in PLACES:
        for package in sorted(site.glob("*")) if site.is_dir() else ():
            pages = sorted(package.rglob("*.html"))
            pages = [page for page in pages if _is_fit(page) and page.resolve() not in taken]
            taken.update(page.resolve() for page in pages)
            step = max(1, len(pages) // PAGES_A_PACKAGE)
            packages.append(pages[::step])
    if not any(packages):
        own = directory / "own"
        own.mkdir(exist_ok=True)
        for number, body in enumerate(rendered(own)):
            (own / f"{number}.html").write_bytes(body)
        packages = [sorted(own.glob("*.html"))]
    return [page for turn in zip_longest(*packages) for page in turn if page]


def _is_fit(page: Path) -> bool:
    return page.is_file() and 2000 < page.stat().st_size < LARGEST_PAGE


async def _cut(workers: Crew, model: EmbeddingModel, pages: list[Path], file: Path, most: int) -> int:
    written, aside = 0, file.with_suffix(".part")
    with aside.open("w") as lines:
        for start in range(0, len(pages), 64):
            tasks = [workers.run(chunks_of, page, model) for page in pages[start : start + 64]]
            for chunk in (chunk for chunks in await asyncio.gather(*tasks) for chunk in chunks):
                lines.write(json.dumps(asdict(chunk)) + "\n")
                written += 1
            if written >= most:
                break
    aside.replace(file)
    return written


def chunks_of(page: Path, model: EmbeddingModel, url: str = "") -> list[Chunk]:
    """The chunks of a page; none of a page that is no document. Runs in a worker."""
    url = url or f"https://docs.example/{'/'.join(page.parts[-DEPTH:])}"
    try:
        return chunk_document(extract(page.read_bytes(), url, charset="utf-8").document, model)
    except NotADocument:
        return []


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _chunk(fields: dict[str, object]) -> Chunk:
    tuples = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    content_type = ContentType(str(fields["content_type"]))
    return Chunk(**{**fields, **tuples, "content_type": content_type})  # type: ignore[arg-type]


def _varied(chunk: Chunk, lap: int, words: list[str], draw: random.Random) -> Chunk:
    def other(match: re.Match[str]) -> str:
        return draw.choice(words) if draw.random() < OTHER_WORDS else match[0]

    url, _, anchor = chunk.source_url.partition("#")
    content = _WORD.sub(other, chunk.content)
    address = f"{url.removesuffix('.html')}-{lap}.html" + (f"#{anchor}" if anchor else "")
    text = "\n".join((" > ".join(chunk.breadcrumb), content))
    return replace(chunk, content=content, source_url=address, embedded_text=text)
