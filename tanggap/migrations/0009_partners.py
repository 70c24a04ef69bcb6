"""Partners that file for others. The new column is empty in every row there is: old code goes on while it is added."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tanggap", "0008_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="Partner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("daily_quota", models.PositiveSmallIntegerField()),
                ("contact", models.CharField(blank=True, default="", max_length=200)),
                ("active", models.BooleanField(default=True)),
                (
                    "agency",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="partner",
                        to="tanggap.agency",
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="partners",
                        to="tanggap.area",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="report",
            name="partner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="tanggap.partner",
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("partner__isnull", False)),
                fields=["partner", "said_at"],
                name="report_partner",
            ),
        ),
    ]
