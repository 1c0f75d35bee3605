"""Find rows whose parent is missing: no foreign key of a mirrored table is checked on writing."""

from django.apps import apps
from django.db.models import Exists, ForeignKey, OuterRef


def orphans() -> list[str]:
    """Name the foreign keys, unchecked by the database, that point at nothing, with their rows."""
    return [
        f"{field}: {row}"
        for model in apps.get_app_config("registry").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and not vars(field)["db_constraint"]
        for row in model._default_manager.exclude(**{f"{field.attname}": None})
        .exclude(Exists(field.related_model._default_manager.filter(pk=OuterRef(field.attname))))
        .values_list("pk", field.attname)
    ]
