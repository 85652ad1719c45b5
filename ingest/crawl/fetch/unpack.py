"""A body as it was sent becomes the body that was meant, and never more than may be."""

import zlib

from ingest.crawl.fetch.faults import Fault
from shared.visible import visible

ACCEPTED = "gzip, deflate"
"""What a request says; nothing else is unpacked."""

_PLAIN = frozenset({"", "identity"})
_GZIP = b"\x1f\x8b"
_WBITS_GZIP, _WBITS_ZLIB, _WBITS_RAW = 31, 15, -15
_STEP = 1 << 20
_BOMB = 200
"""No text of some size packs so well: what unpacks to more than so many times its size is a bomb."""


class TooLarge(Exception):
    """There is more than may be; `body` of the unpacker is its beginning."""


class Unpacker:
    """Takes the blocks of a body as they come; `encoding` is its Content-Encoding, `limit` the bytes it may be.

    Raises Fault for what cannot be read, and TooLarge.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self.body = bytearray()
        self.received = 0
        self._encoding = encoding.strip().lower().removeprefix("x-")
        self._limit = limit
        self._stream: zlib._Decompress | None = None
        self._parts = 0
        self._over = False
        if self._encoding not in ("gzip", "deflate", *_PLAIN):
            raise Fault(
                f"packed in a way that was not asked for ({visible(self._encoding)[:20]})", again=False
            )

    def feed(self, block: bytes) -> None:
        self.received += len(block)
        if self._encoding in _PLAIN:
            self._take(block)
        else:
            self._unpack(block)

    def finish(self) -> None:
        """All blocks were fed; Fault if one must be missing."""
        if self._stream is not None:
            raise Fault("broke off in the middle of its answer", again=True)

    def _unpack(self, block: bytes) -> None:
        """Packed parts may follow each other; anything else after the first is no part of the body."""
        while block and not self._over:
            if self._stream is None:
                self._stream = zlib.decompressobj(self._wbits(block))
            try:
                self._take(self._stream.decompress(block, _STEP))
            except zlib.error:
                if not self._parts:
                    raise Fault(f"is not packed as it says ({self._encoding})", again=False) from None
                self._stream, self._over = None, True
                return
            if self._stream.eof:
                block = self._stream.unused_data
                self._stream = None
                self._parts += 1
                self._over = bool(block) and not _GZIP.startswith(block[:2])
            else:
                block = self._stream.unconsumed_tail

    def _wbits(self, block: bytes) -> int:
        if self._encoding == "gzip":
            return _WBITS_GZIP
        return _WBITS_ZLIB if block[0] & 0x0F == zlib.DEFLATED else _WBITS_RAW

    def _take(self, plain: bytes) -> None:
        self.body += plain
        size = len(self.body)
        if self._encoding not in _PLAIN and size > max(_STEP, _BOMB * self.received):
            raise Fault(f"unpacks to more than {_BOMB} times its size", again=False)
        if size > self._limit:
            del self.body[self._limit :]
            raise TooLarge
