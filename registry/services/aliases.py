"""Make the key under which names are hidden, once per database."""

import secrets

from registry.models import SubjectKey
from registry.selectors.aliases import KEY_SUBJECT, Aliases

_KEY_BYTES = 32


def needed_aliases() -> Aliases:
    """Return this database's aliases, making their key the first time."""
    row, _ = SubjectKey.objects.get_or_create(
        subject=KEY_SUBJECT, defaults={"key": secrets.token_bytes(_KEY_BYTES)}
    )
    return Aliases(bytes(row.key))
