"""Category: what kind of problem, in groups; each with the words people use for it."""

from django.db import models

from .agency import Dated


class CategoryGroup(models.Model):
    code = models.CharField(max_length=40, primary_key=True)
    name_id = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)


class Category(Dated):
    """`words` is the lexicon: {word or phrase: weight}. Codes are ASCII and never used again."""

    code = models.CharField(max_length=60, unique=True)
    group = models.ForeignKey(CategoryGroup, models.PROTECT)
    name_id = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160)
    words = models.JSONField(default=dict)
    emergency = models.BooleanField(default=False)
    visibility = models.CharField(max_length=10, blank=True, default="")  # "" = the city's default
    source = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return self.name_id

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_id
