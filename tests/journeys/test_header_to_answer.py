"""A merge of merges, as ChilloutMix was: what its header names binds it, whatever it is called."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from numpy.typing import NDArray

from registry.models import HeaderInspection
from tests.factories.safetensors_files import safetensors_file, tensor
from tests.fakes.files import CivitaiWithFiles

pytestmark = pytest.mark.django_db

Weights = Mapping[str, NDArray[np.float32]]
# Enough of a Stable Diffusion 1 checkpoint to be known as one.
SHAPES = {
    "model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3),
    "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
    "model.diffusion_model.out.2.weight": (4, 320, 3, 3),
    "cond_stage_model.transformer.text_model.final_layer_norm.weight": (768,),
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
}
NO_SELLING = {"allowCommercialUse": [], "allowDerivatives": True, "allowNoCredit": False}
FREE = {"allowCommercialUse": ["Image", "Rent", "Sell"], "allowDerivatives": True}


def checkpoint(seed: int) -> Weights:
    random = np.random.default_rng(seed)
    return {name: random.standard_normal(shape, np.float32) for name, shape in SHAPES.items()}


def merged(a: Weights, b: Weights, multiplier: float) -> Weights:
    return {name: a[name] * (1 - multiplier) + b[name] * multiplier for name in a}


def written(weights: Weights, metadata: Mapping[str, str] | None = None) -> bytes:
    return safetensors_file(
        {name: tensor(array, "F16") for name, array in weights.items()}, metadata=metadata
    )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def recipe(a: bytes, b: bytes, multiplier: float) -> dict[str, Any]:
    return {
        "type": "webui",
        "primary_model_hash": sha256(a),
        "secondary_model_hash": sha256(b),
        "tertiary_model_hash": None,
        "interp_method": "Weighted sum",
        "multiplier": multiplier,
        "save_as_half": True,
        "custom_name": "made on C:\\Users\\quilltamarisk",
    }


def a1111(last: dict[str, Any], models: dict[str, Any]) -> dict[str, str]:
    return {
        "format": "pt",
        "sd_merge_recipe": json.dumps(last),
        "sd_merge_models": json.dumps(models),
    }


class Chain:
    """Three checkpoints; two of them merged; that merged with the third, and published."""

    def __init__(self) -> None:
        first, second, third = checkpoint(1), checkpoint(2), checkpoint(3)
        self.first, self.second, self.third = written(first), written(second), written(third)
        between = merged(first, second, 0.4)
        one = recipe(self.first, self.second, 0.4)
        self.between = written(between, a1111(one, {}))
        self.weights = merged(between, third, 0.3)
        self.last = recipe(self.between, self.third, 0.3)
        self.models = {
            sha256(self.first): {"name": "first.safetensors", "sd_merge_recipe": None},
            sha256(self.second): {"name": "second.safetensors", "sd_merge_recipe": None},
            sha256(self.third): {"name": "third.safetensors", "sd_merge_recipe": None},
            sha256(self.between): {"name": "between.safetensors", "sd_merge_recipe": one},
        }
        self.metadata = a1111(self.last, self.models)
        self.mix = written(self.weights, self.metadata)

    def again(self, *, metadata: Mapping[str, str] | None) -> bytes:
        """Return the mix as another tool writes it: other order, other header, other name."""
        names = sorted(self.weights, reverse=True)
        return safetensors_file(
            {name: tensor(self.weights[name], "F16") for name in names},
            data_order=sorted(names),
            metadata=metadata,
            padding=64,
        )


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


@pytest.fixture
def hub(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Iterator[CivitaiWithFiles]:
    """The mix and all but its middle are published; nobody says who was made from whom."""
    fake = CivitaiWithFiles()
    monkeypatch.setattr("hub_sync.services.pace.time.sleep", lambda _: None)
    with fake.running():
        fake.publish(1, "First", chain.first, **{**FREE, "allowDerivatives": False})
        fake.publish(2, "Second", chain.second, **FREE)
        fake.publish(3, "Third", chain.third, **NO_SELLING)
        fake.publish(4, "Chill Mix", chain.mix, **FREE)
        for command in ("mirror", "inspect_pending"):
            call_command(command, "civitai", "--base-url", fake.url, stdout=StringIO())
        yield fake


def asked(command: str, *words: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *words, "--json", stdout=out, stderr=StringIO())
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def ancestors_of(right: Mapping[str, Any]) -> set[str]:
    return {ground["ancestor"] for ground in right["grounds"]}


def saved(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


@pytest.mark.usefixtures("hub")
class TestHeaderToAnswer:
    def test_headers_of_all_mirrored_files_are_read(self) -> None:
        kinds = HeaderInspection.objects.values_list("family", flat=True)

        assert len(kinds) == 4
        assert set(kinds) == {"sd_1"}

    def test_the_parents_terms_bind_the_mix(self, chain: Chain) -> None:
        [listing] = asked("check_rights", sha256(chain.mix))["listings"]

        third = listing["rights"]["sell_weights"]  # its own header names it: firm
        assert (third["word"], third["worst"]) == ("forbidden", "forbidden")
        assert f"sha256:{sha256(chain.third)}" in ancestors_of(third)
        first = listing["rights"]["share_derivatives"]  # told of bytes nobody published: not firm
        assert (first["word"], first["worst"]) == ("unclear", "forbidden")
        assert f"sha256:{sha256(chain.first)}" in ancestors_of(first)

    def test_the_lineage_goes_through_bytes_nobody_published(self, chain: Chain) -> None:
        [listing] = asked("check_rights", sha256(chain.mix))["listings"]

        names = {
            f"sha256:{sha256(content)}": name
            for name, content in vars(chain).items()
            if isinstance(content, bytes)
        }
        edges = {
            (names.get(edge["child"], "the mix"), names.get(edge["parent"]))
            for edge in listing["lineage"]
            if edge["evidence"].startswith("header")
        }
        assert edges == {
            ("the mix", "between"),
            ("the mix", "third"),
            ("between", "first"),
            ("between", "second"),
        }

    def test_a_renamed_copy_names_its_parents(self, chain: Chain, tmp_path: Path) -> None:
        copy = saved(tmp_path, "totally-mine.safetensors", chain.again(metadata=chain.metadata))

        told = asked("inspect", copy)

        known = {
            row["parent"].removeprefix("sha256:"): [
                listing["name"] for listing in row["known"]["listings"]
            ]
            for row in told["parents"]
        }
        assert known == {
            sha256(chain.between): [],
            sha256(chain.third): ["Third"],
            sha256(chain.first): ["First"],
            sha256(chain.second): ["Second"],
        }
        weights = {
            row["parent"].removeprefix("sha256:"): row["weight"]
            for row in told["parents"]
            if not row["child"]
        }
        assert weights == pytest.approx({sha256(chain.between): 0.7, sha256(chain.third): 0.3})
        assert (told["kind"], told["family"]) == ("checkpoint", "sd_1")

    def test_a_copy_without_its_header_is_known_by_its_tensors(
        self, chain: Chain, tmp_path: Path
    ) -> None:
        original = saved(tmp_path, "mix.safetensors", chain.mix)
        asked("inspect", original, "--keep")
        copy = saved(tmp_path, "stripped.safetensors", chain.again(metadata=None))

        told = asked("inspect", copy)
        rights = asked("check_rights", copy)

        assert told["parents"] == []
        assert told["known"]["bytes"]["listings"] == []
        tensors = told["known"]["tensors"]
        assert tensors["matched_by"].startswith("tensors")
        assert [row["name"] for row in tensors["listings"]] == ["Chill Mix"]
        assert tensors["listings"][0]["ask"] == sha256(chain.mix)
        assert {row["model_id"] for row in rights["listings"]} == {"4"}

    def test_nothing_public_names_the_machine_it_was_made_on(
        self, chain: Chain, hub: CivitaiWithFiles
    ) -> None:
        public = asked("inspect", "https://civitai.com/models/4", "--base-url", hub.url)

        assert "quilltamarisk" not in json.dumps(public)
        assert public["digests"]["sha256"] == {
            "value": sha256(chain.mix),
            "stated_by": "civitai",
        }
        assert public["known"]["bytes"]["listings"][0]["name"] == "Chill Mix"
