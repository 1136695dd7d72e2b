"""The words of the control socket, and who answers each."""

import os
from collections.abc import Callable

from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject, text
from poolmgr.pool import commands
from poolmgr.pool.reloading import Reloading
from poolmgr.pool.state import State

WORDS = ("status", "decisions", "pause", "resume", "recycle", "scale", "drain", "reload")


class Answering:
    """leave: begins the drain, and says why."""

    def __init__(self, state: State, reloading: Reloading, leave: Callable[[str], None]) -> None:
        self.state = state
        self.reloading = reloading
        self.leave = leave

    def answer(self, message: JsonObject, uid: int) -> JsonObject:
        """At once; what makes no sense gets an `error` and changes nothing."""
        try:
            return self.obey(text(message, "word"), message, commands.user(uid))
        except PoolError as error:
            return {"error": str(error)}

    def obey(self, word: str, message: JsonObject, by: str) -> JsonObject:
        match word:
            case "status":
                return self.state.as_json()
            case "decisions":
                return {"decisions": self.state.decisions.as_json()}
            case "pause":
                return commands.pause(self.state, message, by)
            case "resume":
                return commands.resume(self.state, message, by)
            case "recycle":
                return commands.recycle(self.state, message, by)
            case "scale":
                return self.reloading.scale(message, by)
            case "reload":
                return self.reloading.reload(dry_run=message.get("dry_run") is True)
            case "drain":
                return self.drain(by)
            case _:
                return {"error": f"{word!r} is not a word of the control socket: {', '.join(WORDS)}"}

    def drain(self, by: str) -> JsonObject:
        """Asked for twice it is still a drain: only a second signal cuts it short."""
        if self.state.departure is None:
            self.leave(f"asked for by {by}")
        return {"state": "draining", "pid": os.getpid()}
