"""What a file of accounts may look like, and that what is wrong with it is said without showing it."""

import pytest

from poolmgr.cli.accounts.logins import BadLine, Login, NoHeader, flaw, lines_of, read

SECRET = "Très;secret,1"


def logins(data: str | bytes) -> list[tuple[int, str, str]]:
    raw = data.encode() if isinstance(data, str) else data
    return [(one.line, one.username, one.password) for one in read(raw) if isinstance(one, Login)]


def bad(data: str | bytes) -> dict[int, str]:
    raw = data.encode() if isinstance(data, str) else data
    return {one.line: one.why for one in read(raw) if isinstance(one, BadLine)}


@pytest.mark.parametrize(
    "data",
    [
        "username,password\nanne,abc\nbruno,déf",
        "username,password\r\nanne,abc\r\nbruno,déf\r\n",
        "username,password\ranne,abc\rbruno,déf\r",
        "\ufeffusername,password\nanne,abc\nbruno,déf\n",
        'Username , "PASSWORD"\n anne ,abc\n"bruno","déf"\n'.replace(' "', '"'),
        "utilisateur,mot_de_passe\nanne,abc\nbruno,déf\n",
        "utilisateur;mot_de_passe\r\nanne;abc\r\nbruno;déf\r\n",
        "mot_de_passe\tnom\tutilisateur\nabc\tx\tanne\ndéf\t\tbruno\n",
    ],
    ids=["plain", "windows", "old mac", "mark", "quotes", "french", "semicolons", "columns"],
)
def test_the_spellings_of_a_file_all_say_the_same(data: str) -> None:
    assert logins(data) == [(2, "anne", "abc"), (3, "bruno", "déf")]
    assert bad(data) == {}


def test_separators_and_quotes_stand_in_quotes_and_lines_keep_their_numbers() -> None:
    data = f'\n\nusername,password\n,\n\nanne,"{SECRET}"\n\nbruno,"a ""b"" c"\n'
    assert logins(data) == [(6, "anne", SECRET), (8, "bruno", 'a "b" c')]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"anne,{SECRET}", "3 fields instead of 2"),
        (SECRET.replace(",", ""), "1 fields instead of 2"),
        (f'anne,"{SECRET}', "a quote is not closed"),
        (f'anne,"{SECRET}"x', "something follows it"),
        (f',"{SECRET}"', "it has no name"),
        ("anne,", "it has no password"),
        (f'anne," {SECRET}"', "begins or ends with a space"),
        (f'anne,"{SECRET}\x07"', "a control character"),
        (f'anne,"{SECRET}\0"', "a control character"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(line: str, why: str) -> None:
    data = f"username,password\nbruno,b\n{line}\ncarl,c\n"
    assert logins(data) == [(2, "bruno", "b"), (4, "carl", "c")]
    (number,) = bad(data)
    assert number == 3
    assert why in bad(data)[3]
    assert "ecret" not in bad(data)[3]


def test_bytes_that_are_no_utf_8_spoil_their_line_alone() -> None:
    data = b"username,password\nanne,d\xe9f\nbruno,b\n"
    assert logins(data) == [(3, "bruno", "b")]
    assert "not UTF-8" in bad(data)[2]


def test_a_name_that_stands_twice_is_taken_once_and_another_password_is_bad() -> None:
    data = "username,password\nanne,a\nanne,a\nanne,other\n"
    assert logins(data) == [(2, "anne", "a")]
    assert bad(data) == {4: "the name of line 2, with another password"}


def test_a_bad_line_does_not_take_a_name() -> None:
    assert logins("username,password\nanne,\nanne,a\n") == [(3, "anne", "a")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf\r\n \n",
        b"anne,Secret\nbruno,Secret\n",
        b"username\nanne\n",
        b"username,utilisateur,password\na,b,Secret\n",
        b'"username,password\nanne,Secret\n',
        "username,password\nanne,Secret\n".encode("utf-16"),
    ],
)
def test_a_file_without_its_header_is_refused_and_nothing_of_it_is_shown(data: bytes) -> None:
    with pytest.raises(NoHeader) as raised:
        list(read(data))
    assert "Secret" not in str(raised.value)
    assert "username,password" in str(raised.value)


def test_a_login_that_is_shown_hides_its_password() -> None:
    assert SECRET not in repr(Login(line=2, username="anne", password=SECRET))


@pytest.mark.parametrize(
    ("data", "lines"), [(b"", []), (b"a", ["a"]), (b"a\r\n", ["a"]), (b"a\n\n", ["a", ""])]
)
def test_the_end_of_the_last_line_begins_no_other(data: bytes, lines: list[str]) -> None:
    assert lines_of(data) == lines


def test_spaces_in_the_middle_are_no_flaw() -> None:
    assert flaw("anne b", "a b") == ""
