"""A plan as JSON: one shape for the command and the API.

Stable: keys are added, never renamed or given another meaning. Words are those of
``registry.licensing.terms``, ``from`` and ``ancestors`` name nodes of the lineage: a reference as
``registry.lineage.references`` spells it, or ``license:<id>`` for a parent of which only the
licence is known.
"""

from typing import TypedDict

from registry.selectors.finding_shape import CapJson, FindingJson, TerritoryJson

# Written as calls because ``from`` is a word of Python.
PlanDutyJson = TypedDict(
    "PlanDutyJson", {"duty": str, "value": str, "trigger": str, "from": list[str]}
)
PlanUseJson = TypedDict("PlanUseJson", {"tag": str, "from": list[str]})
PlanStepJson = TypedDict(
    "PlanStepJson",
    {
        "do": str,  # one sentence
        "when": str,
        "to_publish": bool,  # due by publishing itself
        "duty": str,
        "value": str,
        "trigger": str,
        "texts": "list[PlanTextJson]",
        "from": list[str],
    },
)


class PlanTextJson(TypedDict):
    """A licence text and where it stands; ``url`` is empty where no address is recorded."""

    license: str
    name: str
    url: str


class PlanOfferJson(TypedDict):
    """A licence that may be declared."""

    license: str
    name: str
    distance: int  # from the wish; 0 meets it
    of_a_parent: bool


class PlanObjectionJson(TypedDict):
    """One reason against a licence."""

    clause: str
    because: str
    ancestors: list[str]


class PlanRejectedJson(TypedDict):
    """A popular licence, or a parent's, that may not be declared."""

    license: str
    name: str
    because: list[PlanObjectionJson]
    more: int  # reasons that are not shown


class PlanParentJson(TypedDict):
    """One direct parent as it was found."""

    id: str
    name: str
    relation: str
    weight: float | None
    licenses: list[str]  # the texts that apply to it; empty: nobody knows


class PlanJson(TypedDict):
    """What a model that is not published yet will allow, and how to publish it."""

    name: str  # with the prefix that a parent asks for
    parents: list[PlanParentJson]
    verdict: dict[str, str]  # the eleven permissions and ``relicense``
    intervals: dict[str, list[str]]  # of the same: the best case and the worst
    duties: list[PlanDutyJson]
    caps: list[CapJson]
    territory_excluded: list[TerritoryJson]
    use_restrictions: list[PlanUseJson]
    conflicts: list[FindingJson]
    drift: list[FindingJson]  # of what the author declares already
    outbound: list[str]  # licence ids, the nearest to the wish first
    offers: list[PlanOfferJson]  # the same with details
    together: list[str]  # where no single text will do: all of these at once
    finding: str  # why ``outbound`` is empty
    rejected: list[PlanRejectedJson]
    chosen: list[str]  # what the card declares; empty: there is no card
    checklist: list[PlanStepJson]
    card: str  # README.md for the Hub
    notice: str  # NOTICE
    coverage: str
    notes: list[str]
