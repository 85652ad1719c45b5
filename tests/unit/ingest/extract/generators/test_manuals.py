"""What Sphinx and its notebooks draw beside what their authors wrote."""

from ingest.extract import extract


def markdown(content: str) -> str:
    html = f'<html><body><div class="sphinxsidebar"></div><main><h1>Jars</h1>{content}</main></body></html>'
    return extract(html.encode(), "https://kitchen.example/jars.html").document.markdown


def test_a_hidden_cell_is_code_and_nothing_says_how_it_opens() -> None:
    shown = '<p class="{} admonition-title">{} code cell source</p>'
    cell = (
        f'<details class="admonition hide above-input"><summary aria-label="Toggle hidden content">'
        f"{shown.format('collapsed', 'Show')}{shown.format('expanded', 'Hide')}</summary>"
        '<div class="cell_input"><div class="highlight-ipython3"><pre>jar</pre></div></div></details>'
        '<div class="cell_output"><div class="output text_plain highlight-myst-ansi"><pre>1</pre></div></div>'
    )
    assert markdown(cell) == "# Jars\n\n```python\njar\n```\n\n```\n1\n```\n"


def test_an_error_of_a_notebook_is_a_traceback() -> None:
    assert "```pytb\n1 / 0\n```" in markdown('<div class="highlight-ipythontb"><pre>1 / 0</pre></div>')


def test_a_signature_of_several_lines_is_one_heading() -> None:
    paren, name = '<span class="sig-paren">{}</span>', '<span class="sig-name">pour</span>'
    typed = f"{paren.format('[')}\n\n<dl>\n<dd>T,</dd>\n</dl>\n\n{paren.format(']')}"
    listed = (
        f"{paren.format('(')}\n\n<dl>\n<dd>*into: T,</dd>\n<dd>all=True,</dd>\n</dl>\n\n{paren.format(')')}"
    )
    entry = f'<dl class="py function"><dt class="sig" id="pour">{name}{typed}{listed} → None</dt><dd>Pours.</dd></dl>'
    assert markdown(entry) == "# Jars\n\n## `pour[T](*into: T, all=True) → None`\n\nPours.\n"


def test_a_template_stands_apart_from_what_it_is_of() -> None:
    said = "template&lt;typename T&gt;<br>class Jar"
    entry = f'<dl class="cpp class"><dt class="sig" id="Jar">{said}</dt><dd>It holds.</dd></dl>'
    assert "## `template<typename T> class Jar`" in markdown(entry)


def test_code_of_no_named_language_that_begins_with_a_prompt_is_a_session_of_python() -> None:
    code = (
        '<div class="doctest highlight-default"><pre><span></span><span class="{}">{}</span> jar</pre></div>'
    )
    assert "```pycon\n>>> jar\n```" in markdown(code.format("gp", "&gt;&gt;&gt;"))
    assert "```python\nimport jar\n```" in markdown(code.format("kn", "import"))
