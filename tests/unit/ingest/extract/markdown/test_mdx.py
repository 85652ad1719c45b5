"""Markdown with components and directives becomes Markdown that any reader knows."""

import time

import pytest
from markdown_it import MarkdownIt

from ingest.extract import extract
from ingest.extract.markdown.mdx import plain_markdown
from shared.model.document import Document


def of(text: str) -> Document:
    return extract(text.encode(), "https://docs.example/guide.md").document


A, C = "```bash\na\n  b\n```\n", "```bash\nc\n```\n"


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "tabs",
    [
        f'<Tabs>\n  <Tab title="npm">\n{indented(A)}  </Tab>\n  <Tab title="pnpm">\n{indented(C)}  </Tab>\n</Tabs>\n',
        "<Tabs items={['npm', 'pnpm']}>\n"
        + f"<Tabs.Tab>\n{A}</Tabs.Tab>\n<Tabs.Tab>\n{C}</Tabs.Tab>\n</Tabs>\n",
        f'<TabItem value="n" label="npm">\n\n{A}\n</TabItem>\n<TabItem value="pnpm">\n\n{C}\n</TabItem>\n',
        "<CodeGroup>\n"
        + A.replace("bash", "bash npm theme={null}")
        + "\n"
        + C.replace("bash", "bash pnpm")
        + "</CodeGroup>\n",
        "::: code-group\n\n"
        + A.replace("bash", "bash [npm]")
        + "\n"
        + C.replace("bash", "bash{1} [pnpm]")
        + "\n:::\n",
        f"::: code-tabs\n@tab npm\n{A}@tab:active pnpm\n{C}:::\n",
        f'=== "npm"\n\n{indented(A)}\n=== "pnpm"\n\n{indented(C)}',
    ],
)
def test_every_variant_keeps_its_label(tabs: str) -> None:
    assert of(f"# T\n\n{tabs}").markdown == f"# T\n\n**npm**\n\n{A}\n**pnpm**\n\n{C}"


@pytest.mark.parametrize(
    "callout",
    [
        "<Warning>\n  Hot.\n\n  ## Inside\n</Warning>",
        '<Callout type="warning">\nHot.\n\n## Inside\n</Callout>',
        ":::warning\nHot.\n\n## Inside\n:::",
        "::: warning\nHot.\n\n## Inside\n:::",
        "!!! warning\n    Hot.\n\n    ## Inside",
        '???+ note "Warning"\n    Hot.\n\n    ## Inside',
        ":::note[Warning]\n\nHot.\n\n## Inside\n\n:::",
    ],
)
def test_call_outs_become_quotations_whose_headings_open_no_section(callout: str) -> None:
    document = of(f"# T\n\n{callout}\n\nAfter.\n")
    assert document.markdown == "# T\n\n> **Warning:**\n>\n> Hot.\n>\n> ## Inside\n\nAfter.\n"
    assert [one.heading for one in document.sections] == ["T"]


@pytest.mark.parametrize(
    "line",
    [
        "!!! note" + " a" * 9000 + " !",
        "# a" + " " * 30_000 + "b",
        "# [#" * 9000,
        "??? x" + " " * 20_000 + '"',
    ],
)
def test_a_line_of_any_length_is_read_at_once(line: str) -> None:
    began = time.process_time()
    of(f"{line}\n\n!!! note\n    text\n")
    assert time.process_time() - began < 3


def test_modules_and_comments_of_mdx_go() -> None:
    modules = "import A from 'a'\nimport {\n  B\n} from \"b\";\n\nexport const c = {\n  d: 1\n}\n\n"
    text = modules + "# T {/* note */}\n\n<A />\n\nx\n"
    assert of(text).markdown == "# T\n\nx\n"


def test_components_within_a_line_leave_their_words() -> None:
    text = '<Frame>\n\nSee <Tooltip tip="t">the API</Tooltip>, `<Tab title="x">` and Map<String, Vec<T>>.\n\n</Frame>\n'
    assert of(text).markdown.strip() == 'See the API, `<Tab title="x">` and Map<String, Vec<T>>.'


def test_parameters_and_steps_keep_their_names() -> None:
    field = '<ParamField path="id" type="string" required>\n  The id.\n</ParamField>\n\n'
    text = field + '<Steps>\n<Step title="Go">\nNow.\n</Step>\n</Steps>\n'
    assert of(text).markdown.strip() == "**id (string)**\n\nThe id.\n\n**Go**\n\nNow."


def test_a_note_that_sends_models_elsewhere_is_dropped_from_the_top() -> None:
    note = "> ## Documentation Index\n> Fetch the index at: https://docs.example/llms.txt\n\n"
    assert of(f"{note}# T\n\nx\n").markdown == "# T\n\nx\n"
    assert "llms.txt" in of("# T\n\n> We publish llms.txt files.\n").markdown


def test_code_in_a_list_keeps_its_place() -> None:
    text = "<Note>\n  a\n</Note>\n\n1. one\n\n   ```json title=x.json\n   {}\n   ```\n"
    items = MarkdownIt().parse(of(text).markdown)
    assert [token.info for token in items if token.type == "fence" and token.level == 2] == ["json"]


@pytest.mark.parametrize(
    "text",
    [
        "# T\n\nimport the module and\nexport it.\n",
        "A generic Vec<T> and a List<String>.\n",
        "```\n:::note\n<Tab title='x'>\n!!! x\n```\n",
        "a ::: b\n",
    ],
)
def test_plain_markdown_stays_as_it_is(text: str) -> None:
    assert plain_markdown(text) == text
