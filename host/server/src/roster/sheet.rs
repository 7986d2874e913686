//! CSV: a header of attributes, and a user on each line.

use super::attribute::{Attribute, Said};
use super::csv::{Record, Records, Unclosed};
use super::entry::Entry;
use super::{BadInput, Others, Shape, keyed};

/// Reads CSV. `each` is given every user in turn. Answers which columns were left out.
pub(crate) fn read(
    text: &str,
    shape: &Shape,
    each: &mut dyn FnMut(Entry) -> Result<(), BadInput>,
) -> Result<Vec<String>, BadInput> {
    let unclosed = |Unclosed(line)| BadInput::new(line, "a quote is opened and never closed");
    let mut records = Records::new(text).map(|record| record.map_err(unclosed));
    let empty = || BadInput::new(1, "the file is empty; its first line names the columns");
    let header = records.next().ok_or_else(empty)??;
    let (columns, ignored) = columns(&header, shape)?;
    for record in records {
        let entry = entry(&columns, &record?)?;
        keyed(&entry, shape)?;
        each(entry)?;
    }
    Ok(ignored)
}

/// What each column is; none where it is left out, and then it is named beside them.
type Columns = (Vec<Option<Attribute>>, Vec<String>);

fn columns(header: &Record, shape: &Shape) -> Result<Columns, BadInput> {
    let (mut columns, mut ignored) = (Vec::new(), Vec::new());
    let bad = |what| Err(BadInput::new(header.line, what));
    for path in &header.fields {
        let column = Attribute::of(path).filter(|attribute| shape.takes(*attribute));
        match column {
            None if shape.others == Others::Refuse => {
                let known = shape.known();
                return bad(format!(
                    "the column `{path}` is not known; the header is some of {known}"
                ));
            }
            None => ignored.push(path.clone()),
            some if columns.contains(&some) => {
                return bad(format!("the column `{path}` is there twice"));
            }
            Some(_) => {}
        }
        columns.push(column);
    }
    if !columns.contains(&Some(shape.key)) {
        return bad(format!("the header needs a column `{}`", shape.key.name()));
    }
    Ok((columns, ignored))
}

fn entry(columns: &[Option<Attribute>], record: &Record) -> Result<Entry, BadInput> {
    let line = record.line;
    if record.fields.len() > columns.len() {
        let what = "there are more fields than the header has";
        return Err(BadInput::new(line, what));
    }
    let mut said = Vec::with_capacity(columns.len());
    for (column, field) in columns.iter().zip(&record.fields) {
        if let Some(attribute) = *column {
            let value = Said::of_field(attribute, field);
            said.push((attribute, value.map_err(|what| BadInput::new(line, what))?));
        }
    }
    Ok(Entry::new(line, said))
}
