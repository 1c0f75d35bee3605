"""Keep out of a batch what was erased."""

from collections.abc import Collection, Sequence

from registry.lineage.hub_tags import parent_named_in
from registry.selectors.aliases import stored_aliases
from registry.selectors.interventions import anything_erased, erased_subjects
from registry.services.keyed_rows import Hidden
from registry.services.page_rows import PageRows, page_linked_in, tags_of


def drop_erased(pages: Sequence[PageRows]) -> tuple[Sequence[PageRows], Hidden]:
    """Return the pages that were not erased, and what their rows must not spell out."""
    if not anything_erased():
        return pages, Hidden()
    digests = {said.sha256 for page in pages for said in page.bytes}
    references = {one for page in pages for v in page.versions for one in v.references}
    references |= {
        page_linked_in(row) for page in pages for v in page.versions for row in v.edges
    } - {""}
    references |= {parent_named_in(tag) for page in pages for tag in tags_of(page.row)} - {""}
    erased = erased_subjects(
        subjects={
            *(f"{page.hub}:{page.hub_model_id}" for page in pages),
            *(f"sha256:{digest}" for digest in digests),
            *references,
        }
    )
    return [page for page in pages if f"{page.hub}:{page.hub_model_id}" not in erased], Hidden(
        aliases=stored_aliases(),
        references=references & erased,
        digests={digest for digest in digests if f"sha256:{digest}" in erased},
    )


def pages_naming(
    digests: Collection[str], *, pages: Sequence[PageRows]
) -> frozenset[tuple[str, str]]:
    """Return the pages (hub, hub_model_id) that list bytes with one of some SHA-256 digests."""
    if not digests:
        return frozenset()
    return frozenset(
        page.key for page in pages if any(said.sha256 in digests for said in page.bytes)
    )
