"""The same rights, propagated inside PostgreSQL level by level: what the pass is measured against.

The tables are made to SQL's advantage: the bits of every model stand ready, edges have the level of
their child and the kind that says which words they read, masked how; nothing is logged.
"""

import io

import numpy as np
from django.db import connection

from registry.rights.blocks import Crossing
from registry.rights.layout import Words

Bits = tuple[str, ...]


# Not SELECT DISTINCT: estimated far too low, its parallel plan ran for a quarter of an hour.
_FIRST = (
    "CREATE UNLOGGED TABLE frontier AS SELECT id FROM own WHERE EXISTS"
    " (SELECT FROM edge WHERE edge.parent = own.id)"
)


class SqlWay:
    """The tables ``own``, ``edge`` and ``eff`` (effective)."""

    def __init__(self, words: int) -> None:
        self.columns = [f"w{at}" for at in range(words)]

    def load(self, own: Words, edges: tuple[np.ndarray, ...]) -> None:
        """Write every model's own words, and the edges: child, parent, kind, level of the child."""
        with connection.cursor() as cursor:
            bits = ", ".join(f"{name} bigint NOT NULL" for name in self.columns)
            cursor.execute(f"CREATE UNLOGGED TABLE own (id integer PRIMARY KEY, {bits})")
            cursor.execute(
                "CREATE UNLOGGED TABLE edge (child integer, parent integer, kind smallint,"
                " level smallint)"
            )
        ids = np.arange(len(own))
        _copy("own", [("id", ids.astype(">i4")), *_signed(own, self.columns)])
        names = zip(("child", "parent", "kind", "level"), (">i4", ">i4", ">i2", ">i2"), strict=True)
        _copy("edge", [(n, c.astype(t)) for (n, t), c in zip(names, edges, strict=True)])
        with connection.cursor() as cursor:
            for statement in (
                "CREATE INDEX ON edge (level, kind)",
                "CREATE INDEX ON edge (parent)",
                "ANALYZE edge",
                "ANALYZE own",
            ):
                cursor.execute(statement)

    def run(self, crossings: tuple[Crossing, ...]) -> None:
        """Propagate all of it, round by round from parents to children, until none grows."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS eff, kind, frontier, grown")
            self._make_kinds(crossings)
            cursor.execute("CREATE UNLOGGED TABLE eff WITH (fillfactor = 50) AS SELECT * FROM own")
            cursor.execute("ALTER TABLE eff ADD PRIMARY KEY (id)")
            cursor.execute(_FIRST)
            while True:
                cursor.execute("ANALYZE frontier")
                cursor.execute(self._round(crossings))
                if not cursor.rowcount:
                    break
                cursor.execute("DROP TABLE frontier")
                cursor.execute("ALTER TABLE grown RENAME TO frontier")

    def run_by_levels(self, crossings: tuple[Crossing, ...]) -> None:
        """Propagate all of it, one statement for each level and kind, the levels being given."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS eff")
            cursor.execute("CREATE UNLOGGED TABLE eff WITH (fillfactor = 50) AS SELECT * FROM own")
            cursor.execute("ALTER TABLE eff ADD PRIMARY KEY (id)")
            cursor.execute("ANALYZE eff")
            cursor.execute("SELECT DISTINCT level, kind FROM edge ORDER BY level, kind")
            for level, kind in cursor.fetchall():
                cursor.execute(self._statement(crossings[kind]), [level, kind])

    def _make_kinds(self, crossings: tuple[Crossing, ...]) -> None:
        masks = ", ".join(f"m{at} bigint" for at in range(len(self.columns)))
        sources = self._sources(crossings)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE UNLOGGED TABLE kind (kind smallint, way smallint, {masks})")
            for at, crossing in enumerate(crossings):
                words = [str(int(mask.astype(np.int64))) for mask in crossing.mask]
                way = sources.index(tuple(crossing.source.tolist()))
                cursor.execute(f"INSERT INTO kind VALUES ({at}, {way}, {', '.join(words)})")  # noqa: S608

    def _sources(self, crossings: tuple[Crossing, ...]) -> list[tuple[int, ...]]:
        return list(dict.fromkeys(tuple(crossing.source.tolist()) for crossing in crossings))

    def _round(self, crossings: tuple[Crossing, ...]) -> str:
        sources = self._sources(crossings)
        passed = []
        for at, name in enumerate(self.columns):
            cases = " ".join(
                f"WHEN {way} THEN p.{self.columns[source[at]]}"
                for way, source in enumerate(sources)
            )
            passed.append(f"bit_or(CASE k.way {cases} END & k.m{at}) AS {name}")
        joined = ", ".join(f"{name} = eff.{name} | x.{name}" for name in self.columns)
        differs = " OR ".join(f"x.{name} & ~eff.{name} <> 0" for name in self.columns)
        return (
            "CREATE UNLOGGED TABLE grown AS WITH done AS ("  # noqa: S608
            f"UPDATE eff SET {joined} FROM (SELECT e.child, {', '.join(passed)} FROM frontier f"
            " JOIN edge e ON e.parent = f.id JOIN eff p ON p.id = f.id"
            " JOIN kind k ON k.kind = e.kind GROUP BY e.child) x"
            f" WHERE eff.id = x.child AND ({differs}) RETURNING eff.id) SELECT id FROM done"
        )

    def _statement(self, crossing: Crossing) -> str:
        words = [
            (name, self.columns[source], int(mask.astype(np.int64)))
            for name, source, mask in zip(
                self.columns, crossing.source.tolist(), crossing.mask, strict=True
            )
            if mask
        ] or [("w0", "w0", 0)]
        joined = ", ".join(f"{name} = eff.{name} | x.{name}" for name, _, _ in words)
        passed = ", ".join(f"bit_or(p.{source} & {mask}) AS {name}" for name, source, mask in words)
        return (
            f"UPDATE eff SET {joined} FROM (SELECT e.child, {passed} FROM edge e"  # noqa: S608
            " JOIN eff p ON p.id = e.parent WHERE e.level = %s AND e.kind = %s GROUP BY e.child) x"
            " WHERE eff.id = x.child"
        )

    def rows(self) -> Words:
        """Return what came out, by id."""
        listed = ", ".join(self.columns)
        statement = f"COPY (SELECT {listed} FROM eff ORDER BY id) TO STDOUT (FORMAT BINARY)"  # noqa: S608
        fields = [("_n", ">i2")]
        for name in self.columns:
            fields += [(f"_{name}", ">i4"), (name, ">i8")]
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            data = b"".join(copy)
        found = np.frombuffer(data[19:-2], dtype=np.dtype(fields))
        return np.stack(
            [found[name].astype(np.int64).view(np.uint64) for name in self.columns], axis=1
        )


def _signed(own: Words, columns: list[str]) -> list[tuple[str, np.ndarray]]:
    return [(name, own[:, at].view(np.int64).astype(">i8")) for at, name in enumerate(columns)]


def _copy(table: str, columns: list[tuple[str, np.ndarray]]) -> None:
    """Send columns by binary COPY."""
    fields = [("_n", ">i2")]
    for name, column in columns:
        fields += [(f"_{name}", ">i4"), (name, column.dtype.str)]
    rows = np.zeros(len(columns[0][1]), dtype=np.dtype(fields))
    rows["_n"] = len(columns)
    for name, column in columns:
        rows[f"_{name}"], rows[name] = column.dtype.itemsize, column
    data = memoryview(rows.tobytes())
    statement = f"COPY {table} FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
        step = io.DEFAULT_BUFFER_SIZE * 512
        for start in range(0, len(data), step):
            copy.write(data[start : start + step])
        copy.write(b"\xff\xff")
