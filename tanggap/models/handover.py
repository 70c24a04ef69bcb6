"""Handover: who may hand to whom, by kind of agency, with the legal basis."""

from datetime import datetime

from django.db import models

from .agency import Agency, AgencyKind, Dated, valid_on
from .city import local_day


class HandoverSet(models.QuerySet):
    def between(self, step: str, giver: Agency, taker: Agency, at: datetime) -> "Handover | None":
        """The rule that lets `giver` hand to `taker` by this step now, or None.

        `own_unit` rules hold only where the taker is a unit of the giver (dinas -> its own suku dinas).
        """
        rules = self.filter(
            valid_on(local_day(at)), step=step, from_kind=giver.kind_id, to_kind=taker.kind_id
        )
        mine = taker.parent_id == giver.id
        return next((rule for rule in rules if mine or not rule.own_unit), None)


class Handover(Dated):
    from_kind = models.ForeignKey(AgencyKind, models.PROTECT, related_name="+")
    to_kind = models.ForeignKey(AgencyKind, models.PROTECT, related_name="+")
    step = models.CharField(max_length=12)  # refer, delegate, transfer, return
    own_unit = models.BooleanField(default=False)
    approval_role = models.CharField(max_length=30, blank=True, default="")
    legal = models.CharField(max_length=200, blank=True, default="")

    objects = HandoverSet.as_manager()
