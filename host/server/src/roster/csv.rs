//! CSV (RFC 4180): records of fields, with the line that each begins at.
//!
//! Our own, because the `csv` crate takes a quote that is never closed for one that is closed at the
//! end: the rest of a file that was cut off, or of one with a stray quote, becomes part of a field,
//! and everybody in it would count as gone.

use std::str::SplitInclusive;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) fields: Vec<String>,
}

/// A quote that is never closed, at this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unclosed(pub(crate) usize);

/// Takes lines, one after another, and gives the records that end in them: a record ends where a line
/// does, unless a quote is open there.
#[derive(Debug)]
pub(crate) struct Parser {
    /// The lines that came so far.
    lines: usize,
    /// Where the record began.
    began: usize,
    field: String,
    /// Within quotes that were opened at this line.
    quoted: Option<usize>,
    fields: Vec<String>,
}

impl Parser {
    /// Begins behind so many lines.
    pub(crate) fn behind(lines: usize) -> Self {
        Self {
            lines,
            began: lines + 1,
            field: String::new(),
            quoted: None,
            fields: Vec::new(),
        }
    }

    /// Takes a line with its end, if it has one. The record that ends with it, if one does. Lines with
    /// nothing in them are no records.
    pub(crate) fn line(&mut self, text: &str) -> Option<Record> {
        self.lines += 1;
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let next = letters.peek();
            match (letter, self.quoted) {
                ('"', Some(_)) if next == Some(&'"') => {
                    letters.next();
                    self.field.push('"');
                }
                ('"', Some(_)) => self.quoted = None,
                ('"', None) if self.field.is_empty() => self.quoted = Some(self.lines),
                (',', None) => self.end_field(),
                ('\r', None) if next == Some(&'\n') => {}
                ('\n', None) => {}
                (letter, _) => self.field.push(letter),
            }
        }
        match self.quoted {
            Some(_) => None,
            None => self.end_record(),
        }
    }

    /// There are no more lines.
    pub(crate) fn end(self) -> Result<(), Unclosed> {
        self.quoted.map_or(Ok(()), |line| Err(Unclosed(line)))
    }

    fn end_field(&mut self) {
        self.fields.push(std::mem::take(&mut self.field));
    }

    /// The record that ends here, if there is anything in it.
    fn end_record(&mut self) -> Option<Record> {
        self.end_field();
        let (line, fields) = (self.began, std::mem::take(&mut self.fields));
        self.began = self.lines + 1;
        let said = fields.iter().any(|field| !field.is_empty());
        said.then_some(Record { line, fields })
    }
}

/// The records of a text, one at a time.
pub(super) struct Records<'a> {
    lines: SplitInclusive<'a, char>,
    parser: Option<Parser>,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            // Spreadsheets write a mark in front.
            lines: super::unmarked(text).split_inclusive('\n'),
            parser: Some(Parser::behind(0)),
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Unclosed>;

    fn next(&mut self) -> Option<Self::Item> {
        let parser = self.parser.as_mut()?;
        if let Some(record) = self.lines.find_map(|line| parser.line(line)) {
            return Some(Ok(record));
        }
        self.parser.take()?.end().err().map(Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Result<Vec<Record>, Unclosed> {
        Records::new(text).collect()
    }

    fn fields(text: &str) -> Vec<(usize, Vec<String>)> {
        let records = records(text).expect("quotes are closed");
        records
            .into_iter()
            .map(|record| (record.line, record.fields))
            .collect()
    }

    #[test]
    fn takes_lines_and_fields_apart() {
        let text = "\u{feff}a,b\r\n\r\n1,\"x, \"\"y\"\"\nz\"\n2,";
        let expected: [(usize, &[&str]); 3] = [
            (1, &["a", "b"]),
            (3, &["1", "x, \"y\"\nz"]),
            (5, &["2", ""]),
        ];
        let read = fields(text);
        assert_eq!(read.len(), expected.len());
        for ((line, fields), (at, texts)) in read.iter().zip(expected) {
            assert_eq!(*line, at);
            assert_eq!(fields, texts);
        }
    }

    #[test]
    fn a_quote_must_be_closed() {
        assert_eq!(records("a\n\"b\nc"), Err(Unclosed(2)));
    }
}
