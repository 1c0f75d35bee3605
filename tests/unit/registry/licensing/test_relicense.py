"""Rule L22: whether a derivative may go out under other terms."""

from dataclasses import replace

import pytest

from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.interval import ALLOWED, CONDITIONAL, FORBIDDEN, UNKNOWN, Interval
from registry.licensing.lineage_view import CivitaiFlags, Reading
from registry.licensing.relicense import relicense_of
from registry.licensing.terms import Basis, Word
from registry.licensing.verdict import NodeClaim, PermissionVerdict, assess
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import (
    OPEN_FLAGS,
    child_of,
    edge,
    flag_claim,
    flags,
    lineage,
    official,
    page,
    tag,
)


def planned(
    *licenses: str, relation: Relation = Relation.MERGE, grade: Grade = Grade.TAG
) -> PermissionVerdict:
    """Return the answer for a work that has no licence of its own yet."""
    parents = [official(f"huggingface:org/{i}", i) for i in licenses]
    edges = [edge(parent, relation, grade=grade) for parent in parents]
    return assess(lineage(replace(page(), awaits_license=True), parents, edges)).relicense


def said(*ids: str, reading: Reading) -> NodeClaim:
    return NodeClaim(
        license_id=ids[0],
        others=ids[1:],
        reading=reading,
        grade=Grade.TAG,
        source="",
        basis=Basis.TAG,
    )


@pytest.mark.parametrize(
    ("license_id", "interval"),
    [
        ("cc0-1.0", ALLOWED),
        ("mit", ALLOWED),
        ("openrail++", CONDITIONAL),
        ("llama3.1", CONDITIONAL),
        ("mpl-2.0", CONDITIONAL),
        ("lgpl-3.0", CONDITIONAL),
        ("ideogram-4-nc", CONDITIONAL),
        ("faipl-1.0", CONDITIONAL),  # as permissive: AGPL
        ("faipl-1.0-sd", FORBIDDEN),  # accepts itself only
        ("gpl-3.0", FORBIDDEN),
        ("cc-by-nd-4.0", FORBIDDEN),
        ("instantid-research", UNKNOWN),
        ("other", UNKNOWN),
        ("openrail", UNKNOWN),
    ],
)
def test_reads_one_text(license_id: str, interval: Interval) -> None:
    assert relicense_of(terms_of(license_id)) == interval


def test_reads_every_text() -> None:
    assert {relicense_of(terms) for terms in all_terms()} == {
        ALLOWED,
        CONDITIONAL,
        FORBIDDEN,
        UNKNOWN,
    }


