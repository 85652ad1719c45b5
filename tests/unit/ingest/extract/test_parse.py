"""A page's tree is the one that a browser makes of it."""

import pytest

from ingest.extract import extract

XHTML = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><main>{}</main></body></html>'


def markdown(page: str) -> str:
    return extract(page.encode(), "https://docs.example/").document.markdown


def test_sections_of_cdata_are_text_of_a_page_of_xhtml() -> None:
    body = '<h1>Jars</h1><pre><![CDATA[<jar lid="round">\n  a &amp; b <c>\n</jar>]]></pre><p>See <![CDATA[x < y]]>.</p>'
    code = '```\n<jar lid="round">\n  a &amp; b <c>\n</jar>\n```'
    assert markdown(XHTML.format(body)) == f"# Jars\n\n{code}\n\nSee x < y.\n"


@pytest.mark.parametrize("tag", ["script", "style"])
def test_sections_in_scripts_are_left_to_them(tag: str) -> None:
    body = f"<h1>Jars</h1><{tag}>//<![CDATA[\nif (a < b) '</p>'\n//]]></{tag}><p>Open.</p>"
    assert markdown(XHTML.format(body)) == "# Jars\n\nOpen.\n"


def test_sections_that_never_end_take_the_rest_and_no_time() -> None:
    assert markdown(XHTML.format("<h1>Jars</h1>" + "<![CDATA[" * 20_000)).startswith("# Jars")


def test_a_section_in_a_page_of_html_is_a_comment_there_and_here() -> None:
    assert markdown("<main><h1>Jars</h1><p>a<![CDATA[ hidden ]]> b</p></main>") == "# Jars\n\na b\n"


@pytest.mark.parametrize(
    "block",
    [
        "<pre><table><tr><td>1</td><td>open()</td></tr><tr><td>2</td><td>  shut()</td></tr></table></pre>",
        "<pre class=x>\n<ul><li>open()</li><li>  shut()</li></ul></pre>",
        "<pre><ol><li class=li1><div class=de1>open()</div></li><li><div>  shut()</div></li></ol></pre>",
        "<pre><li>open()</li><li>  shut()</li></pre>",
    ],
)
def test_code_does_not_end_at_a_table_or_a_list_in_it(block: str) -> None:
    assert markdown(f"<main><h1>Jars</h1>{block}<p>Done.</p></main>") == (
        "# Jars\n\n```\nopen()\n  shut()\n```\n\nDone.\n"
    )
