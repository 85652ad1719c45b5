"""Every generation leaves its pages in an archive, and a library is embedded anew from it without its site."""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import fsspec
import pytest
from typer.testing import CliRunner

from ingest.cli import app
from ingest.crawl.addresses.bounds import Bounds
from ingest.jobs.crawl import crawl_library
from ingest.jobs.reembed import Reembedded, reembed_library
from ingest.plan.order import Order
from ingest.report.report import CrawlReport
from shared.catalogue.snapshots import Snapshots
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import SnapshotUnavailable, VersionUnknown
from shared.model.library import Generation, Library, LibraryRef
from shared.settings import IngestSettings
from shared.stores.archives import Archives
from shared.stores.open import Stores, open_stores
from tests.embedding_model import word_model
from tests.marks import slow
from tests.site import Site, html

pytestmark = pytest.mark.anyio

NAME = "/test/docs"
MORE = html("/a.html", "/b.html", title="Guide", text="Start here: red, green and blue.")


@pytest.fixture
def site() -> Iterator[Site]:
    pages = {
        "/": MORE,
        "/a.html": html(title="Green", text="A green probe is a probe that is green."),
        "/b.html": html(title="Blue", text="A blue probe."),
    }
    with Site(pages) as site:
        yield site


@pytest.fixture
def model(tmp_path: Path) -> EmbeddingModel:
    return word_model(tmp_path / "model", 768)


@pytest.fixture
def other_model(tmp_path: Path) -> EmbeddingModel:
    return word_model(tmp_path / "other model", 384)


async def _crawl(
    stores: Stores[IngestSettings], model: EmbeddingModel, site: Site, **more: object
) -> CrawlReport:
    order = Order(
        library=Library(NAME, "Test docs", docs_url=site.url),
        version="1.0",
        bounds=Bounds(f"{site.url}/", allow_private=True),
    )
    return await crawl_library(stores, model, replace(order, **more), lambda _: None)  # type: ignore[arg-type]


async def _reembed(
    stores: Stores[IngestSettings], model: EmbeddingModel, version: str | None = None
) -> list[Reembedded]:
    return await reembed_library(stores, model, LibraryRef(NAME, version), lambda *_: None)


async def _served(stores: Stores[IngestSettings]) -> Generation:
    served = (await Catalogue(await stores.database()).served(NAME, None)).generation
    return served


async def _urls(stores: Stores[IngestSettings]) -> dict[UUID, str]:
    return await Snapshots(await stores.database()).urls(NAME)


async def _chunks(stores: Stores[IngestSettings]) -> list[tuple[str, str]]:
    rows = await (await stores.database()).rows(
        "SELECT source_url, content FROM documentation_chunks WHERE generation_id = %(id)s ORDER BY 1, 2",
        {"id": (await _served(stores)).id},
    )
    return [(row["source_url"], row["content"]) for row in rows]


def _files(home: Path) -> list[Path]:
    return sorted(path for path in (home / "snapshots").rglob("*") if path.is_file())


def _indexes(home: Path) -> list[Path]:
    return list((home / "vectors").glob("*-*-*"))


async def test_a_crawl_leaves_its_pages_as_an_archive_that_tar_opens(
    stores: Stores[IngestSettings], model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, model, site)
    served = await _served(stores)
    url = (await _urls(stores))[served.id]
    (archive,) = _files(stores.settings.home)
    assert url == f"file://{archive}"
    assert archive.relative_to(stores.settings.home / "snapshots").parts[:3] == ("test", "docs", "1.0")
    row = await (await stores.database()).row("SELECT docs_snapshot_url FROM library_versions")
    assert row == {"docs_snapshot_url": url}
    with tarfile.open(archive) as tar:
        assert tar.getnames() == [
            "manifest.json", "pages/00001-index.md", "pages/00002-a-html.md", "pages/00003-b-html.md",
        ]  # fmt: skip
        page = tar.extractfile("pages/00002-a-html.md")
        assert page
        assert "A green probe is a probe that is green." in page.read().decode()


async def test_an_archive_and_an_index_go_with_their_generation(
    stores: Stores[IngestSettings], model: EmbeddingModel, site: Site
) -> None:
    for edition in range(4):
        site.pages["/a.html"] = html(title="Green", text=f"The green probe number {edition}.")
        await _crawl(stores, model, site)
        assert len(_files(stores.settings.home)) == min(edition + 1, 2)
        assert len(_indexes(stores.settings.home)) == min(edition + 1, 2)
    assert {f"file://{path}" for path in _files(stores.settings.home)} == set((await _urls(stores)).values())
    unchanged = await _crawl(stores, model, site)
    assert unchanged.outcome == "unchanged"
    assert len(_files(stores.settings.home)) == 2


