//! The file: JSON lines of requests, or CSV of users.

use serde_json::{Map, Value, json};

use super::csv::{self, Record, Unclosed};
use super::rows::{Request, Row, User};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A row, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// From 1.
    pub(crate) line: usize,
    pub(super) row: Row,
}

/// The file cannot be understood, here.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(crate) struct BadInput {
    line: usize,
    what: String,
}

fn bad(line: usize, what: impl Into<String>) -> BadInput {
    let what = what.into();
    BadInput { line, what }
}

/// Reads a file. What begins with a brace is JSON lines; everything else is CSV.
pub(crate) fn read(text: &str) -> Result<Vec<Step>, BadInput> {
    if text.trim_start().starts_with('{') {
        read_requests(text)
    } else {
        read_users(text)
    }
}

fn read_requests(text: &str) -> Result<Vec<Step>, BadInput> {
    let lines = (1..).zip(text.lines());
    let said = lines.filter(|(_, text)| !text.trim().is_empty());
    said.map(|(line, text)| {
        let request: Request = serde_json::from_str(text).map_err(|error| {
            bad(
                line,
                format!("a line is `{{\"method\", \"path\", \"body\"}}`: {error}"),
            )
        })?;
        let row = Row::Request(request);
        Ok(Step { line, row })
    })
    .collect()
}

/// A column of the CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    UserName,
    Text(&'static str),
    Active,
    Department,
    Entitlements,
}

impl Column {
    /// By the SCIM path in the header; attribute names ignore case (RFC 7643 §2.1).
    fn of(path: &str) -> Option<Self> {
        Some(match path.trim().to_ascii_lowercase().as_str() {
            "username" => Self::UserName,
            "externalid" => Self::Text("externalId"),
            "displayname" => Self::Text("displayName"),
            "usertype" => Self::Text("userType"),
            "active" => Self::Active,
            "department"
            | "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:department" => {
                Self::Department
            }
            "entitlements" | "entitlements.value" => Self::Entitlements,
            _ => return None,
        })
    }
}

fn read_users(text: &str) -> Result<Vec<Step>, BadInput> {
    let records = csv::records(text)
        .map_err(|Unclosed(line)| bad(line, "a quote is opened and never closed"))?;
    let mut records = records.into_iter();
    let header = records.next().ok_or_else(|| bad(1, "the file is empty"))?;
    let columns = columns(&header)?;
    records.map(|record| user(&columns, &record)).collect()
}

fn columns(header: &Record) -> Result<Vec<Column>, BadInput> {
    let mut columns = Vec::new();
    for path in &header.fields {
        let column = Column::of(path).ok_or_else(|| {
            let known =
                "userName, externalId, active, displayName, userType, department, entitlements";
            bad(
                header.line,
                format!("the column `{path}` is not known; the header is some of {known}"),
            )
        })?;
        if columns.contains(&column) {
            return Err(bad(
                header.line,
                format!("the column `{path}` is there twice"),
            ));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::UserName) {
        return Err(bad(header.line, "the header needs a column `userName`"));
    }
    Ok(columns)
}

fn user(columns: &[Column], record: &Record) -> Result<Step, BadInput> {
    let line = record.line;
    if record.fields.len() > columns.len() {
        return Err(bad(line, "there are more fields than the header has"));
    }
    let (mut body, mut name) = (Map::new(), String::new());
    let mut schemas = vec![json!(USER)];
    let fields = columns.iter().zip(&record.fields);
    for (column, field) in fields.filter(|(_, field)| !field.is_empty()) {
        let (member, value) = match column {
            Column::UserName => {
                name.clone_from(field);
                ("userName", json!(field))
            }
            Column::Text(member) => (*member, json!(field)),
            Column::Active => ("active", truth(line, field)?.into()),
            Column::Department => {
                schemas.push(json!(ENTERPRISE));
                (ENTERPRISE, json!({ "department": field }))
            }
            Column::Entitlements => ("entitlements", entitlements(field)),
        };
        body.insert(member.to_owned(), value);
    }
    if name.is_empty() {
        return Err(bad(line, "there is no `userName`"));
    }
    body.insert("schemas".to_owned(), schemas.into());
    let body = body.into();
    let row = Row::User(User { name, body });
    Ok(Step { line, row })
}

fn truth(line: usize, field: &str) -> Result<bool, BadInput> {
    match field.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad(
            line,
            format!("`active` is true or false, not `{field}`"),
        )),
    }
}

fn entitlements(field: &str) -> Value {
    let values = field.split(';').map(str::trim);
    values
        .filter(|value| !value.is_empty())
        .map(|value| json!({ "value": value }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_users() {
        let text =
            "userName,active,Department,entitlements.value\nann,TRUE,R&D,pro; basic\nbob,,,\n";
        let steps = read(text).expect("a file");
        let bodies: Vec<_> = steps
            .iter()
            .filter_map(|step| match &step.row {
                Row::User(user) => Some((step.line, user.body.clone())),
                Row::Request(_) => None,
            })
            .collect();
        let ann = json!({
            "schemas": [USER, ENTERPRISE], "userName": "ann", "active": true,
            ENTERPRISE: { "department": "R&D" },
            "entitlements": [{ "value": "pro" }, { "value": "basic" }],
        });
        let bob = json!({ "schemas": [USER], "userName": "bob" });
        assert_eq!(bodies, [(2, ann), (3, bob)]);
    }

    #[test]
    fn reads_requests() {
        let text = "{\"method\":\"DELETE\",\"path\":\"/Users/1\"}\n\n{\"method\":\"POST\",\"path\":\"/Users\",\"body\":{}}\n";
        let steps = read(text).expect("a file");
        let names: Vec<_> = steps
            .iter()
            .map(|step| (step.line, step.row.name()))
            .collect();
        assert_eq!(
            names,
            [
                (1, "DELETE /Users/1".to_owned()),
                (3, "POST /Users".to_owned())
            ]
        );
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (text, line) in [
            ("", 1),
            ("active\ntrue", 1),
            ("userName,shoeSize\nann,7", 1),
            ("userName,username\nann,bob", 1),
            ("userName,active\nann,maybe", 2),
            ("userName\nann\nbob,x", 3),
            ("userName,active\n,true", 2),
            ("userName\n\"ann", 2),
            ("{\"method\":\"GET\",\"path\":\"/\"}\n{\"path\":\"/\"}", 2),
        ] {
            let error = read(text).expect_err(text);
            assert_eq!(error.line, line, "{text}: {error}");
        }
    }
}
