"""A page as a scanner leaves it: one grey JPEG, skewed, unevenly lit, noisy, slightly soft, no text."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from random import Random

import pymupdf
from PIL import Image, ImageChops, ImageFilter

from poolmgr.local.samples.sheet import Sheet, lay

DPI = 300
JPEG_QUALITY = 72
# ink and paper in shades of grey, 0 is black
INK, PAPER = 38, 250
LIGHT = (222, 255)
SKEW_DEGREES = (0.3, 1.5)
BLUR_PIXELS = (0.6, 0.9)
NOISE_SHADES = 26
SPECKS_A_PAGE = 60


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """How one page was laid on the glass."""

    skew_degrees: float
    blur_pixels: float


def draw_scanner(rng: Random) -> Scanner:
    return Scanner(
        skew_degrees=rng.choice((-1, 1)) * rng.uniform(*SKEW_DEGREES), blur_pixels=rng.uniform(*BLUR_PIXELS)
    )


def render_skewed(page: pymupdf.Page, degrees: float, dpi: int = DPI) -> Image.Image:
    """The page in grey on paper of its own size, turned about its middle."""
    scale = dpi / 72
    size = (round(page.rect.width * scale), round(page.rect.height * scale))
    turned = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale).prerotate(degrees), colorspace=pymupdf.csGRAY, alpha=False
    )
    picture = Image.frombytes("L", (turned.width, turned.height), turned.samples)
    paper = Image.new("L", size, 255)
    paper.paste(picture, ((size[0] - turned.width) // 2, (size[1] - turned.height) // 2))
    return paper


def draw_light(rng: Random, size: tuple[int, int]) -> Image.Image:
    """The lamp: a few soft patches, darker towards one side."""
    columns, rows = 3, 4
    dark_side = rng.choice((0, columns - 1))
    shades = bytes(
        rng.randrange(*LIGHT) - (18 if column == dark_side else 0)
        for _ in range(rows)
        for column in range(columns)
    )
    return Image.frombytes("L", (columns, rows), shades).resize(size, Image.Resampling.BICUBIC)


def draw_noise(rng: Random, size: tuple[int, int], shades: int = NOISE_SHADES) -> Image.Image:
    """Grain around `shades` / 2: the sum of two even noises, so that strong grains are rare."""
    first, second = (Image.frombytes("L", size, rng.randbytes(size[0] * size[1])) for _ in range(2))
    return ImageChops.add(first, second, scale=2 * 256 / shades)


def sprinkle(rng: Random, picture: Image.Image) -> None:
    """Dust: grey dots of one to three pixels."""
    for _ in range(SPECKS_A_PAGE):
        x, y, side = rng.randrange(picture.width), rng.randrange(picture.height), rng.randrange(1, 4)
        picture.paste(rng.randrange(90, 190), (x, y, x + side, y + side))


def scan_page(page: pymupdf.Page, rng: Random) -> bytes:
    """The page's JPEG, as the scanner wrote it."""
    scanner = draw_scanner(rng)
    picture = render_skewed(page, scanner.skew_degrees)
    picture = picture.point([INK + shade * (PAPER - INK) // 255 for shade in range(256)])
    picture = ImageChops.multiply(picture, draw_light(rng, picture.size))
    sprinkle(rng, picture)
    picture = picture.filter(ImageFilter.GaussianBlur(scanner.blur_pixels))
    picture = ImageChops.add(picture, draw_noise(rng, picture.size), offset=-NOISE_SHADES // 2)
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=JPEG_QUALITY, dpi=(DPI, DPI))
    return jpeg.getvalue()


def scan(sheets: Sequence[Sheet], rng: Random) -> pymupdf.Document:
    """A document of the same pages with nothing but their pictures."""
    printed, scanned = lay(sheets), pymupdf.open()
    for page in printed:
        copy = scanned.new_page(width=page.rect.width, height=page.rect.height)
        copy.insert_image(copy.rect, stream=scan_page(page, rng))
    return scanned
