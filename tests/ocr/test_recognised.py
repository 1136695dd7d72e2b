from poolmgr.ocr.recognised import recognised

TSV = """1\t1\t0\t0\t0\t0\t0\t0\t2550\t3300\t-1\t
2\t1\t1\t0\t0\t0\t100\t100\t900\t40\t-1\t
5\t1\t1\t1\t1\t1\t100\t100\t80\t30\t96.0\tVente
5\t1\t1\t1\t1\t2\t190\t100\t40\t30\t90.0\tdu
5\t1\t1\t1\t1\t3\t600\t101\t90\t30\t84.0\tCôté
5\t1\t2\t1\t1\t1\t100\t140\t60\t30\t30.0\t \n"""


def test_words_become_rows_with_tabs_and_their_mean_confidence() -> None:
    found = recognised(TSV)
    assert found.text == "Vente du\tCôté"
    assert found.words == 3
    assert found.confidence == 0.9


def test_no_words_are_no_confidence() -> None:
    found = recognised("1\t1\t0\t0\t0\t0\t0\t0\t800\t300\t-1\t\n")
    assert (found.text, found.words, found.confidence, found.score) == ("", 0, 0.0, 0.0)
