"""Source listings: the code that a reference documents, shown beside an entry or as a page that is nothing else."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.generators.generator import Generator, names
from ingest.extract.generators.registry import matcher
from ingest.extract.tree.elements import HEADINGS, plain
from ingest.extract.tree.selectors import Matcher

_FILE = r"[\w.\\/@+-]*[\w+-]\.\w{1,8}|[\w.@+-]+(?:[\\/][\w.@+-]+)+"
_OF_A_FILE = re.compile(
    rf"source(?: code)?(?: (?:in|from|of|for|at|file))*:? (?:{_FILE})(?:\W{{1,3}}(?:lines? )?\d+(?:\W\d+)?)?"
    rf"|definition at line \d+ of file (?:{_FILE})",
    re.IGNORECASE,
)
"""Of mkdocstrings, Doxygen and their like: the code that follows is a part of that file."""
_OF_THE_ENTRY = re.compile(
    r"(?:(?:click to )?(?:view|show|see|hide|expand|toggle|view hide|show hide) )?(?:the )?(?:full )?source(?: code)?",
    re.IGNORECASE,
)
"""What opens the code of an entry, and on other pages that of an example."""
_BOXES = names("""
    details.mkdocstrings-source details.source details.method-source table.source_code .method-source-code .dyn-source
""")
"""What holds the source of an entry and nothing else, by its generator's own account."""
_ENTRY = re.compile(r"doc-(?:object|contents)|mem(?:item|doc)|method[-_]details?|view-source-button")
"""A class of what an API generator puts an entry in, or opens its source with."""
_SIGNATURE = re.compile(
    r"(?:(?:async|def|class|function|func|fn|pub|static|public|private|protected|const|void|abstract|final|export|unsafe"
    r"|virtual|inline|macro|method|property|constructor|classmethod|staticmethod)\s+)*[\w.:$#~@]*\w[!?]?"
    r"\([^()]*(?:\([^()]*\)[^()]*)*\)(?:\s*(?:->|→|=>|[:;\[¶#]|(?:throws|const|noexcept|where)\b).*)?"
    r"|(?:class|def|function|module|struct|trait|interface|enum) [\w.:]+"
)
_FILE_NAME = re.compile(
    r".*\.(?:py|[cm]?[jt]sx?|rs|[ch](?:pp|xx|c)?|java|kt|rb|go|php|cs|swift|lua|r|html|css|json|ya?ml|toml|md|rst|sh|txt|xml|vue)",
    re.IGNORECASE,
)
_TOGGLES = ("summary", "label", "button")
_SAYING = ("p", "a", "div", "strong", "b", "caption", "figcaption")
_SAID = ("ource", "OURCE", "efinition at line")
_LABELS = frozenset(
    (
        "summary", "label", "button", "a", "p", "span", "div", "b", "strong", "em", "small", "caption", "figcaption",
        "code",
    )
)  # fmt: skip
_SIGNS = " []()<>▶▼▸▾+-#¶:.…"
"""Around a label's words."""
_LONGEST = 200
"""Characters of a label."""
_LEVELS = 4
"""How far above its label a listing may stand beside it."""
_BESIDE = 3
"""Words beside the code in a listing's box: its language, a button."""

_PAGE_MARKS = names("""
    div.viewcode-block body.rustdoc.src body.rustdoc.source pre.src-line-numbers pre.py-src div.sourceContainer
    pre.source.linenums pre#source div.src-code
""")
"""What stands only on pages of sources: those of Sphinx, rustdoc, Epydoc, Javadoc, JSDoc, ApiGen, PHPDoc."""
_PAGE_PATHS = names("*/_modules/* */src-html/* *-pysrc.html */__filesource/*")
_DOXYGEN = "_source.html"
_KIND = "(?:the )?(?:file|module|package|class|script|header|namespace):?"
_TITLE = re.compile(
    rf"(?:.*[:|] )?(?:view )?source(?: code| file| listing)*(?: (?:for|of|in|from)(?: {_KIND})?|:| {_KIND}) \S+"
    rf"|(?:.*[:|] )?(?:{_FILE})(?: [-|–—])? source(?: code| file| listing)?"
    r"|(?:view )?(?:the )?source(?: code| file| listing)?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:l|line|n)?[-_.]?0*(\d{1,6})", re.IGNORECASE)
