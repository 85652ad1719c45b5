"""What the Makefile sets up: the versions that were tried, and documentation at the path that the README names."""

import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from ingest.embed.model.wheel import TOOLS
from shared.settings import load

ROOT = Path(__file__).parents[2]
PINNED = {
    name.lower().replace("_", "-"): version
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE
    )
}
OWN = {"lectern-mcp", "pip", "setuptools", "wheel"}


def test_what_converts_the_model_is_pinned_to_what_the_tests_ran_with() -> None:
    assert {tool.partition("==")[::2] for tool in TOOLS} == {
        (name, PINNED[name.replace("_", "-")]) for name in ("ml_dtypes", "onnx", "safetensors")
    }


@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="not the environment that make sets up")
def test_everything_that_make_installs_is_pinned() -> None:
    found = {one.name.lower().replace("_", "-"): one.version for one in distributions(path=[_packages()])}
    assert {name: version for name, version in found.items() if name not in OWN} == {
        name: PINNED.get(name, "not pinned") for name in found if name not in OWN
    }


def _packages() -> str:
    return next(path for path in sys.path if path.startswith(sys.prefix) and path.endswith("site-packages"))


def test_a_package_that_is_installed_is_found_where_one_that_is_unpacked_would_be(tmp_path: Path) -> None:
    pages = tmp_path / "installed" / "acme-doc" / "html"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text("<p>Acme</p>")
    for _ in range(2):
        done = subprocess.run(
            ["make", "corpus", "DOCS=acme-doc", f"INSTALLED={tmp_path}/installed", f"CORPUS={tmp_path}/corpus"],
            cwd=ROOT, env=os.environ | {"MAKEFLAGS": ""}, capture_output=True, text=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "corpus/usr/share/doc/acme-doc/html/index.html").read_text() == "<p>Acme</p>"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script of `make demo`, read by somebody who has stores of his own."""
    monkeypatch.setenv("LECTERN_HOME", "/srv/ours")
    monkeypatch.setenv("LECTERN_DATABASE_URL", "postgresql://joe:secret@db.internal/lectern")
    found = spec_from_file_location("demo", ROOT / "docs" / "demo.py")
    assert found
    assert found.loader
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_demo_keeps_to_a_home_of_its_own(demo: ModuleType) -> None:
    ours = {name: value for name, value in demo.OURS.items() if name.startswith("LECTERN_")}
    assert set(ours) == {"LECTERN_HOME", "LECTERN_EMBEDDING_MODEL_PATH"}
    assert ours["LECTERN_HOME"] == str(ROOT / ".cache" / "demo")
    assert Path(ours["LECTERN_EMBEDDING_MODEL_PATH"]).parent == ROOT / ".cache" / "models"


def test_the_demo_prints_a_configuration_for_the_users_own_stores(
    demo: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo.environment(load(), secrets=False) == {"LECTERN_HOME": "/srv/ours"}
    monkeypatch.delenv("LECTERN_HOME")
    monkeypatch.delenv("LECTERN_DATABASE_URL")
    assert demo.environment(load(), secrets=True) == {}


def test_the_demo_says_how_much_room_a_directory_takes(demo: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(os.urandom(5 << 20))
    (tmp_path / "same").hardlink_to(tmp_path / "below" / "file")
    assert demo.megabytes(tmp_path) == 5
