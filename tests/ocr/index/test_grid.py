from poolmgr.ocr.index.grid import Grid, Rule, find


def table(xs: list[float], ys: list[float]) -> tuple[list[Rule], list[Rule]]:
    across = [Rule(at=y, start=xs[0], end=xs[-1]) for y in ys]
    return across, [Rule(at=x, start=ys[0], end=ys[-1]) for x in xs]


XS, YS = [20.0, 100.0, 200.0, 400.0], [100.0, 130.0, 150.0, 180.0]


def test_rules_that_touch_make_columns_and_bands() -> None:
    grid = find(*table(XS, YS))
    assert grid == Grid(edges=tuple(XS), steps=tuple(YS))
    assert (grid.columns, grid.bands) == (3, 3)
    assert (grid.column_of(150), grid.column_of(450), grid.band_of(149), grid.band_of(99)) == (
        1,
        None,
        1,
        None,
    )


def test_a_frame_beside_the_table_and_a_lone_line_are_not_of_it() -> None:
    across, down = table(XS, YS)
    frame = table([420.0, 560.0], [20.0, 80.0])
    lone = Rule(at=700, start=20, end=400)
    assert find([*frame[0], lone, *across], [*frame[1], *down]) == Grid(edges=tuple(XS), steps=tuple(YS))


def test_a_line_in_pieces_is_one_and_a_short_one_parts_nothing() -> None:
    across, down = table(XS, YS)
    pieces = [Rule(at=150.8, start=20, end=180), Rule(at=149.6, start=190, end=400)]
    under_a_group = Rule(at=115, start=100, end=200)
    grid = find([across[0], across[1], across[3], *pieces, under_a_group], down)
    assert grid is not None
    assert [round(y) for y in grid.steps] == [100, 130, 150, 180]


def test_two_columns_are_no_table() -> None:
    assert find(*table([20.0, 100.0, 200.0], YS)) is None
    assert find([], []) is None