async def test_what_killed_runs_and_only_they_left_is_swept_by_the_next_publish(
    stores: Stores[IngestSettings], model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, model, site)
    (archive,) = _files(stores.settings.home)
    owner = archive.name[36:45]
    left = [
        archive.with_name(f".{uuid4()}{owner}.tar.gz.part"),
        archive.with_name(f"{uuid4()}{owner}.tar.gz"),
    ]
    others = [archive.with_name(f"{uuid4()}-01234567.tar.gz"), archive.with_name("notes.txt")]
    for path in [*left, *others]:
        path.write_bytes(b"")
    site.pages["/a.html"] = html(title="Green", text="Another green probe.")
    await _crawl(stores, model, site)
    assert set(_files(stores.settings.home)) >= {archive, *others}
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("where", ["memory", *slow("file")])
async def test_a_library_is_embedded_anew_from_wherever_its_snapshots_are(
    where: str,
    make_settings: Callable[..., IngestSettings],
    model: EmbeddingModel,
    other_model: EmbeddingModel,
    site: Site,
    tmp_path: Path,
) -> None:
    root = "memory://bucket/lectern" if where == "memory" else (tmp_path / "other disk").as_uri()
    async with open_stores(make_settings(snapshot_url=f"{root}/"), "tests") as stores:
        await _crawl(stores, model, site)
        before, chunks, asked = await _served(stores), await _chunks(stores), len(site.requests)
        (url,) = (await _urls(stores)).values()
        assert url.startswith(f"{root}/test/docs/1.0/")
        (done,) = await _reembed(stores, other_model)
        assert (done.pages, done.chunks, done.unchanged) == (3, before.chunks, False)
        assert done.embedded == before.chunks
        after = await _served(stores)
        assert (after.id != before.id, after.fingerprint) == (True, other_model.fingerprint)
        assert await _chunks(stores) == chunks
        assert len(site.requests) == asked
        assert set(await _urls(stores)) == {before.id, after.id}
        assert _files(stores.settings.home) == []
        (again,) = await _reembed(stores, other_model)
        assert again.unchanged
        assert (await _served(stores)).id == after.id
    if where == "memory":
        assert len(fsspec.filesystem("memory").find("/bucket/lectern")) == 2
        fsspec.filesystem("memory").rm("/bucket", recursive=True)


async def test_pages_that_postgresql_has_lost_come_back_from_the_archive(
    stores: Stores[IngestSettings], model: EmbeddingModel, other_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, model, site)
    chunks = await _chunks(stores)
    await (await stores.database()).rows("DELETE FROM crawl_pages")
    await (await stores.database()).rows("DELETE FROM documents")
    (done,) = await _reembed(stores, other_model, "1.0")
    assert done.pages == 3
    assert await _chunks(stores) == chunks


async def test_a_refresh_goes_on_from_what_was_embedded_anew(
    stores: Stores[IngestSettings], model: EmbeddingModel, other_model: EmbeddingModel, site: Site
) -> None:
    first = await _crawl(stores, model, site)
    await _reembed(stores, other_model)
    again = await _crawl(stores, other_model, site, kind="refresh")
    assert (again.outcome, again.unchanged, again.embedded) == ("unchanged", first.pages, 0)


async def test_embedding_anew_counts_neither_as_extracting_anew_nor_as_looking_at_the_site(
    stores: Stores[IngestSettings], model: EmbeddingModel, other_model: EmbeddingModel, site: Site
) -> None:
    database = await stores.database()

    async def looked() -> list[object]:
        rows = await database.rows(
            """SELECT finished_at FROM crawls c JOIN library_versions v ON v.generation_id = c.generation_id"""
        )
        return [row["finished_at"] for row in rows]

    await _crawl(stores, model, site)
    await database.rows("""UPDATE crawls SET options = jsonb_set(options, '{revisions,extract}', '0')""")
    before = await looked()
    await _reembed(stores, other_model)
    assert await looked() == before
    made = await database.rows("SELECT DISTINCT options #> '{revisions,extract}' AS extract FROM crawls")
    assert made == [{"extract": 0}]


