//! CSV (RFC 4180): records of fields, with the line that each begins at.
//!
//! Our own, because the `csv` crate takes a quote that is never closed for one that is closed at the
//! end: the rest of a file that was cut off, or of one with a stray quote, becomes part of a field,
//! and everybody in it would count as gone.

use std::iter::Peekable;
use std::str::Chars;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// From 1.
    pub(super) line: usize,
    pub(super) fields: Vec<String>,
}

/// A quote that is never closed, at this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unclosed(pub(super) usize);

/// The records of a text, one at a time. Lines with nothing in them are no records.
pub(super) struct Records<'a> {
    letters: Peekable<Chars<'a>>,
    line: usize,
    /// Where the record began.
    began: usize,
    field: String,
    /// Within quotes that were opened at this line.
    quoted: Option<usize>,
    fields: Vec<String>,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            // Spreadsheets write a mark in front.
            letters: text.trim_start_matches('\u{feff}').chars().peekable(),
            line: 1,
            began: 1,
            field: String::new(),
            quoted: None,
            fields: Vec::new(),
        }
    }

    /// Takes one letter. True at the end of a line that ends a record.
    fn take(&mut self, letter: char) -> bool {
        match (letter, self.quoted) {
            ('"', Some(_)) if self.letters.peek() == Some(&'"') => {
                self.letters.next();
                self.field.push('"');
            }
            ('"', Some(_)) => self.quoted = None,
            ('"', None) if self.field.is_empty() => self.quoted = Some(self.line),
            (',', None) => self.end_field(),
            ('\r', None) if self.letters.peek() == Some(&'\n') => {}
            ('\n', None) => return true,
            (letter, _) => self.push(letter),
        }
        false
    }

    fn push(&mut self, letter: char) {
        if letter == '\n' {
            self.line += 1;
        }
        self.field.push(letter);
    }

    fn end_field(&mut self) {
        self.fields.push(std::mem::take(&mut self.field));
    }

    /// The record that ends here, if there is anything in it.
    fn end_record(&mut self) -> Option<Record> {
        self.end_field();
        let (line, fields) = (self.began, std::mem::take(&mut self.fields));
        self.line += 1;
        self.began = self.line;
        let said = fields.iter().any(|field| !field.is_empty());
        said.then_some(Record { line, fields })
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Unclosed>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(letter) = self.letters.next() {
            if self.take(letter)
                && let Some(record) = self.end_record()
            {
                return Some(Ok(record));
            }
        }
        match self.quoted.take() {
            Some(line) => {
                (self.field, self.fields) = (String::new(), Vec::new());
                Some(Err(Unclosed(line)))
            }
            None => self.end_record().map(Ok),
        }
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
