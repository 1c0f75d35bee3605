"""Digests made of bytes: kept, found again, compared."""

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from registry.fingerprints.algorithms import OF_TENSORS, Algorithm
from registry.fingerprints.components import Component
from registry.fingerprints.digests import FileDigests, digest_file
from registry.fingerprints.packed_tensors import WholeComponent, pack_tensors, tensors_in_common
from registry.fingerprints.tensor_digests import Form
from registry.models import Artifact, ArtifactDigest, ArtifactTensors, AuditEvent, HubModel
from registry.selectors.answers import answer, answer_for_file
from registry.selectors.digest import content_digest
from registry.selectors.pages import UnknownSubject
from registry.selectors.shared_tensors import MOST_FILES, files_sharing, tensors_of
from registry.services.file_digests import keep_file_digests
from registry.services.interventions import erase
from tests.factories.checkpoints import checkpoint_file, vae_file
from tests.factories.registry import (
    make_artifact,
    make_file,
    make_page,
    make_version,
    sha256_of,
)

pytestmark = pytest.mark.django_db


def checkpoint(folder: Path, **chosen: Any) -> FileDigests:
    return digest_file(checkpoint_file(folder / "model.safetensors", **chosen))


def vae_alone(folder: Path) -> FileDigests:
    return digest_file(vae_file(folder / "vae.safetensors"))


def keep(digests: FileDigests) -> Artifact:
    return keep_file_digests(digests=digests, by="job:test")


def listed(digests: FileDigests, *, page: HubModel | None = None) -> Artifact:
    """Bytes that a page lists, with all their digests."""
    artifact = keep(digests)
    make_file(artifact=artifact, version=make_version(page=page))
    return artifact


class TestKeepFileDigests:
    def test_keeps_every_kind_but_the_artifacts_own(self, tmp_path: Path) -> None:
        digests = checkpoint(tmp_path)

        artifact = keep(digests)

        assert artifact.size_bytes == digests.size_bytes
        assert dict(artifact.digests.values_list("algorithm", "value")) == {
            kind.value: value
            for kind, value in digests.values.items()
            if kind not in {Algorithm.SHA256, Algorithm.AUTOV2}
        }
        assert tensors_of(artifact.sha256) == pack_tensors(digests.tensors)  # type: ignore[arg-type]

    def test_writes_nothing_the_second_time(self, tmp_path: Path) -> None:
        digests = checkpoint(tmp_path)
        keep(digests)
        before = content_digest()

        keep(digests)

        assert content_digest() == before
        assert AuditEvent.objects.filter(event="file.digested").count() == 1

    def test_adds_to_what_a_hub_said_of_the_bytes(self, tmp_path: Path) -> None:
        digests = checkpoint(tmp_path)
        make_artifact(
            sha256=digests.sha256,
            size_bytes=None,
            digests={"blake3": digests.values[Algorithm.BLAKE3], "crc32": "00000000"},
        )

        artifact = keep(digests)

        assert artifact.size_bytes == digests.size_bytes
        assert ArtifactDigest.objects.filter(algorithm="blake3").count() == 1
        assert ArtifactDigest.objects.filter(algorithm="crc32").count() == 2

    def test_takes_a_file_that_has_no_tensors(self, tmp_path: Path) -> None:
        path = tmp_path / "model.bin"
        path.write_bytes(b"anything")

        artifact = keep(digest_file(path))

        assert tensors_of(artifact.sha256) == ()

    def test_counts_in_the_content_digest_once_a_page_lists_the_bytes(self, tmp_path: Path) -> None:
        artifact = make_artifact(sha256=checkpoint(tmp_path).sha256)
        make_file(artifact=artifact)
        before = {table.table: table for table in content_digest().tables}

        keep(checkpoint(tmp_path))

        after = {table.table: table for table in content_digest().tables}
        assert after["artifact_tensors"].rows == 1
        assert after["artifact_digest"].sha256 != before["artifact_digest"].sha256

    def test_keeps_no_word_of_the_file_and_digests_outlive_an_erasure(self, tmp_path: Path) -> None:
        artifact = listed(
            checkpoint(tmp_path, note="lovelace"),
            page=make_page(hub="huggingface", hub_model_id="love/lace"),
        )

        erase(subject="huggingface:love/lace", reason="asked for", by="user:test")

        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text FROM registry_artifacttensors t")
            (text,) = cursor.fetchone()
        assert "lovelace" not in text
        assert "conv_in" not in text
        assert len(tensors_of(artifact.sha256)) == 3

    def test_the_database_refuses_a_row_whose_parts_do_not_fit(self, tmp_path: Path) -> None:
        artifact = keep(checkpoint(tmp_path))

        for broken in ({"tensor_counts": [1]}, {"roots": [b""]}, {"leaves": b"short"}):
            with transaction.atomic(), pytest.raises(IntegrityError):
                ArtifactTensors.objects.filter(artifact=artifact).update(**broken)


