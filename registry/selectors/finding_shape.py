"""Conflicts, drift, caps and territories as JSON: one shape for answers and for plans.

``from`` and ``ancestors`` name nodes of the lineage, as ``registry.lineage.references`` spells
them.
"""

from typing import TypedDict

# Written as calls because ``from`` is a word of Python.
CapJson = TypedDict(
    "CapJson",
    {
        "metric": str,
        "value": int,  # 0 for a yes-or-no question
        "comparison": str,  # gt: above | gte: from | is: yes or no
        "scope": str,
        "effect": str,
        "measured": str,
        "license": str,
        "exceeded": str,  # by the asker's own figures: yes | no | unknown
        "from": list[str],
    },
)
TerritoryJson = TypedDict(
    "TerritoryJson", {"region": str, "scope": str, "licenses": list[str], "from": list[str]}
)


class FindingJson(TypedDict):
    """Terms that conflict, or a declaration that differs from what the parents' texts say.

    A comparison of what pages and texts state, with the grade of its evidence; it says nothing
    about anybody's intent.
    """

    code: str
    because: str
    ancestors: list[str]
    licenses: list[str]
    clause: str
    grade: str
    firm: bool  # false: rests on weak evidence or on a text nobody verified
