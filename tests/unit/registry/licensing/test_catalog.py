import datetime as dt
import shutil
from collections import Counter
from pathlib import Path

import pytest

from registry.errors import NotFound
from registry.licensing import catalog
from registry.licensing.base_labels import base_models
from registry.licensing.catalog import BrokenRecord, UnknownLicense, read_catalog
from registry.licensing.official import official_releases
from registry.licensing.terms import Clauses, Grant, Permission
from registry.licensing.vocabulary import Comparison, Confidence, DutyName, Metric

HF_IDS = (Path(__file__).parent / "hf_license_ids.txt").read_text().split()


class TestTheCatalogueThatShips:
    def test_has_every_record(self) -> None:
        assert len(catalog.all_terms()) == 185

    def test_has_every_license_that_hugging_face_lists(self) -> None:
        known = {terms.identifiers.hf_id for terms in catalog.all_terms()} - {""}

        assert known == set(HF_IDS)
        assert len(HF_IDS) == 83

    def test_has_every_base_model_label(self) -> None:
        assert len(base_models()) == 99

    def test_has_every_official_release(self) -> None:
        assert len(official_releases()) == 51

    def test_says_how_sure_each_reading_is(self) -> None:
        assert Counter(terms.confidence for terms in catalog.all_terms()) == {
            Confidence.HIGH: 115,
            Confidence.MEDIUM: 37,
            Confidence.LOW: 33,
        }
        assert sum(terms.from_memory for terms in catalog.all_terms()) == 22

    def test_knows_the_copy_of_every_text_it_claims_to_have_read_since(self) -> None:
        read = [terms for terms in catalog.all_terms() if terms.text_read is not None]

        assert len(read) == 53
        assert {terms.id for terms in read if terms.from_memory} == {"openai-tos"}
        assert all(terms.clauses != Clauses() for terms in read)

    def test_uses_every_source_and_every_use_set(self) -> None:
        terms = catalog.all_terms()

        assert {key for t in terms for key in t.sources} == catalog.catalog().sources.keys()
        assert {t.use_restrictions.set for t in terms} - {""} <= catalog.catalog().use_sets.keys()

    def test_names_every_civitai_license_id(self) -> None:
        numbers = {i for t in catalog.all_terms() for i in t.identifiers.civitai_license_ids}

        assert numbers == set(range(1, 40))

    def test_never_repeats_the_reference_of_a_release_without_dates(self) -> None:
        undated = [r.reference for r in official_releases() if not (r.start or r.until)]

        assert len(undated) == len(set(undated))


class TestTermsOf:
    def test_keeps_what_the_next_rules_need(self) -> None:
        terms = catalog.terms_of("llama3.2")

        assert terms.thresholds[0].metric is Metric.MAU
        assert terms.thresholds[0].comparison is Comparison.GT
        assert terms.thresholds[0].value == 700_000_000
        assert terms.territory_excluded[0].regions == ("EU",)
        assert terms.duties[-1].duty is DutyName.NAME_PREFIX
        assert terms.duties[-1].value == "Llama"
        assert terms.grant(Permission.SELL_WEIGHTS) is Grant.SILENT

    def test_raises_for_an_id_nobody_knows(self) -> None:
        with pytest.raises(UnknownLicense, match="no-such-thing") as caught:
            catalog.terms_of("no-such-thing")

        assert isinstance(caught.value, NotFound)

    def test_knows_which_records_name_no_text(self) -> None:
        unnamed = {terms.id for terms in catalog.all_terms() if terms.names_no_text}

        assert unnamed == {
            *("bsd", "cc", "gpl", "lgpl", "openrail"),
            *("none-declared", "other", "unknown"),
        }

    def test_reads_sources(self) -> None:
        assert catalog.source_of("hfdocs").ref.startswith("huggingface/hub-docs")

        with pytest.raises(UnknownLicense):
            catalog.source_of("hearsay")

    def test_reads_use_sets(self) -> None:
        assert len(catalog.use_set("rail-creativeml-11").tags) == 11

        with pytest.raises(UnknownLicense):
            catalog.use_set("rail-creativeml-12")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "records").mkdir()
    for name in ("sources.toml", "use_sets.toml", "records/gemma.toml", "records/llama3.2.toml"):
        shutil.copy(catalog.FOLDER / name, tmp_path / name)
    return tmp_path


