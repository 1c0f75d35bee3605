"""Rule 12: under which licences a derivative may go out."""

from dataclasses import replace

import pytest

from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.lineage_view import Lineage, Node, NodeClaim, Reading
from registry.licensing.outbound import Outbound, outbound_of
from registry.licensing.outbound_candidates import POPULAR, ContradictoryWish, Wish
from registry.licensing.outbound_rules import Clause, objections_to
from registry.licensing.outbound_texts import TermSet
from registry.licensing.statements import Statement
from registry.licensing.terms import Permission
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import edge, flags, lineage, official, page, tag

COMMERCE = frozenset({Permission.USE_COMMERCIAL, Permission.SELL_WEIGHTS, Permission.HOST_PAID})


def outbound(
    *licenses: str,
    relation: Relation = Relation.MERGE,
    wish: Wish | None = None,
    grade: Grade = Grade.TAG,
) -> Outbound:
    parents = [official(f"parent:{n}", license_id) for n, license_id in enumerate(licenses)]
    return of_lineage(made_from(*parents, relation=relation, grade=grade), wish=wish)


def made_from(
    *parents: Node, relation: Relation = Relation.MERGE, grade: Grade = Grade.TAG
) -> Lineage:
    edges = [edge(parent, relation, grade=grade) for parent in parents]
    return lineage(page(), parents, edges)


def of_lineage(of: Lineage, *, wish: Wish | None = None) -> Outbound:
    return outbound_of(of, wish=wish or Wish())


def ids(found: Outbound) -> list[str]:
    return [offer.license for offer in found.offers]


def against(found: Outbound, license_id: str) -> set[Clause]:
    rows = [row for row in found.rejected if row.license == license_id]
    return {objection.clause for row in rows for objection in row.because}


class TestPermissive:
    def test_leaves_nearly_everything_open(self) -> None:
        found = ids(outbound("mit", "apache-2.0"))

        assert {"mit", "apache-2.0", "gpl-3.0", "cc-by-nc-4.0", "openrail++"} <= set(found)

    def test_offers_the_parents_own_texts_first(self) -> None:
        assert set(ids(outbound("mit", "bsd-3-clause"))[:2]) == {"mit", "bsd-3-clause"}

    def test_keeps_its_notices(self) -> None:
        assert "cc0-1.0" not in ids(outbound("mit"))
        assert against(outbound("mit"), "cc0-1.0") == {Clause.NOTICES}

    def test_may_be_dedicated_where_nothing_is_asked(self) -> None:
        assert "cc0-1.0" in ids(outbound("unlicense"))

    def test_never_offers_a_companys_own_text(self) -> None:
        assert against(outbound("mit"), "llama3.1") == {Clause.NOT_YOURS}

    def test_never_offers_a_text_nobody_verified(self) -> None:
        unverified = [terms.id for terms in all_terms() if terms.is_unverified]

        assert not set(unverified) & set(ids(outbound("mit")))
        assert all(ids(outbound(license_id)) == [] for license_id in unverified)


class TestUseRestrictions:
    def test_are_carried_by_texts_with_the_same_list_or_a_longer_one(self) -> None:
        found = ids(outbound("creativeml-openrail-m"))

        assert {"creativeml-openrail-m", "openrail++", "bigscience-openrail-m"} <= set(found)
        assert against(outbound("openrail++"), "mit") == {Clause.USE_RESTRICTIONS}

    def test_are_named_as_far_as_a_line_holds_them(self) -> None:
        row = next(r for r in outbound("openrail++").rejected if r.license == "mit")

        assert row.because[0].because.count(", ") == 2
        assert row.because[0].because.endswith(" and 8 more")

    def test_are_not_carried_by_a_shorter_list(self) -> None:
        assert "openrail++" not in ids(outbound("bigscience-openrail-m"))


