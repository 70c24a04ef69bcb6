"""Partner: an organisation outside the city's offices (an RT or RW head, an NGO, a company) that files for others."""

from django.db import models

from .agency import Agency
from .area import Area


class Partner(models.Model):
    """Its name stands in `agency`, a row of the kind `partner` that nothing can be handed to: so accounts, roles and
    their days work as for every agency. `daily_quota` counts the whole organisation's reports of one local day.
    `contact`: how the city reaches the organisation itself; no citizen's."""

    RT_RW, NGO, COMPANY = "rt_rw", "ngo", "company"
    KINDS = (RT_RW, NGO, COMPANY)

    agency = models.OneToOneField(Agency, models.PROTECT, related_name="partner")
    kind = models.CharField(max_length=10)
    daily_quota = models.PositiveSmallIntegerField()
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="partners")  # where it is at home
    contact = models.CharField(max_length=200, blank=True, default="")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.agency.name
