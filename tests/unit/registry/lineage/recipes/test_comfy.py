import json
from typing import Any

import pytest

from registry.lineage.recipes.comfy import read_workflow
from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation


def _node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def _checkpoint(name: str) -> dict[str, Any]:
    return _node("CheckpointLoaderSimple", ckpt_name=name)


def _save(model: str, clip: str = "1", vae: str = "1") -> dict[str, Any]:
    return _node(
        "CheckpointSave", model=[model, 0], clip=[clip, 1], vae=[vae, 2], filename_prefix="x"
    )


def _read(**prompt: dict[str, Any]) -> Recipe:
    numbered = {key.removeprefix("n"): node for key, node in prompt.items()}
    return read_header({"prompt": json.dumps(numbered)}, source="x.safetensors")


def _parents(recipe: Recipe) -> list[tuple[str, Relation, float | None]]:
    return [(edge.parent_ref, edge.relation, edge.weight) for edge in recipe.edges]


MERGED, ADAPTED, BUNDLED = Relation.MERGE, Relation.ADAPTER, Relation.BUNDLE


class TestPrompt:
    def test_gives_model1_the_ratio(self) -> None:
        recipe = _read(
            n1=_checkpoint("folder/first.safetensors"),
            n2=_checkpoint(r"folder\second.safetensors"),
            n3=_node("ModelMergeSimple", model1=["1", 0], model2=["2", 0], ratio=0.75),
            n9=_save("3"),
        )

        assert _parents(recipe) == [("name:second", MERGED, 0.25), ("name:first", MERGED, 0.75)]
        assert {(e.grade, e.evidence, e.source) for e in recipe.edges} == {
            (Grade.INFERRED, Evidence.COMFY_WORKFLOW, "x.safetensors: prompt")
        }
        assert not recipe.complete

    def test_adds_differences(self) -> None:
        recipe = _read(
            n1=_checkpoint("a"),
            n2=_checkpoint("b"),
            n3=_checkpoint("c"),
            n4=_node("ModelSubtract", model1=["2", 0], model2=["3", 0], multiplier=0.5),
            n5=_node("ModelAdd", model1=["1", 0], model2=["4", 0]),
            n9=_save("5"),
        )

        assert _parents(recipe) == [
            ("name:a", MERGED, 1.0),
            ("name:b", MERGED, 0.5),
            ("name:c", MERGED, -0.5),
        ]

    def test_adds_loras_with_their_strength(self) -> None:
        lora = {"lora_name": "style.safetensors", "strength_model": 0.8, "strength_clip": 1}
        recipe = _read(
            n1=_checkpoint("a"),
            n2=_node("LoraLoader", model=["1", 0], clip=["1", 1], **lora),
            n9=_save("2", clip="2"),
        )

        assert _parents(recipe) == [("name:a", MERGED, 1.0), ("name:style", ADAPTED, 0.8)]

    def test_bundles_other_parts_of_a_checkpoint(self) -> None:
        recipe = _read(
            n1=_node("UNETLoader", unet_name="unet", weight_dtype="default"),
            n2=_node("DualCLIPLoader", clip_name1="clip_l", clip_name2="t5", type="flux"),
            n3=_node("VAELoader", vae_name="ae"),
            n9=_save("1", clip="2", vae="3"),
        )

        assert _parents(recipe) == [
            ("name:unet", MERGED, 1.0),
            ("name:clip_l", BUNDLED, None),
            ("name:t5", BUNDLED, None),
            ("name:ae", BUNDLED, None),
        ]

    def test_tells_no_share_after_a_node_nobody_knows(self) -> None:
        blocks = _node("ModelMergeSDXL", model1=["1", 0], model2=["2", 0], **{"input_blocks.0": 1})
        recipe = _read(n1=_checkpoint("a"), n2=_checkpoint("b"), n3=blocks, n9=_save("3"))

        assert _parents(recipe) == [("name:a", MERGED, None), ("name:b", MERGED, None)]

    def test_keeps_shares_through_a_node_that_changes_no_weights(self) -> None:
        sampling = _node("ModelSamplingDiscrete", model=["1", 0], sampling="v_prediction")
        recipe = _read(n1=_checkpoint("a"), n2=sampling, n9=_save("2"))

        assert _parents(recipe) == [("name:a", MERGED, 1.0)]

    def test_leaves_out_what_no_saved_model_is_made_of(self) -> None:
        recipe = _read(
            n1=_checkpoint("a"),
            n2=_checkpoint("for images"),
            n3=_node("KSampler", model=["2", 0], seed=1),
            n9=_save("1"),
        )

        assert _parents(recipe) == [("name:a", MERGED, 1.0)]

    def test_takes_all_it_loads_for_candidates_if_nothing_known_saves(self) -> None:
        recipe = _read(n1=_checkpoint("a"), n9=_node("SomeSaver", anything=["1", 0]))

        assert _parents(recipe) == [("name:a", MERGED, None)]
        assert recipe.edges[0].detail == "ComfyUI; the graph does not say what was saved"

    def test_ends_where_a_graph_runs_in_circles(self) -> None:
        turn = _node("ModelMergeSimple", model1=["3", 0], model2=["1", 0], ratio=0.5)

        assert _parents(_read(n1=_checkpoint("a"), n3=turn, n9=_save("3"))) == [
            ("name:a", MERGED, 0.5)
        ]

    def test_tells_that_a_graph_was_too_large(self) -> None:
        chain = {
            f"n{n}": _node("LoraLoader", model=[str(n + 1), 0], lora_name=f"lora {n}")
            for n in range(400)
        }

        recipe = _read(**chain, n900=_save("0"))

        assert recipe.problems == ("The graph is larger than what is read.",)
        assert recipe.edges

    @pytest.mark.parametrize(
        "prompt", ["", "a picture of a cat", "{}", "[]", '{"1": 7}', '{"1": {}}']
    )
    def test_is_silent_about_other_prompts(self, prompt: str) -> None:
        assert read_header({"prompt": prompt}, source="x") == Recipe()


