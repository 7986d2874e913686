"""One page of rows, as SQL."""

from .words import check_nodes, cursor, place

# How an entry's value is compared; `{to}` is the parameter that it is compared with.
COMPARE = {
    "equal": "value = {to}",
    "less": "value < {to}",
    "at-most": "value <= {to}",
    "greater": "value > {to}",
    "at-least": "value >= {to}",
    "contains": "instr(value, {to}) > 0",
    "ends-with": "({to} = '' OR substr(value, -length({to})) = {to})",
    # From the prefix to the last text that begins with it: no byte of UTF-8 is FF.
    "starts-with": "value >= {to} AND value < CAST(CAST({to} AS BLOB) || x'FF' AS TEXT)",
}


class Values:
    """The values of a statement, each under a name."""

    def __init__(self):
        self.named = {}

    def bind(self, value):
        """Takes a value and gives the text that stands for it in SQL."""
        name = f"p{len(self.named)}"
        self.named[name] = value
        return f":{name}"


def find(db, tenant, plan):
    """Answers a plan, exactly."""
    nodes = plan["nodes"]
    check_nodes(nodes)
    values = Values()
    here = f"tenant = {values.bind(tenant)} AND kind = {values.bind(plan['kind'])}"
    sets = [
        f"n{at}(id) AS MATERIALIZED ({ids(node, here, values)})" for at, node in enumerate(nodes)
    ]
    head = f"WITH {', '.join(sets)}" if sets else ""
    chosen = f"{here} AND id IN (SELECT id FROM n{len(sets) - 1})" if sets else here

    total = None
    if plan["wantTotal"]:
        count = f"{head} SELECT count(*) FROM rows WHERE {chosen}"
        (total,) = db.execute(count, values.named).fetchone()
    body = by_value(plan, chosen, here, values) if plan["order"] else by_id(plan, chosen, values)
    # A page may end early for its bytes, so rows are stepped through; one more says if there is more.
    limit = values.bind(plan["maxRows"] + 1)
    offset = values.bind(min(plan["offset"], 2**62))
    found = db.execute(f"{head} {body} LIMIT {limit} OFFSET {offset}", values.named)
    rows, following = cut(found, plan)
    return {"rows": rows, "next": following, "total": total, "selection": "exact"}


def ids(node, here, values):
    """The ids that a node selects, from those that earlier nodes do."""
    tag, val = node["tag"], node["val"]
    if tag == "both":
        return f"SELECT id FROM n{val[0]} INTERSECT SELECT id FROM n{val[1]}"
    if tag == "either":
        return f"SELECT id FROM n{val[0]} UNION SELECT id FROM n{val[1]}"
    if tag == "negate":
        return f"SELECT id FROM rows WHERE {here} EXCEPT SELECT id FROM n{val}"
    if tag == "present":
        return f"SELECT id FROM entries WHERE {here} AND path = {values.bind(val)}"
    compared = COMPARE[tag].format(to=values.bind(val["value"]))
    return (
        f"SELECT id FROM entries WHERE {here} AND path = {values.bind(val['path'])} AND {compared}"
    )


def by_id(plan, chosen, values):
    behind = ""
    if plan["after"] is not None:
        (last,) = place("id", plan["after"])
        behind = f"AND id > {values.bind(last)}"
    return f"SELECT id, version, body, NULL FROM rows WHERE {chosen} {behind} ORDER BY id"


def by_value(plan, chosen, here, values):
    """By the smallest value, then by id; rows without a value last, or all but the ids turned round."""
    descending = plan["order"]["descending"]
    path = values.bind(plan["order"]["path"])
    smallest = f"""(SELECT min(value) FROM entries
        WHERE {here} AND path = {path} AND entries.id = rows.id)"""
    rows = f"SELECT id, version, body, {smallest} AS smallest FROM rows WHERE {chosen}"
    behind = ""
    if plan["after"] is not None:
        behind = f"WHERE {behind_place(*place('value', plan['after']), descending, values)}"
    way = "DESC NULLS FIRST" if descending else "ASC NULLS LAST"
    return f"SELECT * FROM ({rows}) {behind} ORDER BY smallest {way}, id"


def behind_place(value, id, descending, values):
    behind = values.bind(id)
    if value is None:
        others = "OR smallest IS NOT NULL" if descending else ""
        return f"(smallest IS NULL AND id > {behind}) {others}"
    start = values.bind(value)
    beyond = f"smallest < {start}" if descending else f"smallest > {start} OR smallest IS NULL"
    return f"{beyond} OR (smallest = {start} AND id > {behind})"


def cut(found, plan):
    """At most so many rows and bytes, but one row at least; and a cursor if there is more."""
    rows, size, following = [], 0, None
    for id, version, body, smallest in found:
        size += len(body.encode())
        if len(rows) >= plan["maxRows"] or (size > plan["maxBytes"] and rows):
            return rows, following
        rows.append({"key": {"kind": plan["kind"], "id": id}, "version": version, "body": body})
        following = cursor("value", smallest, id) if plan["order"] else cursor("id", id)
    return rows, None
