"""The frame of a state machine of hypothesis whose steps write rows in one transaction, which is never committed."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import psycopg
from hypothesis.stateful import RuleBasedStateMachine
from psycopg.rows import dict_row

Found = TypeVar("Found")


class Machine(RuleBasedStateMachine):
    """`connection` is there once it is connected; a test sets `url` on a class of its own."""

    url: str
    connection: psycopg.AsyncConnection[dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Found]) -> Found:
        return self.loop.run_until_complete(work)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        async def read() -> list[dict[str, Any]]:
            return await (await self.connection.execute(statement)).fetchall()

        return self.run(read())

    async def connect(self) -> None:
        self.connection = await psycopg.AsyncConnection.connect(self.url, row_factory=dict_row)

    def teardown(self) -> None:
        async def end() -> None:
            await self.connection.rollback()
            await self.connection.close()

        if hasattr(self, "connection"):
            self.run(end())
        self.loop.close()
