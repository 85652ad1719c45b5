"""Code blocks keep their lines, lose what is no code, and say their language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from lxml.etree import _Element as Element
from markdown_it import MarkdownIt

from ingest.extract.code.block import code_text, fence
from ingest.extract.code.language import code_language


def pre(markup: str) -> Element:
    found = html.fragment_fromstring(markup, create_parent="div").find(".//pre")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<pre>\n  a\n    b  \n\n</pre>", "  a\n    b"),
        ("<pre>a<br>b<br/>c</pre>", "a\nb\nc"),
        ("<pre><div class=line>a</div><div class=line></div><div class=line>b</div></pre>", "a\n\nb"),
        ("<pre><span class=line>a</span>\n<span class=line>b</span></pre>", "a\nb"),
        ("<pre><span class=token-line>a<br></span><span class=token-line>b<br></span></pre>", "a\nb"),
        ("<pre><code><ol><li>a</li><li>b</li></ol></code></pre>", "a\nb"),
        ("<pre>see <a href=x>the <b>name</b></a>()</pre>", "see the name()"),
        ("<pre><span class=linenos>1</span>a\n<span class=linenos>2</span>b</pre>", "a\nb"),
        ("<pre>a<button>Copy</button>\nb</pre>", "a\nb"),
        ("<pre>run()\n<div class=popup_sql>SELECT 1\n</div>done</pre>", "run()\nSELECT 1\ndone"),
        ("<pre>a\u00a0\u00a0b</pre>", "a  b"),
    ],
)
def test_the_lines_are_those_a_reader_sees(markup: str, text: str) -> None:
    assert code_text(pre(markup)) == text


@pytest.mark.parametrize(
    ("markup", "language"),
    [
        ("<pre><code class='language-js'>x</code></pre>", "javascript"),
        ("<pre class='lang-py prettyprint'>x</pre>", "python"),
        ("<pre class='brush: sql'>x</pre>", "sql"),
        (
            "<div class='highlight-console notranslate'><div class=highlight><pre>x</pre></div></div>",
            "console",
        ),
        ("<div class='highlight-default'><pre><span class=k>x</span></pre></div>", "python"),
        ("<div class='highlight-default'><pre>x</pre></div>", ""),
        ("<div class='highlight-none'><pre>x</pre></div>", ""),
        ("<div class='highlight highlight-source-shell'><pre>x</pre></div>", "bash"),
        ("<pre class='programlisting java'>x</pre>", "java"),
        ("<pre data-lang=TOML>x</pre>", "toml"),
        ("<pre class='rust item-decl'>x</pre>", "rust"),
        ("<pre class='prism-code'>x</pre>", ""),
        ("<div class='c'><pre>x</pre></div>", ""),
    ],
)
def test_the_language_is_read_from_the_block_or_its_wrappers(markup: str, language: str) -> None:
    assert code_language(pre(markup)) == language


@given(st.text(alphabet="`~a \n\\<", min_size=1).filter(lambda text: text.strip("\n") == text))
def test_a_fence_holds_whatever_backticks_the_code_has(code: str) -> None:
    tokens = MarkdownIt("commonmark").parse("\n".join(fence(code, "x")))
    assert [(token.type, token.info, token.content) for token in tokens] == [("fence", "x", code + "\n")]
