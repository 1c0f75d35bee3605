"""Civitai's base-model labels, and what Civitai's two licence tables say of them.

Pure Python: importing this module must never import Django.
Source: facts/license_terms.md section 3, facts/civitai.md section 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import msgspec

from registry.licensing.catalog import FOLDER, read_toml, terms_of
from registry.licensing.names import normal_name
from registry.lineage.relations import Grade


class TableEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The licence one of Civitai's tables names for a label."""

    name: str
    license: str
    civitai_id: int = 0  # 0: this table numbers nothing


class BaseModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One label; ``license`` is the record recommended for the weights behind it."""

    label: str
    license: str
    shared: TableEntry | None = None
    server: TableEntry | None = None
    label_differs: bool = False  # the label's licence is not the weights' licence

    @property
    def entries(self) -> tuple[TableEntry, ...]:
        """Return what the tables say, the shared one first."""
        return tuple(entry for entry in (self.shared, self.server) if entry is not None)


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    base_models: tuple[BaseModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModelLicense:
    """What a base-model label says about a licence.

    ``others`` are further records it may stand for; then ``grade`` is lower and ``note`` says why.
    """

    label: str
    license_id: str
    others: tuple[str, ...]
    grade: Grade
    source: str
    note: str
    tables_differ: bool
    label_differs: bool


def identify_base_model(label: str) -> BaseModelLicense:
    """Return what a Civitai base-model label says about the licence (rule L16).

    A label that is in neither table stands for an unknown licence.
    """
    found = _labels().get(normal_name(label))
    if found is None:
        return BaseModelLicense(
            label=label if isinstance(label, str) else "",
            license_id="unknown",
            others=(),
            grade=Grade.PROSE,
            source=_table().source,
            note="neither of Civitai's licence tables has this base-model label",
            tables_differ=False,
            label_differs=False,
        )
    named = dict.fromkeys(entry.license for entry in found.entries)
    differ = len(named) > 1
    others = tuple(i for i in named if i != found.license) if differ or found.label_differs else ()
    return BaseModelLicense(
        label=found.label,
        license_id=found.license,
        others=others,
        grade=Grade.PROSE if others else Grade.PLATFORM_FLAG,
        source=_table().source,
        note=_note(found),
        tables_differ=differ,
        label_differs=found.label_differs,
    )


def base_models() -> tuple[BaseModel, ...]:
    """Return every label, in Civitai's order."""
    return _table().base_models


def _note(base: BaseModel) -> str:
    names = list({entry.name.casefold(): entry.name for entry in base.entries}.values())
    said = []
    if not names:
        said.append("neither of Civitai's tables names a licence for this label")
    elif len(names) > 1:
        said.append(f"Civitai's two tables name {names[0]!r} and {names[1]!r}")
    elif len(base.entries) == 1:
        said.append("only one of Civitai's two tables names a licence")
    if base.label_differs:
        said.append(f"the weights' own licence is another: {terms_of(base.license).name}")
    return "; ".join(said)


@cache
def _table() -> _Table:
    table = read_toml(FOLDER / "base_models.toml", lambda raw: msgspec.convert(raw, _Table))
    for base in table.base_models:
        for license_id in (base.license, *(entry.license for entry in base.entries)):
            terms_of(license_id)
    return table


@cache
def _labels() -> Mapping[str, BaseModel]:
    return MappingProxyType({normal_name(base.label): base for base in base_models()})
