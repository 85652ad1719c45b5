"""What every vector store promises, on every backend.

`client` runs the server adapter over `AsyncQdrantClient(":memory:")`: it tests our use of the API, and no
engine at all. `rest` and `grpc` run it by each way against what stands in for a server. `server` and
`server-grpc` do so against the Qdrant at LECTERN_TEST_QDRANT_URL, where that is set; everything of ours that is stored
there is removed.
"""

import os
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Headers
from qdrant_client import AsyncQdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse

from shared.errors import IndexMissing
from shared.model.document import SparseVector
from shared.stores.vectors.edge import EdgeVectors
from shared.stores.vectors.port import Point, Ranking, VectorStore, new_index_name
from shared.stores.vectors.server import ServerVectors
from tests.stores.qdrant_stand_in import StandIn
from tests.stores.vector_data import OWNER, Corpus, corpus, keeping, question

pytestmark = pytest.mark.anyio

SERVER = os.environ.get("LECTERN_TEST_QDRANT_URL")
NO_TERMS = SparseVector((), ())


class InMemory(AsyncQdrantClient):
    """The local client, answering as a server does where it is asked for a collection that is not there."""

    def __init__(self) -> None:
        super().__init__(":memory:")

    async def query_batch_points(self, collection_name: str, *args: Any, **options: Any) -> Any:
        if not await self.collection_exists(collection_name):
            raise UnexpectedResponse(404, "Not Found", b"", Headers())
        return await super().query_batch_points(collection_name, *args, **options)


@pytest.fixture(params=["edge", "client", "rest", "grpc", *(["server", "server-grpc"] if SERVER else [])])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorStore]:
    async with AsyncExitStack() as fronts:
        opened = await _opened(request.param, tmp_path, fronts)
        yield opened
        await opened.sweep(OWNER, keeping())
        await opened.close()


async def _opened(backend: str, tmp_path: Path, fronts: AsyncExitStack) -> VectorStore:
    opened: VectorStore
    match backend:
        case "edge":
            opened = EdgeVectors(tmp_path / "vectors")
        case "client":
            opened = ServerVectors("http://memory.test", client=InMemory())
        case "rest" | "grpc":
            stand_in = StandIn(tmp_path / "stand-in")
            fronts.callback(stand_in.close)
            port = await fronts.enter_async_context(stand_in.by_grpc()) if backend == "grpc" else None
            opened = ServerVectors(await fronts.enter_async_context(stand_in.by_rest()), grpc_port=port)
        case _:
            port = int(os.environ.get("LECTERN_TEST_QDRANT_GRPC_PORT", "6334"))
            key = os.environ.get("LECTERN_TEST_QDRANT_API_KEY")
            opened = ServerVectors(str(SERVER), key, grpc_port=port if backend == "server-grpc" else None)
            await opened.sweep(OWNER, keeping())
    if backend in ("grpc", "server-grpc"):
        assert "searched by gRPC" in await opened.check()
    return opened


@pytest.fixture(autouse=True)
def _local_mode_says_what_it_does_not_do() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Payload indexes have no effect in the local Qdrant")
        warnings.filterwarnings("ignore", message="Local mode performs exact")
        yield


async def built(store: VectorStore, wanted: Corpus) -> Corpus:
    await store.build(wanted.spec, wanted.batches())
    return wanted


async def by_meaning(store: VectorStore, index: Corpus, limit: int = 10) -> Ranking:
    return await store.nearest(index.ref, question(index.spec.dimension)[0], limit)


async def by_terms(store: VectorStore, index: Corpus, limit: int = 10) -> Ranking:
    return await store.matching(index.ref, question()[1], limit)


def ids(ranking: Ranking) -> list[UUID]:
    return [ranked.id for ranked in ranking]


@pytest.mark.parametrize("dimension", [384, 1536])
async def test_both_rankings_are_those_of_brute_force(store: VectorStore, dimension: int) -> None:
    index = await built(store, corpus(uuid4(), 1200, dimension=dimension))
    dense, sparse = question(dimension)
    for ranking, best in (
        (await store.nearest(index.ref, dense, 40), index.best_dense(dense, 40)),
        (await store.matching(index.ref, sparse, 40), index.best_sparse(sparse, 40)),
    ):
        assert ids(ranking) == [chunk for chunk, _ in best]
        assert [ranked.score for ranked in ranking] == pytest.approx([score for _, score in best], rel=1e-4)


async def test_both_rankings_at_once_are_what_each_is_alone(store: VectorStore) -> None:
    index = await built(store, corpus(uuid4(), 300))
    dense, sparse = question()
    alone = await by_meaning(store, index), await by_terms(store, index)
    assert await store.rankings(index.ref, dense, sparse, 10) == alone
    assert await store.rankings(index.ref, dense, NO_TERMS, 10) == (alone[0], ())


@pytest.mark.slow
async def test_ten_thousand_points_are_ranked_exactly(store: VectorStore) -> None:
    index = await built(store, corpus(uuid4(), 10_000))
    dense, sparse = question()
    nearest, matching = await by_meaning(store, index, 100), await by_terms(store, index, 100)
    assert ids(nearest) == [chunk for chunk, _ in index.best_dense(dense, 100)]
    assert ids(matching) == [chunk for chunk, _ in index.best_sparse(sparse, 100)]


async def test_equal_scores_are_ordered_by_id(store: VectorStore) -> None:
    first = corpus(uuid4(), 1).points[0]
    alike = tuple(replace(first, id=uuid4()) for _ in range(15))
    index = await built(store, replace(corpus(uuid4(), 0), points=alike))
    terms = SparseVector(first.sparse.indices[:1], (1.0,))
    nearest, matching = await by_meaning(store, index, 12), await store.matching(index.ref, terms, 12)
    assert ids(nearest) == ids(matching) == sorted(index.ids)[:12]


