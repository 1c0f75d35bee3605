from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_component_words")]

    operations = [
        migrations.AddIndex(
            model_name="headerinspection",
            index=models.Index(fields=["read_at"], name="inspection_by_reading"),
        ),
        migrations.AddIndex(
            model_name="licenseclaim",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", False)),
                fields=["withdrawn_at"],
                name="claim_by_withdrawal",
            ),
        ),
    ]
