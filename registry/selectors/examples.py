"""Pages to look at first."""

from typing import NamedTuple

from registry.models import Hub
from registry.selectors.standing import listed_pages

SLUGS = (
    "chilloutmix",
    "generic-chilloutmix",
    "flux-dev-style-lora",
    "pony-diffusion-v6-xl",
    "instantid",
    "midjourney",
)


class Example(NamedTuple):
    """A page worth a visitor's first look."""

    hub: str
    model_id: str
    name: str


def examples() -> tuple[Example, ...]:
    """Return the sample pages that show most, in that order; none where no sample is loaded."""
    rows = (
        listed_pages()
        .filter(hub=Hub.SAMPLE, hub_model_id__in=SLUGS)
        .order_by("pk")
        .values_list("hub", "hub_model_id", "name")
    )
    return tuple(sorted((Example(*row) for row in rows), key=lambda one: SLUGS.index(one.model_id)))
