"""The columns that a PostgreSQL database really has, by its own catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# Yields one line. Partitions are covered by the table that they are parts of. A column counts as
# unique when an index that must not hold a thing twice has it, also within an expression.
STATEMENT = """
with tables as (
    select c.oid, c.relkind, n.nspname, case when n.nspname = 'public' then c.relname::text
        else n.nspname || '.' || c.relname end as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm', 'f') and not c.relispartition
        and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%'),
uniques as (
    select i.indrelid, unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) as attnum
    from pg_index i where i.indisunique
    union
    select i.indrelid, d.refobjsubid from pg_index i join pg_depend d
        on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
        and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid
    where i.indisunique and i.indexprs is not null)
select coalesce(jsonb_agg(jsonb_build_object(
    'table', t.name, 'kind', t.relkind, 'column', a.attname,
    'type', base.typname, 'category', base.typcategory, 'array', held.typcategory = 'A',
    'nullable', not (a.attnotnull or own.typnotnull),
    'limit', case when base.typname in ('varchar', 'bpchar') and held.typcategory <> 'A'
        then greatest(case own.typtype when 'd' then own.typtypmod else a.atttypmod end - 4, 0)
        else 0 end,
    'generated', a.attgenerated <> '', 'default', a.atthasdef or own.typdefault is not null,
    'key', coalesce((select array_position(k.indkey::int2[], a.attnum) is not null from pg_index k
        where k.indrelid = t.oid and k.indisprimary), false),
    'keys', coalesce((select k.indnkeyatts from pg_index k
        where k.indrelid = t.oid and k.indisprimary), 0),
    'unique', exists (select from uniques u where u.indrelid = t.oid and u.attnum = a.attnum),
    'refers', coalesce((select jsonb_agg(distinct other.name) from pg_constraint f
        join tables other on other.oid = f.confrelid
        where f.contype = 'f' and f.conrelid = t.oid and a.attnum = any (f.conkey)), '[]'),
    'referred', exists (select from pg_constraint f
        where f.contype = 'f' and f.confrelid = t.oid and a.attnum = any (f.confkey))
    ) order by t.name collate "C", a.attnum), '[]')
from tables t
join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
join pg_type own on own.oid = a.atttypid
join pg_type held on held.oid = case own.typtype when 'd' then own.typbasetype else own.oid end
join pg_type base on base.oid = case held.typcategory when 'A' then held.typelem else held.oid end
"""


@dataclass(frozen=True)
class Column:
    """One column.

    table:     as in the list: with its schema only where that is not `public`
    type:      name of the type in the catalogue; of the elements for an array
    category:  what PostgreSQL files the type under: S text, N number, D date and time, …
    default:   rows that do not name it get a value
    limit:     most characters that it takes, 0 for no limit
    generated: computed by the database from other columns
    key:       part of the primary key, which has `keys` columns
    unique:    part of an index that holds nothing twice
    refers:    tables that a foreign key of it leads to; `referred`: one leads to it
    kind:      r table, p partitioned table, m materialised view, f table on another server
    """

    table: str
    name: str
    type: str = "varchar"
    category: str = "S"
    array: bool = False
    nullable: bool = True
    default: bool = False
    limit: int = 0
    generated: bool = False
    key: bool = False
    keys: int = 0
    unique: bool = False
    refers: tuple[str, ...] = ()
    referred: bool = False
    kind: Literal["r", "p", "m", "f"] = "r"

    @property
    def place(self) -> str:
        """As people write it."""
        return f"{self.table}.{self.name}"

    @property
    def numbers(self) -> bool:
        """Whether it alone tells the rows of its table apart, as a whole number."""
        return self.key and self.keys == 1 and self.type in ("int2", "int4", "int8")


def read(said: str) -> tuple[Column, ...]:
    """What the statement yielded. Raises ValueError or KeyError for anything else."""
    told: Iterable[Mapping[str, Any]] = json.loads(said)
    return tuple(
        Column(
            table=one["table"],
            name=one["column"],
            type=one["type"],
            category=one["category"],
            array=one["array"],
            nullable=one["nullable"],
            default=one["default"],
            limit=one["limit"],
            generated=one["generated"],
            key=one["key"],
            keys=one["keys"],
            unique=one["unique"],
            refers=tuple(one["refers"]),
            referred=one["referred"],
            kind=one["kind"],
        )
        for one in told
    )
