"""The licence in a header against the licence of the page that lists the file.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterator

from registry.fingerprints.model_file import FileFacts, FileFinding
from registry.inspection.page_words import PageWords, quoted
from registry.licensing.identify import How, Identified, identify_claim
from registry.licensing.names import LONGEST_NAME

_ADDRESSES = ("http://", "https://")


def license_contradictions(facts: FileFacts, page: PageWords) -> Iterator[FileFinding]:
    """Yield where modelspec.license and the page's declaration name different texts.

    ``modelspec.license`` is a name, a link or a whole text (ModelSpec 1.0.1); a whole text is
    known by its first line or not at all.
    """
    said = facts.metadata.get("modelspec.license", "").strip()
    declared = identify_claim(
        declared=page.licenses, license_name=page.license_name, license_link=page.license_link
    )
    is_declared = bool(page.licenses or page.license_name or page.license_link)
    if not said or not is_declared:
        return
    header = _identified(said)
    page_says = f"the page declares {quoted(', '.join(page.licenses) or page.license_name)}"
    if not header.is_resolved or not declared.is_resolved:
        yield FileFinding(
            "license_cannot_be_compared",
            f"The header's modelspec.license is {quoted(said)} and {page_says}; whether they are "
            "the same text cannot be told.",
        )
    elif not _ids(header) & _ids(declared):
        yield FileFinding(
            "header_license_differs",
            f"The header's modelspec.license is {quoted(said)}, read as {header.license_id}; "
            f"{page_says}, read as {declared.license_id}. A header can be copied from a parent.",
        )


def _identified(said: str) -> Identified:
    if said.casefold().startswith(_ADDRESSES):
        return identify_claim(declared=(), license_link=said)
    whole = identify_claim(declared=(said,)) if len(said) <= LONGEST_NAME else None
    if whole is not None and whole.is_resolved:
        return whole
    return identify_claim(declared=(), license_name=said.splitlines()[0].strip()[:LONGEST_NAME])


def _ids(claim: Identified) -> set[str]:
    return {i for part in claim.parts if part.how is not How.UNRESOLVED for i in part.ids}
