"""Reactions of danger go first. A column with a value of its own: old code goes on while this is applied."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tanggap", "0009_partners")]

    operations = [
        migrations.AddField(
            model_name="reaction",
            name="urgent",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="reaction",
            index=models.Index(
                condition=models.Q(("parked_at", None), ("urgent", True)),
                fields=["due_at", "id"],
                name="reaction_urgent",
            ),
        ),
    ]
