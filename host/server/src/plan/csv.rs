//! CSV (RFC 4180): records of fields, with the line that each begins at.

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

/// Takes a text apart. Lines with nothing in them are no records.
pub(super) fn records(text: &str) -> Result<Vec<Record>, Unclosed> {
    let mut reader = Reader::default();
    // Spreadsheets write a mark in front.
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, reader.quoted) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                letters.next();
                reader.field.push('"');
            }
            ('"', Some(_)) => reader.quoted = None,
            ('"', None) if reader.field.is_empty() => reader.quoted = Some(reader.line),
            (',', None) => reader.end_field(),
            ('\r', None) if letters.peek() == Some(&'\n') => {}
            ('\n', None) => reader.end_record(),
            (letter, _) => reader.push(letter),
        }
    }
    reader.end_record();
    match reader.quoted {
        Some(line) => Err(Unclosed(line)),
        None => Ok(reader.records),
    }
}

struct Reader {
    line: usize,
    /// Where the record began.
    began: usize,
    field: String,
    /// Within quotes that were opened at this line.
    quoted: Option<usize>,
    fields: Vec<String>,
    records: Vec<Record>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            line: 1,
            began: 1,
            field: String::new(),
            quoted: None,
            fields: Vec::new(),
            records: Vec::new(),
        }
    }
}

impl Reader {
    fn push(&mut self, letter: char) {
        if letter == '\n' {
            self.line += 1;
        }
        self.field.push(letter);
    }

    fn end_field(&mut self) {
        self.fields.push(std::mem::take(&mut self.field));
    }

    fn end_record(&mut self) {
        self.end_field();
        let fields = std::mem::take(&mut self.fields);
        if fields.iter().any(|field| !field.is_empty()) {
            let line = self.began;
            self.records.push(Record { line, fields });
        }
        self.line += 1;
        self.began = self.line;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
