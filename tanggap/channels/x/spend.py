"""The purse of a UTC day. What X shows us is what it bills: things read, events posted to us, and our own posts and
messages as they come back when they are read. A letter is written only while something is left; since a letter is
counted when it is seen again, a day may end a few letters above its limit, never more than one poll's worth.

X bills a thing once a day, however often it is read; here each reading counts, so the purse is never too full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.base import Account, Trouble
from tanggap.channels.x import api
from tanggap.lib import loosely

LEAST_READ = 5  # X gives no fewer mentions at once
MOST_READ = 100


@dataclass
class Purse:
    """What was spent on a day, in dollars."""

    account: Account
    now: datetime
    dollars: float = 0.0

    @property
    def day(self) -> str:
        return self.now.astimezone(UTC).date().isoformat()

    @property
    def limit(self) -> float:
        """Without limit: 0. What can't be read as a number is no licence to spend: the least there is."""
        return api.number(self.account["spend_limit"], 0.01, 0.0, 1e9)

    @property
    def left(self) -> float:
        return max(0.0, self.limit - self.dollars) if self.limit else float("inf")

    @property
    def is_empty(self) -> bool:
        return self.left < cost(self.account, "cost_write")

    def readable(self) -> int:
        """How many things may be read at once with what is left; 0 where it is too little for the fewest."""
        price = cost(self.account, "cost_read")
        most = MOST_READ if not price or self.left == float("inf") else min(MOST_READ, int(self.left / price))
        return most if most >= LEAST_READ else 0

    def pay(self, name: str, times: int) -> None:
        self.dollars += times * cost(self.account, name)

    def until_tomorrow(self) -> float:
        tomorrow = (self.now.astimezone(UTC) + timedelta(days=1)).replace(
            hour=0, minute=0, second=5, microsecond=0
        )
        return max(1.0, (tomorrow - self.now).total_seconds())

    def told(self) -> Trouble:
        return Trouble(
            f"The spend limit of the day is reached ({self.dollars:.2f} of {self.limit:.2f} dollars)."
        )

    def kept(self) -> dict[str, Any]:
        return {"day": self.day, "dollars": round(self.dollars, 4)}


def purse(account: Account) -> Purse:
    """The purse as the cursor holds it; a new day begins with a new one."""
    found = Purse(account, account.now or datetime.now(UTC))
    spent: Mapping[str, Any] = loosely.part(account.cursor, "spent")
    dollars = spent.get("dollars")
    if spent.get("day") == found.day and isinstance(dollars, int | float) and 0 <= dollars < 1e12:
        found.dollars = float(dollars)
    return found


def cost(account: Account, name: str) -> float:
    return api.number(account[name], 0.0, 0.0, 1000.0)