async def test_a_snapshot_that_cannot_be_written_serves_nothing_new_and_is_made_up_for(
    make_settings: Callable[..., IngestSettings], model: EmbeddingModel, site: Site, tmp_path: Path
) -> None:
    async with open_stores(make_settings(), "tests") as stores:
        await _crawl(stores, model, site)
        before = await _served(stores)
    site.pages["/a.html"] = html(title="Green", text="Another green probe.")
    (tmp_path / "full").write_text("in the way")
    broken = make_settings(snapshot_url=(tmp_path / "full" / "place").as_uri())
    async with open_stores(broken, "tests") as stores:
        with pytest.raises(SnapshotUnavailable, match="Not a directory") as caught:
            await _crawl(stores, model, site)
        assert "run the same command again" in caught.value.line
        assert await _served(stores) == before
    async with open_stores(make_settings(), "tests") as stores:
        report = await _crawl(stores, model, site)
        assert (report.outcome, report.resumed, report.embedded) == ("published", 3, 0)


async def test_what_another_model_left_unfinished_is_not_gone_on_with(
    make_settings: Callable[..., IngestSettings],
    model: EmbeddingModel,
    other_model: EmbeddingModel,
    site: Site,
    tmp_path: Path,
) -> None:
    (tmp_path / "full").write_text("in the way")
    async with open_stores(make_settings(snapshot_url=(tmp_path / "full").as_uri()), "tests") as stores:
        with pytest.raises(SnapshotUnavailable):
            await _crawl(stores, model, site)
    async with open_stores(make_settings(), "tests") as stores:
        report = await _crawl(stores, other_model, site)
        assert (report.outcome, report.resumed, report.embedded) == ("published", 0, report.chunks)
        assert (await _served(stores)).fingerprint == other_model.fingerprint


