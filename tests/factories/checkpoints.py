"""Small checkpoints of three parts, whose weights a test chooses part by part."""

from pathlib import Path

import numpy as np

from tests.factories.safetensors_files import safetensors_file, tensor

_NAMES = {
    "denoiser": "model.diffusion_model.out.2.weight",
    "text_encoder": "cond_stage_model.model.ln_final.weight",
    "vae": "first_stage_model.decoder.conv_in.weight",
    "schedule": "betas",
}
_SEEDS = {"denoiser": 1, "text_encoder": 2, "vae": 3}


def checkpoint_file(path: Path, *, dtype: str = "F32", note: str = "", **seeds: int) -> Path:
    """Write a checkpoint; ``seeds`` choose a part's weights, ``note`` its metadata only."""
    tensors = {
        _NAMES[part]: tensor(_weights(seed), dtype) for part, seed in {**_SEEDS, **seeds}.items()
    }
    path.write_bytes(safetensors_file(tensors, metadata={"note": note}))
    return path


def vae_file(path: Path, *, vae: int = _SEEDS["vae"]) -> Path:
    """Write the VAE of a checkpoint as a file of its own."""
    path.write_bytes(safetensors_file({"decoder.conv_in.weight": tensor(_weights(vae), "F32")}))
    return path


def _weights(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(0, 1, 50).astype(np.float32)