"""Ids of lines, where the whole page has but one numbering."""
_MANY = 10
_EXAMPLE = re.compile(
    r"(?:^|[/_-])(?:examples?|samples?|tutorials?|gallery|demos?|snippets?|cookbook|recipes?)(?:[/_.-]|$)"
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}|[^\W\d_]{2,}")
"""Two signs of a script without spaces count as one."""
_CAPTION = 8
"""Words: a page of more explains its code."""
_BANNER = 60
"""Words that may stand on every page of a site, where the page is one of sources for sure."""
_FRAME = ("nav", "header", "footer", "aside", "script", "style", "label", "button", "select")


@dataclass(frozen=True, slots=True)
class Sources:
    """The listings beside the entries of one page."""

    boxes: frozenset[Element] = frozenset()
    """What holds their code, or is it."""
    labels: tuple[Element, ...] = ()
    """What says so: a part of the listing."""

    def hold(self, code: Element) -> bool:
        return bool(self.boxes) and any(one in self.boxes for one in (code, *code.iterancestors()))


def find_sources(region: Element, generator: Generator) -> Sources:
    """The listings of a page. To be asked before chrome is dropped: their labels may be buttons."""
    code = matcher(("pre", *generator.listings))
    boxes = {
        one for one in matcher(_BOXES).within(region) if _only_code(one, one.find("summary"), code, _BESIDE)
    }
    labels = [one for box in boxes for one in box.iterchildren("summary")]
    for label, within_entry, below_name in _labels(region, generator):
        named = names_source(plain(label))
        if not (within_entry or (named and below_name)):
            continue
        if (box := _box(label, code)) is not None:
            boxes.add(box)
            labels.append(label)
    return Sources(frozenset(boxes), tuple(dict.fromkeys(labels)))


def names_source(label: str) -> bool:
    """Whether a label says that what follows is a part of a file: `Source code in larder/jar.py`."""
    return _OF_A_FILE.fullmatch(label.strip(_SIGNS)) is not None


def is_named(heading: str, *, coded: bool) -> bool:
    """Whether a heading, all of it code or not, is a name of what has an entry in a reference."""
    return _SIGNATURE.fullmatch(heading) is not None or (coded and _FILE_NAME.fullmatch(heading) is None)


def source_page_words(tree: Element, title: str, path: str) -> int:
    """How many words beside its code a page may have that is the listing of a file, by all signs; else 0."""
    if any(fnmatchcase(path, glob) for glob in _PAGE_PATHS) or _is_marked(tree):
        return _BANNER
    if any(map(_EXAMPLE.search, (path.lower(), title.lower()))):
        return 0
    headings = [text for one in tree.iter("h1") if len(text := plain(one)) <= _LONGEST][:2]
    title = title[:_LONGEST]
    if path.endswith(_DOXYGEN) or any(map(_TITLE.fullmatch, (title, *headings))):
        return _CAPTION
    return _CAPTION if _is_numbered(tree, title, headings) else 0


def is_all_code(region: Element, generator: Generator, words: int) -> bool:
    """Whether a page's content is code under a heading, and no more than so many words of prose."""
    return _only_code(region, None, matcher(("pre", *generator.listings)), words, (*HEADINGS, "a", *_FRAME))


def _labels(region: Element, generator: Generator) -> Iterator[tuple[Element, bool, bool]]:
    """Each label; whether it stands in an API entry, and whether in what is named as one could be."""
    said = (one for one in region.iter(*_TOGGLES, *_SAYING) if one.tag in _TOGGLES or _may_say(one))
    found = {label for one in said if (label := _whole(one)) is not None} | set(_quoted(region))
    if not found:
        return
    signatures = matcher(generator.signatures)
    signed = named = False
    for one in region.iter(*HEADINGS, "dt", *{str(label.tag) for label in found}):
        if one in found and next(one.iterancestors(*HEADINGS, "dt"), None) is None:
            entry = signed or any(map(_is_entry, (one, *one.iterancestors())))
            yield one, entry, entry or named
        elif one.tag in HEADINGS or one.tag == "dt":
            text, code = plain(one), one.find(".//code")
            signed = signatures.matches(one) or _SIGNATURE.fullmatch(text) is not None
            named = signed or is_named(text, coded=code is not None and plain(code) == text)


