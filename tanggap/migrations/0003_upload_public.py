"""A released photo is found by its name: only the few rows that have one are in this index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tanggap", "0002_append_only")]
    operations = [
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["public"], condition=~models.Q(public=""), name="upload_public"),
        ),
    ]
