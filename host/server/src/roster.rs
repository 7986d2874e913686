//! A file of users: CSV with a header, or JSON lines of SCIM users. What is in it, one user at a time;
//! what becomes of them is for others to say (`plan`, `reconcile`).

mod attribute;
pub(crate) mod csv;
mod entry;
mod sheet;

use serde_json::Value;

pub(crate) use attribute::{Attribute, Said};
pub(crate) use entry::{Entry, values_of};

/// The file cannot be understood, here.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(crate) struct BadInput {
    pub(crate) line: usize,
    what: String,
}

impl BadInput {
    pub(crate) fn new(line: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { line, what }
    }
}

/// What somebody wants to know from a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// What users are known by: everybody has it.
    pub(crate) key: Attribute,
    /// What else is read.
    pub(crate) takes: &'static [Attribute],
    /// What to do about columns that are not read.
    pub(crate) others: Others,
}

/// What to do about columns that are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// The file is refused.
    Refuse,
    /// They are left out.
    Ignore,
}

impl Shape {
    fn takes(&self, attribute: Attribute) -> bool {
        attribute == self.key || self.takes.contains(&attribute)
    }

    /// For a refusal.
    fn known(&self) -> String {
        let names: Vec<_> = self.takes.iter().map(|it| it.name()).collect();
        names.join(", ")
    }
}

/// Without the mark that spreadsheets and some editors write in front.
pub(crate) fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What begins with a brace is JSON lines; everything else is CSV.
pub(crate) fn is_json(text: &str) -> bool {
    unmarked(text).trim_start().starts_with('{')
}

/// Reads a file of either kind. `each` is given every user in turn. Answers which columns of a CSV
/// file were left out.
pub(crate) fn read(
    text: &str,
    shape: &Shape,
    each: &mut dyn FnMut(Entry) -> Result<(), BadInput>,
) -> Result<Vec<String>, BadInput> {
    let text = unmarked(text);
    if is_json(text) {
        read_lines(text, shape, each).map(|()| Vec::new())
    } else {
        sheet::read(text, shape, each)
    }
}

fn read_lines(
    text: &str,
    shape: &Shape,
    each: &mut dyn FnMut(Entry) -> Result<(), BadInput>,
) -> Result<(), BadInput> {
    let lines = (1..).zip(text.lines());
    for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
        let user: Value = serde_json::from_str(text)
            .map_err(|error| BadInput::new(line, format!("a line is a SCIM user: {error}")))?;
        let mut entry = Entry::of_user(line, &user)?;
        entry.keep(|attribute| shape.takes(attribute));
        keyed(&entry, shape)?;
        each(entry)?;
    }
    Ok(())
}

/// Refuses somebody without a name.
fn keyed(entry: &Entry, shape: &Shape) -> Result<(), BadInput> {
    if entry.text(shape.key).is_some() {
        return Ok(());
    }
    let key = shape.key.name();
    Err(BadInput::new(entry.line, format!("there is no `{key}`")))
}

/// Reads CSV, whatever it looks like.
pub(crate) use sheet::read as read_csv;

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        key: Attribute::ExternalId,
        takes: &[Attribute::UserName, Attribute::Department],
        others: Others::Ignore,
    };

    fn entries(text: &str) -> Result<(Vec<String>, Vec<Entry>), BadInput> {
        let mut entries = Vec::new();
        let ignored = read(text, &SHAPE, &mut |entry| {
            entries.push(entry);
            Ok(())
        })?;
        Ok((ignored, entries))
    }

    #[test]
    fn both_kinds_of_file_say_the_same() {
        let sheet = "externalId,userName,shoes,department\n7,ann,39,R&D\n";
        let lines = r#"{"schemas":["x"],"externalId":"7","USERNAME":"ann","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{}}}"#;
        let (ignored, mut from_sheet) = entries(sheet).expect("a file");
        assert_eq!(ignored, ["shoes"]);
        let (ignored, from_lines) = entries(lines).expect("a file");
        assert_eq!(ignored, Vec::<String>::new());
        for entry in &mut from_sheet {
            assert_eq!(entry.line, 2);
            entry.line = 1;
        }
        assert_eq!(from_sheet, from_lines);
    }

    #[test]
    fn says_where_lines_are_wrong() {
        for (text, line) in [
            ("{\"externalId\":\"1\"}\n{\"userName\":\"ann\"}", 2),
            ("{\"externalId\":\"1\"}\n\n[]", 3),
            ("{\"externalId\":7}", 1),
            ("{\"externalId\":\"1\"", 1),
            ("userName\nann", 1),
            ("externalId,userName\n,ann", 2),
        ] {
            let error = entries(text).expect_err(text);
            assert_eq!(error.line, line, "{text}: {error}");
        }
    }
}
