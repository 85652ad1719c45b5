"""The operator's command line on the real stores of a test, and the real model."""

import os
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from admin.cli import app as admin_app
from ingest.cli import app
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from tests.flows.asking import server_environment
from tests.flows.operating import EMAIL, Admin
from tests.flows.server_process import ROOT


@pytest.fixture
def ingest(
    make_settings: Callable[..., IngestSettings],
    embedding_model: EmbeddingModel,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Result]:
    """Runs a command with the settings of this test's stores."""
    chosen = make_settings()
    assert chosen.database_url
    assert chosen.redis_url
    monkeypatch.setenv("LECTERN_HOME", str(chosen.home))
    monkeypatch.setenv("LECTERN_DATABASE_URL", chosen.database_url.get_secret_value())
    monkeypatch.setenv("LECTERN_REDIS_URL", chosen.redis_url.get_secret_value())
    monkeypatch.setenv("LECTERN_EMBEDDING_MODEL_PATH", str(embedding_model.directory))
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()

    def run(*words: str, **env: str) -> Result:
        return runner.invoke(app, list(words), env=env)

    return run


@pytest.fixture
def environment(make_settings: Callable[..., IngestSettings]) -> dict[str, str]:
    """Of processes that use this test's servers by URL."""
    return server_environment(make_settings())


@pytest.fixture
def admin(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Admin:
    """Runs a command of lectern-admin there; what it printed."""
    for name, value in environment.items():
        if name.startswith("LECTERN_"):
            monkeypatch.setenv(name, value)

    def run(*words: str, stdin: str | bytes = "", code: int = 0) -> Result:
        result = CliRunner().invoke(admin_app, [*words], input=stdin)
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    return run


@pytest.fixture
def user(admin: Admin) -> str:
    """The address of somebody who was added."""
    admin("user", "add", EMAIL)
    return EMAIL


@pytest.fixture
def env(make_settings: Callable[..., IngestSettings], embedding_model: EmbeddingModel) -> dict[str, str]:
    """The environment of processes that use this test's stores and the real model."""
    settings = make_settings()
    assert settings.database_url
    assert settings.redis_url
    ours = {
        "LECTERN_HOME": str(settings.home),
        "LECTERN_DATABASE_URL": settings.database_url.get_secret_value(),
        "LECTERN_REDIS_URL": settings.redis_url.get_secret_value(),
        "LECTERN_EMBEDDING_MODEL_PATH": str(embedding_model.directory),
        "LECTERN_REQUIRE_API_KEY": "off",
        "PYTHONPATH": str(ROOT),
    }
    return {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ} | ours
