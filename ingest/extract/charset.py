"""The codec by which browsers read what a page or a header names: text encodings alone, and only theirs."""

import codecs
import re

_LABEL = re.compile(r"[A-Za-z0-9_.:()-]{2,40}")
_UNKNOWN_TO_PYTHON = {
    label: codec
    for codec, labels in {
        "big5hkscs": "cn-big5 x-x-big5",
        "cp1250": "x-cp1250",
        "cp1251": "x-cp1251",
        "cp1252": "x-cp1252",
        "cp1253": "x-cp1253",
        "cp1254": "x-cp1254",
        "cp1255": "x-cp1255",
        "cp1256": "x-cp1256",
        "cp1257": "x-cp1257",
        "cp1258": "x-cp1258",
        "cp874": "dos-874 windows-874",
        "cp932": "windows-31j x-sjis",
        "cp949": "windows-949",
        "euc_jp": "x-euc-jp",
        "gb18030": "gb_2312-80 x-gbk",
        "iso8859-8": "iso-8859-8-e iso-8859-8-i logical visual",
        "koi8-r": "koi koi8",
        "koi8-u": "koi8-ru",
        "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
        "mac-roman": "x-mac-roman",
        "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    }.items()
    for label in labels.split()
}
_READ_AS = {
    **{f"iso8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"cp{page}": f"cp{page}" for page in (866, 874, 932, 949, *range(1250, 1259))},
    **{
        name: name
        for name in ("euc_jp", "gb18030", "iso2022_jp", "koi8-r", "koi8-u", "mac-cyrillic", "mac-roman")
    },
    **{name: name for name in ("big5hkscs", "utf-8", "utf-16-be", "utf-16-le")},
    **dict.fromkeys(("ascii", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("iso8859-11", "tis-620"), "cp874"),
    **{
        "big5": "big5hkscs",
        "euc_kr": "cp949",
        "iso8859-9": "cp1254",
        "shift_jis": "cp932",
        "utf-16": "utf-16-le",
    },
}
"""What browsers read where a page names these, by Python's own names."""


def codec_of(label: str | None) -> str | None:
    """Python's name of the encoding that browsers read where `label` is named; None where they know none."""
    if label is None or not _LABEL.fullmatch(plain := label.strip().lower()):
        return None
    try:
        named = _UNKNOWN_TO_PYTHON.get(plain) or codecs.lookup(plain).name
    except LookupError:
        return None
    return _READ_AS.get(named)
