//! The file: JSON lines of requests, or CSV of users.

use super::rows::{Request, Row, User};
use crate::roster::{self, Attribute, BadInput, Others, Shape};

/// A row, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// From 1.
    pub(crate) line: usize,
    pub(super) row: Row,
}

/// A line is a whole user, so a column that is not understood is refused.
const SHAPE: Shape = Shape {
    key: Attribute::UserName,
    takes: &[
        Attribute::UserName,
        Attribute::ExternalId,
        Attribute::Active,
        Attribute::DisplayName,
        Attribute::UserType,
        Attribute::Department,
        Attribute::Entitlements,
    ],
    others: Others::Refuse,
};

/// Reads a file.
pub(crate) fn read(text: &str) -> Result<Vec<Step>, BadInput> {
    let text = roster::unmarked(text);
    if roster::is_json(text) {
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
            let what = format!("a line is `{{\"method\", \"path\", \"body\"}}`: {error}");
            BadInput::new(line, what)
        })?;
        let row = Row::Request(request);
        Ok(Step { line, row })
    })
    .collect()
}

fn read_users(text: &str) -> Result<Vec<Step>, BadInput> {
    let mut steps = Vec::new();
    roster::read_csv(text, &SHAPE, &mut |entry| {
        let name = entry.text(SHAPE.key).unwrap_or_default().to_owned();
        let (line, body) = (entry.line, entry.body());
        let row = Row::User(User { name, body });
        steps.push(Step { line, row });
        Ok(())
    })?;
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

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
