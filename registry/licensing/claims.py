"""Make the licence statements of one model, ready for a verdict.

One statement of a page may be several claims (``mit AND apache-2.0``); each applies.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Sequence

from registry.licensing.identify import identify_base_model, identify_claim, identify_official
from registry.licensing.lineage_view import CivitaiFlags, NodeClaim, Reading
from registry.licensing.names import How
from registry.licensing.terms import Basis
from registry.lineage.relations import Grade

ATTACHMENT_B_BASES = frozenset(
    {"SD 1.5", "SDXL 1.0"}
)  # labels with a licence document of their own


def declared_claims(
    *,
    declared: Sequence[str],
    license_name: str = "",
    license_link: str = "",
    grade: Grade = Grade.TAG,
    source: str = "",
    basis: Basis = Basis.TAG,
) -> tuple[NodeClaim, ...]:
    """Return what a card or a tag declares, one claim for every licence that applies (L13).

    A licence found by its link only is one step stronger than a bare tag: the text is linked (E2).
    """
    found = identify_claim(declared=declared, license_name=license_name, license_link=license_link)
    words = ", ".join(dict.fromkeys(filter(None, [*map(str, declared), license_name])))
    claims = []
    for part in found.parts:
        linked = part.how is How.LINK and grade is Grade.TAG
        claims.append(
            NodeClaim(
                license_id=part.ids[0],
                others=part.ids[1:],
                reading=part.reading,
                grade=Grade.TEXT_LINKED if linked else grade,
                source=source,
                basis=Basis.TEXT if linked else basis,
                declared=words,
            )
        )
    return tuple(claims)


def flags_claim(
    *,
    flags: CivitaiFlags,
    grade: Grade = Grade.PLATFORM_FLAG,
    source: str = "",
    base_label: str = "",
) -> NodeClaim:
    """Return a creator's flags as a claim (L17).

    For the two bases with a licence document the flags are its Attachment B, elsewhere a
    statement of the creator; ``declared`` says which.
    """
    is_attached = base_label in ATTACHMENT_B_BASES
    return NodeClaim(
        license_id="",
        grade=grade,
        source=source,
        basis=Basis.FLAG,
        declared="Attachment B" if is_attached else "the creator's statement",
        flags=flags,
    )


def official_claim(reference: str) -> NodeClaim | None:
    """Return the text of an official release, or ``None`` if the catalogue does not list it."""
    license_id = identify_official(reference)
    if license_id is None:
        return None
    return NodeClaim(
        license_id=license_id,
        grade=Grade.TEXT_LINKED,
        source="the licence catalogue's list of official releases",
        basis=Basis.TEXT,
        declared=license_id,
    )


def base_label_claim(label: str) -> NodeClaim:
    """Return the licence a Civitai base-model label stands for (L16).

    Where Civitai's tables disagree, or the label is not the weights' licence, every text it may
    mean is kept in doubt, with a lower grade, and ``declared`` says why.
    """
    base = identify_base_model(label)
    return NodeClaim(
        license_id=base.license_id,
        others=base.others,
        reading=Reading.DOUBT if base.others else Reading.SURE,
        grade=base.grade,
        source=base.source,
        basis=Basis.TAG,
        declared=f"{base.label}: {base.note}" if base.note else base.label,
    )
