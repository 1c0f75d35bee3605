"""What holds of planning whatever the parents are."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.identify import How, Part
from registry.licensing.lineage_view import CivitaiFlags, Lineage, Reading
from registry.licensing.outbound import Outbound, outbound_of
from registry.licensing.outbound_candidates import Wish, is_anybodys
from registry.licensing.plan import SUBJECT, planned_node
from registry.licensing.readings import interval_of
from registry.licensing.terms import Level, Permission
from registry.licensing.verdict import RightsVerdict, assess
from registry.licensing.vocabulary import Kind
from registry.lineage.graph import Edge
from registry.lineage.relations import Evidence, Grade, Relation
from tests.unit.registry.licensing.lineages import official

LICENSES = [
    t.id for t in all_terms() if t.kind in {Kind.LICENCE, Kind.FAMILY_TAG, Kind.PLACEHOLDER}
]
_words = st.frozensets(st.sampled_from(["Image", "Rent", "RentCivit", "Sell"]))
_maybe = st.none() | st.booleans()
flags = st.none() | st.builds(
    CivitaiFlags,
    no_credit=_maybe,
    commercial=st.none() | _words,
    derivatives=_maybe,
    different_license=_maybe,
)
parents = st.lists(
    st.tuples(
        st.sampled_from(LICENSES),
        st.sampled_from([*Relation, Relation.MERGE, Relation.MERGE]),
        st.sampled_from([Grade.TAG, Grade.TAG, Grade.TAG, Grade.INFERRED]),
    ),
    min_size=1,
    max_size=3,
)
Parents = Sequence[tuple[str, Relation, Grade]]


def planned(of: Parents, said: CivitaiFlags | None = None, declared: Sequence[str] = ()) -> Lineage:
    nodes = [official(f"parent:{n}", license_id) for n, (license_id, _, _) in enumerate(of)]
    parts = [Part((license_id,), Reading.SURE, How.HF_ID) for license_id in declared]
    subject = planned_node(name="x", declared=parts, flags=said)
    edges = tuple(
        Edge(
            child=SUBJECT,
            parent=node.id,
            relation=relation,
            evidence=Evidence.DECLARED,
            grade=grade,
            source="",
        )
        for node, (_, relation, grade) in zip(nodes, of, strict=True)
    )
    return Lineage(subject=SUBJECT, nodes={n.id: n for n in (subject, *nodes)}, edges=edges)


def search(of: Parents, said: CivitaiFlags | None = None) -> Outbound:
    return outbound_of(planned(of, said), wish=Wish())


def offered(found: Outbound) -> set[str]:
    return {offer.license for offer in found.offers}


def declaring(of: Parents, said: CivitaiFlags | None, *ids: str) -> RightsVerdict:
    return assess(planned(of, said, ids))


class TestOffers:
    @settings(max_examples=150, deadline=None)
    @given(of=parents, said=flags, data=st.data())
    def test_are_never_found_in_drift_by_the_verdict(
        self, of: Parents, said: CivitaiFlags | None, data: st.DataObject
    ) -> None:
        found = search(of, said)

        for offer in found.offers[:2]:
            assert declaring(of, said, offer.license).drift == ()
        if found.offers:
            any_of_them = data.draw(st.sampled_from(found.offers))
            assert declaring(of, said, any_of_them.license).drift == ()
        if found.together:
            assert declaring(of, said, *found.together).drift == ()

    @settings(max_examples=150, deadline=None)
    @given(of=parents)
    def test_grant_nothing_that_handing_it_on_forbids(self, of: Parents) -> None:
        handed_on = [row for row in of if row[1] not in {Relation.RUNTIME, Relation.DATASET}]
        found = search(of)

        for license_id in offered(found) if handed_on else ():
            rights = declaring(handed_on, None, license_id).rights
            for permission in Permission:
                is_barred = rights[permission].worst.value == "forbidden"
                worst = interval_of(terms_of(license_id), permission).worst
                assert not is_barred or worst is Level.FORBIDDEN

    @settings(max_examples=100, deadline=None)
    @given(of=parents, another=parents)
    def test_are_never_more_with_another_parent(self, of: Parents, another: Parents) -> None:
        named = [("mit", Relation.FINETUNE, Grade.TAG), *of]  # or an unknown one is assumed
        fewer = offered(search([*named, another[0]]))

        own = {license_id for license_id in fewer if is_anybodys(terms_of(license_id))}
        assert own <= offered(search(named))

    @settings(max_examples=100, deadline=None)
    @given(of=parents)
    def test_do_not_depend_on_the_order_of_the_parents(self, of: Parents) -> None:
        assert offered(search(of)) == offered(search(list(reversed(of))))

    @settings(max_examples=50, deadline=None)
    @given(of=parents)
    def test_are_none_beside_a_parent_nobody_knows(self, of: Parents) -> None:
        assert offered(search([*of, ("unknown", Relation.MERGE, Grade.TAG)])) == set()

    @settings(max_examples=50, deadline=None)
    @given(of=parents)
    def test_are_none_only_with_a_reason(self, of: Parents) -> None:
        found = search(of)

        assert bool(found.offers) != bool(found.finding)
        assert not (found.offers and found.together)


def test_the_wish_orders_and_never_chooses() -> None:
    of = [("mit", Relation.MERGE, Grade.TAG)]
    shy = Wish(allow=frozenset(), forbid=frozenset(Permission))

    found = outbound_of(planned(of), wish=shy)

    assert offered(found) == offered(search(of))
    assert found.offers[0].license != search(of).offers[0].license


def test_edges_weigh_nothing() -> None:
    lineage = planned([("openrail++", Relation.MERGE, Grade.TAG)])
    heavier = replace(lineage, edges=tuple(replace(e, weight=0.9) for e in lineage.edges))

    assert outbound_of(heavier, wish=Wish()) == outbound_of(lineage, wish=Wish())
