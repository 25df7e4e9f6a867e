"""A figure as HTML: its picture, what is seen on it in words, its caption, its data.

In a notebook everything lies within the output, as data URIs, so that a notebook alone is
complete. A site takes picture and data out into files (`lifted`), which pages then share the
browser's cache for and load as they come into sight; there the names of rows stay in sight, too,
where a picture is wider than the screen.

The picture is drawn on white with dark ink and colours of middle lightness: in the dark a page may
show it inverted, with hues turned back (`book/_static/book.css`). It is SVG where that is small,
with letters as text and images as PNG inside; else PNG with a palette.
"""

import base64
import gzip
import io
import re
from collections.abc import Callable
from html import escape

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image
from scipy.spatial import KDTree

PX_PER_IN = 110  # of a page, at which a figure has its own size
LEAST_LETTER_PX = 9.0  # a figure that would be shown with smaller ones scrolls
MOST_BYTES = 300_000
PACKED = 7  # of 9, pictures and tables: a tenth larger than the smallest, in a fifth of the time
COLOURS = (128, 64, 32)  # of a palette beside greys, as many as fit
ALL_COLOURS = 240  # of an image within an SVG: a scale of colours has as many
_SHRINK = 0.8  # where even those are too many bytes
_GREYS = [(255 - 28 * step) * 0x010101 for step in range(9)]
_DENSE = 1_500_000  # cells of images: too many for SVG, or too slow to try many colours
_SVG = {"svg.fonttype": "none", "svg.hashsalt": "figure", "svg.image_inline": True}
_FONT = re.compile(r"'DejaVu Sans'(, sans-serif)?")
_FONTS = "'DejaVu Sans', Verdana, sans-serif"
_INLINE = re.compile(r'(xlink:href="data:image/png;base64,)([^"]+)"')
_MARK = '<figure class="book-figure">'
_SHEET = re.compile(
    r'(style="--names: (?P<names>[\d.]+)">)(?P<picture><img (?P<shown>[^>]*?) alt="[^"]*" '
    r'(?P<size>width="(?P<width>\d+)" [^>]*?min-width: (?P<least>\d+)px">))(?=</div>)'
)
_NARROW_PX = 320  # of a phone's screen: what may be narrower never scrolls
_LEAST_NAMES_PX = 24
_NUMBER = '<span class="book-figure-number"></span>'
_LIFTED = re.compile(r'(src|href)="data:([a-z+/]+);base64,([A-Za-z0-9+/=]*)"')
_SUFFIXES = {"image/svg+xml": "svg", "image/png": "png", "application/gzip": "csv.gz"}
_MOST_PLAIN = 200_000  # bytes of a CSV that is published as it is


def figure_html(figure: Figure, *, title: str, caption: str, alt: str, data: pd.DataFrame | None):
    """A figure as one piece of HTML that needs nothing else.

    figure: drawn; its texts of those two kinds are hidden. title, caption: written below the
    picture. alt: what is seen, for those who do not see it. data: what was drawn.
    """
    kind, picture = picture_of(figure, figure.inner)
    width, height = np.round(np.asarray(figure.inner.size) * PX_PER_IN).astype(int)
    least = int(np.ceil(width * min(1.0, LEAST_LETTER_PX / _smallest_px(figure))))
    names = min((axes.get_position().x0 for axes in figure.axes), default=0.0)
    names *= figure.get_figwidth() / figure.inner.width
    image = (
        f'<img class="dark-light" src="data:{kind};base64,{_base64(picture)}" alt="{escape(alt)}" '
        f'width="{width}" height="{height}" loading="lazy" style="min-width: {least}px">'
    )
    words = [f'<span class="book-figure-title">{escape(_sentence(title))}</span>'] if title else []
    words += [escape(_sentence(caption))] if caption else []
    link = [] if data is None else [_data_link(data)]
    return (
        f'{_MARK}<div class="book-figure-frame" tabindex="0" role="group" '
        f'aria-label="{escape(title or alt)}" style="--names: {names:.4f}">{image}</div>'
        f"<figcaption>{' '.join([_NUMBER, *words, *link])}</figcaption></figure>"
    )


def _sentence(text: str) -> str:
    """Text that begins with a capital and ends with a full stop."""
    return text[:1].upper() + text[1:] + "." * (text[-1:] not in ".?!…")


def _data_link(data: pd.DataFrame) -> str:
    text = data.to_csv(index=False, float_format="%.4g", lineterminator="\n")
    packed = _base64(gzip.compress(text.encode(), PACKED, mtime=0))
    href = f"data:application/gzip;base64,{packed}"
    return f'<a class="book-figure-data" href="{href}" download="data.csv.gz">Data (CSV)</a>'


def is_figure(html: str) -> bool:
    """Whether HTML is what `figure_html` makes."""
    return html.startswith(_MARK)


def lifted(html: str, write: Callable[[str, bytes], str], number: str) -> str:
    """A figure's HTML with files in the place of data URIs, and its number.

    write: takes a suffix and what the file holds, and returns the file's address. number: such
    as 5.3.
    """

    def lift(found: re.Match) -> str:
        content, suffix = base64.b64decode(found[3]), _SUFFIXES[found[2]]
        if suffix == "csv.gz":
            plain = gzip.decompress(content)
            if len(plain) <= _MOST_PLAIN:
                content, suffix = plain, "csv"
        return f'{found[1]}="{escape(write(suffix, content))}"'

    name = f"figure-{number.replace('.', '-')}"
    html = _SHEET.sub(_names_kept, _LIFTED.sub(lift, html)).replace(
        ' download="data.csv.gz"', " download", 1
    )
    html = html.replace(_MARK, f'{_MARK[:-1]} id="{name}">', 1)
    told = f'<span class="book-figure-number">Figure {escape(number)}</span>'
    return html.replace(_NUMBER, told, 1)


