"""Where settings are written: config.toml, .env, systemd credentials, the command line."""

import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from poolmgr.config.keys import all_keys, suggest
from poolmgr.config.lines import broken_line, key_lines
from poolmgr.config.variables import PREFIX, Entry, Origin, Variables, known_names, parsed
from poolmgr.domain.errors import ConfigError, Problem

LARGEST_FILE_BYTES = 1_000_000
"""config.toml with every key has about 10 kB; a larger file is some other file."""

NEWLINE = b"\n"
SYSTEM_PATH = Path("/etc/registre-pool/config.toml")
PATH_VARIABLE = "REGISTRE_POOL_CONFIG"


def locate(given: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the given one, $REGISTRE_POOL_CONFIG, ./config.toml, the one in /etc, or none."""
    if given is not None:
        return given
    if named := environ.get(PATH_VARIABLE):
        return Path(named)
    return next((path for path in (Path("config.toml"), SYSTEM_PATH) if path.is_file()), None)


def read_text(path: Path) -> str:
    """The text of a file. Raises ConfigError when it is missing, unreadable, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise refusal(str(path), f"cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_FILE_BYTES:
        raise refusal(str(path), f"has more than {LARGEST_FILE_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken = error.start
    # Outside the except block: the error holds the file's bytes, secrets included.
    raise refusal(f"{path}:{data[:broken].count(NEWLINE) + 1}", "is not written in UTF-8")


def refusal(where: str, sentence: str) -> ConfigError:
    problem = Problem(where=where, key="", sentence=sentence)
    return ConfigError(str(problem), problems=[problem])


def file_entries(path: Path) -> Iterator[Entry]:
    """The values of config.toml, each with its line."""
    try:
        text = read_text(path)
        values = tomllib.loads(text)
    except ConfigError as error:
        yield unreadable(error)
    except ValueError as error:
        # Python refuses a number of more than 4300 digits with a plain ValueError.
        message = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a number is too long"
        said = message.partition(" (at ")[0]
        origin = Origin(place=str(path), name="", line=broken_line(text, message))
        yield Entry(path=(), origin=origin, fault=f"is no TOML: {said[:1].lower()}{said[1:]}")
    except RecursionError:
        origin = Origin(place=str(path), name="")
        yield Entry(path=(), origin=origin, fault="is no TOML: brackets nest too deeply")
    else:
        for keys, line in key_lines(text).items():
            if (value := value_at(values, keys)) is not None:
                origin = Origin(place=str(path), name=written(keys), line=line)
                yield Entry(path=keys, origin=origin, value={} if isinstance(value, dict) else value)


def value_at(values: object, keys: tuple[str, ...]) -> object:
    """What stands under the keys; None inside an array of tables, which as a whole is no setting."""
    for key in keys:
        values = values[key] if isinstance(values, dict) else None
    return values


def unreadable(error: ConfigError, name: str = "") -> Entry:
    """What `read_text` said, as an entry."""
    problem = error.problems[0]
    return Entry(path=(), origin=Origin(place=problem.where, name=name), fault=problem.sentence)


def written(path: tuple[str, ...]) -> str:
    """The path as TOML writes it: a part with dots, spaces or line breaks in quotes."""
    return ".".join(part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else repr(part) for part in path)


def dotenv_variables(path: Path) -> Variables:
    """The variables of a .env file; an absent file has none. `$` in a value stays as it is."""
    try:
        text = read_text(path) if path.exists() else ""
    except ConfigError as error:
        return Variables(texts={}, origins={}, faults=(unreadable(error),))
    texts: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    faults: list[Entry] = []
    for binding in parse_stream(io.StringIO(text)):
        origin = Origin(place=str(path), name=binding.key or "", line=binding_line(binding))
        if binding.error:
            faults.append(Entry(path=(), origin=origin, fault="is no NAME=value"))
        elif binding.key and binding.value:
            texts[binding.key], origins[binding.key] = binding.value, origin
    return Variables(texts=texts, origins=origins, faults=tuple(faults))


def binding_line(binding: Binding) -> int:
    """The parser counts blank lines before a variable as part of it."""
    text = binding.original.string
    blank = len(text) - len(text.lstrip())
    return binding.original.line + text[:blank].count("\n")


def credential_variables(folder: Path) -> Variables:
    """The files in systemd's $CREDENTIALS_DIRECTORY that are named like a variable we read."""
    known = known_names()
    try:
        files = [path for path in folder.iterdir() if path.name in known or path.name.startswith(PREFIX)]
    except OSError as error:
        origin = Origin(place="environment", name="CREDENTIALS_DIRECTORY")
        fault = Entry(path=(), origin=origin, fault=f"the folder cannot be read: {error.strerror}")
        return Variables(texts={}, origins={}, faults=(fault,))
    texts: dict[str, str] = {}
    faults: list[Entry] = []
    for path in sorted(files):
        try:
            texts[path.name] = read_text(path).strip()
        except ConfigError as error:
            faults.append(unreadable(error, path.name))
    return named_variables("credential", texts, tuple(faults))


def named_variables(place: str, texts: Mapping[str, str], faults: tuple[Entry, ...] = ()) -> Variables:
    """Variables of one place, the empty ones left out."""
    filled = {name: text for name, text in texts.items() if text}
    origins = {name: Origin(place=place, name=name) for name in filled}
    return Variables(texts=filled, origins=origins, faults=faults)


def override_entries(overrides: Mapping[str, str]) -> Iterator[Entry]:
    """The values of `--set key=value`."""
    for dotted, text in overrides.items():
        origin = Origin(place="command line", name=dotted)
        key = all_keys().get(dotted)
        if key is None:
            yield Entry(path=(dotted,), origin=origin, fault=f"no such key{suggest(dotted)}")
        else:
            yield parsed(key, text, origin)
