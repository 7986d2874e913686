//! A sheet: CSV with a header.

use std::io;

use serde_json::{Map, Value};

use super::{Lines, Place, REASON, Raw, Row, Source};
use crate::import::column::Column;
use crate::import::types::Type;
use crate::roster::csv::{Parser, Record};

/// What the columns of a sheet are.
#[derive(Debug)]
pub(in crate::import) struct Sheet {
    pub(in crate::import) header: Vec<String>,
    columns: Vec<Option<Column>>,
    /// Behind the header.
    pub(super) begin: Place,
}

/// What a column is, as somebody says who knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// As the header has it.
    pub(crate) column: String,
    /// A path; empty: the column is left out.
    pub(crate) path: String,
}

/// The header is not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSheet {
    /// There is none.
    #[error("the file is empty; its first line names the columns")]
    Empty,
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A column is not known, or not of use.
    #[error("line {0}: {1}")]
    Column(usize, String),
    /// What was said of a column that is not there.
    #[error("there is no column `{0}`; the header has {1}")]
    NoColumn(String, String),
}

/// What is said of the columns.
pub(in crate::import) struct Columns<'a> {
    pub(in crate::import) mappings: &'a [Mapping],
    /// What rows are.
    pub(in crate::import) kind: &'a Type,
    /// Columns that are no path are left out.
    pub(in crate::import) ignore_unknown: bool,
}

impl Sheet {
    /// Reads the header. The columns that are left out are told beside it.
    pub(in crate::import) fn open(
        source: &Source,
        said: &Columns<'_>,
    ) -> Result<(Self, Vec<String>), NoSheet> {
        let mut lines = Lines::open(&source.path)?;
        let record = lines.next_record()?.ok_or(NoSheet::Empty)?;
        for Mapping { column, .. } in said.mappings {
            if !record.fields.contains(column) {
                let header = record.fields.join(", ");
                return Err(NoSheet::NoColumn(column.clone(), header));
            }
        }
        let (mut columns, mut ignored) = (Vec::<Option<Column>>::new(), Vec::new());
        for title in &record.fields {
            let column = said.column(title);
            let column = column.map_err(|what| NoSheet::Column(record.line, what))?;
            let twice = |it: &Column| columns.iter().flatten().any(|other| it.is_same(other));
            if column.as_ref().is_some_and(twice) {
                let what = format!("the column `{title}` is there twice");
                return Err(NoSheet::Column(record.line, what));
            }
            if column.is_none() && title != REASON {
                ignored.push(title.clone());
            }
            columns.push(column);
        }
        let sheet = Self {
            header: record.fields,
            columns,
            begin: lines.place,
        };
        Ok((sheet, ignored))
    }

    /// What is in a record.
    pub(super) fn row(&self, number: u64, record: Record) -> Row {
        let Record { line, fields } = record;
        Row {
            number,
            line,
            said: self.body(&fields),
            raw: Raw::Fields(fields),
        }
    }

    fn body(&self, fields: &[String]) -> Result<Map<String, Value>, String> {
        if fields.len() > self.columns.len() {
            let (has, most) = (fields.len(), self.columns.len());
            return Err(format!("there are {has} fields, and the header has {most}"));
        }
        let mut body = Map::new();
        // First what makes values, then what is said of single ones.
        for selecting in [false, true] {
            let cells = self.columns.iter().zip(fields);
            let cells = cells.filter_map(|(column, field)| Some((column.as_ref()?, field)));
            for (column, field) in cells.filter(|(it, _)| it.is_selecting() == selecting) {
                column.put(&mut body, field)?;
            }
        }
        Ok(body)
    }
}

impl Columns<'_> {
    /// What a column is; none where it is left out.
    fn column(&self, title: &str) -> Result<Option<Column>, String> {
        let mapping = self.mappings.iter().find(|it| it.column == title);
        match mapping.map(|it| it.path.as_str()) {
            Some("") => Ok(None),
            Some(path) => Column::read(title, path, self.kind).map(Some),
            None if title == REASON => Ok(None),
            None => match Column::read(title, title, self.kind) {
                Err(_) if self.ignore_unknown => Ok(None),
                read => read.map(Some),
            },
        }
    }
}

impl Lines {
    /// The next record. A quote that is never closed was found by the survey.
    pub(super) fn next_record(&mut self) -> io::Result<Option<Record>> {
        let mut parser = Parser::behind(self.place.line);
        while let Some(line) = self.next()? {
            if let Some(record) = parser.line(&line) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

/// A refused record under its header, with the reason in front.
pub(in crate::import) fn refused(
    header: &[String],
    fields: &[String],
    reason: &str,
) -> Vec<String> {
    let had = header.iter().position(|title| title == REASON);
    let fields = fields.iter().enumerate();
    let fields = fields.filter(|(at, _)| Some(*at) != had);
    let fields = fields.map(|(_, field)| field.clone());
    std::iter::once(reason.to_owned()).chain(fields).collect()
}
