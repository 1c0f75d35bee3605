"""``POST /api/v1/inspections/``: a header in, what it says out, nothing kept."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from registry.api.inspections import LARGEST_BODY, InspectionThrottle
from registry.fingerprints.digests import digest_file
from registry.fingerprints.model_file import UnreadableModelFile
from registry.services.file_digests import keep_file_digests
from registry.services.inspection_uploads import inspect_upload
from registry.snapshots import PageState
from tests.factories.checkpoints import checkpoint_file
from tests.factories.registry import make_artifact, make_file, make_page, make_version
from tests.fakes.files import safetensors

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/inspections/"
BYTES = "application/octet-stream"
PARENT, CHILD = "a" * 64, "c" * 64
PRIVATE = "quilltamarisk"
RECIPE = {
    "type": "webui",
    "primary_model_hash": PARENT,
    "interp_method": "Weighted sum",
    "multiplier": 0.3,
}
KEYS = [
    *("digests", "format", "kind", "family", "role", "tensors", "claims", "parents", "findings"),
    "known",
]


def post(client: Client, body: bytes, query: str = "", content_type: str = BYTES) -> Any:
    return client.post(f"{ADDRESS}{query}", body, content_type=content_type)


def gguf_header() -> bytes:
    """A header of two keys and a tensor, without any weights."""

    def text(value: str) -> bytes:
        return len(value).to_bytes(8, "little") + value.encode()

    def number(value: int, count: int = 4) -> bytes:
        return value.to_bytes(count, "little")

    keys = (("general.architecture", "llama"), ("general.name", "a name"))
    return b"".join(
        [
            *(b"GGUF", number(3), number(1, 8), number(len(keys), 8)),
            *(text(key) + number(8) + text(value) for key, value in keys),
            *(text("token_embd.weight"), number(1), number(32, 8), number(0), number(0, 8)),
        ]
    )


def header(**metadata: str) -> bytes:
    """The first bytes of a file, without its weights."""
    whole = safetensors({key.replace("__", "."): value for key, value in metadata.items()})
    return whole[: 8 + int.from_bytes(whole[:8], "little")]


def test_takes_the_whole_header_of_a_gguf_file_and_nothing_less() -> None:
    content = gguf_header()

    assert inspect_upload(content)["tensors"]["parameters"] == 32
    for given in (8, 40, 80, len(content) - 1):
        with pytest.raises(UnreadableModelFile, match=r"^header_incomplete: The header goes on"):
            inspect_upload(content[:given])


def rows() -> int:
    return sum(model._default_manager.count() for model in apps.get_models())


def test_answers_what_a_header_says_and_keeps_nothing(client: Client) -> None:
    before = rows()

    answer = post(client, header(sd_merge_recipe=json.dumps(RECIPE), ss_network_dim="8"))

    told = answer.json()
    assert answer.status_code == 200
    assert list(told) == KEYS
    assert (told["format"], told["tensors"]["parameters"]) == ("safetensors", 4)
    assert told["claims"]["ss_network_dim"] == "8"
    assert [(row["parent"], row["weight"]) for row in told["parents"]] == [
        (f"sha256:{PARENT}", 0.7)
    ]
    assert (answer["Cache-Control"], rows()) == ("no-store", before)


def test_takes_a_form_too(client: Client) -> None:
    given = SimpleUploadedFile("x.safetensors", header(ss_network_dim="8"))

    answer = client.post(ADDRESS, {"header": given})

    assert answer.json()["claims"] == {"ss_network_dim": "8"}


def test_says_where_the_file_and_its_parents_are_listed(client: Client) -> None:
    for sha256, name in ((PARENT, "Base"), (CHILD, "Mix")):
        version = make_version(page=make_page(name=name))
        make_file(version=version, artifact=make_artifact(sha256=sha256))

    told = post(
        client, header(sd_merge_recipe=json.dumps(RECIPE)), f"?sha256={CHILD.upper()}"
    ).json()

    assert told["known"]["bytes"]["listings"][0]["name"] == "Mix"
    assert told["parents"][0]["known"]["listings"][0]["name"] == "Base"
    assert told["digests"] == {"sha256": {"value": CHILD, "stated_by": "asker"}}


def test_says_which_pages_list_files_with_the_same_parts_and_no_bytes_else(
    client: Client, tmp_path: Path
) -> None:
    asked, listed, unlisted = (
        keep_file_digests(
            digests=digest_file(checkpoint_file(tmp_path / "model.safetensors", vae=vae)),
            by="job:test",
        )
        for vae in (1, 2, 3)
    )
    make_file(version=make_version(page=make_page(name="Base")), artifact=listed)

    told = post(client, header(), f"?sha256={asked.sha256}")

    (file,) = told.json()["known"]["components"]["files"]
    assert (file["sha256"], file["listings"][0]["name"]) == (listed.sha256, "Base")
    assert {one["name"]: one["whole_in"] for one in file["components"]} == {
        "text_encoder": "bytes",
        "denoiser": "bytes",
        "vae": "",
    }
    assert unlisted.sha256 not in told.content.decode()


def test_looks_up_many_parents_in_few_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    models = {}
    for number in range(40):
        sha256 = f"{number:064x}"
        make_file(version=make_version(), artifact=make_artifact(sha256=sha256))
        models[sha256] = {"name": "x", "sd_merge_recipe": None}

    with django_assert_max_num_queries(30):
        told = post(client, header(sd_merge_models=json.dumps(models))).json()

    assert sum(bool(row["known"]["listings"]) for row in told["parents"]) == 40


def test_names_no_page_that_is_withheld_or_flagged(client: Client) -> None:
    flagged = make_version(page=make_page(name="Somebody", depicts_person=True))
    make_file(version=flagged, artifact=make_artifact(sha256=PARENT))

    told = post(client, header(sd_merge_recipe=json.dumps(RECIPE)))

    assert "Somebody" not in told.content.decode()
    [listing] = told.json()["parents"][0]["known"]["listings"]
    assert (listing["state"], listing["name"]) == ("withheld", "")


def test_tells_the_state_of_a_page(client: Client) -> None:
    version = make_version(page=make_page(state=PageState.GONE))
    make_file(version=version, artifact=make_artifact(sha256=CHILD))

    told = post(client, header(), f"?sha256={CHILD}").json()

    assert told["known"]["bytes"]["listings"][0]["state"] == "gone"


def test_shows_no_private_word_and_logs_none(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = header(
        ss_output_name=PRIVATE,
        ss_dataset_dirs=json.dumps({PRIVATE: 1}),
        ss_sd_model_name=f"C:\\Users\\{PRIVATE}\\base.safetensors",
        modelspec__author=PRIVATE,
    )

    answer = post(client, given, f"?filename={PRIVATE}.safetensors")

    assert answer.json()["claims"] == {"ss_sd_model_name": "base"}
    assert PRIVATE not in answer.content.decode()
    assert PRIVATE not in caplog.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Send a file's header"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "lfs"),
        (header(ss_network_dim="8")[:-3], "header_incomplete"),
        ((10**9).to_bytes(8, "little") + b"{}", "header"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "header_too_large"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00{not json at all", "header"),
    ],
)
def test_tells_what_is_wrong(client: Client, body: bytes, said: str) -> None:
    answer = post(client, body, "?filename=a.safetensors")

    assert answer.status_code == 400
    assert said.lower() in answer.json()["detail"].lower()


def test_says_what_to_send_instead_of_weights(client: Client) -> None:
    body = bytes(LARGEST_BODY + 1)

    by_bytes = post(client, body)
    by_form = client.post(ADDRESS, {"header": SimpleUploadedFile("x", body)})

    for answer in (by_bytes, by_form):
        assert answer.status_code == 413
        assert "never the weights" in answer.json()["detail"]


def test_refuses_half_a_digest(client: Client) -> None:
    assert post(client, header(), "?sha256=abcdef0123").status_code == 400


def test_refuses_other_bodies_and_other_methods(client: Client) -> None:
    assert post(client, b"{}", content_type="application/json").status_code == 415
    assert client.get(ADDRESS).status_code == 405


def test_is_throttled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InspectionThrottle, "allow_request", lambda *_: False)
    monkeypatch.setattr(InspectionThrottle, "wait", lambda *_: 1.0)

    answer = post(client, header())

    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
