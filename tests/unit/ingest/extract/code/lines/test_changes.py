"""A removed line never stands beside its successor as valid code: such a block is a diff, whoever highlighted it."""

import pytest

from ingest.extract.code.block import code_text, read_block
from tests.unit.ingest.extract.code.test_block import pre


def lines(kept: str, removed: str, added: str, *, end: str = "\n") -> str:
    """Four lines, each in the markup of its kind."""
    return end.join(
        (
            kept.format("shelf({"),
            removed.format("  lid: 'old',"),
            added.format("  lid: 'new',"),
            kept.format("})"),
        )
    )


WAYS = {
    "vitepress": "<pre class='shiki has-diff vp-code'><code>"
    + lines(
        "<span class=line>{}</span>",
        "<span class='line diff remove'>{}</span>",
        "<span class='line diff add'>{}</span>",
    ),
    "mintlify": "<pre class=shiki><code>"
    + lines(
        "<span class=line>{}</span>",
        "<span class='line line-diff line-remove'><span style='color:#c00'>{}</span></span>",
        "<span class='line line-diff line-add'>{}</span>",
    ),
    "expressive code": "<pre data-language=js><code>"
    + lines(
        "<div class=ec-line><div class=gutter><i class=ln>1</i></div><div class=code>{}</div></div>",
        "<div class='ec-line highlight del'><div class=gutter><i class=ln>1</i></div><div class=code>{}</div></div>",
        "<div class='ec-line highlight ins'><div class=gutter><i class=ln>1</i></div><div class=code>{}</div></div>",
        end="",
    ),
    "docusaurus": "<pre class='prism-code language-js'><code>"
    + lines(
        "<span class=token-line style='color:#bfc7d5'><span class='token plain'>{}</span><br></span>",
        "<span class='token-line theme-code-block-removed-line'><span class='token plain'>{}</span><br></span>",
        "<span class='token-line theme-code-block-added-line'><span class='token plain'>{}</span><br></span>",
        end="",
    ),
    "docusaurus with numbers": "<pre class=language-js><code>"
    + lines(
        "<span class='token-line codeLine_x'><span class=codeLineNumber_T></span><span>{}</span><br></span>",
        "<span class='token-line code-block-diff-remove-line'>{}<br></span>",
        "<span class='token-line code-block-diff-add-line'>{}<br></span>",
        end="",
    ),
    "torchlight": "<pre><code data-lang=php class=torchlight>"
    + lines(
        "<div class=line><span style='user-select: none;' class=line-number>1</span>{}</div>",
        "<div class='line line-remove'><span style='user-select: none' class=line-number>-</span>{}</div>",
        "<div class='line line-add'><span style='user-select: none' class=line-number>+</span>{}</div>",
        end="",
    ),
    "torchlight with indicators": "<pre><code data-lang=php>"
    + lines(
        "<div class=line><i class=line-number>1</i><span class='diff-indicator diff-indicator-empty'> </span>{}</div>",
        "<div class='line line-remove'><i class=line-number>2</i><span class=diff-indicator>-</span>{}</div>",
        "<div class='line line-add'><i class=line-number>3</i><span class=diff-indicator>+</span>{}</div>",
        end="",
    ),
    "elements of HTML": "<pre><code>" + lines("{}", "<del>{}</del>", "<ins>{}</ins>"),
    "eleventy": "<pre class=language-js><code>"
    + lines(
        "<span class=highlight-line>{}</span>",
        "<del class='highlight-line highlight-line-remove'>{}</del>",
        "<ins class='highlight-line highlight-line-add'>{}</ins>",
        end="<br>",
    ),
    "gatsby": "<pre class=grvsc-container><code class=grvsc-code>"
    + lines(
        "<span class=grvsc-line><span class=grvsc-source>{}</span></span>",
        "<span class='grvsc-line grvsc-line-diff grvsc-line-diff-del'><span class=grvsc-source>{}</span></span>",
        "<span class='grvsc-line grvsc-line-diff grvsc-line-diff-add'><span class=grvsc-source>{}</span></span>",
    ),
    "rehype-pretty-code": "<pre><code data-language=js style='display:grid'>"
    + lines(
        "<span data-line>{}</span>",
        "<span class='diff remove' data-line>{}</span>",
        "<span class='diff add' data-line>{}</span>",
    ),
    "svelte": "<pre class=shiki><code>"
    + lines("{}", "<span class='highlight remove'>{}</span>", "<span class='highlight add'>{}</span>"),
    "attributes": "<pre><code>"
    + lines(
        "<div data-line>{}</div>",
        "<div data-line data-removed>{}</div>",
        "<div data-line data-added>{}</div>",
    ),
    "an attribute's value": "<pre><code>"
    + lines("<div>{}</div>", "<div data-diff=removed>{}</div>", "<div data-diff=added>{}</div>"),
    "diff2html": "<pre><code><table>"
    + lines(
        "<tr><td><span class=d2h-code-line-prefix>&nbsp;</span><span class=d2h-ctn>{}</span></td></tr>",
        "<tr><td class=d2h-del><span class=d2h-code-line-prefix>-</span><span class=d2h-ctn>{}</span></td></tr>",
        "<tr><td class=d2h-ins><span class=d2h-code-line-prefix>+</span><span class=d2h-ctn>{}</span></td></tr>",
    )
    + "</table>",
    "utility classes": "<pre><code>"
    + lines(
        "<span class=block>{}</span>",
        "<span class=\"block bg-red-900 before:content-['-']\">{}</span>",
        "<span class=\"block bg-green-900 before:content-['+']\">{}</span>",
        end="",
    ),
    "marks": "<pre><code>" + lines("{}", "<mark class=del>{}</mark>", "<mark class=ins>{}</mark>"),
    "signs that nobody selects": "<pre><code>"
    + lines("{}", "<span class=select-none>-</span>{}", "<span class=select-none>+</span>{}"),
    "signs in the code": "<pre><code class='language-js code-diff'>"
    + lines(
        "<span class=code-line> {}\n</span>",
        "<span class='code-line diff-deleted'>-{}\n</span>",
        "<span class='code-line diff-inserted'>+{}\n</span>",
        end="",
    ),
    "prism": "<pre class='language-diff-js diff-highlight'><code class=language-diff-js>"
    + lines(
        "<span class='token unchanged'><span class='token prefix unchanged'> </span>{}\n</span>",
        "<span class='token deleted-sign deleted'><span class='token prefix deleted'>-</span>{}\n</span>",
        "<span class='token inserted-sign inserted'><span class='token prefix inserted'>+</span>{}\n</span>",
        end="",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_block_with_removed_lines_becomes_a_diff_in_which_each_line_has_its_sign(way: str) -> None:
    code, language = read_block(pre(WAYS[way]))
    assert code == " shelf({\n-  lid: 'old',\n+  lid: 'new',\n })"
    assert language == "diff"


@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"signs in the code", "prism"}))
def test_without_its_signs_each_line_is_as_it_was(way: str) -> None:
    assert code_text(pre(WAYS[way])) == "shelf({\n  lid: 'old',\n  lid: 'new',\n})"


