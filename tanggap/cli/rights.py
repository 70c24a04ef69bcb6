"""`tanggap retention`: what goes because its time is over; counted first, done only when told."""

import argparse
from datetime import UTC, datetime

from tanggap.cli import place


def retention(args: argparse.Namespace) -> int:
    """A table of the rules and how many rows each would end; with --apply they end, batch by batch."""
    with place.django():
        from tanggap.models import City

        if not City.objects.exists():
            raise place.Refused("No city is loaded, so there are no rules. First: tanggap load FOLDER")
        now = datetime.now(UTC)
        return do(now) if args.apply else show(now)


def show(now: datetime) -> int:
    from tanggap.rights import retention as rights

    due = rights.counts(now)
    print(f"{'what':<10} {'after':>11} {'due now':>9}  what it is")
    for rule in rights.periods():
        print(f"{rule.what:<10} {rule.days:>6} days {due[rule.what]:>9}  {rule.name_en} ({rule.legal})")
    print("Nothing was changed. To end what is due: tanggap retention --apply")
    return 0


def do(now: datetime) -> int:
    from tqdm import tqdm

    from tanggap.rights import retention as rights

    with tqdm(total=sum(rights.counts(now).values()), unit=" rows", disable=None) as bar:

        def told(what: str, count: int) -> None:
            bar.set_description(what)
            bar.update(count)

        went = rights.apply(now, told=told)
    said = ", ".join(f"{what} {count}" for what, count in went.items())
    print(f"Ended: {said}." if said else "Nothing's time is over.")
    return 0


def add(verb) -> None:
    """Its line in the list of commands."""
    own = verb("retention", retention, "what is kept too long: counted, or ended with --apply")
    choice = own.add_mutually_exclusive_group(required=True)
    choice.add_argument("--dry-run", action="store_true", help="count by rule, change nothing")
    choice.add_argument("--apply", action="store_true", help="end what is due, in batches")
