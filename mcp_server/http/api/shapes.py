"""Pure: answers in the shapes that Context7's clients read."""

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt

from shared.model.answer import Answer, Libraries, LibraryMatch, Snippet

UNKNOWN, NOT_MEASURED = -1, 0
"""What their clients take for a reputation that nobody knows, and for a library that no benchmark was run on."""
_SNIPPET = "snippet"


def libraries_shape(found: Libraries) -> dict[str, Any]:
    """Best match first; where there is none, why."""
    said = {"error": "library_not_found", "message": found.message} if found.message else {}
    return {"results": [_library(one) for one in found.libraries], **said}


def context_shape(answer: Answer, facts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Passages that are code examples, and those that are prose, each best first. Every word of each is kept."""
    pairs = list(zip(answer.snippets, facts, strict=True))
    said = {"message": answer.message} if answer.message else {}
    return {
        "codeSnippets": [_code(one, fact) for one, fact in pairs if fact["content_type"] == _SNIPPET],
        "infoSnippets": [_info(one, fact) for one, fact in pairs if fact["content_type"] != _SNIPPET],
        **said,
    }


def _library(match: LibraryMatch) -> dict[str, Any]:
    return {
        "id": match.id,
        "title": match.title,
        "description": match.description,
        "totalSnippets": match.snippets,
        "trustScore": UNKNOWN,
        "benchmarkScore": NOT_MEASURED,
        "versions": list(match.versions),
        "source": match.source,
    }


def _code(snippet: Snippet, fact: dict[str, Any]) -> dict[str, Any]:
    prose, blocks = _parted(snippet.content)
    return {
        "codeTitle": snippet.title,
        "codeDescription": prose,
        "codeLanguage": snippet.language or "",
        "codeTokens": fact["tokens"],
        "codeId": snippet.source_url,
        "pageTitle": snippet.title.partition(" > ")[0],
        "codeList": [{"language": language, "code": code} for language, code in blocks],
    }


def _info(snippet: Snippet, fact: dict[str, Any]) -> dict[str, Any]:
    return {
        "pageId": snippet.source_url,
        "breadcrumb": snippet.title,
        "content": snippet.content,
        "contentTokens": fact["tokens"],
    }


def _parted(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without its fenced blocks, and these: language and code."""
    lines, blocks, fenced = markdown.splitlines(keepends=True), [], set[int]()
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "fence" and token.map:
            fenced.update(range(*token.map))
            blocks.append((token.info.strip().partition(" ")[0], token.content.removesuffix("\n")))
    prose = "".join(line for at, line in enumerate(lines) if at not in fenced)
    return prose.strip(), blocks
