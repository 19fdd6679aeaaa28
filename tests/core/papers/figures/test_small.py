"""A stranger's picture is decoded, scaled and written anew, or refused in one line."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from core.papers.figures.small import TALLEST, WIDEST, small
from core.papers.source import Broken


def picture(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB", colour: object = "red") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_large_picture_becomes_a_small_webp(kind: str) -> None:
    found = Image.open(io.BytesIO(small(picture((3000, 1500), kind))))
    assert (found.format, found.size) == ("WEBP", (WIDEST, WIDEST // 2))


def test_a_tall_one_keeps_its_shape_and_a_small_one_its_size() -> None:
    assert Image.open(io.BytesIO(small(picture((500, 5000))))).size == (TALLEST // 10, TALLEST)
    assert Image.open(io.BytesIO(small(picture((30, 20))))).size == (30, 20)


def test_what_is_transparent_stands_on_white() -> None:
    found = Image.open(io.BytesIO(small(picture((40, 40), mode="RGBA", colour=(0, 0, 0, 0))))).convert("RGB")
    pixel = found.getpixel((20, 20))
    assert isinstance(pixel, tuple) and min(pixel) > 250


def test_metadata_is_not_kept() -> None:
    out = io.BytesIO()
    about = Image.Exif()
    about[0x010E] = "a secret"
    Image.new("RGB", (40, 40)).save(out, "JPEG", exif=about)
    assert b"a secret" in out.getvalue()
    assert b"a secret" not in small(out.getvalue())


def bomb() -> bytes:
    """A PNG of a few bytes that claims to be 50,000 pixels square."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", bomb(), picture((400, 400))[:200]],
    ids=["nothing", "svg", "bomb", "cut short"],
)
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    with pytest.raises(Broken, match="picture"):
        small(body)
