import gzip
import zlib

import pytest

from ingest.crawl.fetch.faults import Fault
from ingest.crawl.fetch.unpack import TooLarge, Unpacker

TEXT = b"documentation " * 5000


def packed(encoding: str) -> bytes:
    raw = zlib.compressobj(wbits=-15)
    return {
        "": TEXT,
        "identity": TEXT,
        "gzip": gzip.compress(TEXT),
        "X-GZip": gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]) + b"\x1f\x00",
        "deflate": zlib.compress(TEXT),
        " Deflate ": raw.compress(TEXT) + raw.flush(),
    }[encoding]


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "X-GZip", "deflate", " Deflate "])
def test_a_body_is_unpacked_however_it_is_cut(encoding: str, size: int) -> None:
    unpacker, body = Unpacker(encoding, 1 << 20), packed(encoding)
    for start in range(0, len(body), size):
        unpacker.feed(body[start : start + size])
    unpacker.finish()
    assert unpacker.body == TEXT
    assert unpacker.received == len(body)


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_a_body_may_be_as_large_as_its_limit_and_no_larger(encoding: str) -> None:
    Unpacker(encoding, len(TEXT)).feed(packed(encoding))
    cut = Unpacker(encoding, 1000)
    with pytest.raises(TooLarge):
        cut.feed(packed(encoding))
    assert cut.body == TEXT[:1000]


def test_a_bomb_is_known_by_how_well_it_packs() -> None:
    bomb = gzip.compress(bytes(5 << 20))
    with pytest.raises(Fault, match="more than 200 times its size"):
        Unpacker("gzip", 100 << 20).feed(bomb)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_stops_early_is_asked_for_again(encoding: str) -> None:
    unpacker = Unpacker(encoding, 1 << 20)
    unpacker.feed(packed(encoding)[:-9])
    with pytest.raises(Fault, match="broke off") as failure:
        unpacker.finish()
    assert failure.value.again


@pytest.mark.parametrize(("encoding", "said"), [("br", "not asked for"), ("gzip", "not packed as it says")])
def test_what_cannot_be_unpacked_is_not_asked_for_again(encoding: str, said: str) -> None:
    with pytest.raises(Fault, match=said) as failure:
        Unpacker(encoding, 1 << 20).feed(b"<p>text</p>")
    assert not failure.value.again
