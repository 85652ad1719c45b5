"""`make map` on a small made-up checkout, whose modules cannot be imported."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[3]
STALE = "docs/map.svg is stale: run make map\n"
FILES = {
    "door/__init__.py": "",
    "door/__main__.py": "import os\nfrom door.hall import welcome",
    "door/hall.py": "from house import stores\ndef welcome():\n    from house.stores.vectors.edge import Edge",
    "house/__init__.py": "",
    "house/errors.py": "",
    "house/stores/__init__.py": "",
    "house/stores/open.py": "from .vectors import edge",
    "house/stores/sql.py": "from .. import errors",
    "house/stores/vectors/__init__.py": "",
    "house/stores/vectors/edge.py": "from ..sql import statement",
}

pytestmark = pytest.mark.processes


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\nraise SystemExit('it was imported')\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["door", "house", "to_be_built"]\n'
    )
    return tmp_path


def run(*arguments: str | Path, seed: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs" / "map"), *map(str, arguments)]
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def drawn(checkout: Path, seed: int = 0) -> str:
    done = run(checkout, seed=seed)
    assert (done.returncode, done.stderr) == (0, "")
    return (checkout / "docs" / "map.svg").read_text()


def test_it_counts_another_checkout_whose_code_it_does_not_run_and_leaves_nothing_there(
    checkout: Path,
) -> None:
    before = sorted(checkout.rglob("*"))

    done = run("--json", checkout)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"rooms": 5, "floors": 4, "arrows": 6, "circles": 1}
    assert sorted(checkout.rglob("*")) == before


def test_without_the_arrow_back_there_is_no_circle_and_one_floor_more(checkout: Path) -> None:
    (checkout / "house/stores/vectors/edge.py").write_text("import house.errors")

    assert json.loads(run("--json", checkout).stdout) == {"rooms": 5, "floors": 5, "arrows": 6, "circles": 0}


def test_what_is_no_package_inside_a_package_is_no_room(checkout: Path) -> None:
    (checkout / "house/stores/cache.py").write_text("import house.errors")
    (checkout / "house/stores/queries").mkdir()
    (checkout / "house/stores/queries/pages.sql").touch()

    assert json.loads(run("--json", checkout).stdout) == {"rooms": 5, "floors": 4, "arrows": 6, "circles": 1}


def test_the_picture_is_the_same_on_every_python_and_in_every_order_of_hashes(
    checkout: Path, snapshot: SnapshotAssertion
) -> None:
    pictures = {drawn(checkout, seed) for seed in range(3)}

    assert len(pictures) == 1
    assert pictures.pop() == snapshot


def test_an_arrow_that_follows_from_others_is_left_out_and_only_one_that_closes_a_circle_leads_up(
    checkout: Path,
) -> None:
    picture = drawn(checkout)

    ElementTree.fromstring(picture)
    assert "5 rooms, 4 floors, 6 arrows, 1 circle. 5 arrows are drawn" in picture
    assert picture.count('<path class="up"') == 1
    assert "<title>door.hall imports house.stores, house.stores.vectors</title>" in picture


def test_a_picture_is_stale_until_it_is_drawn_and_again_when_an_import_is_new(checkout: Path) -> None:
    missing = run("--check", checkout)
    drawn(checkout)
    fresh = run("--check", checkout)
    (checkout / "door/__main__.py").write_text("import house.errors")
    stale = run("--check", checkout)

    assert (missing.returncode, missing.stdout, missing.stderr) == (1, "", STALE)
    assert (fresh.returncode, fresh.stdout, fresh.stderr) == (0, "", "")
    assert (stale.returncode, stale.stdout, stale.stderr) == (1, "", STALE)


def test_a_folder_that_is_no_checkout_is_refused_in_one_line(tmp_path: Path) -> None:
    done = run("--json", tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{tmp_path} has no root packages of [tool.importlinter] in pyproject.toml")
    assert done.stderr.count("\n") == 1


def test_an_empty_house_can_be_drawn(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.importlinter]\nroot_packages = ["to_be_built"]\n')

    assert "no rooms, no floors, no arrows, no circles" in drawn(tmp_path)
