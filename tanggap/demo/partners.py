"""A partner of the demo: the head of an RT in the home kelurahan, with a few reports for neighbours in the week."""

from datetime import datetime

from tanggap import ledger
from tanggap.demo.world import World
from tanggap.models import (
    THE_MACHINE,
    Agency,
    AgencyKind,
    Membership,
    Partner,
    Reference,
    Role,
)
from tanggap.people import partners

CODE, QUOTA = "ketua-rt-05", 10


def known() -> Partner | None:
    return Partner.objects.select_related("agency").filter(agency__code=CODE).first()


def ensure(world: World, now: datetime) -> None:
    """Written down once, where the city knows partners at all."""
    if known() or not Role.objects.filter(code=Membership.PARTNER).exists():
        return
    name = f"Ketua RT 05 RW 03 {world.home.name}"
    agency = Agency.objects.create(code=CODE, name=name, kind_id=AgencyKind.PARTNER, source="demo")
    row = Partner.objects.create(agency=agency, kind=Partner.RT_RW, daily_quota=QUOTA, area=world.home)
    ledger.change(partners.thing(row), "add", before={}, after=partners.values(row) | {"id": row.pk}, by=THE_MACHINE,
                  now=now, reason="demo")  # fmt: skip
    Reference.forget()
