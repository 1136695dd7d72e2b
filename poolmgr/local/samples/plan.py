"""A plan cadastral: a lot between its neighbours, its sides with their lengths, a street, a title block."""

from itertools import pairwise
from random import Random

from poolmgr.local.samples.people import STREETS, Place, draw_person
from poolmgr.local.samples.sheet import Point, Sheet, Style

WIDTH, HEIGHT = 612.0, 792.0
LEFT, RIGHT = 60.0, 552.0
TITLE = Style(face="hebo", size=16)
STRONG = Style(face="hebo", size=13)
BODY = Style(face="helv", size=10)
# the lot's corners on a page of that size, before chance moves them
CORNERS: tuple[Point, ...] = ((180, 230), (420, 215), (440, 470), (190, 480))
SIDES = ("Nord", "Est", "Sud", "Ouest")
# outwards from the middle of each side: to the neighbour's number
BEYOND: tuple[Point, ...] = ((-20, -45), (75, 4), (-20, 50), (-125, 4))
# the same for the length of the side
ASIDE: tuple[Point, ...] = ((-20, -14), (14, 4), (-20, 22), (-58, 4))


def move(rng: Random, corner: Point) -> Point:
    return corner[0] + rng.uniform(-22, 22), corner[1] + rng.uniform(-22, 22)


def neighbour(lot: str, side: int) -> str:
    """A number next to the lot's, in its own way of counting."""
    stem, dash, last = lot.rpartition("-")
    return f"{stem}{dash}{int(last) + side + 1}" if last.isdecimal() else f"{lot}-{side + 1}"


def write_side(sheet: Sheet, rng: Random, ends: tuple[Point, Point], side: int, lot: str) -> None:
    """The line, its length beside its middle, and who lies beyond it: the street in the south."""
    (x1, y1), (x2, y2) = ends
    sheet.rule(ends[0], ends[1], 1.4)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    dx, dy = ASIDE[side]
    sheet.write([f"{rng.randrange(14, 62)},{rng.randrange(10, 99)} m"], (x + dx, y + dy), BODY)
    dx, dy = BEYOND[side]
    beyond = rng.choice(STREETS) if SIDES[side] == "Sud" else f"Lot {neighbour(lot, side)}"
    sheet.write([beyond], (x + dx, y + dy), BODY)


def compose_plan(rng: Random, place: Place, lot: str) -> list[Sheet]:
    """The one sheet of a lot's plan."""
    sheet = Sheet(width=WIDTH, height=HEIGHT)
    sheet.box(36, 36, WIDTH - 36, HEIGHT - 36)
    sheet.centre("Plan cadastral", 76, TITLE)
    corners = [move(rng, corner) for corner in CORNERS]
    for side, ends in enumerate(pairwise([*corners, corners[0]])):
        write_side(sheet, rng, ends, side, lot)
    sheet.write([lot], (280, 350), STRONG)
    sheet.write([f"S : {rng.randrange(380, 2400)},{rng.randrange(0, 9)} m²"], (276, 368), BODY)
    write_block(sheet, rng, place, lot)
    return [sheet]


def write_block(sheet: Sheet, rng: Random, place: Place, lot: str) -> None:
    sheet.box(LEFT, 590, RIGHT, 730)
    pairs = (
        ("Circonscription foncière :", place.circonscription),
        ("Cadastre :", place.cadastre),
        ("Lot :", lot),
        ("Échelle :", f"1 : {rng.choice((250, 500, 1000))}"),
        ("Arpenteur-géomètre :", draw_person(rng)),
        ("Minute :", str(rng.randrange(1200, 9800))),
    )
    y = 612.0
    for name, value in pairs:
        sheet.write([name], (LEFT + 12, y), BODY)
        sheet.write([value], (LEFT + 170, y), BODY)
        y += 18
    sheet.write(["Document fictif"], (LEFT, 748), BODY)
