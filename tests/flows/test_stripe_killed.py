"""`lectern-admin billing run` is killed at any instant while it charges: nobody pays twice, everybody pays once."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.settings import IngestSettings
from tests.billing import NOW
from tests.flows.asking import server_environment
from tests.stores.stripe.shop import Shop
from tests.stripe_fake.process import StripeFake, stripe_fake

pytestmark = [pytest.mark.slow, pytest.mark.processes]

PEOPLE = 40
KILLS = 8
PATIENCE = 120.0
STEP = timedelta(minutes=20)
"""Between runs: more than a lease lasts."""
CHARGED = "SELECT count(*) FROM payments WHERE asked_at IS NOT NULL"


def test_runs_that_are_killed_charge_everybody_once(
    make_settings: Callable[..., IngestSettings], database_url: str, tmp_path: Path
) -> None:
    with stripe_fake() as fake, psycopg.connect(database_url, autocommit=True) as observer:
        env = server_environment(make_settings(embedding_model_path=tmp_path))
        env |= {"LECTERN_STRIPE_URL": fake.url, "LECTERN_STRIPE_API_KEY": fake.key}
        asyncio.run(_people(database_url, fake))
        fake.tell("losses", seed=11, lost_requests=0.05, lost_replies=0.05)
        dice, now = random.Random(11), NOW + timedelta(days=14)
        for _ in range(KILLS):
            now += STEP
            run = _started(env, fake, now)
            _until_asked(observer, run, dice.randint(1, 8))
            run.kill()
            run.communicate(timeout=PATIENCE)
        for _ in range(6):
            now += STEP
            told, wrong = (run := _started(env, fake, now)).communicate(timeout=PATIENCE)
            assert run.returncode == 0, told + wrong
        charges = fake.tell("charges")
        assert fake.tell("faults") == []
        paid = observer.execute(
            "SELECT i.number, array_agg(p.id::text) FROM invoices i JOIN payments p ON p.invoice_id = i.id"
            " WHERE i.status = 'paid' AND p.status = 'completed' GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert len(paid) == PEOPLE
    assert sorted((one["number"], [one["payment_id"]]) for one in charges) == paid


async def _people(database_url: str, fake: StripeFake) -> None:
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, row_factory=dict_row
    ) as connection:
        shop = Shop(connection, fake)
        for _ in range(PEOPLE):
            await shop.bill(await shop.user())
        await shop.stripe.close()


def _started(env: dict[str, str], fake: StripeFake, now: datetime) -> subprocess.Popen[str]:
    fake.at(now)
    words = ["billing", "run", "--only", "charge", "--now", now.isoformat()]
    return subprocess.Popen(
        [sys.executable, "-m", "admin", *words],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _until_asked(observer: psycopg.Connection[Any], run: subprocess.Popen[str], more: int) -> None:
    """So many more payments; or the run ends by itself."""
    [before] = observer.execute(CHARGED).fetchone() or [0]
    deadline = time.monotonic() + PATIENCE
    while run.poll() is None:
        [asked] = observer.execute(CHARGED).fetchone() or [0]
        if asked >= before + more:
            return
        assert time.monotonic() < deadline
        time.sleep(0.002)
