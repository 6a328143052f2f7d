"""Facts as columns of DuckDB, typed as the schema declares them; free attributes and maps are left out."""

from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from contexts.calculation.engine.schema import Schema, Type

SCALARS = {
    "string": pa.string(),
    "int": pa.int64(),
    "decimal": pa.decimal128(20, 6),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def column_type(kind: Type, schema: Schema) -> pa.DataType | None:
    """The type of a fact's column; nothing where no column holds it."""
    if kind.name == "list":
        inner = column_type(kind.args[0], schema)
        return None if inner is None else pa.list_(inner)
    fields = schema.fields(kind)
    if fields is None:
        return SCALARS.get(kind.name)
    typed = ((name, column_type(it, schema)) for name, it in fields.items())
    return pa.struct([(name, it) for name, it in typed if it is not None])


def table_of(many: list[dict[str, Any]], schema: Schema) -> pa.Table:
    columns = {
        name: pa.array([_held(facts.get(name), kind, schema) for facts in many], kept)
        for name, kind in schema.variable_types.items()
        if (kept := column_type(kind, schema)) is not None
    }
    return pa.table(columns)


def _held(value: Any, kind: Type, schema: Schema) -> Any:
    if value is None:
        return None
    if kind.name == "decimal":
        return Decimal(value)
    if kind.name == "list":
        return [_held(item, kind.args[0], schema) for item in value]
    fields = schema.fields(kind)
    if fields is None:
        return value
    return {
        name: _held(value.get(name), it, schema)
        for name, it in fields.items()
        if column_type(it, schema) is not None
    }


def rows_where(condition: str, table: pa.Table) -> list[bool]:
    """For each row, whether the condition is TRUE there."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("facts", table)
        found = connection.execute(f"SELECT ({condition}) IS TRUE FROM facts").fetchall()
    return [row[0] for row in found]
