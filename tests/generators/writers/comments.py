"""Comments at the end of a line, by language: where highlighters read what a line is marked with."""

from tests.generators.truth import Code

_FORMS = {
    "// {}": "c cpp csharp go java javascript json jsonc jsx kotlin php rust scss swift tsx typescript vue",
    "# {}": "bash graphql makefile nginx powershell python ruby toml yaml",
    "-- {}": "haskell lua sql",
    "<!-- {} -->": "html markdown svelte xml",
    "/* {} */": "css",
    "; {}": "ini",
    "% {}": "latex",
}
COMMENTS = {language: form for form, languages in _FORMS.items() for language in languages.split()}
_IN_MARKUP = {"jsx": "{{/* {} */}}", "tsx": "{{/* {} */}}"}
"""What stands between tags is no code there."""


def comment(language: str, line: str, text: str) -> str | None:
    """`text` as a comment behind a line; None where the language has none."""
    form = _IN_MARKUP.get(language) if line.lstrip().startswith("<") else None
    form = form or COMMENTS.get(language)
    return form and form.format(text)


def commented(code: Code, notes: dict[str, str]) -> list[str] | None:
    """The lines, those with a mark with its note in a comment; None where it would not be read as one."""
    lines = []
    for line in code.lines:
        note = notes.get(line.mark)
        said = comment(code.language, line.text, note) if note else ""
        if said is None or said.startswith("{"):  # Shiki leaves the braces behind
            return None
        if note and "--" in note and code.language == "xml":  # no comment of XML holds it
            return None
        lines.append(f"{line.text} {said}" if said else line.text)
    return lines
