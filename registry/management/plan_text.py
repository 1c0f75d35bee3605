"""A plan for a terminal: what the model will allow, what to declare, do and publish."""

from collections.abc import Iterator, Sequence

from django.core.management.color import Style

from registry.lineage.references import clean_words
from registry.management.rights_text import cap_row, territory_row
from registry.management.terminal import Terminal
from registry.selectors.finding_shape import FindingJson
from registry.selectors.plan_shape import PlanJson, PlanRejectedJson, PlanStepJson

_SHOWN = 8  # rows of a list before "and N more"
_NO_NEWS = {"not_yours", "not_shareable"}  # reasons that no reader waits for


class PlanText:
    """Writes one plan."""

    def __init__(self, plan: PlanJson, *, style: Style) -> None:
        """Keep the plan; ``style`` colours nothing where the output is not a terminal."""
        self._plan = plan
        self._terminal = Terminal(style)
        self._bold = self._terminal.bold

    def text(self) -> str:
        """Return the whole plan as lines of text."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._verdict()
        yield from self._findings("Terms that conflict", self._plan["conflicts"])
        yield from self._findings("What is declared already drifts", self._plan["drift"])
        yield from self._limits()
        yield from self._outbound()
        yield from self._checklist()
        yield from self._files()
        yield from self._list("Notes", self._plan["notes"])

    def _head(self) -> Iterator[str]:
        yield self._bold(clean_words(self._plan["name"]))
        for parent in self._plan["parents"]:
            weight = "" if parent["weight"] is None else f", weight {parent['weight']:g}"
            terms = ", ".join(parent["licenses"]) or "licence unknown"
            yield from self._wrapped(f"{parent['relation']}{weight}: {parent['name']} ({terms})")

    def _verdict(self) -> Iterator[str]:
        yield from ("", self._bold("What the result allows"))
        for permission, word in self._plan["verdict"].items():
            best, worst = self._plan["intervals"][permission]
            between = f"{best} to {worst}" if word == "unclear" else ""
            painted = self._terminal.word(word)
            yield f"  {permission:<20}{painted} {between}".rstrip()

    def _findings(self, title: str, findings: Sequence[FindingJson]) -> Iterator[str]:
        rows = [f"{finding['code']}: {finding['because']}" for finding in findings]
        yield from self._list(title, rows)

    def _limits(self) -> Iterator[str]:
        yield from self._list("Limits", [cap_row(cap, {}) for cap in self._plan["caps"]])
        left_out = [territory_row(row, {}) for row in self._plan["territory_excluded"]]
        yield from self._list("Not licensed in", left_out)
        uses = ", ".join(row["tag"] for row in self._plan["use_restrictions"])
        yield from self._list("Forbidden uses", [uses] if uses else [])

    def _outbound(self) -> Iterator[str]:
        yield from ("", self._bold("Licences you may declare, the nearest to your wish first"))
        offers = [f"{offer['license']} ({offer['name']})" for offer in self._plan["offers"]]
        yield from self._rows(offers or [self._plan["finding"]])
        yield from self._list("Not these", _refused(self._plan["rejected"]))

    def _checklist(self) -> Iterator[str]:
        now = [_step(step) for step in self._plan["checklist"] if step["to_publish"]]
        later = [_step(step) for step in self._plan["checklist"] if not step["to_publish"]]
        yield from self._list("To publish it", now, shown=len(now))
        yield from self._list("Whoever uses it", later, shown=len(later))

    def _files(self) -> Iterator[str]:
        for name, text in (("README.md", self._plan["card"]), ("NOTICE", self._plan["notice"])):
            if text:
                yield from ("", self._bold(f"--- {name} ---"))
                yield from map(_visible, text.splitlines())

    def _list(self, title: str, rows: Sequence[str], *, shown: int = _SHOWN) -> Iterator[str]:
        if rows:
            yield from ("", self._bold(title))
            yield from self._rows(rows, shown=shown)

    def _rows(self, rows: Sequence[str], *, shown: int = _SHOWN) -> Iterator[str]:
        for row in rows[:shown]:
            yield from self._wrapped(row)
        if len(rows) > shown:
            yield f"  and {len(rows) - shown} more (--json shows all)"

    def _wrapped(self, text: str) -> list[str]:
        return self._terminal.wrapped(clean_words(text), indent=2, hanging=4)


def _refused(rows: Sequence[PlanRejectedJson]) -> list[str]:
    """Return the first reason against each licence, with the licences it is the first against."""
    found: dict[str, list[str]] = {}
    for row in rows:
        reason = row["because"][0]
        if reason["clause"] not in _NO_NEWS:
            found.setdefault(reason["because"], []).append(row["license"])
    return [f"{', '.join(ids)}: {because}" for because, ids in found.items()]


def _step(step: PlanStepJson) -> str:
    texts = "; ".join(f"{text['license']} {text['url']}".strip() for text in step["texts"])
    asked = f" [{texts}]" if texts else ""
    return f"[ ] {step['do']}, {step['when']}{asked}"


def _visible(line: str) -> str:
    """Return a line of a generated file without characters that a terminal obeys."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    return indent + clean_words(line)
