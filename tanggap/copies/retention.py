"""Which copies stay: one of each of the last days, weeks and months that have any, and always a good one."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanggap.copies import manifest
from tanggap.copies.errors import CopyError
from tanggap.copies.stores import Store

# what a broken copy left may be used by its successor before it goes
SPARE = timedelta(hours=24)


@dataclass(frozen=True)
class Rule:
    daily: int = 0
    weekly: int = 0
    monthly: int = 0

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Reads "daily=7,weekly=4,monthly=12". Raises CopyError."""
        found: dict[str, int] = {}
        for word in text.replace(",", " ").split():
            match = re.fullmatch(r"(daily|weekly|monthly)=([0-9]{1,4})", word)
            if match is None or match[1] in found:
                raise CopyError(f"--keep is written daily=7,weekly=4,monthly=12; {word!r} does not fit.")
            found[match[1]] = int(match[2])
        if not sum(found.values()):
            raise CopyError("--keep keeps nothing: name a number of days, weeks or months.")
        return cls(**found)


def kept(copies: Iterable[tuple[str, datetime]], rule: Rule, proven: Iterable[str] = ()) -> set[str]:
    """The names that stay. The newest always does, and so does the newest that a rehearsal has proven."""
    newest_first = sorted(copies, key=lambda copy: (copy[1], copy[0]), reverse=True)
    if not newest_first:
        return set()
    stay = {newest_first[0][0]}
    sure = set(proven)
    stay |= set([name for name, _ in newest_first if name in sure][:1])
    ways: list[tuple[int, Callable[[datetime], object]]] = [
        (rule.daily, lambda at: at.date()),
        (rule.weekly, lambda at: at.isocalendar()[:2]),
        (rule.monthly, lambda at: (at.year, at.month)),
    ]
    for count, period in ways:
        newest: dict[object, str] = {}
        for name, at in newest_first:
            newest.setdefault(period(at), name)
        stay |= set(list(newest.values())[:count])
    return stay


def thin(store: Store, rule: Rule | None, now: datetime) -> list[str]:
    """Removes the copies that the rule does not keep, then parts that no copy needs; gives the removed copies' names.

    Manifests go first: broken off in between, only parts are left over, and the next time finds them.
    """
    everyone = list(manifest.every(store))  # a manifest that can't be read stops us: its parts are unknown
    times = [(one.name, one.finished_at) for one in everyone]
    stay = kept(times, rule, manifest.proven(store)) if rule else {name for name, _ in times}
    leave = [one for one in everyone if one.name not in stay]
    store.remove(f"{manifest.FOLDER}{one.name}.json" for one in leave)
    store.remove(f"{manifest.PROVEN}{one.name}.json" for one in leave)
    needed = {part.sha for one in everyone if one.name in stay for part in one.parts}
    freed = {part.sha for one in leave for part in one.parts}
    store.remove(
        name
        for name, seen in store.under("parts/").items()
        if (sha := sha_of(name)) not in needed and (sha in freed or now - seen.changed_at > SPARE)
    )
    return [one.name for one in leave]


def sha_of(name: str) -> str:
    return name.rsplit("/", 1)[-1].split(".")[0]
