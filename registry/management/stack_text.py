"""An answer about files that are used together, for a terminal."""

from collections.abc import Iterator

from django.core.management.color import Style

from registry.management.answer_text import in_one_line, names_in, title_of
from registry.management.rights_text import RightsText, summary
from registry.management.terminal import Terminal
from registry.selectors.answer_shape import StackAnswer, StackFileJson


class StackText:
    """Writes one such answer: all of them together, then each."""

    def __init__(self, told: StackAnswer, *, style: Style) -> None:
        """Keep the answer, without anything a terminal obeys."""
        self._told: StackAnswer = in_one_line(told)
        self._terminal = Terminal(style)
        self._parts = RightsText(self._terminal)
        self._names = _names(self._told)

    def text(self) -> str:
        """Return the whole answer as lines of text."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        told = self._told
        yield self._terminal.bold(f"{len(told['files'])} files used together")
        for notice in told["notices"]:
            yield from self._parts.wrapped(f"! {notice['text']}")
        for topic in told["not_covered"]:
            if topic["prominent"]:
                yield from self._parts.wrapped(f"! Not covered: {topic['text']}")
        yield from self._parts.wrapped(f"lineage coverage: {told['lineage_coverage']}")
        yield ""
        yield from self._parts.rights(told["rights"], self._names)
        yield from self._deciding()
        yield from self._parts.limits(told["caps"], told["territory_excluded"], self._names)
        yield from self._parts.findings(told["conflicts"], [], self._names)
        yield from self._parts.owed(told["duties"], told["use_restrictions"], self._names)
        yield from self._parts.listed("Notes", told["notes"])
        for file in told["files"]:
            yield from self._file(file)
        yield ""
        rest = [row["text"] for row in told["not_covered"] if not row["prominent"]]
        yield from self._parts.wrapped(f"Not covered: {' '.join(rest)}", indent=0)
        yield from self._parts.wrapped(f"Contact: {told['contact']}", indent=0)

    def _deciding(self) -> Iterator[str]:
        """Write which files make the words that are not plainly allowed."""
        groups: dict[str, list[str]] = {}
        for permission, files in self._told["decided_by"].items():
            word = self._told["rights"][permission]["word"]
            if files and word not in {"allowed", "not_applicable"}:
                groups.setdefault(", ".join(files), []).append(permission)
        rows = [f"{files}: {', '.join(uses)}" for files, uses in groups.items()]
        yield from self._parts.listed("Decided by", rows)

    def _file(self, file: StackFileJson) -> Iterator[str]:
        yield ""
        yield self._terminal.bold(file["query"])
        if file["detail"]:
            yield from self._parts.wrapped(file["detail"])
        answer = file.get("answer")
        if answer is None:
            return
        for listing in answer["listings"]:
            yield from self._parts.wrapped(title_of(listing))
        if answer["combined"]:
            yield from self._parts.wrapped(summary(answer["combined"]), indent=4)
        for candidate in answer["candidates"]:
            yield from self._parts.wrapped(f"it could be: {candidate['ask']}", indent=4)


def _names(told: StackAnswer) -> dict[str, str]:
    """Return what nodes are called; a file that was found by its own name and place."""
    listings = [
        row for file in told["files"] if "answer" in file for row in file["answer"]["listings"]
    ]
    above = {node: name for row in listings for node, name in names_in(row).items()}
    unmirrored = {file["id"]: file["query"] for file in told["files"] if file["id"]}
    return above | unmirrored | {row["id"]: f"{row['name']} ({row['id']})" for row in listings}
