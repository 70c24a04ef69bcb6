"""Agency: whoever can be handed a case, and its kind."""

from datetime import date

from django.db import models
from django.db.models import Q


def valid_on(day: date) -> Q:
    """Rows with valid_from <= day < valid_to; an empty end is open."""
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


class Dated(models.Model):
    """A row of the city's rules that holds from a day to a day."""

    valid_from = models.DateField(default=date(1945, 8, 17))
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class AgencyKind(models.Model):
    PARTNER = "partner"  # no office of the city: it files for others, and nothing is ever handed to it

    code = models.CharField(max_length=20, primary_key=True)
    name_id = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)


class Agency(Dated):
    """`parent` gives dinas -> suku dinas; a kelurahan is both an Area and an Agency (`area`)."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    short = models.CharField(max_length=60, blank=True, default="")
    kind = models.ForeignKey(AgencyKind, models.PROTECT)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="units")
    area = models.ForeignKey("Area", models.PROTECT, null=True, related_name="agencies")
    email = models.CharField(max_length=200, blank=True, default="")
    legal = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.short or self.name

    def parents(self) -> list["Agency"]:
        """Agencies above this one, nearest first."""
        found, above = [], self.parent
        while above is not None:
            found.append(above)
            above = above.parent
        return found
