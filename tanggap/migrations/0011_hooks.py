"""What apps are told and what was refused: new tables; old code goes on while this is applied."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tanggap", "0010_urgent"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=500)),
                ("secret_sealed", models.BinaryField()),
                ("on", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField()),
                ("failing_since", models.DateTimeField(null=True)),
                ("down_until", models.DateTimeField(null=True)),
                (
                    "api_key",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hook", to="tanggap.apikey"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HookCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, default="", max_length=300)),
                ("parked_at", models.DateTimeField(null=True)),
                ("state", models.CharField(default="queued", max_length=10)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tanggap.event"
                    ),
                ),
                (
                    "hook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="tanggap.hook"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tanggap.report"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("parked_at", None), ("state", "queued")),
                        fields=["due_at", "id"],
                        name="hook_call_turn",
                    ),
                    models.Index(fields=["hook", "-at"], name="hook_call_log"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("hook", "event", "report"), name="hook_call_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Refusal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "api_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refusals",
                        to="tanggap.apikey",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["api_key", "-at"], name="refusal_log")],
            },
        ),
    ]
