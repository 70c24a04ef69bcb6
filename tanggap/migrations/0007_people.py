"""Accounts elsewhere that officers log in with. A new table: old code goes on while this is applied."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tanggap", "0006_watching")]

    operations = [
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(max_length=300)),
                ("subject", models.CharField(max_length=255)),
                ("made_at", models.DateTimeField()),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="connections",
                                              to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("issuer", "subject"), name="connection_once"),
                    models.UniqueConstraint(fields=("officer", "issuer"), name="connection_one_each"),
                ],
            },
        ),
    ]
