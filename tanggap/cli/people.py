"""`tanggap admin` and `tanggap officers`: the first administrator, and everybody at once."""

import argparse
import getpass
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tanggap.cli import place

Args = argparse.Namespace
MOST_SHOWN = 200
SENTENCES = {
    "name_taken": "somebody has this user name already; `tanggap admin link` makes a new link for them",
    "name_missing": "write the name with --name",
    "closed": "this account is closed; an administrator opens it again on its page",
    "twice": "this role is held already",
    "no_second": "the second step is off already",
}


def add(verb: Any) -> None:
    """The words of the command line; `verb` is cli.parser's own."""
    admin = verb("admin", administrator, "the first administrator, or a new link for whoever is locked out")
    admin.add_argument("deed", choices=("add", "link"))
    admin.add_argument("username")
    admin.add_argument("--name", default="", help="as colleagues read it")
    admin.add_argument("--email", default="", help="where letters go")
    admin.add_argument(
        "--agency", default="", metavar="CODE", help="where they work; else the triage desk's agency"
    )
    admin.add_argument(
        "--password", action="store_true", help="ask for a password here instead of making a link"
    )
    admin.add_argument(
        "--password-stdin", action="store_true", help="read the password from the first line of input"
    )
    admin.add_argument(
        "--without-second-step", action="store_true", help="link: take a lost telephone's codes away"
    )
    officers = verb(
        "officers", many, "officers and roles from a CSV file: the difference first, then all or nothing"
    )
    officers.add_argument("file", type=Path)
    officers.add_argument("--dry-run", action="store_true", help="show the difference and change nothing")
    officers.add_argument("--invite", action="store_true", help="write to everybody who has no password yet")
    officers.add_argument("--yes", action="store_true", help="don't ask")


# ---- one administrator ----


def administrator(args: Args) -> int:
    with place.django():
        from django.core.exceptions import ValidationError

        from tanggap.people.actions import PeopleRefused

        password = asked_password(args)
        try:
            told = appoint(args, password) if args.deed == "add" else link(args, password)
        except PeopleRefused as fact:
            raise place.Refused(f"{args.username}: {SENTENCES.get(fact.code, fact.code)}.") from None
        except ValidationError as fact:
            raise place.Refused(" ".join(fact.messages)) from None
    print(told)
    return 0


def asked_password(args: Args) -> str:
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not args.password:
        return ""
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise place.Refused("The two passwords differ.")
    return first


def appoint(args: Args, password: str) -> str:
    from tanggap import ledger
    from tanggap.access import THE_MACHINE_ITSELF
    from tanggap.models import Membership, Role
    from tanggap.people import actions, links

    agency, now = agency_of(args.agency), datetime.now(UTC)
    role = Role.objects.filter(code=Membership.ADMINISTRATOR).first()
    if role is None:
        raise place.Refused("No city is loaded: `tanggap load DIR` first.")
    check_words(args)
    common: dict[str, Any] = {"by": THE_MACHINE_ITSELF, "now": now, "reason": "tanggap admin add"}

    @ledger.deed()
    def done() -> str:
        officer = actions.add(args.username, args.name, args.email, **common)
        actions.give_role(officer, agency, role, **common)
        row = links.invite(officer, by_mail=False, **common)
        return finish(row, password, now)

    return done()


def check_words(args: Args) -> None:
    from tanggap.city.files import code
    from tanggap.city.officers import address

    for name, read in (("username", code(80)), ("email", address)):
        try:
            read(getattr(args, name))
        except ValueError as error:
            raise place.Refused(f"{name}: {error}.") from None


def link(args: Args, password: str) -> str:
    from tanggap import ledger
    from tanggap.access import THE_MACHINE_ITSELF
    from tanggap.models import Officer
    from tanggap.people import actions, links

    officer, now = Officer.objects.filter(username__iexact=args.username).first(), datetime.now(UTC)
    if officer is None:
        raise place.Refused(f"Nobody has the user name {args.username!r}.")
    common: dict[str, Any] = {"by": THE_MACHINE_ITSELF, "now": now, "reason": "tanggap admin link"}

    @ledger.deed()
    def done() -> str:
        if args.without_second_step:
            actions.drop_second_step(officer, **common)
        return finish(links.invite(officer, by_mail=False, **common), password, now)

    return done()


