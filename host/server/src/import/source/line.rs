//! A line of JSON.

use serde_json::{Map, Value, json};

use super::{LINE, REASON, Raw, Row};

/// Reads a line.
pub(super) fn row(number: u64, line: usize, text: String) -> Row {
    let said = read(&text).and_then(corrected);
    let raw = Raw::Line(text);
    Row {
        number,
        line,
        said,
        raw,
    }
}

fn read(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("a line is a SCIM resource, a JSON object".to_owned()),
        Err(error) => {
            // Within this text it is always the first line.
            let (text, column) = (error.to_string(), error.column());
            let what = text.split(" at line ").next().unwrap_or_default();
            Err(format!("column {column}: {what}"))
        }
    }
}

/// Of a file of refused rows, what was refused then.
fn corrected(mut object: Map<String, Value>) -> Result<Map<String, Value>, String> {
    object.remove(REASON);
    match object.remove(LINE) {
        Some(Value::String(text)) => read(&text),
        _ => Ok(object),
    }
}

/// A refused line, with the reason in it.
pub(in crate::import) fn refused(text: &str, reason: &str) -> Value {
    let mut object = read(text).unwrap_or_else(|_| {
        let line = (LINE.to_owned(), text.into());
        Map::from_iter([line])
    });
    object.insert(REASON.to_owned(), reason.into());
    object.into()
}

/// The line of the same group with these members.
pub(super) fn with_members(text: &str, names: &[String]) -> String {
    let Ok(mut object) = read(text).and_then(corrected) else {
        return text.to_owned();
    };
    object.retain(|name, _| !name.eq_ignore_ascii_case("members"));
    let members = names.iter().map(|name| json!({ "value": name }));
    object.insert("members".to_owned(), members.collect());
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_a_line_is_wrong() {
        let said = row(1, 7, r#"{"userName": ann}"#.to_owned()).said;
        assert_eq!(said, Err("column 14: expected value".to_owned()));
        assert!(row(1, 7, "[]".to_owned()).said.is_err());
    }

    #[test]
    fn what_was_refused_can_be_read_again() {
        let (good, bad) = (r#"{"userName":"ann"}"#, r#"{"userName":ann}"#);
        let again = |text: &str| row(1, 1, refused(text, "why").to_string()).said;
        let ann = json!({ "userName": "ann" });
        assert_eq!(again(good).map(Value::from), Ok(ann));
        let refused_once = refused(bad, "why").to_string();
        assert_eq!(again(bad), row(1, 1, bad.to_owned()).said);
        assert_eq!(again(&refused_once), again(bad), "once more");
        assert_eq!(refused(good, "why")[REASON], "why");
    }
}