@pytest.mark.parametrize(
    ("markup", "code", "language"),
    [
        # What was only added is code.
        ("<span class=line>a</span>\n<span class='line diff add'>b</span>", "a\nb", "javascript"),
        ("a <ins>b</ins> c", "a b c", "javascript"),
        ("a\n<span class='line add'><span class=select-none>+</span>b</span>", "a\nb", "javascript"),
        # What was changed within a line is the line before and after.
        ("x\na = <del>1</del><ins>2</ins>;\ny", " x\n-a = 1;\n+a = 2;\n y", "diff"),
        ("a<del> = 1</del>", "-a = 1\n+a", "diff"),
        ("<del>a</del>\nb<ins>c</ins>", "-a\n-b\n+bc", "diff"),
        # Elements of several lines, and lines without a sign of their own.
        ("<del>a\n\nb</del>\nc", "-a\n-\n-b\n c", "diff"),
        ("<del>a\n</del>\nb", "-a\n \n b", "diff"),
        ("<span class='line diff remove'></span>\n<span class=line>a</span>\n<span class='line diff remove'>b</span>",
         "-\n a\n-b", "diff"),
        # Items of a list begin with a sign, and are no diff.
        ("a:\n<span class='line diff remove'>- b</span>\n<span class='line diff add'>- c</span>\n- d",
         " a:\n-- b\n+- c\n - d", "diff"),
        # Names that are no signs of a change.
        ("<b class=hljs-keyword>remove</b> a\n<b class='token deleted'>-b</b>", "remove a\n-b", "javascript"),
        ("<span class='line highlighted error'>a</span>\nb", "a\nb", "javascript"),
        ("  <span class=p-Indicator>-</span> a\n<span class='p p-Indicator'>-</span> b", "  - a\n- b", "javascript"),
        ("  <span class=select-none>-</span> a\n  b", "  - a\n  b", "javascript"),
        ("<span class=add>a</span>\n<span class=delete>b</span>", "a\nb", "javascript"),
        ("<span class=o>-</span> a\n<span class=o>+</span> b", "- a\n+ b", "javascript"),
        ("a:\n  <span class='p p-Indicator'>-</span> b", "a:\n  - b", "javascript"),
    ],
)  # fmt: skip
def test_what_became_of_lines_and_of_words_in_them(markup: str, code: str, language: str) -> None:
    assert read_block(pre(f"<pre><code class=language-js>{markup}</code></pre>")) == (code, language)


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        ("-a\n+b\n c", "-a\n+b\n c"),
        ("<span class=gd>-a</span>\n<span class=gi>+b</span>\nc", "-a\n+b\nc"),
        ("<span class='line diff remove'>-a</span>\n<span class='line diff add'>+b</span>\nc", "-a\n+b\nc"),
        ("-a <del>x</del>\n+a <ins>y</ins>", "-a x\n+a y"),
        # Expressive Code takes the signs out, and says by classes what they said.
        (
            "<div class='ec-line del'>a</div><div class='ec-line ins'>b</div><div class=ec-line>c</div>",
            "-a\n+b\n c",
        ),
        ("<div class='ec-line ins'>a</div><div class=ec-line>b</div>", "+a\n b"),
    ],
)
def test_a_diff_keeps_its_signs_and_none_is_doubled(markup: str, code: str) -> None:
    assert read_block(pre(f"<pre><code class=language-diff>{markup}</code></pre>")) == (code, "diff")