def finish(row: Any, password: str, now: datetime) -> str:
    """A password was given: the link is used up on the spot. Else it is what the terminal prints, once."""
    from django.conf import settings

    from tanggap.people import links

    username = row.officer.username
    if password:
        links.set_password(row.pk, row.secret, password, now=now)
        return f"{username} may log in now at {settings.SITE_URL}/masuk/"
    return (
        f"{username} chooses a password here (once, until {row.expires_at:%Y-%m-%d %H:%M} UTC; for nobody else):\n"
        f"{settings.SITE_URL}{row.path}"
    )


def agency_of(code: str) -> Any:
    from tanggap.models import Agency, City

    city = City.objects.first()
    if city is None:
        raise place.Refused("No city is loaded: `tanggap load DIR` first.")
    wanted = code or city.value("triage_agency", "")
    agency = Agency.objects.filter(code=wanted).first()
    if agency is None:
        raise place.Refused(f"{wanted!r} is no agency of this city; name one with --agency CODE.")
    return agency


# ---- everybody ----


def many(args: Args) -> int:
    with place.django():
        from tanggap.access import THE_MACHINE_ITSELF
        from tanggap.city import officers
        from tanggap.city.files import BadFile
        from tanggap.people import bulk

        now = datetime.now(UTC)
        try:
            wanted = officers.read(args.file)
            shown = bulk.plan(wanted, now)
        except bulk.BadLine as fact:
            raise place.Refused(str(officers.placed(args.file, fact))) from None
        except BadFile as error:
            raise place.Refused(str(error)) from None
        print_plan(shown)
        if args.dry_run or not (shown.steps or args.invite) or not sure(args):
            print("Nothing was changed.")
            return 0
        try:
            with Bar() as bar:
                told = bulk.apply(wanted, shown, by=THE_MACHINE_ITSELF, now=now, invite=args.invite, show=bar.show,
                                  reason=f"tanggap officers {args.file.name}"[:300])  # fmt: skip
        except bulk.Moved:
            raise place.Refused(
                "Somebody has changed these officers meanwhile; look at the difference again."
            ) from None
        except bulk.NobodyLeft:
            raise place.Refused(
                "After this file nobody would be administrator; nothing was changed."
            ) from None
    print("Done." + (f" {told['invited']} invitations are on their way." if told else ""))
    if told.get("without_address"):
        print(f"{told['without_address']} officers have no e-mail address: they were not invited.")
    return 0


def print_plan(shown: Any) -> None:
    signs = {"added": "+", "changed": "~", "ended": "-"}
    for step in shown.steps[:MOST_SHOWN]:
        print(f"{signs[step.kind]} {step.username}: {step.words}")
    if len(shown.steps) > MOST_SHOWN:
        print(f"… and {len(shown.steps) - MOST_SHOWN} lines more")
    counts = ", ".join(f"{shown.count(kind)} {kind}" for kind in signs)
    print(
        f"{counts}, {shown.unchanged} unchanged; {shown.left} officers are not in the file and stay as they are."
    )


def sure(args: Args) -> bool:
    """A person is asked; a script that has no terminal has said what it wants by calling us."""
    if args.yes or not sys.stdin.isatty():
        return True
    return input("Do all of this? [y/N] ").strip().lower() in ("y", "yes", "ya")


class Bar:
    """One line of progress, drawn anew at most five times a second."""

    def __enter__(self) -> "Bar":
        from tqdm import tqdm

        self.bar, self.at = tqdm(total=0, desc="  officers  ", unit="", ncols=78), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def show(self, done: int, total: int) -> None:
        self.bar.total = total
        if done == total or time.monotonic() - self.at > 0.2:
            self.at = time.monotonic()
            self.bar.update(done - self.bar.n)
