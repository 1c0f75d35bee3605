"""Which part of a checkpoint a tensor belongs to, and what it is called inside that part.

A part (UNet, text encoder, VAE) is named apart from the checkpoint that holds it, so that a VAE in
a file of its own, or in another checkpoint, is the same VAE. Pure Python: importing this module
must never import Django.

Source of the prefixes: facts/provenance.md section 5.
"""

from collections.abc import Sequence
from enum import StrEnum


class Component(StrEnum):
    """A part of a model file; the word is stored, and that of ``architecture`` for such a part."""

    DENOISER = "denoiser"  # a UNet or a transformer
    VAE = "vae"
    TEXT_ENCODER = "text_encoder"
    TEXT_ENCODER_2 = "text_encoder_2"  # OpenCLIP-G beside CLIP-L: SDXL, SD3
    TEXT_ENCODER_3 = "text_encoder_3"  # T5
    EMA = "ema"  # a running average kept beside the UNet
    CONTROL = "control"  # a ControlNet
    MODEL = "model"  # no prefix that is known: a file of one part, or what stands beside them


# The first that fits counts; what follows it is the name inside the part. Both spellings of CLIP
# (with ``text_model.`` and, in NovelAI's files, without) come out without it, as does a file that
# holds nothing else.
_PREFIXES: Sequence[tuple[str, Component]] = (
    ("model.diffusion_model.", Component.DENOISER),
    ("model_ema.", Component.EMA),
    ("first_stage_model.", Component.VAE),
    ("vae.", Component.VAE),
    ("cond_stage_model.transformer.text_model.", Component.TEXT_ENCODER),
    ("cond_stage_model.transformer.", Component.TEXT_ENCODER),
    ("cond_stage_model.model.", Component.TEXT_ENCODER),
    ("cond_stage_model.", Component.TEXT_ENCODER),
    ("conditioner.embedders.0.transformer.text_model.", Component.TEXT_ENCODER),
    ("conditioner.embedders.0.model.", Component.TEXT_ENCODER_2),  # of the SDXL refiner
    ("conditioner.embedders.0.", Component.TEXT_ENCODER),
    ("conditioner.embedders.1.model.", Component.TEXT_ENCODER_2),
    ("conditioner.embedders.1.", Component.TEXT_ENCODER_2),
    ("text_encoders.clip_l.transformer.text_model.", Component.TEXT_ENCODER),
    ("text_encoders.clip_l.", Component.TEXT_ENCODER),
    ("text_encoders.clip_g.transformer.text_model.", Component.TEXT_ENCODER_2),
    ("text_encoders.clip_g.", Component.TEXT_ENCODER_2),
    ("text_encoders.t5xxl.transformer.", Component.TEXT_ENCODER_3),
    ("text_encoders.t5xxl.", Component.TEXT_ENCODER_3),
    ("text_model.", Component.TEXT_ENCODER),
    ("control_model.", Component.CONTROL),
)


def component_of(name: str) -> tuple[Component, str]:
    """Return the part that a tensor belongs to, and its name inside that part."""
    for prefix, component in _PREFIXES:
        if name.startswith(prefix):
            return component, name[len(prefix) :]
    return Component.MODEL, name