async def test_a_limit_is_kept_and_fewer_points_are_all_found(store: VectorStore) -> None:
    index = await built(store, corpus(uuid4(), 30))
    assert len(await by_meaning(store, index, limit=7)) == 7
    assert set(ids(await by_meaning(store, index, limit=100))) == index.ids


async def test_nothing_matches_a_question_without_terms(store: VectorStore) -> None:
    index = await built(store, corpus(uuid4(), 20))
    assert await store.matching(index.ref, NO_TERMS, 5) == ()


async def test_chunks_without_terms_are_found_by_meaning(store: VectorStore) -> None:
    plain = corpus(uuid4(), 20)
    index = await built(
        store, replace(plain, points=tuple(replace(point, sparse=NO_TERMS) for point in plain.points))
    )
    assert len(await by_meaning(store, index)) == 10
    assert await by_terms(store, index) == ()


async def test_an_index_without_points_answers_with_nothing(store: VectorStore) -> None:
    index = await built(store, corpus(uuid4(), 0))
    assert await by_meaning(store, index) == await by_terms(store, index) == ()


async def test_two_generations_never_mix_and_dropping_one_leaves_the_other(store: VectorStore) -> None:
    old, new = [await built(store, corpus(uuid4(), 300, seed=seed)) for seed in (1, 2)]
    for index in (old, new):
        found = [*await by_meaning(store, index, 200), *await by_terms(store, index, 200)]
        assert {hit.id for hit in found} <= index.ids
    await store.drop(old.ref)
    assert set(ids(await by_meaning(store, new, limit=300))) == new.ids
    await store.drop(old.ref)


async def test_a_generation_is_rebuilt_beside_the_index_that_serves_it(store: VectorStore) -> None:
    generation = uuid4()
    served = await built(store, corpus(generation, 100, seed=1))
    before = await by_meaning(store, served)
    rebuilt = await built(store, corpus(generation, 100, seed=2))
    assert served.ids == rebuilt.ids
    assert await by_meaning(store, served) == before
    assert await by_meaning(store, rebuilt) != before
    await store.drop(served.ref)
    assert len(await by_meaning(store, rebuilt)) == 10


async def test_a_name_that_is_built_again_holds_only_what_came_last(store: VectorStore) -> None:
    first = await built(store, corpus(uuid4(), 60))
    again = await built(store, replace(first, points=first.points[:20]))
    assert set(ids(await by_meaning(store, again, limit=60))) == again.ids


async def test_a_point_that_comes_twice_is_stored_once(store: VectorStore) -> None:
    index = corpus(uuid4(), 20)
    await built(store, replace(index, points=index.points + index.points[:5]))
    assert len(await by_meaning(store, index, limit=50)) == 20


async def test_a_build_that_fails_midway_serves_nothing_and_is_swept(store: VectorStore) -> None:
    served = await built(store, corpus(uuid4(), 50))
    broken = corpus(uuid4(), 600)

    async def batches() -> AsyncIterator[Sequence[Point]]:
        yield broken.points[:300]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="the database went away"):
        await store.build(broken.spec, batches())
    await store.sweep(OWNER, keeping(served.spec.name))
    for ask in (by_meaning, by_terms):
        with pytest.raises(IndexMissing):
            await ask(store, broken)
    assert len(await by_meaning(store, served)) == 10


async def test_a_sweep_spares_what_belongs_to_another_database(store: VectorStore) -> None:
    other = await built(store, corpus(uuid4(), 5))
    assert await store.sweep(uuid4(), keeping()) == 0
    assert await by_meaning(store, other)


async def test_a_sweep_removes_what_is_not_kept_and_says_how_much(store: VectorStore) -> None:
    owner = uuid4()  # on a server others sweep and count as well
    generations = [uuid4() for _ in range(3)]
    kept, gone, last = [
        await built(store, corpus(generation, 20, name=new_index_name(generation, owner)))
        for generation in generations
    ]
    keep = keeping(kept.spec.name, last.spec.name)
    assert await store.sweep(owner, keep) == 1
    with pytest.raises(IndexMissing):
        await by_meaning(store, gone)
    assert len(await by_meaning(store, kept)) == 10
    assert await store.sweep(owner, keep) == 0
    for index in (kept, last):
        await store.drop(index.ref)


async def test_an_index_that_is_not_there_says_how_to_get_it(store: VectorStore) -> None:
    unknown = corpus(uuid4(), 0)
    for ask in (by_meaning, by_terms):
        with pytest.raises(IndexMissing) as caught:
            await ask(store, unknown)
        assert "/org/project latest" in str(caught.value)
        assert "`ingest reindex /org/project`" in caught.value.hint
        await built(store, corpus(uuid4(), 10))
    await store.drop(unknown.ref)


async def test_odd_library_ids_and_models_are_kept_apart(store: VectorStore) -> None:
    odd = [("/a.b/c-d_e", "1.0-rc.1_x"), ("/a.b/c-d_E", "1.0"), ("/a/b", "latest")]
    models = ["org/model-v1.5", "org_model_v1_5", "/home/ünï/../model name"]
    indexes = [
        await built(store, corpus(uuid4(), 30, seed=seed, library_id=library, version=version, model=model))
        for seed, ((library, version), model) in enumerate(zip(odd, models, strict=True))
    ]
    for index in indexes:
        assert set(ids(await by_meaning(store, index, limit=100))) == index.ids


async def test_a_doctor_is_told_what_answers(store: VectorStore) -> None:
    assert (await store.check()).startswith("Qdrant ")
