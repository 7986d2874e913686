//! Values of the component's answers, as texts in a table or a CSV file.

use serde_json::Value;

/// Rows under a header.
pub(super) struct Cells<const N: usize>(pub(super) [&'static str; N]);

impl<const N: usize> Cells<N> {
    /// The members of those names.
    pub(super) fn of(&self, row: &Value) -> [String; N] {
        self.0.map(|name| cell(row, name))
    }
}

/// A member of an answer as text; empty where it is not there, or null.
pub(super) fn cell(row: &Value, name: &str) -> String {
    row.get(name).map(text).unwrap_or_default()
}

/// The same for a number of seats, which is null where there is no limit.
pub(super) fn seats(row: &Value, name: &str) -> String {
    match row.get(name) {
        Some(Value::Null) => "unlimited".to_owned(),
        _ => cell(row, name),
    }
}

/// A value as text: lists by commas, objects by their `value` or as the JSON that they are.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The elements of a list in an answer; none where there is no such list.
pub(super) fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    let list = answer.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The same, where the answer is not needed any more.
pub(super) fn take_list(answer: &mut Value, name: &str) -> Vec<Value> {
    match answer.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

/// Lines of CSV (RFC 4180), the header first.
pub(super) fn csv<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let rows = rows.into_iter().map(|row| csv_line(&row));
    std::iter::once(csv_line(&header)).chain(rows).collect()
}

/// One line of CSV.
pub(crate) fn csv_line(cells: &[impl AsRef<str>]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| quoted(cell.as_ref())).collect();
    format!("{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_what_stands_there() {
        let row = json!({ "sku": "pro", "used": 3, "sources": ["a", "b"], "free": null });
        let cells = Cells(["sku", "used", "sources", "free", "missing"]).of(&row);
        assert_eq!(cells, ["pro", "3", "a,b", "", ""]);
        assert_eq!(seats(&row, "free"), "unlimited");
        assert_eq!(seats(&row, "used"), "3");
    }

    #[test]
    fn csv_quotes_what_would_be_read_otherwise() {
        let rows = [["a,b".to_owned(), "say \"x\"".to_owned()]];
        let expected = "one,two\r\n\"a,b\",\"say \"\"x\"\"\"\r\n";
        assert_eq!(csv(["one", "two"], rows), expected);
    }
}
