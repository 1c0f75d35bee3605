"""The NOTICE file of a model that is about to be published.

No licence's own sentences are stored, so a prescribed notice is a line in brackets that says where
to take the wording from. Pure Python: importing this module must never import Django.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from registry.licensing.checklist import Item
from registry.licensing.planned import PlannedParent
from registry.licensing.terms import LicenseTerms
from registry.licensing.vocabulary import DutyName
from registry.lineage.graph import NodeId
from registry.lineage.references import ReferenceKind

_WIDTH = 79  # characters
_FILL_IN = {
    DutyName.NOTICE_FILE_WITH_PRESCRIBED_TEXT: "The notice that the licence prescribes: take its "
    "wording, word for word, from the licence text.",
    DutyName.RETAIN_NOTICES: "Copyright notices of the work: take them from its repository.",
    DutyName.ATTRIBUTION_NOTICE: "Author, title and address of the work: take them from its page.",
    DutyName.PROPAGATE_NOTICE_FILE_IF_ANY: "The work's own NOTICE file, if it has one.",
    DutyName.RECIPIENT_RIGHTS_COME_FROM_LICENSOR: "That recipients have their rights from the "
    "licensor: take the wording from the licence text.",
}
_SHOWN = {DutyName.DISPLAY_TEXT, DutyName.DISPLAY_TEXT_ENCOURAGED}


def notice_file(
    name: str,
    *,
    parents: Sequence[PlannedParent],
    texts: Mapping[NodeId, Sequence[LicenseTerms]],
    items: Sequence[Item],
) -> str:
    """Return the file as plain text.

    :param texts: the texts that apply to each ancestor, parents and those above them
    :param items: what is owed, as ``checklist`` says
    """
    labels = {parent.node: f"{parent.work} ({parent.how})" for parent in parents}
    works: dict[str, list[str]] = {}
    by_id: dict[str, LicenseTerms] = {}
    for node, applying in texts.items():
        for terms in applying:
            by_id[terms.id] = terms
            works.setdefault(terms.id, []).append(labels.get(node) or _above(node))
    sections = [_section(by_id[i], works[i], items) for i in sorted(works)]
    return "\n".join(
        ["NOTICE", "", *_intro(name), "", *_joined(sections), *_changes(name, parents)]
    )


def _intro(name: str) -> list[str]:
    return _wrapped(
        f"{name} was made from the works below. Keep this file, their notices and their licence "
        "texts with every copy. Fill in what stands in [brackets] from the place it names."
    )


def _section(terms: LicenseTerms, works: Sequence[str], items: Sequence[Item]) -> list[str]:
    owed = [item.duty for item in items if terms.id in {asker.license for asker in item.askers}]
    lines = [f"{terms.name} ({terms.id})"]
    lines += [line for work in dict.fromkeys(works) for line in _wrapped(f"Work: {work}", 2)]
    lines.append(f"  Licence text: {next(iter(terms.text_url), '[its address is not recorded]')}")
    for duty in owed:
        name = DutyName(duty.duty)
        if name in _FILL_IN:
            lines += _wrapped(f"[{_FILL_IN[name]}]", 2)
        elif name in _SHOWN:
            lines.append(f"  {duty.value}")
    return lines


def _above(node: NodeId) -> str:
    """Return what a notice calls a work above the parents: a repository by its name."""
    return node.removeprefix(f"{ReferenceKind.HUGGING_FACE.value}:")


def _joined(sections: Sequence[Sequence[str]]) -> Iterator[str]:
    for section in sections:
        yield from section
        yield ""


def _changes(name: str, parents: Sequence[PlannedParent]) -> list[str]:
    made = "; ".join(f"{parent.work} ({parent.how})" for parent in parents)
    return ["Changes", *_wrapped(f"{name} was made from: {made}.", 2), "  [By whom, and when.]", ""]


def _wrapped(text: str, indent: int = 0) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        text,
        width=_WIDTH,
        initial_indent=space,
        subsequent_indent=f"{space}  " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
