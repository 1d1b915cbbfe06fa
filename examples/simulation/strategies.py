"""What can be done against an epidemic: C++ threads ask once a day.

A town has a strategy of its own, which may remember what was before.
"""

from epidemic import Day, Strategy


class Nobody(Strategy):
    """No vaccine."""

    def allocate(self, today: Day) -> dict[int, int]:
        return {}


class Everywhere(Strategy):
    """As many doses for every district."""

    def allocate(self, today: Day) -> dict[int, int]:
        share = today.doses // len(today.infected)
        return dict.fromkeys(range(len(today.infected)), share)


class WorstFirst(Strategy):
    """All doses for the district with most people ill, as long as somebody there is not immune."""

    def allocate(self, today: Day) -> dict[int, int]:
        places = [i for i, healthy in enumerate(today.susceptible) if healthy]
        worst = max(places, key=today.infected.__getitem__, default=None)
        return {} if worst is None else {worst: today.doses}


class Lockdown(Everywhere):
    """Also fewer contacts while it spreads. It remembers yesterday, and calls what C++ does."""

    def __init__(self, limit: float = 0.002) -> None:
        super().__init__()
        self.limit = limit
        self.yesterday = 0

    def contacts(self, today: Day) -> float:
        ill = sum(today.infected)
        spreads, self.yesterday = ill > self.yesterday, ill
        people = ill + sum(today.susceptible)
        if spreads and ill > self.limit * people:
            return 0.6
        return super().contacts(today)


ALL = [Nobody, Everywhere, WorstFirst, Lockdown]
