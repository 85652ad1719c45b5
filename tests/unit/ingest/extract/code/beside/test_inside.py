"""What a site puts into a `<pre>` for its readers' convenience is no code: buttons, toasts, icons, labels, titles."""

import pytest

from ingest.extract import extract


def markdown(block: str) -> str:
    page = f"<main><h1>Jars</h1><p>So it is opened:</p>{block}<p>Done.</p></main>"
    return extract(page.encode(), "https://docs.example/").document.markdown


@pytest.mark.parametrize(
    "block",
    [
        "<pre><code>open a\nopen b</code><span class=copied>Copied!</span></pre>",
        "<pre><code>open a\nopen b</code><div class=copy-tooltip>Copied</div></pre>",
        "<pre><code>open a\nopen b</code><a class=copy-btn href=#>Copy</a></pre>",
        "<pre><span class=copy-button>Copy</span><code>open a\nopen b</code></pre>",
        "<pre><code>open a\nopen b</code><clipboard-copy>Copy</clipboard-copy></pre>",
        "<pre><code>open a\nopen b</code><span class=tooltiptext>Copy to clipboard</span></pre>",
        "<pre><div class='absolute top-2'><div role=button>Copy</div></div><code>open a\nopen b</code></pre>",
        "<pre><code>open a\nopen b</code><span class=sr-only>Copied to clipboard</span></pre>",
        "<pre><code>open a\nopen b</code><span aria-live=polite>Copied</span></pre>",
        "<pre><i class=material-icons>content_copy</i><code>open a\nopen b</code></pre>",
        "<pre><span class='material-symbols-outlined'>done</span><code>open a\nopen b</code></pre>",
        "<pre>Copy<code>open a\nopen b</code></pre>",
        "<pre><code>open a\nopen b</code>✓ Copied!</pre>",
        "<pre><div><div><span>Wrap</span><span>复制代码</span></div></div><code>open a\nopen b</code></pre>",
        "<pre><div><code>open a\nopen b</code><p>Kopiert!</p></div></pre>",
        "<pre>open a\nopen b<span class=toast>Copied!</span></pre>",
        "<pre>open a\nopen b<copy-code>Copy code</copy-code></pre>",
        "<pre><div role=status>Copied</div>open a\nopen b</pre>",
        "<pre><code>open a\nopen b<i class='icon copy'>content_copy</i></code></pre>",
        "<div class=bar><span>Copy</span></div><pre><code>open a\nopen b</code></pre>",
        "<div><pre><code>open a\nopen b</code></pre><div><span>Raw</span><span>Open in Playground</span></div></div>",
    ],
)
def test_words_of_buttons_are_no_code(block: str) -> None:
    assert markdown(block) == "# Jars\n\nSo it is opened:\n\n```\nopen a\nopen b\n```\n\nDone.\n"


@pytest.mark.parametrize(
    "block",
    [
        "<pre data-lang=sh><span class=lang>sh</span><code>open a</code></pre>",
        "<pre><span class=lang>sh</span><code>open a</code></pre>",
        "<pre><div class=toolbar><span>Bash</span><span>Copy</span></div><code>open a</code></pre>",
        "<pre><span class=code-lang>bash</span>open a</pre>",
    ],
)
def test_a_label_says_the_language(block: str) -> None:
    assert "```bash\nopen a\n```" in markdown(block)


def test_a_title_stands_before_its_code() -> None:
    titled = "<pre><div class=code-title>jar.py</div><button>Copy</button><code>open a</code></pre>"
    assert markdown(titled) == "# Jars\n\nSo it is opened:\n\njar.py\n\n```\nopen a\n```\n\nDone.\n"
    beside = "<div class=head><span>jar.py</span><span>Copy</span></div><pre><code>open a</code></pre>"
    assert "\n\njar.py\n\n```\nopen a\n" in markdown(beside)


@pytest.mark.parametrize(
    "code",
    [
        "copy",
        "<span class=k>copy</span> a b",
        "run\n<span class=nb>edit</span>",
        "<span role=presentation>run</span>",
        "bash\n<span class=lang-xml>xml</span>",
    ],
)
def test_the_same_words_are_code_where_they_are_written_as_code(code: str) -> None:
    bare = code.replace("</span>", "").partition("<span")[0] + code.partition(">")[2].replace("</span>", "")
    assert f"```\n{bare or code}\n```" in markdown(f"<pre><code>{code}</code></pre>")


def test_text_beside_code_is_kept() -> None:
    assert "Run it so" in markdown("<div>Run it so</div><pre><code>open a</code></pre>")
    assert "**Copy**" in markdown("<div><p><strong>Copy</strong></p><pre><code>open a</code></pre></div>")
    assert "```\n$ open a\n```" in markdown("<pre><span>$ </span><code>open a</code></pre>")
    assert "```\nfirst\nopen a\n```" in markdown("<pre>first\n<code>open a</code></pre>")
