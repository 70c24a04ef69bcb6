"""Partner: an RT/RW head, an NGO or a company that files on behalf of others, named as such."""

from django.db import models


class Partner(models.Model):
    """A partner is an Agency of a kind that no hand-over names, so it never holds a case; its people are Officers with
    the role "partner" there. They see their own filings as the public does, no more."""

    agency = models.OneToOneField("Agency", models.PROTECT, related_name="partner")
    a_day = models.PositiveIntegerField(default=50)  # reports it may file on one local day
    contact = models.CharField(max_length=200, blank=True, default="")  # who answers for it, as an office
    ended_at = models.DateTimeField(null=True)
