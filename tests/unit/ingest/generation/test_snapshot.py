"""What goes into an archive comes out of it, people can read it, and nothing else is taken for one."""

import gzip
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.generation.snapshot.format import (
    LARGEST_FILE,
    Manifest,
    SavedPage,
    from_markdown,
    reading,
    to_markdown,
    writing,
)
from shared.errors import SnapshotUnavailable
from shared.model.document import Document, Section

MANIFEST = Manifest(
    library="/test/docs",
    version="1.0",
    generation="0b",
    start_url="https://docs.example/",
    pages=2,
    chunks=3,
    model="model",
    fingerprint="f0",
    revisions={"extract": 1, "chunk": 1},
)
PAGE = SavedPage(
    Document(
        url="https://docs.example/guide/install.html?os=linux",
        title="Install: “quickly”",
        markdown="# Install\n\n---\n\n```sh\npip install x\n```\n",
        sections=(Section("Install", 1, "install", 0), Section("x.run()", 2, None, 2, "x.run")),
        language="en",
        generator="sphinx",
        listings=((4, 7), (9, 12)),
    ),
    datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
)
BARE = SavedPage(Document("https://docs.example/", "", ""))
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
sections = st.builds(Section, text, st.integers(1, 6), st.none() | text, st.integers(0, 9), st.none() | text)
documents = st.builds(
    Document,
    url=text.map(lambda rest: f"https://docs.example/{rest}"),
    title=text,
    markdown=text,
    sections=st.lists(sections, max_size=3).map(tuple),
    language=st.none() | text,
    generator=st.none() | text,
)
pages = st.builds(SavedPage, documents, st.none() | st.datetimes(timezones=st.just(UTC)))


def _archive(*pages: SavedPage, manifest: Manifest = MANIFEST) -> bytes:
    file = io.BytesIO()
    with writing(file, replace(manifest, pages=len(pages))) as add:
        for page in pages:
            add(page)
    return file.getvalue()


def _read(archive: bytes) -> tuple[Manifest, list[SavedPage]]:
    with reading(io.BytesIO(archive), "here.tar.gz") as (manifest, found):
        return manifest, list(found)


@given(pages)
def test_a_page_comes_back_as_it_was(page: SavedPage) -> None:
    assert from_markdown(to_markdown(page)) == page


def test_an_archive_comes_back_page_by_page_in_order() -> None:
    assert _read(_archive(PAGE, BARE)) == (MANIFEST, [PAGE, BARE])


def test_equal_pages_make_equal_archives() -> None:
    assert _archive(PAGE, BARE) == _archive(PAGE, BARE)


def test_a_person_opens_it_with_tar_and_reads_markdown_with_front_matter() -> None:
    with tarfile.open(fileobj=io.BytesIO(_archive(PAGE, BARE)), mode="r:gz") as tar:
        assert tar.getnames() == [
            "manifest.json",
            "pages/00001-guide-install-html-os-linux.md",
            "pages/00002-index.md",
        ]
        manifest, page = (tar.extractfile(name) for name in tar.getnames()[:2])
        assert manifest
        assert page
        assert json.load(manifest)["library"] == "/test/docs"
        assert page.read().decode() == (
            "---\n"
            'url: "https://docs.example/guide/install.html?os=linux"\n'
            'title: "Install: “quickly”"\n'
            "sections:\n"
            '  - {"heading": "Install", "level": 1, "anchor": "install", "line": 0, "symbol": null}\n'
            '  - {"heading": "x.run()", "level": 2, "anchor": null, "line": 2, "symbol": "x.run"}\n'
            'language: "en"\n'
            'generator: "sphinx"\n'
            "post: false\n"
            "listings: [[4, 7], [9, 12]]\n"
            'fetched_at: "2026-03-01T12:30:00+00:00"\n'
            "---\n"
            "\n"
            "# Install\n\n---\n\n```sh\npip install x\n```\n"
        )


@pytest.mark.parametrize(
    "url", ["https://h/../../etc/passwd", "https://h/a\\b:c%00", "https://h/" + "x" * 4000]
)
def test_whatever_the_address_the_file_name_is_plain(url: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(_archive(SavedPage(Document(url, "", "")))), mode="r:gz") as tar:
        name = tar.getnames()[1]
    assert name.startswith("pages/00001-")
    assert ".." not in name
    assert len(name) < 100


def test_a_page_that_tells_of_escapes_comes_back_as_it_was() -> None:
    page = SavedPage(Document("http://h/", r"\u0000 and \\u0000 in JSON", "text\n"))
    assert from_markdown(to_markdown(page)) == page


def test_facts_of_another_release_are_passed_over() -> None:
    assert from_markdown(to_markdown(PAGE).replace("language:", 'mood: "fine"\nlanguage:')) == PAGE


def _tar(*files: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, body in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return file.getvalue()


def _manifest(**other: object) -> tuple[str, bytes]:
    return "manifest.json", json.dumps({**asdict(MANIFEST), "pages": 1, **other}).encode()


def _page(markdown: str) -> Sequence[tuple[str, bytes]]:
    return _manifest(), ("pages/1.md", markdown.encode())


def _link() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        name, body = _manifest()
        entry = tarfile.TarInfo(name)
        entry.size = len(body)
        tar.addfile(entry, io.BytesIO(body))
        link = tarfile.TarInfo("pages/../../../etc/cron.d/x")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return file.getvalue()


def _bomb(in_header: bool) -> bytes:
    large = LARGEST_FILE + (1 << 20)
    if not in_header:
        return _tar(_manifest(), ("pages/1.md", bytes(large)))
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.pax_headers = {"comment": "x" * large}
        tar.addfile(entry)
    return file.getvalue()


WHOLE = _archive(PAGE, BARE)


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (b"", "empty file"),
        (b"<html>not found</html>", "Not a gzipped file"),
        (gzip.compress(b"hello" * 1000), "bad|invalid|header"),
        (WHOLE[: len(WHOLE) // 2], "ended before|unexpected end"),
        (WHOLE[:-200] + bytes(200), "."),
        (_tar(("readme.txt", b"hello")), "no manifest"),
        (_tar(("manifest.json", b"{}")), "Field required"),
        (_tar(("manifest.json", b"[" * 100_000)), "."),
        (_tar(_manifest(format=2)), "its format is 2, this Lectern reads 1"),
        (_tar(_manifest(pages=3), *_page(to_markdown(PAGE))[1:]), "1 of its 3 pages"),
        (_tar(*_page("# No front matter")), "no front matter"),
        (_tar(*_page("---\ntitle: {\n---\n\n")), "."),
        (_tar(*_page('---\nurl: 5\ntitle: "x"\n---\n\n')), "valid string"),
        (_tar(*_page('---\nurl: "file:///etc/passwd"\ntitle: "x"\n---\n\n')), "no http"),
        (_tar(*_page('---\nurl: "https://h/"\ntitle: "\\u0000"\n---\n\n')), "NUL"),
        (_tar(_manifest(), ("pages/1.md", b"\xff\xfe")), "utf-8"),
        (_link(), "not a file"),
        (_bomb(in_header=False), "larger than 32 MB"),
        (_bomb(in_header=True), "larger than 32 MB"),
    ],
    ids=range(19),
)
def test_what_is_no_whole_archive_is_told_in_one_line(archive: bytes, reason: str) -> None:
    with pytest.raises(SnapshotUnavailable, match=rf"here\.tar\.gz is not a snapshot.*({reason})") as caught:
        _read(archive)
    assert "\n" not in caught.value.line
    assert len(caught.value.line) < 400
