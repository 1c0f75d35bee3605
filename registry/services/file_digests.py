"""Keep the digests that were made of a file's bytes.

Only digests are kept, no name and no word of the file: an erasure leaves them, as it leaves every
digest.
"""

from collections.abc import Sequence

from django.db import transaction

from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digests import FileDigests
from registry.fingerprints.packed_tensors import PackedComponent, pack_tensors
from registry.fingerprints.tensor_digests import DEFINITION, Form
from registry.models import Artifact, ArtifactDigest, ArtifactTensors
from registry.services import audit
from registry.services.aliases import needed_aliases
from registry.services.locks import Lock, hold

_OF_THE_NAME = {Algorithm.SHA256, Algorithm.AUTOV2}  # the artifact's own, and its beginning


@transaction.atomic
def keep_file_digests(*, digests: FileDigests, by: str) -> Artifact:
    """Record what bytes are called, so that every digest of theirs finds them; return them.

    Doing it again writes nothing.

    :param digests: of the whole file, from ``registry.fingerprints.digests.digest_file``
    :param by: the actor, e.g. ``job:inspect``
    """
    hold(Lock.MIRRORED_TABLES)
    artifact, is_new = Artifact.objects.get_or_create(
        sha256=digests.sha256, defaults={"size_bytes": digests.size_bytes}
    )
    if artifact.size_bytes is None:
        artifact.size_bytes = digests.size_bytes
        artifact.save(update_fields=["size_bytes"])
    added = _keep_values(artifact, digests)
    has_tensors = (
        _keep_tensors(artifact, pack_tensors(digests.tensors)) if digests.tensors else False
    )
    if is_new or added or has_tensors:
        audit.record(
            event="file.digested",
            actor=by,
            target=needed_aliases().of_reference(f"sha256:{artifact.sha256}"),
            digests_new=added,
            tensors_new=has_tensors,
        )
    return artifact


def _keep_values(artifact: Artifact, digests: FileDigests) -> int:
    """Write the digests that are not known yet; return how many."""
    known = set(artifact.digests.values_list("algorithm", "value"))
    missing = [
        ArtifactDigest(artifact=artifact, algorithm=algorithm.value, value=value)
        for algorithm, value in digests.values.items()
        if algorithm not in _OF_THE_NAME and (algorithm.value, value) not in known
    ]
    ArtifactDigest.objects.bulk_create(missing)
    return len(missing)


def _keep_tensors(artifact: Artifact, components: Sequence[PackedComponent]) -> bool:
    """Write what tensors bytes hold, unless it is known; return whether it is news."""
    _, is_new = ArtifactTensors.objects.get_or_create(
        artifact=artifact,
        definition=DEFINITION,
        defaults={
            "components": [one.component.value for one in components],
            "tensor_counts": [one.tensors for one in components],
            "roots": [one.roots[form] for one in components for form in Form],
            "leaves": b"".join(one.leaves for one in components),
            "leaves_f16": b"".join(one.leaves_f16 for one in components),
        },
    )
    return is_new