class TestQuestions:
    @pytest.mark.parametrize("kind", OF_TENSORS)
    @pytest.mark.parametrize("spell", ["{}", "{kind}:{}", "0x{}"])
    def test_by_a_digest_of_tensors_find_the_file_and_say_that_it_is_another(
        self, tmp_path: Path, kind: Algorithm, spell: str
    ) -> None:
        digests = checkpoint(tmp_path)
        listed(digests)

        told = answer(what=spell.format(digests.values[kind].upper(), kind=kind.value))

        assert (told["matched_by"], told["exact"]) == (kind.value, False)
        assert told["notices"][0]["code"] == (
            "same_tensors" if kind is Algorithm.TENSORS else "same_tensors_rounded"
        )
        assert [one["sha256"] for one in told["candidates"]] == [digests.sha256]

    @pytest.mark.parametrize("name", ["tensors", "canonical-f16", "canonical-bf16"])
    def test_need_not_say_which_definition(self, tmp_path: Path, name: str) -> None:
        digests = checkpoint(tmp_path)
        listed(digests)
        kind = Algorithm(name.replace("tensors", "tensors1").replace("canonical", "canonical1"))

        assert answer(what=f"{name}:{digests.values[kind]}")["matched_by"] == kind.value

    def test_by_a_tensor_digest_nobody_knows_are_not_found(self) -> None:
        with pytest.raises(UnknownSubject):
            answer(what="tensors:" + "ab" * 32)

    def test_by_a_crc32_in_either_byte_order_find_the_file(self, tmp_path: Path) -> None:
        digests = checkpoint(tmp_path)
        listed(digests)

        for value in (digests.values[Algorithm.CRC32], digests.crc32_high_first):
            assert answer(what=value)["matched_by"] == "crc32"
            assert answer(what=f"crc32:{value}")["matched_by"] == "crc32"

    def test_about_a_file_with_other_metadata_find_the_same_tensors(self, tmp_path: Path) -> None:
        listed(checkpoint(tmp_path))

        told = answer_for_file(name="renamed", digests=checkpoint(tmp_path, note="mine"))

        assert (told["matched_by"], told["exact"]) == ("tensors1", False)
        assert [n["code"] for n in told["notices"]][:2] == ["same_tensors", "other_bytes"]

    def test_about_a_cast_find_what_it_was_cast_from(self, tmp_path: Path) -> None:
        listed(checkpoint(tmp_path))

        told = answer_for_file(name="half", digests=checkpoint(tmp_path, dtype="F16"))

        assert (told["matched_by"], told["exact"]) == ("canonical1-f16", False)

    def test_about_known_bytes_that_no_page_lists_look_further(self, tmp_path: Path) -> None:
        listed(checkpoint(tmp_path))
        mine = checkpoint(tmp_path, note="mine")
        keep(mine)

        assert answer_for_file(name="mine", digests=mine)["matched_by"] == "tensors1"


