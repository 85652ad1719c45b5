"""What the buttons and toasts of a block of code say: that it is copied, run, opened, or which icon they are."""

import re
from functools import lru_cache

_WHAT = "code|snippet|command|commands|text|block|example|contents?|source|link|to clipboard|all|this|it|selection"
_WORDS = re.compile(
    rf"(?:click|tap|press|hover) to copy|(?:copy|copied)(?: (?:the )?(?:{_WHAT}))*(?: successfully)?"
    rf"|(?:code|snippet|command|text|successfully|link)? ?copied(?: to (?:the |your )?clipboard)?"
    r"|copy to (?:the |your )?clipboard|(?:copy failed|failed to copy|could not copy|error copying)"
    r"|(?:view|show|open)? ?raw|download(?: (?:code|file|source))?|expand(?: code| all)?|collapse(?: code| all)?"
    r"|show (?:more|less|all)|(?:toggle )?(?:word |line )?wrap(?: lines| text)?|full ?screen|explain(?: code)?|ask ai"
    r"|run(?: (?:code|this|it))?|try (?:it|this)(?: (?:out|online|yourself|now|live))?|edit(?: (?:code|this))?"
    r"|(?:open|edit|view|run|try|fork)(?: it)? (?:in|on|with) [\w.]+(?: [\w.]+)?|playground|reset|print|close"
    r"|复制|复制代码|拷贝|已复制|复制成功|複製|已複製|コピー|コピーする|コピーしました|コピー済み|복사|복사됨|복사하기"
    r"|copier|copier le code|copié|kopieren|code kopieren|kopiert|in die zwischenablage kopieren|copiar|copiar código"
    r"|copiado|copia|copiato|скопировать|копировать|скопировано|kopiuj|skopiowano|kopiëren|gekopieerd|kopyala"
    r"|kopyalandı|salin|disalin|sao chép|đã sao chép|kopiera|kopierad|kopioi|kopír(?:ovat|uj)|zkopírováno|másolás"
)
_ICONS = frozenset(
    (
        "content_copy", "file_copy", "copy_all", "content_paste", "content_cut", "content_paste_go", "done",
        "done_all", "check", "check_circle", "assignment", "assignment_turned_in", "expand_more",
        "expand_less", "unfold_more", "unfold_less", "open_in_new", "open_in_full", "play_arrow",
        "play_circle", "wrap_text", "file_download", "get_app", "link", "more_vert", "more_horiz",
        "fullscreen", "close", "terminal",
    )
)  # fmt: skip
"""Ligatures of icon fonts; which of them are words, only the class of an icon can tell."""
_LONGEST = 60


@lru_cache(maxsize=4096)
def is_button_words(text: str) -> bool:
    """Whether a text is nothing but what such a button says; signs around it do not matter."""
    if len(text) > _LONGEST:
        return False
    said = " ".join("".join(sign if sign.isalpha() or sign == "_" else " " for sign in text).lower().split())
    return _WORDS.fullmatch(said) is not None or ("_" in said and said in _ICONS)


def names_icon(text: str) -> bool:
    """Whether an element that is called an icon draws one by this text."""
    return text in _ICONS
