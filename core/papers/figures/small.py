"""How is a stranger's picture made safe and small? It is decoded, scaled down and written anew.

What is kept has only pixels in it: no metadata, no scripts (SVG is no picture here), no frames but the first.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, UnidentifiedImageError

from core.papers.source import Broken

WIDEST, TALLEST = 960, 1280
MOST_PIXELS = 60_000_000  # before scaling: 240 MB while it is decoded
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITY = 82


def small(body: bytes) -> bytes:
    """The picture as WebP of at most WIDEST × TALLEST pixels, on white where it is transparent.

    :raises Broken: no picture of the known formats, a damaged one, or one of too many pixels.
    """
    try:
        with warnings.catch_warnings():
            # Of Pillow's own limit on pixels; ours is lower, and an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Broken(f"the picture has {opened.width} × {opened.height} pixels, which is too many")
                coloured = opened.convert("RGBA")
    except Image.DecompressionBombError as error:
        raise Broken("the picture has too many pixels") from error
    except UnidentifiedImageError as error:
        raise Broken(f"no picture: it is none of {', '.join(FORMATS)}") from error
    except (OSError, ValueError, SyntaxError) as error:
        # Pillow's decoders say so of damaged files.
        raise Broken("the picture is damaged") from error
    sheet = Image.new("RGB", coloured.size, "white")
    sheet.paste(coloured, mask=coloured.getchannel("A"))
    sheet.thumbnail((WIDEST, TALLEST), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    sheet.save(written, "WEBP", quality=_QUALITY, method=4)
    return written.getvalue()