class TestOriginalTerms:
    def test_stay(self) -> None:
        assert ids(outbound("llama3.1", "apache-2.0")) == ["llama3.1"]

    def test_of_two_texts_apply_together(self) -> None:
        found = outbound("gemma", "llama3.1")

        assert ids(found) == []
        assert found.together == ("gemma", "llama3.1")
        assert "apply together" in found.finding

    def test_add_up_for_six_texts_and_no_more(self) -> None:
        six = ("gemma", "llama3.1", "qwen", "stability-ai-community", "openrail++", "apache-2.0")

        assert len(outbound(*six).together) == 6
        seven = outbound(*six, "mit")
        assert seven.together == ()
        assert seven.finding == "No licence of the catalogue carries what the parents ask."

    def test_say_which_terms_are_lost(self) -> None:
        clauses = against(outbound("llama3.1"), "mit")

        assert {Clause.ORIGINAL_TERMS, Clause.THRESHOLD, Clause.NAMING} <= clauses

    def test_of_a_region_and_of_a_name_are_named(self) -> None:
        assert Clause.TERRITORY in against(outbound("tencent-hunyuan-community"), "mit")
        assert Clause.NAMING in against(outbound("krea-2-community"), "mit")

    def test_may_only_grow_stricter(self) -> None:
        found = outbound("ideogram-4-nc")

        assert Clause.MORE_RESTRICTIVE in against(found, "mit")
        assert "ideogram-4-nc" in ids(found)


class TestShareAlike:
    def test_is_the_intersection_of_what_the_parents_accept(self) -> None:
        assert ids(outbound("cc-by-sa-4.0", "gpl-3.0")) == ["gpl-3.0"]

    def test_without_intersection_leaves_nothing(self) -> None:
        found = outbound("gpl-2.0", "faipl-1.0-sd")

        assert ids(found) == []
        assert found.together == ()
        assert found.finding

    def test_bars_further_terms_beside_it(self) -> None:
        found = outbound("agpl-3.0", "creativeml-openrail-m")

        assert (ids(found), found.together) == ([], ())

    def test_bars_further_terms_by_name(self) -> None:
        agpl, rail = terms_of("agpl-3.0"), terms_of("openrail++")

        found = list(objections_to(TermSet((agpl, rail)), [Statement(texts=(agpl,))], {}))

        assert [objection.clause for objection in found] == [Clause.FURTHER_RESTRICTIONS]
        assert "openrail++" in found[0].because
        assert not list(objections_to(TermSet((agpl,)), [Statement(texts=(agpl,))], {}))

    def test_of_a_file_binds_a_merge(self) -> None:
        assert "mit" not in ids(outbound("mpl-2.0"))
        assert {"mpl-2.0", "gpl-3.0"} <= set(ids(outbound("mpl-2.0")))

    def test_of_a_library_binds_a_merge(self) -> None:
        assert {"lgpl-3.0", "gpl-3.0"} <= set(ids(outbound("lgpl-3.0")))
        assert Clause.SHARE_ALIKE in against(outbound("lgpl-3.0"), "apache-2.0")

    def test_of_a_file_leaves_a_bundle_alone(self) -> None:
        base, part = official("base", "mit"), official("part", "mpl-2.0")
        edges = [edge(base, Relation.FINETUNE), edge(part, Relation.BUNDLE)]

        assert "mit" in ids(of_lineage(lineage(page(), [base, part], edges)))


class TestSoftware:
    def test_pairs_that_the_matrix_refuses_are_not_offered(self) -> None:
        assert "gpl-2.0" not in ids(outbound("apache-2.0"))
        assert "gpl-3.0" in ids(outbound("apache-2.0"))
        assert ids(outbound("gpl-2.0", "apache-2.0")) == []


