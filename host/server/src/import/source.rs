//! The file: JSON lines of SCIM resources, or CSV with a header. Read once to the end before anything is
//! changed, then row by row from wherever an earlier run came to; never as a whole.

mod line;
mod sheet;
mod survey;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(super) use line::refused as refused_line;
pub(super) use sheet::{Columns, Sheet, refused as refused_fields};
pub(crate) use sheet::{Mapping, NoSheet};
pub(crate) use survey::{Fingerprint, survey};

/// Where the reason of a refused row stands, in the file that is written of them. It is passed over
/// where such a file is read again.
pub(super) const REASON: &str = "scimlet:refused";

/// The text of a line that is no JSON, in that file.
const LINE: &str = "scimlet:line";

/// Bytes of one line at most: a group of a few hundred thousand members.
const MAX_LINE: usize = 64 << 20;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    JsonLines,
    Csv,
}

/// A file of either format.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(super) path: PathBuf,
    pub(crate) format: Format,
}

/// How far a file has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// In bytes.
    offset: u64,
    /// Lines.
    line: usize,
    /// Rows.
    pub(super) row: u64,
}

/// What is in a row, or why that cannot be said.
pub(super) type Said = Result<Map<String, Value>, String>;

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// From 1.
    pub(super) number: u64,
    /// Where it begins, from 1.
    pub(super) line: usize,
    pub(super) said: Said,
    /// As it stands in the file.
    pub(super) raw: Raw,
}

/// A row as it stands in a file.
#[derive(Debug)]
pub(in crate::import) enum Raw {
    Line(String),
    Fields(Vec<String>),
}

/// The rows of a file, one at a time.
pub(super) struct Rows<'a> {
    lines: Lines,
    sheet: Option<&'a Sheet>,
    row: u64,
}

/// The lines of a file.
struct Lines {
    file: BufReader<File>,
    place: Place,
}

impl Raw {
    /// The same group with these members, where that can be said.
    pub(super) fn with_members(self, names: &[String]) -> Self {
        match self {
            Self::Line(text) => Self::Line(line::with_members(&text, names)),
            fields @ Self::Fields(_) => fields,
        }
    }
}

impl Source {
    /// What is in a file is said by its name, or else by how it begins.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let suffix = path.extension().and_then(|it| it.to_str());
        let format = match suffix.map(str::to_ascii_lowercase).as_deref() {
            Some("jsonl" | "ndjson" | "json") => Format::JsonLines,
            Some("csv") => Format::Csv,
            _ => begins_as(path)?,
        };
        let path = path.to_owned();
        Ok(Self { path, format })
    }

    /// The rows behind a place. A sheet's header says what its fields are.
    pub(super) fn rows<'a>(&self, sheet: Option<&'a Sheet>, after: Place) -> io::Result<Rows<'a>> {
        let lines = Lines::open(&self.path)?;
        let mut rows = Rows {
            lines,
            sheet,
            row: 0,
        };
        rows.seek(after)?;
        Ok(rows)
    }
}

fn begins_as(path: &Path) -> io::Result<Format> {
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next()? {
        if !line.trim().is_empty() {
            let is_json = line.trim_start().starts_with('{');
            return Ok(if is_json {
                Format::JsonLines
            } else {
                Format::Csv
            });
        }
    }
    Ok(Format::Csv)
}

impl Rows<'_> {
    /// The next one.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        match self.sheet {
            Some(sheet) => self.next_record(sheet),
            None => self.next_line(),
        }
    }

    /// Goes to what stands behind a place.
    pub(super) fn seek(&mut self, after: Place) -> io::Result<()> {
        self.row = after.row;
        // The header is no row.
        let header = self.sheet.filter(|_| after.row == 0);
        self.lines.seek(header.map_or(after, |sheet| sheet.begin))
    }

    /// What has been read.
    pub(super) fn place(&self) -> Place {
        Place {
            row: self.row,
            ..self.lines.place
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Row>> {
        while let Some(text) = self.lines.next()? {
            if text.trim().is_empty() {
                continue;
            }
            self.row += 1;
            let line = self.lines.place.line;
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            return Ok(Some(line::row(self.row, line, text)));
        }
        Ok(None)
    }

    fn next_record(&mut self, sheet: &Sheet) -> io::Result<Option<Row>> {
        let Some(record) = self.lines.next_record()? else {
            return Ok(None);
        };
        self.row += 1;
        Ok(Some(sheet.row(self.row, record)))
    }
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        let file = BufReader::new(File::open(path)?);
        let place = Place::default();
        Ok(Self { file, place })
    }

    fn seek(&mut self, place: Place) -> io::Result<()> {
        self.place = place;
        self.file.seek(SeekFrom::Start(place.offset))?;
        Ok(())
    }

    /// The next line with its end, without the mark that some write in front of the first.
    fn next(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        let limit = MAX_LINE as u64 + 1;
        let read = io::Read::take(&mut self.file, limit).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.place.line += 1;
        let first = self.place.offset == 0;
        self.place.offset += read as u64;
        let wrong = |what: &str| {
            let line = self.place.line;
            let text = format!("line {line} {what}");
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        if read > MAX_LINE {
            return Err(wrong(&format!("is longer than {MAX_LINE} bytes")));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| wrong("is not UTF-8; save the file in that encoding"))?;
        let text = if first {
            crate::roster::unmarked(&text).to_owned()
        } else {
            text
        };
        Ok(Some(text))
    }
}
