"""Lists that are drawn as tables come out as lists."""

import pytest

from ingest.extract.page import extract

ROWS = (
    "<tr><td>{}</td><td>Opens it.</td></tr><tr><td>{}</td><td><p>Closes it.</p><pre>close()</pre></td></tr>"
)
SIGN = '<i class="conum" data-value="{0}"></i><b>{0}</b>'
NUMBERED = ROWS.format(SIGN.format(1), SIGN.format(2))
NUMBERS = "1. Opens it.\n\n2. Closes it.\n\n   ```\n   close()\n   ```\n"
TERMS = "- **open**: Opens it.\n\n- **close**: Closes it.\n\n  ```\n  close()\n  ```\n"
ITEMS = "<tr><td><ul><li>One</li><li>Two</li></ul></td><td><ul><li>Three</li></ul></td></tr>"
LISTS = [
    (f'<div class="colist arabic"><table>{NUMBERED}</table></div>', NUMBERS),
    (f'<div class="calloutlist"><table border="0">{NUMBERED}</table></div>', NUMBERS),
    (f'<div class="hdlist"><table>{ROWS.format("open", "close")}</table></div>', TERMS),
    (f'<table class="hlist">{ITEMS}</table>', "- One\n- Two\n- Three\n"),
]


def markdown_of(content: str) -> str:
    html = f"<html><body><main><h1>Lids</h1><p>They are round.</p>{content}</main></body></html>"
    return extract(html.encode(), "https://kitchen.example/lids").document.markdown


@pytest.mark.parametrize(("drawn", "written"), LISTS)
def test_a_list_that_is_drawn_as_a_table_is_a_list(drawn: str, written: str) -> None:
    assert markdown_of(drawn).replace("\n\n", "\n").endswith(written.replace("\n\n", "\n"))


@pytest.mark.parametrize("kind", ["tablelist", "researchlist"])
def test_a_table_in_a_box_of_another_name_stays_a_table(kind: str) -> None:
    table = f'<table class="{kind}"><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>'
    assert "| c | d |" in markdown_of(f'<div class="{kind}">{table}</div>')


def test_what_is_in_no_list_is_kept() -> None:
    table = '<table class="hlist"><tr><td><p>A word.</p></td><td><ul><li>One</li></ul></td></tr></table>'
    assert "A word." in markdown_of(table)
