"""Channels: how each account does, and what talking both ways needs. Columns are added with values of
their own: old code goes on while this is applied."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tanggap", "0007_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelState",
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
                ("on", models.BooleanField(default=True)),
                ("daily_quota", models.PositiveIntegerField(null=True)),
                ("cursor", models.JSONField(default=dict)),
                ("received_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("sent_on", models.DateField(null=True)),
                ("sent_today", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("down_until", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="identity",
            name="gone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="identity",
            name="heard_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="identity",
            name="stopped_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="inbound",
            name="name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="inbound",
            name="outcome",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="letter",
            name="account",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="letter",
            name="address",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="letters",
                to="tanggap.identity",
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="again_of",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="again",
                to="tanggap.letter",
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="external_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="message",
            name="edited_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="proven",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="message",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="open_talk",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="report",
            name="sender",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tanggap.identity",
            ),
        ),
        migrations.AddField(
            model_name="reporter",
            name="prefers",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tanggap.identity",
            ),
        ),
        migrations.AddIndex(
            model_name="inbound",
            index=models.Index(
                condition=models.Q(("name", ""), _negated=True),
                fields=["account", "name"],
                name="inbound_name",
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=["account", "external_id"],
                name="letter_name",
            ),
        ),
        migrations.AddField(
            model_name="channelstate",
            name="channel",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="state", to="tanggap.channel"
            ),
        ),
    ]
