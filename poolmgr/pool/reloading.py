"""Another configuration, or another number of children, while the pool runs."""

from collections.abc import Callable

from poolmgr.config.settings import Settings
from poolmgr.domain.children import Crew
from poolmgr.domain.json import JsonObject
from poolmgr.pool import commands
from poolmgr.pool.children import Child
from poolmgr.pool.reloads import Crews, Reload, Reloaded, refused
from poolmgr.pool.state import State
from poolmgr.telemetry.events import emit
from poolmgr.telemetry.systemd import Notifier


class Reloading:
    """read_again: gives the new configuration. crew: whom it asks for. send_away: drains a child, and why."""

    def __init__(
        self,
        state: State,
        crew: Crews,
        read_again: Reload,
        notifier: Notifier,
        send_away: Callable[[Child, str], None],
    ) -> None:
        self.state = state
        self.crew = crew
        self.read_again = read_again
        self.notifier = notifier
        self.send_away = send_away

    def scale(self, message: JsonObject, by: str) -> JsonObject:
        answer = commands.scale(self.state, message, by)
        self.rearrange(self.crew(self.state.settings))
        return answer

    def reload(self, *, dry_run: bool = False) -> JsonObject:
        """Whatever goes wrong, nothing has changed, and the answer says why."""
        if self.state.departure:
            return refused("The pool is draining.")
        if not dry_run:
            self.notifier.reloading()
        try:
            new = self.read_again()
            crew = self.crew(self.scaled(new))
        except Exception as error:
            why = str(error) or type(error).__name__
            if not dry_run:
                emit("pool.reload_refused", error=why)
            return refused(why)
        finally:
            if not dry_run:
                self.notifier.ready(self.state.summary())
        if not dry_run:
            self.apply(new, crew)
        return new.as_json()

    def scaled(self, new: Reloaded) -> Settings:
        """What was asked for by `scale` stays, until that very key is changed in the configuration."""
        kept = {
            group: count
            for group, count in self.state.scaled.items()
            if f"{group}.children" not in (*new.changed, *new.recycled)
        }
        return commands.scaled(new.settings, kept)

    def notice(self, crew: Crew) -> None:
        """Says what is not done here, once for each change of it."""
        for sentence in crew.notices if crew.notices != self.state.notices else ():
            emit("pool.notice", error=sentence)
        self.state.notices, self.state.lacks = crew.notices, crew.lacks

    def apply(self, new: Reloaded, crew: Crew) -> None:
        state = self.state
        used = self.scaled(new)
        for group in [one for one in state.scaled if f"{one}.children" in (*new.changed, *new.recycled)]:
            del state.scaled[group]
        new.adopt()
        self.retire(state.settings, used)
        state.settings = used
        state.releases.repeat_seconds = used.pool.release_repeat_seconds
        self.rearrange(crew)
        state.roster.mark_stale(new.recycles)
        for child in state.roster.children():
            child.pipe.send("level", level=used.log.level)
        self.notice(crew)
        emit("pool.reloaded", **new.as_json())

    def rearrange(self, crew: Crew) -> None:
        for child in self.state.roster.rearrange(crew.specs):
            self.send_away(child, "there are more than wanted")

    def retire(self, old: Settings, new: Settings) -> None:
        """Of an environment that is configured no more nothing is begun; what is in hand is finished."""
        gone, present = old.environments.keys() - new.environments.keys(), new.environments.keys()
        pausing = self.state.pausing
        before = pausing.retired
        pausing.retire(gone, present)
        if pausing.retired != before:
            pausing.tell(self.state.roster.workers())
        for name in sorted(gone):
            emit("environment.retired", environment=name, why="it is not configured any more")