class TestReadCatalog:
    def test_reads_a_whole_folder(self, folder: Path) -> None:
        assert sorted(read_catalog(folder).licenses) == ["gemma", "llama3.2"]

    @pytest.mark.parametrize(
        ("before", "after", "key"),
        [
            ('use_private = "conditional"', 'use_private = "maybe"', "permissions.use_private"),
            ('use_private = "conditional"\n', "", "permissions"),
            ('kind = "licence"', 'kind = "licence"\nflavour = "mild"', "(file)"),
            ('id = "llama3.2"', 'id = "llama3.3"', "id"),
            ('sources = ["hfdocs"', 'sources = ["hearsay"', "sources"),
            ('set = "aup-llama"', 'set = "aup-lama"', "use_restrictions.set"),
            ("value = 700_000_000", "value = 0", "thresholds[0]"),
            ("value = 700_000_000", 'value = "many"', "thresholds[0].value"),
            ('comparison = "gt"', 'comparison = "is"', "thresholds[0]"),
            ('regions = ["EU"]', "regions = []", "territory_excluded[0].regions"),
            ('duty = "name_prefix"', 'duty = "name_suffix"', "duties[3].duty"),
            ("[patent]", '[share_alike]\naccepts = ["mit-2"]\n\n[patent]', "share_alike.accepts"),
            ("[permissions]", "[permissions", "(file)"),
        ],
    )
    def test_names_the_file_and_the_key_of_what_is_broken(
        self, folder: Path, before: str, after: str, key: str
    ) -> None:
        record = folder / "records" / "llama3.2.toml"
        text = record.read_text()
        assert before in text
        record.write_text(text.replace(before, after, 1))

        with pytest.raises(BrokenRecord) as caught:
            read_catalog(folder)

        assert (caught.value.file, caught.value.key) == ("records/llama3.2.toml", key)
        assert "records/llama3.2.toml" in str(caught.value)

    @pytest.mark.parametrize(
        ("copy", "key"),
        [
            (f'source = "llama"\nsha256 = "{"0" * 64}"', ""),
            (f'source = "llama"\ncommit = "{"0" * 40}"', ""),
            (f'source = "llama"\ncommit = "{"0" * 40}"\nsha256 = "{"0" * 64}"', "text_read"),
            ('source = "llama"', "text_read"),
            (f'source = "mem"\nsha256 = "{"0" * 64}"', "text_read"),
            ('source = "llama"\nsha256 = "deadbeef"', "text_read.sha256"),
        ],
    )
    def test_wants_to_know_which_bytes_were_read(self, folder: Path, copy: str, key: str) -> None:
        record = folder / "records" / "llama3.2.toml"
        read = f'\n[text_read]\n{copy}\nfile = "LICENSE"\nread_on = 2026-11-22\n'
        record.write_text(record.read_text().split("\n[text_read]")[0] + read)

        if not key:
            text = read_catalog(folder).licenses["llama3.2"].text_read
            assert text is not None
            assert text.read_on == dt.date(2026, 11, 22)
            return
        with pytest.raises(BrokenRecord) as caught:
            read_catalog(folder)
        assert caught.value.key == key

    def test_takes_the_place_of_a_clause_but_not_its_words(self, folder: Path) -> None:
        record = folder / "records" / "gemma.toml"
        before = record.read_text().split("\n[clauses]")[0]

        record.write_text(f'{before}\n[clauses]\nhost_free = "section 3.1"\n')
        terms = read_catalog(folder).licenses["gemma"]
        assert terms.clause(Permission.HOST_FREE) == "section 3.1"
        assert terms.clause(Permission.SUBLICENSE) == ""

        record.write_text(f'{before}\n[clauses]\nhost_free = "{"word " * 20}"\n')
        with pytest.raises(BrokenRecord) as caught:
            read_catalog(folder)
        assert caught.value.key == "clauses.host_free"

    def test_names_a_broken_list_of_uses(self, folder: Path) -> None:
        (folder / "use_sets.toml").write_text('[mine]\nhow = "read"\n')

        with pytest.raises(BrokenRecord) as caught:
            read_catalog(folder)

        assert caught.value.file == "use_sets.toml"
        assert "tags" in str(caught.value)
