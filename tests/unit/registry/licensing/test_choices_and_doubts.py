"""What a choice leaves and what a doubt keeps open, where the texts themselves are of two minds."""

import dataclasses

from registry.licensing.catalog import terms_of
from registry.licensing.codes import ConflictCode
from registry.licensing.conflicts import conflicts_of
from registry.licensing.lineage_view import Reading
from registry.licensing.profile import Profile
from registry.licensing.statements import Statement
from registry.licensing.terms import Permission
from registry.licensing.verdict import assess
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade
from tests.unit.registry.licensing.lineages import child_of, lineage, official, page, tag


def named(*ids: str, reading: Reading = Reading.SURE) -> Statement:
    texts = tuple(terms_of(license_id) for license_id in ids)
    ancestor = NodeId("-".join(ids))
    return Statement(texts=texts, reading=reading, ancestors=(ancestor,), grade=Grade.TAG)


class TestPrefixes:
    """Rule L30 over rule L23: of a doubt any text may apply, of a choice all must clash."""

    def test_may_clash_with_the_second_models_doubt(self) -> None:
        doubt = named("hyperclova-x-seed", "mit", reading=Reading.DOUBT)

        found = conflicts_of([named("llama3.1"), doubt], (), ())

        assert [finding.code for finding in found] == [ConflictCode.NAME_PREFIX_CONFLICT]

    def test_leave_the_second_model_its_choice(self) -> None:
        choice = named("hyperclova-x-seed", "mit", reading=Reading.CHOICE)

        found = conflicts_of([named("llama3.1"), choice], (), ())

        assert found == ()


class TestChoice:
    def test_leaves_the_best_end_of_every_text(self) -> None:
        unread = "baichuan2-community"  # low confidence: outputs are allowed to forbidden
        claim = dataclasses.replace(
            tag("creativeml-openrail-m"), others=(unread,), reading=Reading.CHOICE
        )

        verdict = child_of(official("huggingface:org/base", "mit"), claims=[claim])

        outputs = verdict.rights[Permission.OUTPUTS_COMMERCIAL]
        assert (outputs.best, outputs.worst) == ("allowed", "conditional")


class TestTerritory:
    def test_holds_for_a_model_that_is_known_to_be_no_multimodal_one(self) -> None:
        plain = dataclasses.replace(page(tag("tencent-hunyuan-community")), is_multimodal=False)

        verdict = assess(lineage(plain), Profile(region="EU"))

        codes = [finding.code for finding in verdict.conflicts]
        assert ConflictCode.TERRITORY_EXCLUDED in codes
