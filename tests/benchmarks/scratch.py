"""Scratch databases on the server of DATABASE_URL, or on the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from django.core.management import call_command
from django.db import connection
from psycopg import sql

from registry.config import database


@contextmanager
def migrated_template() -> Iterator[str]:
    """Make an empty, migrated database to copy; drop it in the end."""
    database.make_ready(migrated=False)
    name = f"keifu_benchmark_{token_hex(4)}"
    with scratch(name):
        call_command("migrate", interactive=False, verbosity=0)
        connection.close()
        yield name


@contextmanager
def scratch(name: str, *, template: str = "template1") -> Iterator[None]:
    """Make a database from ``template`` and connect to it; drop it in the end."""
    home = str(connection.settings_dict["NAME"])
    _run("CREATE DATABASE {} TEMPLATE {}", name, template)
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = home
        _run("DROP DATABASE {}", name)


def _run(statement: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