def _may_say(element: Element) -> bool:
    text = element.text
    return (
        text is not None
        and any(part in text for part in _SAID)
        and not (element.tag == "a" and _leads_away(element))
    )


def _whole(part: Element) -> Element | None:
    """The label of which an element is a part."""
    label = None
    for one in (part, *part.iterancestors()):
        said = _bare(one) if one.tag in _LABELS else ""
        if not (_OF_A_FILE.fullmatch(said) or _OF_THE_ENTRY.fullmatch(said)):
            break
        label = one
    return label


def _quoted(region: Element) -> Iterator[Element]:
    """Summaries of an API entry that name a file, in whatever language."""
    for summary in region.iter("summary"):
        code = summary.find("code")
        named = code is not None and _FILE_NAME.fullmatch(plain(code)) is not None
        if named and any(map(_is_entry, summary.iterancestors())):
            yield summary


def _bare(element: Element) -> str:
    """Its words without signs around them."""
    text = plain(element)
    return text.strip(_SIGNS) if len(text) <= _LONGEST else ""


def _is_entry(element: Element) -> bool:
    return any(map(_ENTRY.fullmatch, (element.get("class") or "").split()))


def _leads_away(label: Element) -> bool:
    links = (one for one in (label, *label.iterancestors("a"), *label.iter("a")) if one.tag == "a")
    return any(
        (one.get("href") or "#")[:1] != "#" and "script:" not in (one.get("href") or "") for one in links
    )


def _box(label: Element, code: Matcher) -> Element | None:
    """What a label names: what its `<details>` holds, or what stands right behind it."""
    above = label.getparent()
    if label.tag == "summary":
        return above if above is not None and _only_code(above, label, code, _BESIDE) else None
    beside = _BESIDE if label.tag in _TOGGLES else 0
    for _ in range(_LEVELS):
        for behind in label.itersiblings("*"):
            if _only_code(behind, None, code, beside):
                return behind
            if plain(behind):
                return None
        above = label.getparent()
        if above is None or (label.tail or "").strip():
            return None
        label = above
    return None


def _only_code(
    box: Element, label: Element | None, code: Matcher, words: int, unread: Collection[str] = _FRAME
) -> bool:
    """Whether there is code, and no more than so many words beside it, without what is not read."""
    found, beside = False, 0
    walk = etree.iterwalk(box, events=("start", "end"))
    for event, one in walk:
        if event == "start":
            if code.matches(one):
                found = found or bool(plain(one))
                walk.skip_subtree()
            elif one is label or one.tag in unread:
                walk.skip_subtree()
            elif one.tag in HEADINGS:
                return False
            else:
                beside += _words(one.text)
        elif one is not box:
            beside += _words(one.tail)
        if beside > words:
            return False
    return found


def _words(text: str | None) -> int:
    return len(_WORD.findall(text)) if text else 0


def _is_marked(tree: Element) -> bool:
    return next(matcher(_PAGE_MARKS).within(tree), None) is not None


def _is_numbered(tree: Element, title: str, headings: Collection[str]) -> bool:
    """Whether a page is called as a file is, and each line of its code can be linked to by its number."""
    if not any(re.fullmatch(_FILE, name) for name in headings or title.split(" ")[:1]):
        return False
    numbers = {
        int(found[1])
        for one in tree.iter("a", "span", "div", "li", "td", "tr")
        if (found := _NUMBERED.fullmatch(one.get("id") or one.get("name") or ""))
    }
    return len(numbers) >= _MANY and set(range(1, _MANY + 1)) <= numbers
