"""What the measure notices of a block that is not as it was written."""

import pytest

from tests.generators.compare import Read, compare
from tests.generators.reading import pieces
from tests.generators.truth import (
    Block,
    Callout,
    Code,
    Details,
    Entry,
    Formula,
    Group,
    Line,
    Table,
    Tabs,
    Words,
)

CODE = Code("jar1", "python", (Line("import jar1"), Line(""), Line("  jar1()")))
CHANGED = Code("jar2", "python", (Line("a = 1", "-"), Line("a = 2", "+"), Line("jar2")))
ADDED = Code("jar3", "typescript", (Line("jar3"), Line("b", "+"), Line("// ^?", "!")))
GROUP = Group(
    "jar4",
    (
        ("npm", Code("jar4a", "bash", (Line("npm jar4a"),))),
        ("bun", Code("jar4b", "bash", (Line("bun jar4b"),))),
    ),
)
TABS = Tabs("jar5", (("One", (Words("jar5a", "It is jar5a."), Words("jar5b", "And jar5b."))),))
DETAILS = Details("jar6", "Why jar6?", (Words("jar6a", "For `jar6a`."),))
TABLE = Table("jar7", ("jar7", "b"), (("`x`", ""), ("y", "z")))
FORMULA = Formula("jar8", "By jar8", r"\frac{a}{b}", "a/b")
CALLOUT = Callout("jar9", "note", "Since jar9", (Words("jar9a", "It is jar9a."),))
ENTRY = Entry("jar10", "python", "jar10", "jar10(a: str = 'x') -> int", "Opens it.", (("a", "What."),))

EQUAL = [
    (CODE, "```python\nimport jar1\n\n  jar1()\n```"),
    (CHANGED, "```diff\n-a = 1\n+a = 2\n jar2\n```"),
    (ADDED, "```typescript\njar3\nb\n```"),
    (GROUP, "**npm**\n\n```bash\nnpm jar4a\n```\n\n**bun**\n\n```bash\nbun jar4b\n```"),
    (TABS, "**One**\n\nIt is jar5a.\n\nAnd jar5b."),
    (DETAILS, "Why jar6?\n\nFor `jar6a`."),
    (TABLE, "| jar7 | b |\n|---|---|\n| `x` |  |\n| y | z |"),
    (FORMULA, r"By jar8 $\frac{a}{b}$."),
    (CALLOUT, "> **Since jar9:** It is jar9a."),
    (ENTRY, '#### `jar10(a: str = "x") → int`\n\nOpens it.\n\n- **a**: What.'),
]  # fmt: skip
WRONG = [
    (CODE, "import jar1\n\n  jar1()", "is no fence"),
    (CODE, "nothing", "is not there"),
    (CODE, "```python\nimport jar1\n\njar1()\n```", "other lines"),
    (CODE, "```python\nimport jar1\n  jar1()\n```", "other lines"),
    (CODE, "```javascript\nimport jar1\n\n  jar1()\n```", "language 'javascript', not 'python'"),
    (CODE, "```python\nimport jar1\n\n  jar1()\n```\n\njar1 again", "stands twice"),
    (CODE, "```python\nimport jar1\n```\n\n```python\n  jar1()\n```", "in several of fence"),
    (CHANGED, "```python\na = 1\na = 2\njar2\n```", "other lines"),
    (CHANGED, "```diff\n-a = 1\n+a = 2\njar2\n```", "other lines"),
    (ADDED, "```diff\n jar3\n+b\n```", "other lines"),
    (ADDED, "```typescript\njar3\nb\n// ^?\n```", "other lines"),
    (GROUP, "npm bun\n\n```bash\nnpm jar4a\n```\n\n```bash\nbun jar4b\n```", "without its label 'npm'"),
    (TABS, "**One**\n\nAnd jar5b.\n\nIt is jar5a.", "without its label 'One'"),
    (TABS, "**One**\n\nIt is jar5a.\n\nMore.\n\nAnd jar5b.", "in another order"),
    (DETAILS, "For `jar6a`.", "without its label 'Why jar6?'"),
    (DETAILS, "Why jar6?\n\nFor jar6a.", "other words"),
    (TABLE, "jar7\n\nb\n\nx", "is no table"),
    (TABLE, "| jar7 | b |\n|---|---|\n| `x` | z |\n| y | |", "other cells"),
    (FORMULA, "By jar8 ab.", "other formula"),
    (FORMULA, r"By jar8 $\frac{a}{b}$ $\frac{a}{b}$.", "other formula"),
    (CALLOUT, "> It is jar9a.", "without its title"),
    (ENTRY, "jar10()\n\nOpens it.", "without \"jar10(a: str = 'x') -> int\""),
]  # fmt: skip


def read(markdown: str) -> Read:
    around = f"So it is written:\n\n{markdown}\n\nSo it is written:\n"
    return Read(around, pieces(around), linear=False)


@pytest.mark.parametrize(("block", "markdown"), EQUAL, ids=lambda one: getattr(one, "name", ""))
def test_a_block_as_it_was_written_is_equal(block: Block, markdown: str) -> None:
    assert compare(block, read(markdown)) is None


@pytest.mark.parametrize(("block", "markdown", "why"), WRONG)
def test_a_block_that_is_not_is_wrong_and_says_why(block: Block, markdown: str, why: str) -> None:
    found = compare(block, read(markdown))
    assert found is not None
    assert found.why == why


@pytest.mark.parametrize("said", ["a/b", "(a)/(b)"])
def test_a_formula_reads_in_one_line_where_its_page_holds_no_tex(said: str) -> None:
    around = f"So it is written:\n\nBy jar8 {said}.\n"
    assert compare(FORMULA, Read(around, pieces(around), linear=True)) is None
