"""Who is asked first for work: arithmetic only."""

from collections.abc import Sequence


class Turns:
    """Places 0, 1, … are asked in this order; `others_percent` of the claims ask a later one first.

    Of those the later places are first in rotation, and one without work leaves its turn to the next of them.
    share, later: where to begin, 0 to 99 and any number: many who count alike must not march in step.
    """

    def __init__(self, places: int, others_percent: int, *, share: int = 0, later: int = 0) -> None:
        self.places = places
        self.others_percent = others_percent if places > 1 else 0
        self.share = share
        self.later = later

    @property
    def is_others(self) -> bool:
        """Whether the next claim is one of those that ask a later place first."""
        return self.share + self.others_percent >= 100

    def order(self) -> Sequence[int]:
        """For the next claim; it stays the same until one has been `taken`."""
        if not self.is_others:
            return range(self.places)
        first = self.later % (self.places - 1)
        later = range(1, self.places)
        return [*later[first:], *later[:first], 0]

    def taken(self, place: int) -> None:
        """A claim found work there."""
        if self.is_others and place:
            self.later = place
        self.share = (self.share + self.others_percent) % 100
