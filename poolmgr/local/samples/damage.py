"""How well or badly a page was scanned: from a clean copy to a poor one."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from random import Random

import pymupdf
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from poolmgr.local.samples.scan import draw_light, draw_noise, render_skewed, sprinkle
from poolmgr.local.samples.sheet import Sheet, lay


@dataclass(frozen=True, kw_only=True)
class Damage:
    """ink, paper: shades of grey, 0 is black. noise: shades of grain. black_and_white: as a fax sends it."""

    dpi: int
    skew_degrees: tuple[float, float] = (0.0, 0.3)
    blur_pixels: float = 0.5
    ink: int = 30
    paper: int = 252
    noise: int = 0
    shade: bool = False
    stains: int = 0
    jpeg_quality: int = 80
    black_and_white: bool = False


DAMAGES = {
    "clean_300": Damage(dpi=300),
    "scan_200": Damage(dpi=200, skew_degrees=(0.3, 1.2), noise=26, shade=True, jpeg_quality=72),
    "fax_200": Damage(dpi=200, skew_degrees=(0.2, 0.8), noise=40, black_and_white=True),
    "skewed": Damage(dpi=300, skew_degrees=(1.6, 2.6), noise=20, shade=True, jpeg_quality=72),
    "stained": Damage(dpi=300, skew_degrees=(0.3, 1.2), noise=26, shade=True, stains=7, jpeg_quality=72),
    "faint": Damage(dpi=300, skew_degrees=(0.3, 1.2), ink=172, paper=246, noise=18, jpeg_quality=72),
    "bad_150": Damage(
        dpi=150,
        skew_degrees=(0.5, 1.8),
        blur_pixels=0.7,
        ink=70,
        paper=235,
        noise=44,
        shade=True,
        jpeg_quality=45,
    ),
}
THRESHOLD = 150


def scan_with(sheets: Sequence[Sheet], damage: Damage, rng: Random) -> pymupdf.Document:
    """A document of nothing but the pages' pictures."""
    printed, scanned = lay(sheets), pymupdf.open()
    for page in printed:
        copy = scanned.new_page(width=page.rect.width, height=page.rect.height)
        copy.insert_image(copy.rect, stream=picture(page, damage, rng))
    return scanned


def picture(page: pymupdf.Page, damage: Damage, rng: Random) -> bytes:
    degrees = rng.choice((-1, 1)) * rng.uniform(*damage.skew_degrees)
    image = render_skewed(page, degrees, damage.dpi)
    image = image.point([damage.ink + shade * (damage.paper - damage.ink) // 255 for shade in range(256)])
    if damage.stains:
        image = ImageChops.multiply(image, stain(rng, image.size, damage.stains))
    if damage.shade:
        image = ImageChops.multiply(image, draw_light(rng, image.size))
        sprinkle(rng, image)
    image = image.filter(ImageFilter.GaussianBlur(damage.blur_pixels))
    if damage.noise:
        image = ImageChops.add(image, draw_noise(rng, image.size, damage.noise), offset=-damage.noise // 2)
    return encoded(image, damage)


def encoded(image: Image.Image, damage: Damage) -> bytes:
    file = BytesIO()
    if damage.black_and_white:
        image.point([255 * (shade > THRESHOLD) for shade in range(256)]).convert("1").save(file, "PNG")
    else:
        image.save(file, "JPEG", quality=damage.jpeg_quality, dpi=(damage.dpi, damage.dpi))
    return file.getvalue()


def stain(rng: Random, size: tuple[int, int], count: int) -> Image.Image:
    """Coffee and damp: soft brown patches, darker at their rims."""
    width, height = size
    paper = Image.new("L", (width // 8, height // 8), 255)
    brush = ImageDraw.Draw(paper)
    for _ in range(count):
        x, y = rng.randrange(paper.width), rng.randrange(paper.height)
        across, down = rng.randrange(15, 55), rng.randrange(12, 45)
        shade = rng.randrange(150, 215)
        brush.ellipse((x - across, y - down, x + across, y + down), fill=shade, outline=shade - 35, width=3)
    return paper.filter(ImageFilter.GaussianBlur(3)).resize(size, Image.Resampling.BICUBIC)