class TestAnswer:
    def test_joins_the_parents(self) -> None:
        assert planned("mit", "apache-2.0").word is Word.ALLOWED
        assert planned("mit", "openrail++").word is Word.CONDITIONAL
        assert planned("openrail++", "gpl-2.0").word is Word.FORBIDDEN
        assert planned("mit", "other").word is Word.UNCLEAR

    def test_counts_the_page_itself(self) -> None:
        parent = official("huggingface:org/mit", "mit")

        assert child_of(parent, claims=[tag("gpl-3.0")]).relicense.word is Word.FORBIDDEN

    def test_says_why(self) -> None:
        ground = planned("mit", "gpl-3.0").grounds[0]

        assert ground.license == "gpl-3.0"
        assert ground.ancestor == "huggingface:org/gpl-3.0"
        assert ground.clause == "relicense: same licence"
        assert ground.grade is Grade.TAG
        assert ground.basis is Basis.TEXT
        assert ground.text_url

    def test_says_of_each_model_what_its_own_statement_rests_on(self) -> None:
        firm = official("huggingface:org/firm", "gpl-3.0")
        guess = page(tag("gpl-3.0"), name="civitai:2")
        edges = [edge(firm), edge(guess, grade=Grade.INFERRED)]
        subject = page(tag("mit"), flags("Image"))

        grounds = assess(lineage(subject, [firm, guess], edges)).relicense.grounds

        assert {(g.ancestor, g.grade.value, g.basis.value, g.source) for g in grounds} == {
            ("huggingface:org/firm", "E3", "text", "index"),
            ("civitai:2", "E6", "tag", "card"),
            ("civitai:1", "E3", "tag", "card"),
            ("civitai:1", "E4", "flag", "flags"),
            ("civitai:2", "E6", "silence", ""),  # nobody says what it was made from
        }

    def test_says_that_it_rests_on_memory(self) -> None:
        remembered = next(t.id for t in all_terms() if t.rests_on_memory and not t.names_no_text)

        assert planned(remembered).grounds[0].basis is Basis.MEMORY

    @pytest.mark.parametrize("relation", [Relation.BUNDLE, Relation.RUNTIME, Relation.DATASET])
    def test_leaves_out_parts_that_keep_their_terms(self, relation: Relation) -> None:
        base = official("huggingface:org/base", "mit")
        part = official("huggingface:org/part", "gpl-3.0")
        edges = [edge(base), edge(part, relation)]

        verdict = assess(lineage(page(tag("mit")), [base, part], edges))

        assert verdict.relicense.word is Word.ALLOWED

    def test_leaves_out_what_outputs_do_not_carry(self) -> None:
        base = official("huggingface:org/base", "mit")
        llama = official("huggingface:org/llama", "llama3.1")
        gemma = official("huggingface:org/gemma", "gemma")

        without = [edge(base), edge(llama, Relation.DISTILL)]
        carried = [edge(base), edge(gemma, Relation.DISTILL)]

        parents = [base, llama, gemma]
        subject = page(tag("mit"))
        assert assess(lineage(subject, parents, without)).relicense.word is Word.ALLOWED
        assert assess(lineage(subject, parents, carried)).relicense.word is Word.CONDITIONAL

    def test_only_widens_over_a_weak_edge(self) -> None:
        base = official("huggingface:org/base", "mit")
        guess = official("huggingface:org/guess", "gpl-3.0")
        edges = [edge(base), edge(guess, grade=Grade.INFERRED)]

        answer = assess(lineage(page(tag("mit")), [base, guess], edges)).relicense

        assert (answer.best, answer.worst) == (Word.ALLOWED, Word.FORBIDDEN)

    def test_only_widens_where_nobody_verified_the_text(self) -> None:
        found = next(
            t.id
            for t in all_terms()
            if t.is_unverified and not t.names_no_text and relicense_of(t) == CONDITIONAL
        )

        assert planned(found).best is Word.ALLOWED

    def test_lets_the_licensee_choose(self) -> None:
        parent = official("huggingface:org/mit", "mit")
        choice = said("gpl-3.0", "openrail++", reading=Reading.CHOICE)

        assert child_of(parent, claims=[choice]).relicense.word is Word.CONDITIONAL

    def test_of_a_doubt_goes_from_the_best_to_the_worst(self) -> None:
        parent = official("huggingface:org/mit", "mit")
        doubt = said("gpl-3.0", "mit", reading=Reading.DOUBT)

        answer = child_of(parent, claims=[doubt]).relicense

        assert (answer.best, answer.worst) == (Word.ALLOWED, Word.FORBIDDEN)

    def test_is_unclear_without_a_licence(self) -> None:
        parent = official("huggingface:org/mit", "mit")

        answer = assess(lineage(page(), [parent], [edge(parent)])).relicense

        assert answer.word is Word.UNCLEAR
        assert "relicense: no licence is declared" in {g.clause for g in answer.grounds}

    def test_is_unclear_where_a_parent_must_be_assumed(self) -> None:
        answer = assess(lineage(page(tag("mit")))).relicense

        assert (answer.best, answer.worst) == (Word.ALLOWED, Word.FORBIDDEN)
        assert any("an unknown parent" in ground.clause for ground in answer.grounds)

    def test_is_unclear_where_nothing_is_known_at_all(self) -> None:
        tool = official("huggingface:org/tool", "mit")
        subject = replace(page(), awaits_license=True, is_official_base=True)

        answer = assess(lineage(subject, [tool], [edge(tool, Relation.RUNTIME)])).relicense

        assert answer.word is Word.UNCLEAR
        assert answer.grounds[0].clause == "relicense: nothing that is known speaks of it"

    def test_is_not_asked_of_a_service(self) -> None:
        service = replace(official("service:x", "openai-tos"), is_service=True)

        assert assess(lineage(service)).relicense.word is Word.NOT_APPLICABLE


class TestFlags:
    @pytest.mark.parametrize(
        ("claim", "word"),
        [
            (flag_claim(OPEN_FLAGS), "allowed"),
            (flags("Image", different_license=False), "conditional"),
            (flags("Image", different_license=True, derivatives=False), "forbidden"),
            (flag_claim(replace(OPEN_FLAGS, different_license=None)), "conditional"),
            (flag_claim(replace(OPEN_FLAGS, derivatives=None)), "unclear"),
            (flag_claim(CivitaiFlags()), "allowed"),
        ],
    )
    def test_of_the_page_bind(self, claim: NodeClaim, word: str) -> None:
        parent = official("huggingface:org/mit", "mit")

        assert child_of(parent, claims=[tag("mit"), claim]).relicense.word.value == word

    def test_of_a_parent_bind(self) -> None:
        parent = page(tag("mit"), flags("Image"), name="civitai:2")
        base = official("huggingface:org/mit", "mit")
        edges = [edge(parent), edge(base, child="civitai:2")]

        verdict = assess(lineage(page(tag("mit")), [parent, base], edges))

        assert verdict.relicense.word is Word.CONDITIONAL

    def test_do_not_cross_training_on_outputs(self) -> None:
        teacher = page(tag("mit"), flags("Image", derivatives=False), name="civitai:2")
        base = official("huggingface:org/mit", "mit")
        edges = [edge(base), edge(teacher, Relation.DISTILL), edge(base, child="civitai:2")]

        verdict = assess(lineage(page(tag("mit")), [teacher, base], edges))

        assert verdict.relicense.word is Word.ALLOWED

    def test_only_widen_over_a_weak_edge(self) -> None:
        base = official("huggingface:org/mit", "mit")
        guess = page(tag("mit"), flags("Image"), name="civitai:2")
        edges = [edge(base), edge(guess, grade=Grade.INFERRED), edge(base, child="civitai:2")]

        answer = assess(lineage(page(tag("mit")), [base, guess], edges)).relicense

        assert (answer.best, answer.worst) == (Word.ALLOWED, Word.CONDITIONAL)
