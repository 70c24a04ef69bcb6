"""`tanggap channel`: how every channel is doing, and what is wrong with an account, in one sentence."""

import argparse
from datetime import UTC, datetime
from typing import Any

from tanggap.cli import place


def add(verb: Any) -> None:
    """Its line in the list of commands."""
    own = verb("channel", channel, "how each channel is doing; or what is wrong with one channel's account")
    deeds = own.add_subparsers(metavar="DEED", required=True, dest="deed")
    deeds.add_parser("list", help="every channel: last heard, last sent, what waits, what fails and why")
    one = deeds.add_parser(
        "test", help="ask the provider whether the account is right; exit code 1 where it is not"
    )
    one.add_argument("which", metavar="CODE|KIND", help="a channel's code, or a kind: then all of that kind")


def channel(args: argparse.Namespace) -> int:
    with place.django():
        from tanggap.models import City

        if not City.objects.exists():
            raise place.Refused("No city is loaded, so there are no channels. First: tanggap load FOLDER")
        now = datetime.now(UTC)
        return show(now) if args.deed == "list" else test(args.which, now)


def show(now: datetime) -> int:
    from tanggap.monitoring import lines

    print(
        f"{'channel':<14} {'kind':<10} {'state':<11} {'heard':>7} {'sent':>7} {'waits':>6} {'today':>9}",
        end="",
    )
    print("  what is wrong")
    for row in lines.lines(now):
        if not row.channel.active:
            continue
        quota = row.state.daily_quota
        today = f"{row.sent_today(now)}/{quota}" if quota is not None else f"{row.sent_today(now)}"
        print(
            f"{row.channel.code:<14} {row.channel.kind:<10} {row.condition(now):<11} {ago(row.received_at, now):>7} "
            f"{ago(row.state.sent_at, now):>7} {row.waiting:>6} {today if row.kind else '-':>9}  {wrong(row, now)}"
            .rstrip()
        )  # fmt: skip
    return 0


def wrong(row: Any, now: datetime) -> str:
    """What an operator should look at, in one line."""
    from tanggap.monitoring import lines

    said = []
    if row.condition(now) in (lines.HALF, lines.NOT_SET_UP):
        said.append(f"missing {', '.join(row.missing)}")
    if row.state.failing_since:
        said.append(
            f"failing for {ago(row.state.failing_since, now)}: {row.state.last_error or 'no reason given'}"
        )
    if row.state.down_until and row.state.down_until > now:
        said.append(f"rests until {row.state.down_until:%H:%M} UTC")
    failed = {state: row.became[state] for state in ("failed", "unknown") if row.became.get(state)}
    said += [f"{number} letters {state} in 24 hours" for state, number in failed.items()]
    if row.unreadable:
        said.append(f"{row.unreadable} unreadable at the triage desk")
    return "; ".join(said)


def ago(at: datetime | None, now: datetime) -> str:
    """ "4 min", "3 h", "2 d"; "-" for never."""
    if at is None:
        return "-"
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def test(which: str, now: datetime) -> int:
    """One sentence for each channel meant; 1 where one of them is wrong."""
    from tanggap.models import Channel
    from tanggap.reply import lines

    rows = list(Channel.objects.filter(code=which)) or list(
        Channel.objects.filter(kind=which, active=True).order_by("id")
    )
    if not rows:
        raise place.Refused(
            f"{which!r} is neither a channel of this city nor a kind of one: `tanggap channel list`."
        )
    ill = 0
    for row in rows:
        said = lines.trial(row, now)
        print(f"{row.code}: {said or 'in order.'}")
        ill += bool(said)
    return 1 if ill else 0