class TestReasons:
    @pytest.mark.parametrize(
        ("parent", "declared", "clause"),
        [
            ("cc-by-nd-4.0", "mit", Clause.NO_DERIVATIVES),
            ("unknown", "mit", Clause.UNKNOWN_TERMS),
            ("instantid-research", "mit", Clause.UNKNOWN_TERMS),
            ("unknown", "mit", Clause.NOT_SHAREABLE),
            ("mit", "gemma", Clause.NOT_YOURS),
            ("cc-by-nc-4.0", "mit", Clause.PERMISSION),
            ("llama3.1", "mit", Clause.USE_RESTRICTIONS),
            ("dreamlike-openrail-m-modified", "openrail++", Clause.THRESHOLD),
        ],
    )
    def test_name_the_clause(self, parent: str, declared: str, clause: Clause) -> None:
        assert clause in against(outbound(parent), declared)

    def test_say_how_sure_a_refusal_is(self) -> None:
        texts = {
            license_id: " ".join(
                objection.because
                for row in outbound(license_id).rejected
                for objection in row.because
            )
            for license_id in ("cc-by-nd-4.0", "unknown", "cc-by-nc-4.0")
        }

        assert "the result may not be handed on" in texts["cc-by-nd-4.0"]
        assert "the result may or may not be handed on" in texts["unknown"]
        assert "it grants use_commercial, which the parents forbid" in texts["cc-by-nc-4.0"]
        assert (
            "it grants outputs_commercial, which the parents leave unclear" in texts["cc-by-nc-4.0"]
        )


class TestPermissions:
    def test_never_grants_what_a_parent_forbids(self) -> None:
        found = ids(outbound("cc-by-nc-4.0"))

        assert "cc-by-nc-4.0" in found
        assert not {"mit", "cc-by-4.0", "gpl-3.0"} & set(found)

    def test_keeps_what_a_text_leaves_unclear(self) -> None:
        found = outbound("cc-by-nc-4.0")

        assert Clause.PERMISSION in against(found, "mit")

    def test_a_model_that_may_not_be_shared_has_none(self) -> None:
        found = outbound("cc-by-nd-4.0", relation=Relation.FINETUNE)

        assert ids(found) == []
        assert "may not be handed on" in found.finding

    def test_unknown_is_never_allowed(self) -> None:
        assert ids(outbound("unknown", "mit")) == []

    def test_a_guessed_parent_still_binds(self) -> None:
        assert "mit" not in ids(outbound("flux-1-dev-nc-1.1.1", grade=Grade.INFERRED))


class TestParts:
    def test_at_run_time_bind_no_licence_of_the_weights(self) -> None:
        base, part = official("base", "openrail++"), official("part", "cc-by-nc-4.0")
        edges = [edge(base, Relation.FINETUNE), edge(part, Relation.RUNTIME)]

        found = ids(of_lineage(lineage(page(), [base, part], edges)))

        assert found[0] == "openrail++"

    def test_in_the_file_apply_beside_the_licence_of_the_whole(self) -> None:
        base, part = official("base", "openrail++"), official("vae", "cc-by-nc-4.0")
        edges = [edge(base, Relation.FINETUNE), edge(part, Relation.BUNDLE)]

        found = of_lineage(lineage(page(), [base, part], edges))

        assert ids(found) == []
        assert found.together == ("cc-by-nc-4.0", "openrail++")


class TestTraining:
    def test_on_outputs_binds_where_the_text_says_so(self) -> None:
        assert self.taught_by("gemma") == ["gemma"]

    def test_on_outputs_leaves_the_licence_free_where_it_does_not(self) -> None:
        assert "cc-by-4.0" in self.taught_by("gpl-3.0")

    def test_on_outputs_that_a_text_restricts_is_for_a_person_to_judge(self) -> None:
        assert self.taught_by("flux-1-dev-nc-1.1.1") == []

    def test_on_outputs_may_ask_for_a_name_that_its_text_carries(self) -> None:
        assert self.taught_by("llama3.1") == ["apache-2.0", "llama3.1"]

    def taught_by(self, license_id: str) -> list[str]:
        base, teacher = official("base", "apache-2.0"), official("teacher", license_id)
        edges = [edge(base, Relation.FINETUNE), edge(teacher, Relation.DISTILL)]
        found = of_lineage(lineage(page(), [base, teacher], edges))
        return ids(found) or [*found.together]


def saying(*license_ids: str, reading: Reading) -> Node:
    claim = NodeClaim(
        license_id=license_ids[0],
        others=license_ids[1:],
        reading=reading,
        grade=Grade.TAG,
        source="card",
        basis=tag("mit").basis,
    )
    return replace(official("parent", "mit"), claims=(claim,))