class TestWorkflow:
    WORKFLOW: dict[str, Any] = {
        "nodes": [
            {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": ["a.safetensors"]},
            {"id": 2, "type": "CheckpointLoaderSimple", "widgets_values": ["b.safetensors"]},
            {
                "id": 3,
                "type": "ModelMergeSimple",
                "inputs": [{"name": "model1", "link": 10}, {"name": "model2", "link": 11}],
                "widgets_values": [0.75],
            },
            {"id": 4, "type": "Unknown", "mode": 4, "inputs": [{"name": "model", "link": 12}]},
            {"id": 5, "type": "ModelSave", "inputs": [{"name": "model", "link": 13}]},
            {"id": 6, "type": "ModelSave", "mode": 2, "inputs": [{"name": "model", "link": 14}]},
            {"id": 7, "type": "CheckpointLoaderSimple", "widgets_values": ["muted.safetensors"]},
        ],
        "links": [
            [10, 1, 0, 3, 0, "MODEL"],
            {"id": 11, "origin_id": 2, "origin_slot": 0, "target_id": 3},
            [12, 3, 0, 4, 0, "MODEL"],
            [13, 4, 0, 5, 0, "MODEL"],
            [14, 7, 0, 6, 0, "MODEL"],
        ],
    }

    def test_is_read_as_it_was_drawn(self) -> None:
        recipe = read_workflow(json.dumps(self.WORKFLOW), source="merge.json")

        assert _parents(recipe) == [("name:b", MERGED, 0.25), ("name:a", MERGED, 0.75)]
        assert recipe.edges[0].source == "merge.json"

    def test_is_read_from_a_header_without_a_prompt(self) -> None:
        header = {"prompt": "", "workflow": json.dumps(self.WORKFLOW)}

        assert len(read_header(header, source="x").edges) == 2

    def test_that_makes_images_names_no_parent(self) -> None:
        drawn = {"nodes": self.WORKFLOW["nodes"][:3], "links": self.WORKFLOW["links"]}

        assert read_workflow(json.dumps(drawn), source="x").edges == ()

    def test_is_found_inside_a_request(self) -> None:
        request = {"client_id": "x", "prompt": {"1": _checkpoint("a"), "2": _save("1")}}

        assert len(read_workflow(json.dumps(request), source="x").edges) == 1
