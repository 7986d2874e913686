"""Between wasmtime's values and plain ones.

wasmtime gives a record as an object with attributes named as in the WIT (`max-rows`), and a variant
as `Variant` where Python's types alone do not tell its cases apart. Plain are dicts with names in
lower camel case, and `{"tag": ..., "val": ...}`.
"""

from functools import cache

from wasmtime.component import Record, Variant


@cache
def camel(name):
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


def plain(value):
    """What the component says, for the store."""
    if isinstance(value, Record):
        return {camel(name): plain(field) for name, field in vars(value).items()}
    if isinstance(value, Variant):
        return {"tag": value.tag, "val": plain(value.payload)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def record(**fields):
    """A record for the component; `base_url` is `base-url` in the WIT."""
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def key(it):
    return it and record(**it)


def row(it):
    return it and record(key=key(it["key"]), version=it["version"], body=it["body"])


def page(it):
    return record(**{**it, "rows": [row(found) for found in it["rows"]]})


def edge(it):
    return record(**{**it, "source": key(it["source"]), "target": key(it["target"])})


def edge_page(it):
    return record(**{**it, "edges": [edge(found) for found in it["edges"]]})


def outcome(it):
    # `applied` and `stale` can be told apart by their types: none, and a list.
    return it.get("val")
