"""What may be done, why, what is owed and what was found, for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from registry.management.terminal import Terminal
from registry.selectors.answer_shape import DutyJson, GroundJson, RightJson, UseRestrictionJson
from registry.selectors.finding_shape import CapJson, FindingJson, TerritoryJson

_SIGN = {"gt": "above", "gte": "from", "is": "is"}
_GROUNDS_SHOWN = 3  # of one permission
_NAMES_SHOWN = 3  # of one finding
_NO_LICENSE = {"none-declared", "unknown"}
_WORST_FIRST = ("forbidden", "unclear", "conditional", "allowed", "not_applicable")
_SHOWN = 12  # rows of a list before "and N more"
_NO_BLAME = "(A comparison of what pages and texts say; nothing about anybody's intent.)"


class RightsText:
    """Writes the parts that every answer has; ``names`` are what nodes are called."""

    def __init__(self, terminal: Terminal) -> None:
        """Keep the terminal."""
        self._terminal = terminal

    def rights(self, rights: Mapping[str, RightJson], names: Mapping[str, str]) -> Iterator[str]:
        """Write every word, then the reasons that bind."""
        for permission, right in rights.items():
            word = right["word"]
            between = f"{right['best']} to {right['worst']}" if word == "unclear" else ""
            painted = self._terminal.word(word)
            yield f"  {permission:<20}{painted} {between}".rstrip()
        reasons = _reasons(rights, names)
        if reasons:
            yield "  Why"
        for reason, permissions in reasons.items():
            yield from self.wrapped(f"{reason}: {_among(permissions, rights)}", indent=4)

    def owed(
        self,
        duties: Iterable[DutyJson],
        restrictions: Iterable[UseRestrictionJson],
        names: Mapping[str, str],
    ) -> Iterator[str]:
        """Write duties by whom they are owed to, and the forbidden uses."""
        owed: dict[str, list[str]] = {}
        for duty in duties:
            what = f"{duty['duty']} {duty['value']}".strip()
            who = names.get(duty["ancestor"], duty["ancestor"])
            owed.setdefault(who, []).append(f"{what} (when: {duty['trigger']})")
        yield from self.listed(
            "Duties", [f"{who}: {'; '.join(all_)}" for who, all_ in owed.items()]
        )
        uses = [restriction["tag"] for restriction in restrictions]
        if uses:
            yield "  Forbidden uses"
            yield from self.wrapped(", ".join(uses), indent=4)

    def limits(
        self,
        caps: Iterable[CapJson],
        territories: Iterable[TerritoryJson],
        names: Mapping[str, str],
    ) -> Iterator[str]:
        """Write caps, the lowest of each metric first, and where nothing is granted."""
        yield from self.listed("Limits", [cap_row(cap, names) for cap in caps])
        left_out = [territory_row(row, names) for row in territories]
        yield from self.listed("Not licensed in", left_out)

    def findings(
        self,
        conflicts: Sequence[FindingJson],
        drift: Sequence[FindingJson],
        names: Mapping[str, str],
    ) -> Iterator[str]:
        """Write which terms conflict, and where a declaration and its parents' texts differ."""
        yield from self.listed(
            "Terms that do not go together, or cannot be told",
            [_finding(finding, names) for finding in conflicts],
        )
        yield from self.listed(
            "What is declared, beside the parents' texts",
            [_finding(finding, names) for finding in drift],
        )
        if drift:
            yield from self.wrapped(_NO_BLAME, indent=4)

    def listed(self, title: str, rows: Sequence[str]) -> Iterator[str]:
        """Write a list under its title; nothing if it is empty."""
        if not rows:
            return
        yield f"  {title}"
        for row in rows[:_SHOWN]:
            yield from self.wrapped(row, indent=4)
        if len(rows) > _SHOWN:
            yield f"    and {len(rows) - _SHOWN} more (--json shows all)"

    def wrapped(self, text: str, *, indent: int = 2) -> list[str]:
        """Return text as lines of the terminal's width."""
        return self._terminal.wrapped(text, indent=indent, hanging=2)


def summary(rights: Mapping[str, RightJson]) -> str:
    """Return the permissions of each word, the worst word first."""
    words: dict[str, list[str]] = {word: [] for word in _WORST_FIRST}
    for permission, right in rights.items():
        words[right["word"]].append(permission)
    return "; ".join(f"{word}: {', '.join(uses)}" for word, uses in words.items() if uses)


def _reasons(rights: Mapping[str, RightJson], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return each reason that binds, with the permissions it binds; the best evidence first."""
    grounds = [(use, ground) for use, right in rights.items() for ground in _binding(right)]
    found: dict[str, list[str]] = {}
    for use, ground in sorted(grounds, key=lambda pair: pair[1]["grade"]):
        found.setdefault(_reason(ground, use, names), []).append(use)
    return found


def _among(permissions: Sequence[str], rights: Mapping[str, RightJson]) -> str:
    everything = len(permissions) == len(rights) > 1
    return "everything" if everything else ", ".join(dict.fromkeys(permissions))


def _binding(right: RightJson) -> list[GroundJson]:
    """Return the grounds that make the word; what is plainly allowed needs none."""
    if right["word"] in {"allowed", "not_applicable"}:
        return []
    return [
        ground
        for ground in right["grounds"]
        if ground["worst"] == right["worst"] and not ground["overruled"]
    ][:_GROUNDS_SHOWN]


def _reason(ground: GroundJson, permission: str, names: Mapping[str, str]) -> str:
    who = names.get(ground["ancestor"], ground["ancestor"])
    said = ground["clause"].removeprefix(f"{permission}: ")
    evidence = f"evidence {ground['grade']}, {ground['basis']}"
    if ground["license"] in _NO_LICENSE:
        return f"{who}: {said} ({evidence})"
    return f"{who}: {ground['license']} says {said} ({evidence})"


def cap_row(cap: CapJson, names: Mapping[str, str]) -> str:
    """Return one limit in words; ``names`` are what nodes are called."""
    number = "" if cap["comparison"] == "is" else f" {_SIGN[cap['comparison']]} {cap['value']:,}"
    yours = {"yes": "; you are beyond it", "no": "; you are not beyond it"}
    return (
        f"{_words(cap['metric'])}{number}: {_words(cap['effect'])} "
        f"({_called(cap['from'], names)}{yours.get(cap['exceeded'], '')})"
    )


def territory_row(row: TerritoryJson, names: Mapping[str, str]) -> str:
    """Return where nothing is granted, in words."""
    return f"{row['region']}: {_words(row['scope'])} ({_called(row['from'], names)})"


def _finding(finding: FindingJson, names: Mapping[str, str]) -> str:
    grade = f"evidence {finding['grade']}"
    about = _called(finding["ancestors"], names)
    return f"{finding['code']}: {finding['because']} ({grade}; {about})"


def _called(nodes: Sequence[str], names: Mapping[str, str]) -> str:
    shown = ", ".join(names.get(node, node) for node in nodes[:_NAMES_SHOWN])
    more = len(nodes) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _words(text: str) -> str:
    return text.replace("_", " ")
