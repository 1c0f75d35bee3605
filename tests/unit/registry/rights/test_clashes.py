"""Conflicts by columns are what the object engine finds between the same statements."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.licensing.codes import ConflictCode
from registry.licensing.conflicts import conflicts_of
from registry.licensing.findings import Finding
from registry.licensing.interval import Interval, join_all
from registry.licensing.lineage_view import Reading
from registry.licensing.statements import Statement
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade
from registry.rights.bonds import Bonds, Key, Role, bonds_of
from registry.rights.clashes import clashes
from registry.rights.layout import CODES, QUESTIONS, RELICENSE, best_bits, packed, worst_bits
from tests.unit.registry.licensing.test_algebra import licenses

several = st.tuples(
    st.lists(licenses, min_size=2, max_size=3, unique=True).map(lambda ids: tuple(sorted(ids))),
    st.sampled_from([Reading.CHOICE, Reading.DOUBT]),
)
keys = st.builds(Key._make, several | licenses.map(lambda one: ((one,), Reading.SURE)))
statements = st.builds(
    lambda key, grade: Statement(
        texts=key.texts, reading=key.reading, ancestors=(NodeId("x"),), grade=grade
    ),
    keys,
    st.sampled_from([Grade.TAG, Grade.PROSE]),
)
said = st.lists(statements, max_size=6, unique_by=Key.of).map(
    lambda found: sorted(found, key=Key.of)
)


def of_findings(findings: Sequence[Finding]) -> tuple[int, int, int]:
    effects: dict[str, list[Interval]] = {question: [] for question in QUESTIONS}
    for finding in findings:
        effects[RELICENSE].append(finding.relicense)
        for permission, interval in finding.effects:
            effects[permission].append(interval)
    known = {question: join_all(some) for question, some in effects.items() if some}
    codes = {CODES.index(finding.code) for finding in findings}
    return (
        sum(best_bits(question, interval.best) for question, interval in known.items()),
        sum(worst_bits(question, interval.worst) for question, interval in known.items()),
        sum(1 << code for code in codes),
    )


def row_of(bonds: Bonds, by_role: dict[Role, Sequence[Statement]]) -> np.ndarray:
    bits = [bit for role, some in by_role.items() for bit in bonds.bits_of(role, some)]
    return packed(sorted(set(bits)), -(-bonds.bits // 64))


@settings(max_examples=200, deadline=None)
@given(said, said, st.data())
def test_columns_come_to_what_their_statements_come_to(
    shared: list[Statement], trained: list[Statement], data: st.DataObject
) -> None:
    beginnings = [one for one in shared if data.draw(st.booleans())]
    bonds = bonds_of({Key.of(one) for one in (*shared, *trained)})
    row = row_of(bonds, {Role.SHARED: shared, Role.TRAINED: trained, Role.BEGINNING: beginnings})

    found = clashes(bonds, np.stack([row, np.zeros_like(row)]))

    one, none = zip(*(column.tolist() for column in found), strict=True)
    assert one == of_findings(conflicts_of(shared, trained, beginnings))
    assert none == (0, 0, 0)


def test_a_further_text_may_take_away_what_osadl_says_of_two() -> None:
    shared = [
        Statement(
            texts=Key((license_id,), Reading.SURE).texts,
            reading=Reading.SURE,
            ancestors=(NodeId("x"),),
            grade=Grade.TAG,
        )
        for license_id in ("epl-2.0", "lgpl-2.1", "postgresql")
    ]
    bonds = bonds_of([])
    sets = [shared, *combinations(shared, 2)]
    osadl = 1 << CODES.index(ConflictCode.OSADL_INCOMPATIBLE)

    found = clashes(bonds, np.stack([row_of(bonds, {Role.SHARED: some}) for some in sets]))

    came_to = zip(*(column.tolist() for column in found), strict=True)
    assert list(came_to) == [of_findings(conflicts_of(some)) for some in sets]
    assert [bool(codes & osadl) for codes in found.codes.tolist()] == [False, False, True, False]


def test_texts_that_no_rule_tells_apart_share_a_column() -> None:
    bonds = bonds_of([])

    alike = [bonds.place[Role.SHARED, Key((one,), Reading.SURE)] for one in ("mit", "bsd-3-clause")]

    assert alike[0] == alike[1]
    assert bonds.place[Role.SHARED, Key(("gpl-3.0",), Reading.SURE)] not in alike
