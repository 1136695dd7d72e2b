"""Completion for each shell, as typer makes it: the verbs themselves are asked at each TAB."""

from collections.abc import Mapping
from types import MappingProxyType

PROGRAM = "registre-pool"
VARIABLE = "_REGISTRE_POOL_COMPLETE"
FILES: Mapping[str, str] = MappingProxyType(
    {
        "bash": f"/etc/bash_completion.d/{PROGRAM}",
        "zsh": f"/usr/local/share/zsh/site-functions/_{PROGRAM}",
        "fish": f"/etc/fish/completions/{PROGRAM}.fish",
    }
)
"""Where each shell looks for what the machine's administrator adds."""


def script(shell: str) -> str:
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # what --show-completion calls

    return get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell) + "\n"
