"""Area: a territory (kota, kecamatan, kelurahan) with its geometry."""

from django.db import models


class Area(models.Model):
    """`geometry` is WKB in degrees (lon, lat): a polygon when loaded, else a cell around the label point."""

    KOTA, KECAMATAN, KELURAHAN = "kota", "kecamatan", "kelurahan"
    LEVELS = (KOTA, KECAMATAN, KELURAHAN)

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=12)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    label_lat = models.FloatField()
    label_lon = models.FloatField()
    aliases = models.JSONField(default=list)
    geometry = models.BinaryField(null=True)
    geometry_kind = models.CharField(max_length=10, blank=True, default="")  # "", cells, polygons
    source = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return self.name

    def lineage(self) -> list["Area"]:
        """This area and those above it, smallest first."""
        found, area = [], self
        while area is not None:
            found.append(area)
            area = area.parent
        return found
