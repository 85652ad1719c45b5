import asyncio

import pytest

from mcp_server.http import together
from mcp_server.http.together import Together

pytestmark = pytest.mark.anyio


async def test_what_waits_is_asked_once_together_also_for_who_stops_waiting_and_what_comes_later_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(together, "SECONDS", 0.0)
    asked: list[frozenset[str]] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def ask(these: frozenset[str]) -> frozenset[str]:
        asked.append(these)
        begun.set()
        await go_on.wait()
        return these & {"good"}

    questions = Together()
    gone, stays, bad = (asyncio.create_task(questions.has(one, ask)) for one in ("unheard", "good", "bad"))
    await begun.wait()
    gone.cancel()
    await asyncio.wait({gone})
    go_on.set()
    assert [await stays, await bad] == [True, False]
    assert await questions.has("good", ask)
    assert asked == [{"unheard", "good", "bad"}, {"good"}]