def _names_kept(found: re.Match) -> str:
    """A picture that may scroll, and a second one over it, of which only names of rows are seen.

    They stay in their place while the picture moves below them (`book/_static/book.css`).
    """
    width, least, share = int(found["width"]), int(found["least"]), float(found["names"])
    if least <= _NARROW_PX or share * width < _LEAST_NAMES_PX:
        return found[0]
    names = f'<img {found["shown"]} alt="" {found["size"]}'
    return (
        f'{found[1]}<div class="book-figure-sheet" style="--width: {width}px; --least: {least}px">'
        f'{found["picture"]}<div class="book-figure-names" aria-hidden="true">{names}</div></div>'
    )


def picture_of(figure: Figure, part: Bbox) -> tuple[str, bytes]:
    """The media type and the bytes of a part, in inches, of a figure: SVG, or PNG if smaller."""
    cells = sum(image.get_array().size for image in figure.findobj(AxesImage))
    svg = _svg(figure, part) if cells <= _DENSE else b""
    if svg and len(svg) <= MOST_BYTES:
        return "image/svg+xml", svg
    return "image/png", small_png(_cut(figure, part))


def _cut(figure: Figure, part: Bbox) -> Image.Image:
    """The pixels of a part, in inches, of a figure; as drawn last, if it is still so."""
    if not figure.as_drawn:
        figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())
    left, low, right, high = np.round(part.extents * figure.dpi).astype(int)
    return Image.fromarray(pixels[max(len(pixels) - high, 0) : len(pixels) - low, left:right])


def _svg(figure: Figure, part: Bbox) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(_SVG):
        figure.savefig(buffer, format="svg", bbox_inches=part, metadata={"Date": None})
    text = _FONT.sub(_FONTS, buffer.getvalue().decode())
    return _INLINE.sub(_with_palette, text).encode()


def _with_palette(found: re.Match) -> str:
    """The image within an SVG, with a palette unless one sees through it."""
    image = Image.open(io.BytesIO(base64.b64decode(found[2]))).convert("RGBA")
    if image.getextrema()[3][0] < 255:
        return found[0]
    return f'{found[1]}{_base64(_palette_png(_on_white(image), ALL_COLOURS))}"'


def small_png(image: Image.Image, *, most: int = MOST_BYTES) -> bytes:
    """An image as PNG with a palette: of as many colours, then pixels, as `most` bytes allow."""
    image = _on_white(image)
    dense = image.width * image.height > _DENSE
    for colours in COLOURS[2 * dense :]:
        content = _palette_png(image, colours)
        if len(content) <= most:
            return content
    while len(content) > most:
        size = [max(int(_SHRINK * length), 1) for length in image.size]
        image = image.resize(size, Image.Resampling.NEAREST)
        content = _palette_png(image, colours)
    return content


def _palette_png(image: Image.Image, colours: int) -> bytes:
    """An RGB image in some of its colours (`_chosen`); the others become the nearest of them.

    Most shades of a scale and lines keep their colours exactly, and so does white paper, which
    PIL's own way, by six bits of each channel, would not.
    """
    packed = np.asarray(image, dtype=np.int32) @ np.array([1 << 16, 1 << 8, 1])
    places, found = pd.factorize(packed.ravel(), sort=True)  # faster than np.unique
    counts = np.bincount(places, minlength=len(found))
    chosen = _chosen(found, counts, colours)
    _, nearest = KDTree(chosen).query(_channels(found))
    few = Image.fromarray(nearest.astype(np.uint8)[places.reshape(packed.shape)], mode="P")
    few.putpalette(chosen.astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    few.save(buffer, format="png", compress_level=PACKED, dpi=(PX_PER_IN, PX_PER_IN))
    return buffer.getvalue()


def _chosen(found: np.ndarray, counts: np.ndarray, colours: int) -> np.ndarray:
    """Red, green and blue of greys and some of the colours that were found, packed, so often.

    Half of them are the most frequent, the others those that lie farthest from what is chosen: a
    scale of colours keeps its ends, however little of the picture has them.
    """
    half = colours // 2
    frequent = found[np.argsort(-counts, kind="stable")[:half]]
    chosen, known = _channels(np.concatenate([_GREYS, frequent])), _channels(found)
    away = KDTree(chosen).query(known)[0]
    for _ in range(colours - half):
        if not away.max():
            break
        farthest = known[away.argmax()]
        chosen = np.vstack([chosen, farthest])
        away = np.minimum(away, np.linalg.norm(known - farthest, axis=1))
    return chosen


def _channels(packed: np.ndarray) -> np.ndarray:
    """Red, green and blue of colours, [colours, 3]."""
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)


def _on_white(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _smallest_px(figure: Figure) -> float:
    """Height of the smallest letters at the figure's own size."""
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    smallest_pt = min((text.get_fontsize() for text in shown), default=LEAST_LETTER_PX)
    return smallest_pt / 72 * PX_PER_IN


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
