"""What a recipe says: the parents, and whether they are all of them.

Pure Python: importing this module must never import Django.
"""

import msgspec

from registry.lineage.parents import ParentClaim

LONGEST_DETAIL = 200  # characters
MOST_PARENTS = 500  # of one recipe


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """The parents a recipe names.

    ``complete``: it was read whole and every parent can be looked up (a repository of a hub or
    a SHA-256); a recipe that names a file on somebody's disk is not complete.
    """

    edges: tuple[ParentClaim, ...] = ()
    complete: bool = False
    problems: tuple[str, ...] = ()


EMPTY = Recipe()


def distinct(claims: list[ParentClaim]) -> tuple[ParentClaim, ...]:
    """Return one claim per parent, relation and evidence, in the order first said.

    Two different weights for one parent leave it without one; the first detail is kept.
    """
    found: dict[tuple[str, str, str], ParentClaim] = {}
    weights: dict[tuple[str, str, str], set[float]] = {}
    for claim in claims:
        key = (claim.parent_ref, claim.relation, claim.evidence)
        found.setdefault(key, claim)
        weights.setdefault(key, set()).update(() if claim.weight is None else (claim.weight,))
    return tuple(
        msgspec.structs.replace(claim, weight=min(weights[key]) if len(weights[key]) == 1 else None)
        for key, claim in found.items()
    )[:MOST_PARENTS]
