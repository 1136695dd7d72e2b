"""What a test, the demo or a measurement asks of the running replica of the RDPRM."""

from poolmgr.domain.json import Json, JsonObject
from poolmgr.local.replica.control import Replica


class RdprmReplica(Replica):
    """`url` is that of the whole replica; its till knows searches, too."""

    def ask(self, method: str, name: str, values: JsonObject | None = None) -> JsonObject:
        return super().ask(method, name if name == "till" else f"rdprm/{name}", values)

    def choose(self, **values: Json) -> None:
        """Sets what is given; see `rdprm.site.Choices`."""
        self.ask("POST", "settings", values)

    def restore(self) -> None:
        """Nothing is set any more and nothing hangs; who is logged in stays so."""
        self.ask("POST", "restore", {})
