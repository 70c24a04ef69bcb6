"""Copy: one safety copy of database and files, and whether it was ever proven to come back."""

from django.db import models


class CopySet(models.QuerySet):
    def newest(self) -> "Copy | None":
        """The newest whole copy that still lies where it was put; None where there never was one."""
        whole = self.filter(finished_at__isnull=False, removed_at=None)
        return whole.order_by("-finished_at", "-id").first()


class Copy(models.Model):
    """`place` is the folder or s3 address without credentials; `finished_at` is empty while it runs or when it broke
    off; `rehearsed_at` is when a restore of it was last proven in a temporary server."""

    name = models.CharField(max_length=60, unique=True)
    place = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    bytes = models.BigIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")
    rehearsed_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)  # by retention

    objects = CopySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-finished_at"], name="copy_finished")]
