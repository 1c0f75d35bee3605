"""Components are called what an inspection calls them."""

from django.db import migrations

WORDS = (
    ("unet", "denoiser"),
    ("text_encoder_t5", "text_encoder_3"),
    ("other", "model"),
)


def renamed(before: str, after: str) -> str:
    return (
        "UPDATE registry_artifacttensors"
        f" SET components = array_replace(components, '{before}', '{after}')"
        f" WHERE '{before}' = ANY (components)"
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_rights")]

    operations = [
        migrations.RunSQL(renamed(before, after), renamed(after, before)) for before, after in WORDS
    ]
