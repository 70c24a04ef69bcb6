"""A claim takes the oldest rows first: by (due_at, id) it reads as many as it takes, however many share one time."""

from django.db import migrations, models

CONDITIONS = {
    "clock": models.Q(stopped_at=None, parked_at=None),
    "job": models.Q(done_at=None, parked_at=None),
    "letter": models.Q(state__in=("queued", "sending"), parked_at=None),
    "reaction": models.Q(parked_at=None),
    "upload": models.Q(state="stored", parked_at=None),
}


class Migration(migrations.Migration):
    dependencies = [("tanggap", "0003_upload_public")]
    operations = [
        *(
            migrations.AddIndex(
                model_name=model,
                index=models.Index(fields=["due_at", "id"], condition=condition, name=f"{model}_turn"),
            )
            for model, condition in CONDITIONS.items()
        ),
        *(migrations.RemoveIndex(model_name=model, name=f"{model}_due") for model in CONDITIONS),
    ]
