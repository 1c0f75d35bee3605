from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.licensing.base_labels import base_models
from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.identify import (
    How,
    identify_base_model,
    identify_claim,
    identify_official,
)
from registry.licensing.lineage_view import Reading
from registry.lineage.relations import Grade

HF_IDS = (Path(__file__).parent / "hf_license_ids.txt").read_text().split()
LABELS = [base.label for base in base_models()]
VAGUE = {"bsd", "cc", "gpl", "lgpl", "openrail", "other", "unknown"}
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.text(), st.none(), st.integers(), st.binary(), st.lists(st.text(max_size=3))
)
EXPRESSION_LIKE = st.text("mit()ANDORWITH gpl-3.0+:/", max_size=60)


def ids(*declared: str, name: str = "", link: str = "") -> tuple[str, How]:
    found = identify_claim(declared=declared, license_name=name, license_link=link)
    return found.license_id, found.how


class TestIdentifyClaim:
    @pytest.mark.parametrize("hf_id", HF_IDS)
    def test_knows_every_id_of_hugging_face(self, hf_id: str) -> None:
        expected = How.UNRESOLVED if hf_id in VAGUE else How.HF_ID

        assert ids(hf_id) == (hf_id, expected)

    @pytest.mark.parametrize(
        ("terms", "name"),
        [(t, name) for t in all_terms() for name in t.identifiers.hf_license_names],
    )
    def test_knows_every_license_name(self, terms: Any, name: str) -> None:
        found = identify_claim(declared=["other"], license_name=name)

        assert terms.id in found.parts[0].ids
        assert found.how in {How.LICENSE_NAME, How.ALIAS}

    @pytest.mark.parametrize(
        "spelling",
        [
            "FLUX-Non-Commercial-License",
            "flux non_commercial  LICENSE",
            "\u200bflux-non-commercial-license\n",
        ],
    )
    def test_ignores_case_spaces_and_what_cannot_be_seen(self, spelling: str) -> None:
        assert ids("other", name=spelling) == ("flux-nc-2.1", How.LICENSE_NAME)

    @pytest.mark.parametrize(
        ("spdx", "expected"),
        [
            ("MIT", "mit"),
            ("GPL-3.0-or-later", "gpl-3.0"),
            ("GPL-2.0-or-later", "gpl-2.0 OR gpl-3.0"),
            ("LGPL-2.1+", "lgpl-2.1 OR lgpl-3.0"),
            ("AGPL-3.0-only", "agpl-3.0"),
            ("MIT AND Apache-2.0", "mit AND apache-2.0"),
            ("MIT OR Apache-2.0", "mit OR apache-2.0"),
            ("mit and (apache-2.0 or GPL-2.0+)", "mit AND (apache-2.0 OR gpl-2.0 OR gpl-3.0)"),
            ("(MIT AND ISC) OR Zlib", "(mit OR zlib) AND (isc OR zlib)"),
            ("LicenseRef-scancode-llama-2-license-2023", "llama2"),
        ],
    )
    def test_reads_spdx_expressions(self, spdx: str, expected: str) -> None:
        assert ids(spdx)[0] == expected

    @pytest.mark.parametrize(
        "text",
        [
            "MIT AND Fancy-1.0",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "MIT AND",
            "(MIT",
            "MIT ISC",
        ],
    )
    def test_leaves_an_expression_with_an_unknown_part_unresolved(self, text: str) -> None:
        assert ids(text) == ("other", How.UNRESOLVED)

    def test_lets_every_licence_of_a_list_apply(self) -> None:
        found = identify_claim(declared=["mit", "cc-by-nc-4.0"])

        assert [part.ids for part in found.parts] == [("mit",), ("cc-by-nc-4.0",)]

    def test_is_unresolved_if_one_of_a_list_is(self) -> None:
        assert ids("mit", "other") == ("mit AND other", How.UNRESOLVED)

    def test_takes_nothing_for_an_unknown_licence(self) -> None:
        assert ids() == ("none-declared", How.UNRESOLVED)

    @pytest.mark.parametrize(
        "name", ["other", "unknown", "none-declared", "no-grant-leaked", "mine"]
    )
    def test_keeps_other_unknown_when_the_name_names_no_text(self, name: str) -> None:
        assert ids("other", name=name) == ("other", How.UNRESOLVED)

    def test_keeps_both_texts_of_a_name_that_two_go_by(self) -> None:
        found = identify_claim(declared=["other"], license_name="flux-1-dev-non-commercial-license")

        assert found.parts[0].ids == ("flux-1-dev-nc-1.1.1", "flux-1-dev-nc-1.0")
        assert found.parts[0].reading is Reading.DOUBT

    def test_doubts_a_name_that_unknown_texts_go_by_as_well(self) -> None:
        found = identify_claim(declared=["other"], license_name="modified-mit")

        assert found.parts[0].ids == ("kimi-k2-modified-mit", "other")
        assert found.parts[0].reading is Reading.DOUBT

    def test_settles_a_shared_name_by_the_link(self) -> None:
        found = identify_claim(
            declared=["other"],
            license_name="flux-1-dev-non-commercial-license",
            license_link="https://huggingface.co/black-forest-labs/FLUX.1-dev/blob/main/LICENSE.md",
        )

        assert (found.license_id, found.how) == ("flux-1-dev-nc-1.1.1", How.LINK)

    def test_lets_a_name_that_contradicts_the_tag_apply_as_well(self) -> None:
        assert ids("apache-2.0", name="qwen-research")[0] == "apache-2.0 AND qwen-research"

    @pytest.mark.parametrize(
        ("link", "expected"),
        [
            ("https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode.en", "cc-by-nc-sa-4.0"),
            ("http://www.creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
            ("https://choosealicense.com/licenses/agpl-3.0/", "agpl-3.0"),
            ("https://www.apache.org/licenses/LICENSE-2.0.txt", "apache-2.0"),
            ("https://www.gnu.org/licenses/gpl-3.0.en.html#section", "gpl-3.0"),
            ("https://opensource.org/license/mit", "mit"),
            ("https://hf.co/Qwen/Qwen2.5-3B/resolve/main/LICENSE?download=true", "qwen-research"),
            (
                "https://github.com/black-forest-labs/flux/blob/main/model_licenses/LICENSE-FLUX1-dev",
                "flux-1-dev-nc-1.1.1",
            ),
        ],
    )
    def test_knows_where_texts_are(self, link: str, expected: str) -> None:
        assert ids("other", link=link) == (expected, How.LINK)

    @pytest.mark.parametrize(
        "link",
        [
            "LICENSE",
            "LICENSE.md",
            "https://www.modelgo.li",  # six texts
            "https://huggingface.co/somebody/copy-of-flux/blob/main/LICENSE.md",
            "https://huggingface.co/stabilityai/sdxl-turbo/blob/main/LICENSE.md",  # replaced later
            "ftp://creativecommons.org/licenses/by/4.0",
            "https://creativecommons.org/licenses/by/3.0/us/",
            "https://[not-an-address",
        ],
    )
    def test_does_not_guess_from_other_links(self, link: str) -> None:
        assert ids("other", link=link) == ("other", How.UNRESOLVED)

    def test_resolves_a_family_tag_by_the_link(self) -> None:
        link = "https://creativecommons.org/licenses/by-sa/4.0/"

        assert ids("cc", link=link) == ("cc-by-sa-4.0", How.LINK)

    @given(declared=st.one_of(ANYTHING, st.lists(ANYTHING)), name=ANYTHING, link=ANYTHING)
    def test_never_raises(self, declared: Any, name: Any, link: Any) -> None:
        declared = declared if isinstance(declared, list | str | bytes) else [declared]

        found = identify_claim(declared=declared, license_name=name, license_link=link)

        for part in found.parts:
            for license_id in part.ids:
                terms_of(license_id)

    @given(text=EXPRESSION_LIKE)
    def test_never_raises_on_what_looks_like_an_expression(self, text: str) -> None:
        identify_claim(declared=[text])

    @pytest.mark.parametrize("text", ["x" * 10**6, "(" * 300, "mit OR " * 10**5, "mit AND " * 40])
    def test_does_not_drown_in_long_text(self, text: str) -> None:
        assert ids(text)[1] is How.UNRESOLVED

    def test_does_not_believe_a_list_without_end(self) -> None:
        assert ids(*HF_IDS) == ("other", How.UNRESOLVED)

    def test_does_not_multiply_out_an_expression_without_end(self) -> None:
        text = " OR ".join("(MIT AND ISC AND Zlib)" for _ in range(8))

        assert ids(text) == ("other", How.UNRESOLVED)


class TestIdentifyBaseModel:
    def test_knows_a_label_on_which_both_tables_agree(self) -> None:
        base = identify_base_model("SD 1.5")

        assert base.license_id == "creativeml-openrail-m"
        assert base.others == ()
        assert base.grade is Grade.PLATFORM_FLAG
        assert base.note == ""

    def test_says_when_the_tables_disagree(self) -> None:
        base = identify_base_model("SD 2.1")

        assert (base.license_id, base.others) == ("openrail++", ("creativeml-openrail-m",))
        assert base.tables_differ
        assert base.grade is Grade.PROSE
        assert "'CreativeML Open RAIL++-M' and 'CreativeML Open RAIL-M'" in base.note

    @pytest.mark.parametrize("label", ["Pony", "Krea 2", "MiniMax H3", "LTXV2"])
    def test_says_when_the_label_is_not_the_licence_of_the_weights(self, label: str) -> None:
        base = identify_base_model(label)

        assert base.label_differs
        assert base.others
        assert base.grade is Grade.PROSE
        assert "the weights' own licence is another" in base.note

    def test_keeps_all_three_answers_on_pony(self) -> None:
        base = identify_base_model("pony")

        assert base.license_id == "pony-v6-faipl-modified"
        assert base.others == ("creativeml-openrail-m", "openrail++")

    def test_tells_two_names_of_one_text_from_two_texts(self) -> None:
        base = identify_base_model("LTXV 2.3")

        assert not base.tables_differ
        assert base.grade is Grade.PLATFORM_FLAG
        assert "'LTXV2'" in base.note

    def test_counts_the_disagreements_of_the_tables(self) -> None:
        from_tables = [b for b in map(identify_base_model, LABELS) if b.tables_differ]

        assert len(from_tables) == 16

    @pytest.mark.parametrize("label", ["Other", "Upscaler"])
    def test_takes_a_label_without_licence_for_unknown(self, label: str) -> None:
        assert identify_base_model(label).license_id == "none-declared"

    @given(label=st.one_of(st.text(), st.just("x" * 10_000)))
    def test_takes_a_label_nobody_knows_for_unknown(self, label: str) -> None:
        base = identify_base_model(label + " not a label")

        assert base.license_id == "unknown"
        assert not base.grade.is_firm


class TestIdentifyOfficial:
    @pytest.mark.parametrize(
        ("reference", "expected"),
        [
            ("huggingface:runwayml/stable-diffusion-v1-5", "creativeml-openrail-m"),
            ("huggingface:RunwayML/Stable-Diffusion-v1-5@39593d5", "creativeml-openrail-m"),
            ("civitai:257749", "pony-v6-faipl-modified"),
            ("huggingface:somebody/stable-diffusion-v1-5", None),
            ("civitai-version:257749", None),
            ("", None),
        ],
    )
    def test_knows_official_releases_only(self, reference: str, expected: str | None) -> None:
        assert identify_official(reference) == expected

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (None, None),
            (date(2023, 11, 28), "stability-ai-nc-research"),
            (date(2024, 3, 1), None),
            (date(2025, 1, 1), "stability-ai-community"),
        ],
    )
    def test_answers_for_a_text_that_was_replaced_only_by_its_date(
        self, day: date | None, expected: str | None
    ) -> None:
        assert identify_official("huggingface:stabilityai/sdxl-turbo", on=day) == expected