class TestStatements:
    def test_of_a_choice_one_text_is_enough(self) -> None:
        parent = saying("gpl-3.0", "mit", reading=Reading.CHOICE)

        assert {"apache-2.0", "gpl-3.0"} <= set(ids(of_lineage(made_from(parent))))

    def test_of_a_choice_some_text_must_agree(self) -> None:
        parent = saying("gpl-3.0", "openrail++", reading=Reading.CHOICE)

        assert "apache-2.0" not in ids(of_lineage(made_from(parent)))

    def test_of_a_doubt_every_text_counts(self) -> None:
        parent = saying("mit", "openrail++", reading=Reading.DOUBT)

        found = of_lineage(made_from(parent))

        assert Clause.USE_RESTRICTIONS in against(found, "mit")

    def test_of_the_planned_model_itself_bind_nothing(self) -> None:
        parent = official("parent", "mit")
        subject = page(tag("gpl-3.0"), flags("Image"))

        found = of_lineage(lineage(subject, [parent], [edge(parent, Relation.MERGE)]))

        assert ids(found)[0] == "mit"


class TestFlags:
    def test_that_restrict_fit_no_text_that_bars_further_restrictions(self) -> None:
        parent = official("parent", "openrail++")
        restricted = lineage(page(flags("Image")), [parent], [edge(parent, Relation.MERGE)])

        found = of_lineage(restricted)

        assert "faipl-1.0-sd" in ids(outbound("openrail++"))
        assert "faipl-1.0-sd" not in ids(found)
        assert against(found, "faipl-1.0-sd") == {Clause.FURTHER_RESTRICTIONS}


class TestWish:
    def test_orders_the_offers(self) -> None:
        wish = Wish(allow=frozenset({Permission.USE_PRIVATE}), forbid=COMMERCE)

        found = outbound("mit", wish=wish)

        assert found.offers[0].license.startswith("cc-by-nc")
        assert [o.distance for o in found.offers] == sorted(o.distance for o in found.offers)

    def test_cannot_both_allow_and_forbid(self) -> None:
        with pytest.raises(ContradictoryWish, match="use_commercial"):
            Wish(forbid=frozenset({Permission.USE_COMMERCIAL}))


class TestRejected:
    def test_gives_a_reason_for_every_popular_licence(self) -> None:
        found = outbound("cc-by-sa-4.0")

        explained = {row.license for row in found.rejected} | set(ids(found))
        assert set(POPULAR) <= explained
        assert all(row.because for row in found.rejected)

    def test_gives_twelve_reasons_and_counts_the_rest(self) -> None:
        found = outbound("gemma", "llama3.1", "flux-1-dev-nc-1.1.1")

        row = next(row for row in found.rejected if row.license == "mit")
        assert len(row.because) == 12
        assert row.more > 0
        assert all(row.more == 0 for row in outbound("openrail++").rejected)

    def test_explains_twenty_of_the_parents_own_texts(self) -> None:
        parents = [terms.id for terms in all_terms() if terms.id.startswith(("c", "t", "m"))]

        explained = {row.license for row in outbound(*parents).rejected}

        own = [license_id for license_id in sorted(parents) if license_id not in POPULAR]
        assert set(own) & explained <= set(sorted(parents)[:20])
        assert sorted(parents)[19] in explained
        assert sorted(parents)[20] not in explained

    def test_names_the_ancestor(self) -> None:
        row = next(r for r in outbound("mit", "openrail++").rejected if r.license == "mit")

        assert row.because[0].ancestors == ("parent:1",)

    def test_a_licence_that_would_drift_is_none(self) -> None:
        parent = official("parent", "faipl-1.0-sd")
        subject = page(flags("Image"))

        found = of_lineage(lineage(subject, [parent], [edge(parent, Relation.FINETUNE)]))

        assert ids(found) == []
        assert Clause.DRIFT in against(found, "faipl-1.0-sd")
