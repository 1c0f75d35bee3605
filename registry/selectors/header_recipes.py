"""Whether the files of a version name all their parents themselves."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from registry.models import HeaderInspection, ModelFile
from registry.selectors.as_of import known

WEIGHTS = r"\.(safetensors|gguf|ckpt|pt|pth|bin|onnx)$"
_WHOLE_MODELS = ("", "Model", "Pruned Model")  # a hub's word for a file that is no part


def has_recipe_in_files(as_of: datetime | None) -> Q:
    """Select versions of which every weight file's header names all parents.

    One file that does not, or was not read, leaves the version as its page describes it.
    """
    weights = ModelFile.objects.filter(
        version=OuterRef("pk"), filename__iregex=WEIGHTS, kind__in=_WHOLE_MODELS
    )
    complete = HeaderInspection.objects.filter(
        known(as_of, "read_at"), artifact=OuterRef("artifact"), has_complete_recipe=True
    )
    return Q(Exists(weights)) & ~Q(Exists(weights.exclude(Exists(complete))))
