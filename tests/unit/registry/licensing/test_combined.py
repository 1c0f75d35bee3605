import pytest

from registry.licensing.terms import Level, Permission, Word
from registry.licensing.verdict import Listing, Node, RightsVerdict, assess, combine
from tests.unit.registry.licensing.lineages import child_of, lineage, official, page, tag

SELL = Permission.SELL_WEIGHTS


def verdict(license_id: str) -> RightsVerdict:
    return child_of(official("base", license_id), claims=[tag(license_id)])


class TestCombine:
    def test_keeps_the_word_on_which_all_listings_agree(self) -> None:
        found = combine([Listing(verdict=verdict("mit")), Listing(verdict=verdict("isc"))])

        assert found.rights[SELL].word is Word.ALLOWED
        assert found.note == ""

    def test_is_unclear_where_listings_disagree(self) -> None:
        found = combine([Listing(verdict=verdict("mit")), Listing(verdict=verdict("cc-by-nc-4.0"))])

        right = found.rights[SELL]
        assert (right.best, right.word, right.worst) == (
            Word.ALLOWED,
            Word.UNCLEAR,
            Word.FORBIDDEN,
        )
        assert found.note == "The listings disagree, and no single one is the official publisher's."
        assert {ground.license for ground in right.grounds} == {"mit", "cc-by-nc-4.0"}

    def test_is_unclear_between_allowed_and_conditional(self) -> None:
        found = combine([Listing(verdict=verdict("mit")), Listing(verdict=verdict("openrail++"))])

        assert found.rights[SELL].word is Word.UNCLEAR

    def test_follows_the_official_publisher(self) -> None:
        found = combine(
            [
                Listing(verdict=verdict("mit")),
                Listing(verdict=verdict("openrail++"), is_official=True),
            ]
        )

        assert found.rights[SELL].word is Word.CONDITIONAL
        assert found.note == "The listings disagree; the official publisher's binds."

    def test_says_nothing_of_agreement(self) -> None:
        for first, name in ((True, ""), (False, "civitai:1")):
            listings = [
                Listing(verdict=verdict("mit"), is_official=first, id="civitai:1"),
                Listing(verdict=verdict("mit")),
            ]

            assert combine(listings, obtained_from=name).note == ""

    def test_goes_from_the_best_to_the_worst(self) -> None:
        texts = ("openrail++", "cc-by-nc-4.0", "other")
        found = combine([Listing(verdict=verdict(license_id)) for license_id in texts])

        right = found.rights[SELL]
        assert (right.best, right.worst) == (Word.CONDITIONAL, Word.FORBIDDEN)

    def test_follows_nobody_where_two_claim_to_be_official(self) -> None:
        found = combine(
            [
                Listing(verdict=verdict("mit"), is_official=True),
                Listing(verdict=verdict("openrail++"), is_official=True),
            ]
        )

        assert found.rights[SELL].word is Word.UNCLEAR

    def test_says_nothing_of_no_listings(self) -> None:
        assert combine([]).rights == {}

    def test_lets_what_does_not_apply_to_one_decide_nothing(self) -> None:
        service = Node(id=page().id, label="s", claims=(tag("openai-tos"),), is_service=True)
        hosted = assess(lineage(service))

        assert combine([Listing(verdict=hosted)]).rights[SELL].word is Word.NOT_APPLICABLE
        both = combine([Listing(verdict=hosted), Listing(verdict=verdict("mit"))])
        assert both.rights[SELL].word is Word.ALLOWED

    @pytest.mark.parametrize("swap", [False, True])
    def test_does_not_depend_on_the_order(self, swap: bool) -> None:
        listings = [Listing(verdict=verdict("mit")), Listing(verdict=verdict("cc-by-nc-4.0"))]

        found = combine(listings[::-1] if swap else listings)

        assert found.rights[SELL].grounds[0].worst is Level.FORBIDDEN

    def test_follows_the_listing_the_copy_was_obtained_from(self) -> None:
        listings = [
            Listing(verdict=verdict("mit"), id="civitai:1"),
            Listing(verdict=verdict("cc-by-nc-4.0"), id="civitai:2"),
        ]

        assert combine(listings, obtained_from="civitai:2").rights[SELL].word is Word.FORBIDDEN
        assert combine(listings, obtained_from="civitai:1").rights[SELL].word is Word.ALLOWED
        assert combine(listings, obtained_from="civitai:1").note == (
            "The listings disagree; the one the copy was obtained from binds."
        )
        assert combine(listings, obtained_from="civitai:9").rights[SELL].word is Word.UNCLEAR

    def test_follows_the_official_publisher_wherever_the_copy_is_from(self) -> None:
        listings = [
            Listing(verdict=verdict("mit"), id="civitai:1"),
            Listing(verdict=verdict("cc-by-nc-4.0"), id="civitai:2", is_official=True),
        ]

        assert combine(listings, obtained_from="civitai:1").rights[SELL].word is Word.FORBIDDEN
