from poolmgr.ocr.rows import Cell, as_text, merged


def cell(text: str, left: float, top: float, width: float = 30, height: float = 10) -> Cell:
    return Cell(text=text, left=left, top=top, right=left + width, bottom=top + height)


def test_a_table_is_read_row_by_row_though_its_cells_come_column_by_column() -> None:
    cells = [cell("a1", 0, 0), cell("a2", 0, 14), cell("b1", 100, 1), cell("b2", 100, 13)]
    assert as_text(cells) == "a1\tb1\na2\tb2"


def test_cells_close_together_are_parted_by_a_space() -> None:
    assert as_text([cell("le", 0, 0), cell("lot", 33, 0)]) == "le lot"


def test_an_empty_line_stands_before_a_paragraph() -> None:
    assert as_text([cell("a", 0, 0), cell("b", 0, 12), cell("c", 0, 50)]) == "a\nb\n\nc"


def test_a_tall_title_does_not_swallow_the_row_below_it() -> None:
    cells = [cell("Titre", 0, 0, height=30), cell("x", 0, 34), cell("y", 100, 34)]
    assert as_text(cells) == "Titre\nx\ty"


def test_words_are_joined_up_to_a_wide_gap() -> None:
    found = merged([cell("lot", 0, 0), cell("deux", 33, 1), cell("Vente", 120, 0)])
    assert [piece.text for piece in found] == ["lot deux", "Vente"]
    assert (found[0].right, found[0].bottom) == (63, 11)


def test_nothing_is_no_text() -> None:
    assert as_text([]) == ""