class TestFilesSharing:
    def test_tell_who_has_the_same_parts_and_how_the_others_differ(self, tmp_path: Path) -> None:
        asked = keep(checkpoint(tmp_path))
        same_unet = keep(checkpoint(tmp_path, vae=9))
        same_vae = keep(checkpoint(tmp_path, denoiser=9))

        files = files_sharing(tensors_of(asked.sha256), besides=asked.sha256).files

        assert {
            one.bytes.sha256: {
                part.component: part.whole and part.whole.form for part in one.components
            }
            for one in files
        } == {
            same_unet.sha256: {
                Component.TEXT_ENCODER: Form.BYTES,
                Component.DENOISER: Form.BYTES,
                Component.VAE: None,
            },
            same_vae.sha256: {
                Component.TEXT_ENCODER: Form.BYTES,
                Component.DENOISER: None,
                Component.VAE: Form.BYTES,
            },
        }

    def test_tell_a_cast_from_the_same_bytes(self, tmp_path: Path) -> None:
        asked = keep(checkpoint(tmp_path))
        keep(checkpoint(tmp_path, dtype="F16"))

        (file,) = files_sharing(tensors_of(asked.sha256), besides=asked.sha256).files

        assert {part.whole and part.whole.form for part in file.components} == {Form.F16}

    def test_put_a_vae_by_itself_before_checkpoints_that_have_it(self, tmp_path: Path) -> None:
        asked = checkpoint(tmp_path)
        for number in range(MOST_FILES):
            keep(checkpoint(tmp_path, denoiser=10 + number))
        alone = keep(vae_alone(tmp_path))

        sharing = files_sharing(pack_tensors(asked.tensors))  # type: ignore[arg-type]

        file = next(one for one in sharing.files if one.bytes.sha256 == alone.sha256)
        assert [(part.whole, part.theirs) for part in file.components] == [
            (None, 0),
            (None, 0),
            (WholeComponent(Form.BYTES, Component.MODEL), 0),
        ]
        assert sharing.has_more

    def test_take_no_noise_schedule_for_a_part(self, tmp_path: Path) -> None:
        asked = keep(checkpoint(tmp_path, schedule=1))
        keep(checkpoint(tmp_path, schedule=1, vae=9, denoiser=9, text_encoder=9))

        assert files_sharing(tensors_of(asked.sha256), besides=asked.sha256).files == ()

    def test_say_that_there_are_more(self, tmp_path: Path) -> None:
        for number in range(MOST_FILES + 1):
            keep(checkpoint(tmp_path, note=str(number)))

        sharing = files_sharing(pack_tensors(checkpoint(tmp_path).tensors))  # type: ignore[arg-type]

        assert sharing.has_more
        assert len(sharing.files) == MOST_FILES

    def test_of_nothing_are_none(self) -> None:
        assert files_sharing(()).files == ()

    def test_are_asked_once_a_part_and_by_the_index(self, tmp_path: Path) -> None:
        ours = pack_tensors(checkpoint(tmp_path).tensors)  # type: ignore[arg-type]
        artifacts = Artifact.objects.bulk_create(
            Artifact(sha256=sha256_of(number)) for number in range(1_000_000, 1_003_000)
        )
        ArtifactTensors.objects.bulk_create(
            ArtifactTensors(
                artifact=artifact,
                definition=1,
                components=["vae"],
                tensor_counts=[0],
                roots=[bytes.fromhex(artifact.sha256)] * 3,
                leaves=b"",
                leaves_f16=b"",
            )
            for artifact in artifacts
        )

        with CaptureQueriesContext(connection) as queries:
            files_sharing(ours)

        assert len(queries) == len(ours)
        with connection.cursor() as cursor:
            cursor.execute(
                "ANALYZE registry_artifact, registry_artifacttensors;"
                " SET LOCAL enable_seqscan = off"
            )
            cursor.execute(f"EXPLAIN {queries[0]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "artifact_tensors_by_root" in plan

    def test_counts_the_tensors_that_two_files_have_in_common(self, tmp_path: Path) -> None:
        one, other = keep(checkpoint(tmp_path)), keep(checkpoint(tmp_path, vae=9))

        common = tensors_in_common(tensors_of(one.sha256), tensors_of(other.sha256))

        assert {c.component: c.same_bytes for c in common} == {
            Component.TEXT_ENCODER: 1,
            Component.DENOISER: 1,
            Component.VAE: 0,
        }
