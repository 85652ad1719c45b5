"""Code on a page of Nextra has the language of its fence, which only the source tells that the page sends."""

import json

from ingest.extract import extract

FENCE = "```"


def read(body: str, source: str) -> str:
    row = (
        "0:"
        + json.dumps(["$", "main", None, {"children": ["$", "$L1", None, {"sourceCode": source}]}])
        + "\n"
    )
    script = f"<script>self.__next_f.push([1,{json.dumps(row)}])</script>"
    page = f"<html><body><main><h1>Jars</h1><p>Open it.</p>{body}</main>{script}</body></html>"
    return extract(page.encode(), "https://docs.example/page").document.markdown


def code(*lines: str) -> str:
    return f"<pre><code>{'<br>'.join(lines)}</code></pre>"


def fenced(info: str, *lines: str, indent: str = "") -> str:
    return "".join(f"{indent}{line}\n" for line in (FENCE + info, *lines, FENCE))


def test_the_language_is_that_of_the_fence_that_begins_so() -> None:
    source = fenced("py filename='a.py' {1}", "import jar") + fenced("sh", "jar open") + fenced("", "jar")
    markdown = read(code("import jar") + code("jar open") + code("jar"), source)
    assert [line for line in markdown.splitlines() if line.startswith(FENCE) and line != FENCE] == [
        "```python",
        "```bash",
    ]


def test_of_blocks_that_begin_alike_each_has_its_own() -> None:
    source = fenced("js", "x()", "a") + fenced("py", "x()", "b")
    markdown = read(code("x()", "a") + code("x()", "b"), source)
    assert "```javascript\nx()\na" in markdown
    assert "```python\nx()\nb" in markdown


def test_notes_for_highlighters_do_not_count() -> None:
    source = fenced("ts twoslash", "// @errors: 2322", "const a = 1 // [!code ++]", indent="  ")
    assert "```typescript\nconst a = 1\n```" in read(code("const a = 1"), source)


def test_code_of_no_fence_has_no_language() -> None:
    assert "```\nelse\n```" in read(code("else"), fenced("js", "x()"))