async def test_what_old_data_cannot_be_removed_hinders_no_publish(
    stores: Stores[IngestSettings], model: EmbeddingModel, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await (await stores.database()).rows(
        """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$;
           CREATE TRIGGER refused BEFORE DELETE ON embeddings EXECUTE FUNCTION refuse()"""
    )
    assert (await _crawl(stores, model, site)).outcome == "published"
    assert "not everything old could be removed" in caplog.text


async def test_an_archive_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def break_off(shelf: Archives, url: str) -> None:
        async with shelf.writing(url) as file:
            file.write(b"half")
            raise ValueError("half of it")

    for root in (None, "memory://bucket/lectern"):
        shelf = Archives(tmp_path, root)
        url = shelf.url(NAME, "1.0", uuid4(), uuid4())
        with pytest.raises(ValueError, match="half"):
            await break_off(shelf, url)
        assert not await shelf.has(url)
    assert _files(tmp_path) == []


async def test_an_archive_below_another_root_is_not_removed(tmp_path: Path) -> None:
    original, copy = Archives(tmp_path / "original"), Archives(tmp_path / "copy")
    url = original.url(NAME, "1.0", uuid4(), uuid4())
    async with original.writing(url) as file:
        file.write(b"pages")
    await copy.remove(url)
    assert await original.has(url)
    await original.remove(url)
    assert not await original.has(url)


async def test_an_archive_that_came_along_is_read_where_its_original_cannot_be_looked_at(
    tmp_path: Path,
) -> None:
    """Restored elsewhere, the database names a bucket or another user's home."""
    copy = Archives(tmp_path)
    url = copy.url(NAME, "1.0", uuid4(), uuid4())
    async with copy.writing(url) as file:
        file.write(b"pages")
    closed = "nosuch://bucket/" + "/".join(url.rsplit("/", 4)[1:])
    assert await copy.has(closed)
    async with copy.reading(closed) as file:
        assert file.read() == b"pages"
    await copy.remove(url)
    with pytest.raises(SnapshotUnavailable, match="nosuch"):
        await copy.has(closed)


async def test_without_its_archive_a_library_stays_as_it_is(
    stores: Stores[IngestSettings], model: EmbeddingModel, other_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, model, site)
    before = await _served(stores)
    (archive,) = _files(stores.settings.home)
    whole = archive.read_bytes()
    for content, reason in ((None, "there is no file://"), (whole[:-300], "is damaged")):
        archive.unlink(missing_ok=True)
        if content:
            archive.write_bytes(content)
        with pytest.raises(SnapshotUnavailable, match=reason):
            await _reembed(stores, other_model)
        assert await _served(stores) == before
    await (await stores.database()).rows("UPDATE generations SET snapshot_url = NULL")
    with pytest.raises(SnapshotUnavailable, match="has no snapshot"):
        await _reembed(stores, other_model)
    with pytest.raises(VersionUnknown):
        await _reembed(stores, other_model, "9.9")


async def test_a_home_that_was_moved_still_has_its_archives_and_tidies_them(
    make_settings: Callable[..., IngestSettings],
    model: EmbeddingModel,
    other_model: EmbeddingModel,
    site: Site,
    tmp_path: Path,
) -> None:
    async with open_stores(make_settings(), "tests") as stores:
        await _crawl(stores, model, site)
        chunks = await _chunks(stores)
        stores.settings.home.rename(tmp_path / "elsewhere")
    async with open_stores(make_settings(home=tmp_path / "elsewhere"), "tests") as stores:
        (done,) = await _reembed(stores, other_model)
        assert (done.pages, await _chunks(stores)) == (3, chunks)
        assert len(_files(stores.settings.home)) == 2
        site.pages["/a.html"] = html(title="Green", text="Another green probe.")
        await _crawl(stores, other_model, site)
        assert len(_files(stores.settings.home)) == 2


@pytest.mark.slow
async def test_a_copy_with_a_home_of_its_own_leaves_the_archives_of_its_original(
    make_settings: Callable[..., IngestSettings], model: EmbeddingModel, site: Site, tmp_path: Path
) -> None:
    async with open_stores(make_settings(), "tests") as stores:
        await _crawl(stores, model, site)
        originals = _files(stores.settings.home)
    async with open_stores(make_settings(home=tmp_path / "copy"), "tests") as stores:
        for edition in range(3):
            site.pages["/a.html"] = html(title="Green", text=f"The green probe number {edition}.")
            await _crawl(stores, model, site)
        for url in (await _urls(stores)).values():
            await Archives(stores.settings.home).remove(url)
        await Archives(stores.settings.home).remove(originals[0].as_uri())
        assert _files(stores.settings.home) == []
    assert all(path.exists() for path in originals)


def test_a_library_that_is_removed_takes_its_archives_along(
    make_settings: Callable[..., IngestSettings],
    model: EmbeddingModel,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = make_settings()
    assert chosen.database_url
    monkeypatch.setenv("LECTERN_HOME", str(chosen.home))
    monkeypatch.setenv("LECTERN_DATABASE_URL", chosen.database_url.get_secret_value())
    monkeypatch.setenv("LECTERN_EMBEDDING_MODEL", "thenlper/gte-base")
    monkeypatch.setenv("LECTERN_EMBEDDING_MODEL_PATH", str(model.directory))
    crawled = CliRunner().invoke(app, ["crawl", NAME, f"{site.url}/", "--allow-private"])
    assert crawled.exit_code == 0, crawled.output
    assert len(_files(chosen.home)) == 1
    shown = CliRunner().invoke(app, ["reembed", NAME])
    assert "unchanged /test/docs latest" in shown.output
    assert CliRunner().invoke(app, ["library", "remove", NAME, "--yes"]).exit_code == 0
    assert list((chosen.home / "snapshots").iterdir()) == []


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("s3://bucket/prefix", None),
        ("file:///var/snapshots", None),
        ("/var/snapshots", "must be an address"),
        ("https://bucket.example/", "can be written to"),
        ("s3://key:secret@bucket", "no name or password"),
        ("simplecache::s3://bucket", "must be an address"),
        ("s3://bucket/a?versionId=1", "plain address"),
    ],
)
def test_a_root_is_a_plain_address_without_secrets(url: str, fault: str | None) -> None:
    from shared import settings
    from shared.errors import SettingsError

    with pytest.raises(SettingsError, match=fault) if fault else nullcontext():
        assert settings.load(snapshot_url=url).snapshot_url == url


async def test_an_address_nobody_can_reach_says_what_to_do(tmp_path: Path) -> None:
    url = Archives(tmp_path, "nosuch://bucket").url(NAME, "1.0", uuid4(), uuid4())
    with pytest.raises(SnapshotUnavailable, match="Protocol not known"):
        async with Archives(tmp_path, "nosuch://bucket").writing(url) as file:
            file.write(b"x")
    assert _files(tmp_path) == []
