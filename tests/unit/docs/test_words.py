"""The check of words on a small made-up checkout."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLAIN = '''"""What the heading says."""

message = f"{1} pages are kept"
he = 1  # a comment and a name are not checked: he is told
'''

pytestmark = pytest.mark.processes


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.importlinter]\nroot_packages = ["door"]\n')
    (tmp_path / "door").mkdir()
    (tmp_path / "door" / "hall.py").write_text(PLAIN)
    (tmp_path / "docs" / "pages").mkdir(parents=True)
    (tmp_path / "docs" / "pages" / "index.md").write_text("# Index\n\nThe hero hears it.\n")
    return tmp_path


def run(checkout: Path) -> tuple[int, list[str]]:
    command = [sys.executable, str(ROOT / "docs" / "words.py"), str(checkout)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stderr.splitlines()[:-1]


def test_plain_prose_passes(checkout: Path) -> None:
    assert run(checkout) == (0, [])


@pytest.mark.parametrize(
    ("file", "text", "finding"),
    [
        (
            "door/hall.py",
            '"""A hall."""\n\n\ndef f():\n    """A door.\n\n    He opens it.\n    """\n',
            "7: He",
        ),
        ("door/hall.py", 'message = f"{1} pages were had"\n', "1: were had"),
        ("door/hall.py", 'help = (\n    "the operator is "\n    "told"\n)\n', "2: is told"),
        ("docs/pages/index.md", "# Index\n\nA page is\nheard.\n", "3: is heard"),
        ("README.md", "What was had.\n", "1: was had"),
        ("door/README.md", "He\n", "1: He"),
    ],
)
def test_a_word_is_found_with_its_file_and_line(checkout: Path, file: str, text: str, finding: str) -> None:
    (checkout / file).write_text(text)

    assert run(checkout) == (1, [f"{file}:{finding}"])
