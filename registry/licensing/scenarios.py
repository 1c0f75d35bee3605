"""Read a scenario: a lineage in a few words, as ``license_scenarios.json`` and authors write it.

Nothing is guessed: an unknown key, word or licence is an error that names the place. Pure Python:
importing this module must never import Django. Source: README.md, rule L38.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, cast

from registry.errors import BadInput
from registry.licensing.catalog import UnknownLicense, terms_of
from registry.licensing.lineage_view import CivitaiFlags, Lineage, Node, NodeClaim
from registry.licensing.profile import Profile
from registry.licensing.profile_fields import read_profile
from registry.licensing.terms import Basis
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation

_T = TypeVar("_T")
SUBJECT = NodeId("subject")
MOST_NODES = 500
_SOURCE = "scenario"
_RELATIONS: Mapping[str, Relation] = {
    **{relation.value: relation for relation in Relation},
    "quantise": Relation.QUANTIZED,
    "quantize": Relation.QUANTIZED,
    "distil": Relation.DISTILL,
}
_CONFIDENCE: Mapping[str, Grade] = {
    "high": Grade.TEXT_LINKED,
    "medium": Grade.TAG,
    "low": Grade.INFERRED,
}
_TOP = {
    "id",
    "title",
    "lineage_basis",
    "scenario_confidence",
    "nodes",
    "declared",
    "flags",
    "context",
    "expect",
    "why",
}
_NODE = {"licence", "license", "edge", "edge_conf", "model", "multimodal", "weight", "date"}
_FLAGS = {"allowNoCredit", "allowDerivatives", "allowDifferentLicense", "allowCommercialUse"}


class BadScenario(BadInput):
    """A scenario has a key, a word or a licence that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is asked, and who asks."""

    lineage: Lineage
    profile: Profile


def read_scenario(raw: object) -> Scenario:
    """Return the lineage and the profile that a decoded scenario describes.

    The parents are taken for what they are said to be: models with that text and no parents of
    their own. A scenario that declares nothing is a work whose licence is still to be chosen.

    :raises BadScenario: naming the key, if something is missing, unknown or of another type
    :raises BadProfile: naming the field, if ``context`` makes no sense
    """
    scenario = _object(raw, "scenario", _TOP)
    rows = _list(scenario.get("nodes"), "nodes")
    if not 0 < len(rows) <= MOST_NODES:
        raise BadScenario(f"nodes: from 1 to {MOST_NODES} parents are needed, not {len(rows)}.")
    parents = [_parent(row, f"nodes[{i}]", i) for i, row in enumerate(rows)]
    subject = Node(
        id=SUBJECT,
        label=str(scenario.get("title") or "the work"),
        claims=tuple(_own_claims(scenario)),
        attested_recipe=True,
        is_multimodal=any(node.is_multimodal for node, _ in parents),
        awaits_license=scenario.get("declared") is None,
    )
    nodes = {node.id: node for node in (subject, *(node for node, _ in parents))}
    edges = tuple(edge for _, edge in parents)
    return Scenario(
        lineage=Lineage(subject=SUBJECT, nodes=nodes, edges=edges),
        profile=read_profile(scenario.get("context") or {}, where="context"),
    )


def _parent(raw: object, where: str, place: int) -> tuple[Node, Edge]:
    row = _object(raw, where, _NODE)
    license_id = _license(row.get("licence", row.get("license")), f"{where}.licence")
    model = str(row.get("model") or f"parent {place + 1}")
    claim = NodeClaim(
        license_id=license_id,
        grade=Grade.TEXT_LINKED,
        source=_SOURCE,
        basis=Basis.TEXT,
        declared=license_id,
        is_official=True,
    )
    node = Node(
        id=NodeId(f"parent:{place + 1}"),
        label=model,
        claims=(claim,),
        is_official_base=True,
        is_multimodal=_bool(row.get("multimodal", False), f"{where}.multimodal"),
    )
    edge = Edge(
        child=SUBJECT,
        parent=node.id,
        relation=_word(row.get("edge", "merge"), f"{where}.edge", _RELATIONS),
        evidence=Evidence.DECLARED,
        grade=_word(row.get("edge_conf", "medium"), f"{where}.edge_conf", _CONFIDENCE),
        source=_SOURCE,
        weight=_weight(row.get("weight"), f"{where}.weight"),
        made_on=_day(row.get("date"), f"{where}.date"),
    )
    return node, edge


def _own_claims(scenario: Mapping[str, object]) -> list[NodeClaim]:
    claims = []
    if scenario.get("declared") is not None:
        license_id = _license(scenario["declared"], "declared")
        claims.append(
            NodeClaim(
                license_id=license_id,
                grade=Grade.TEXT_LINKED,
                source=_SOURCE,
                basis=Basis.TEXT,
                declared=license_id,
            )
        )
    if scenario.get("flags") is not None:
        claims.append(
            NodeClaim(
                license_id="",
                grade=Grade.PLATFORM_FLAG,
                source=_SOURCE,
                basis=Basis.FLAG,
                flags=_flags(scenario["flags"]),
            )
        )
    return claims


def _flags(raw: object) -> CivitaiFlags:
    said = _object(raw, "flags", _FLAGS)
    return CivitaiFlags(
        no_credit=_maybe(said.get("allowNoCredit"), "flags.allowNoCredit"),
        commercial=_commercial(said.get("allowCommercialUse")),
        derivatives=_maybe(said.get("allowDerivatives"), "flags.allowDerivatives"),
        different_license=_maybe(said.get("allowDifferentLicense"), "flags.allowDifferentLicense"),
    )


def _commercial(raw: object) -> frozenset[str] | None:
    """Return the set of values; it may be a list, one word, or a text in braces."""
    if raw is None:
        return None
    words = raw.strip("{} ").split(",") if isinstance(raw, str) else raw
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise BadScenario("flags.allowCommercialUse: a list of words is expected.")
    return frozenset(word.strip() for word in words if word.strip())


def _object(raw: object, where: str, known: set[str]) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise BadScenario(f"{where}: an object is expected.")
    unknown = sorted(str(key) for key in raw if key not in known)
    if unknown:
        raise BadScenario(
            f"{where}: unknown key {unknown[0][:60]!r}; known: {', '.join(sorted(known))}."
        )
    return cast("dict[str, object]", raw)


def _list(raw: object, where: str) -> Sequence[object]:
    if not isinstance(raw, list):
        raise BadScenario(f"{where}: a list is expected.")
    return raw


def _license(raw: object, where: str) -> str:
    try:
        return terms_of(raw).id if isinstance(raw, str) else _missing(where)
    except UnknownLicense as error:
        raise BadScenario(f"{where}: {error}") from error


def _missing(where: str) -> str:
    raise BadScenario(f"{where}: a licence id of the catalogue is needed.")


def _word(raw: object, where: str, words: Mapping[str, _T]) -> _T:
    if not isinstance(raw, str) or raw not in words:
        raise BadScenario(f"{where}: {str(raw)[:60]!r} is none of {', '.join(sorted(words))}.")
    return words[raw]


def _bool(raw: object, where: str) -> bool:
    if not isinstance(raw, bool):
        raise BadScenario(f"{where}: true or false is expected.")
    return raw


def _maybe(raw: object, where: str) -> bool | None:
    return None if raw is None else _bool(raw, where)


def _weight(raw: object, where: str) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise BadScenario(f"{where}: a number is expected.")
    return float(raw)


def _day(raw: object, where: str) -> date | None:
    try:
        return None if raw is None else date.fromisoformat(str(raw))
    except ValueError as error:
        raise BadScenario(f"{where}: a day like 2026-11-22 is expected.") from error
