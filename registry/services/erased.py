"""Keep out of a batch what was erased."""

from collections.abc import Collection, Sequence

from registry.selectors.aliases import stored_aliases
from registry.selectors.interventions import anything_erased, erased_subjects
from registry.services.page_rows import Hidden
from registry.snapshots import ModelSnapshot


def drop_erased(snapshots: Sequence[ModelSnapshot]) -> tuple[Sequence[ModelSnapshot], Hidden]:
    """Return the pages that were not erased, and what their rows must not spell out."""
    if not anything_erased():
        return snapshots, Hidden()
    digests = {
        file.sha256
        for snapshot in snapshots
        for version in snapshot.versions
        for file in version.files
        if file.sha256
    }
    references = {
        edge.parent_ref
        for snapshot in snapshots
        for version in snapshot.versions
        for edge in version.edges
    }
    erased = erased_subjects(
        subjects={
            *(f"{snapshot.hub}:{snapshot.hub_model_id}" for snapshot in snapshots),
            *(f"sha256:{digest}" for digest in digests),
            *references,
        }
    )
    return [s for s in snapshots if f"{s.hub}:{s.hub_model_id}" not in erased], Hidden(
        aliases=stored_aliases(),
        references=references & erased,
        digests={digest for digest in digests if f"sha256:{digest}" in erased},
    )


def pages_naming(
    digests: Collection[str], *, snapshots: Sequence[ModelSnapshot]
) -> frozenset[tuple[str, str]]:
    """Return the pages (hub, hub_model_id) that list bytes with one of some SHA-256 digests."""
    if not digests:
        return frozenset()
    return frozenset(
        (snapshot.hub, snapshot.hub_model_id)
        for snapshot in snapshots
        for version in snapshot.versions
        for file in version.files
        if file.sha256 in digests
    )
