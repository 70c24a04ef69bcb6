"""People who were erased after a copy was made: an older copy knows them still, so they are forgotten once more.

Each manifest names whom its city had erased by then (a row's number and the time it was made; nobody's name). A restore
asks the later manifests.
"""

from datetime import datetime

import psycopg

from tanggap import ledger
from tanggap.copies import manifest
from tanggap.copies.errors import Damaged
from tanggap.copies.keys import Secrets
from tanggap.copies.manifest import Erased, Manifest
from tanggap.copies.stores import Store
from tanggap.ledger import deed
from tanggap.models import THE_MACHINE, Reporter
from tanggap.rights.forget import forget, take


def named(connection: psycopg.Connection) -> list[Erased]:
    """Whom this city has erased at their own wish; what ends by its age ends by itself again."""
    rows = connection.execute(
        "SELECT person.id, person.created_at, bool_or(coalesce((change.after->>'everything')::bool, false))"
        " FROM tanggap_reporter person JOIN tanggap_change change"
        " ON change.object = 'reporter:' || person.id AND change.verb = 'end'"
        " WHERE person.erased_at IS NOT NULL GROUP BY person.id ORDER BY person.id"
    )
    return [Erased(person, made.isoformat(), everything) for person, made, everything in rows]


def since(store: Store, found: Manifest, secrets: Secrets | None) -> list[Erased]:
    """Whom later copies of the same city name. With `secrets`, only manifests that are proven to be ours count."""
    told: set[Erased] = set()
    for name in manifest.names(store):
        try:
            one = manifest.read(store, name)
            if one.snapshot_at > found.snapshot_at:
                if secrets is not None:
                    one.check(secrets)
                told.update(one.erased)
        except Damaged:
            continue  # it can't be asked; the others can
    return sorted(told - set(found.erased), key=lambda person: person.id)


def forget_again(people: list[Erased], now: datetime) -> int:
    """Each in a transaction of its own; gives how many there were."""
    return sum(forget_one(person, now=now) for person in people)


@deed
def forget_one(person: Erased, *, now: datetime) -> bool:
    made = datetime.fromisoformat(person.created_at)
    if not Reporter.objects.filter(pk=person.id, created_at=made, erased_at=None).exists():
        return False
    people, reports, cases = take([person.id])
    gone = forget(people, reports, cases, now, everything=person.everything)
    after = {**gone.plain(), "reports": [row.id for row in reports], "everything": person.everything}
    ledger.change(
        f"reporter:{person.id}", "end", before={}, after=after, by=THE_MACHINE, now=now,
        reason="erased before; known again by a restored copy",
    )  # fmt: skip
    return True
