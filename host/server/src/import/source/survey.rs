//! The first look at a file: whether all of it can be read, how many rows there are, and what it is
//! known by.

use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Format, Lines, Source};
use crate::hex::hex;
use crate::roster::csv::Parser;

/// What a file is known by: an import goes on with the same one only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    bytes: u64,
    sha256: String,
}

/// What the first look says.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) fingerprint: Fingerprint,
    /// Rows, the header of a sheet not among them.
    pub(crate) rows: u64,
}

/// Looks at all of a file.
///
/// # Errors
/// What is wrong with the file as a whole, and where: bytes that are no UTF-8, a quote that is never
/// closed.
pub(crate) fn survey(source: &Source) -> io::Result<Survey> {
    let mut lines = Lines::open(&source.path)?;
    let mut parser = Parser::behind(0);
    let (mut digest, mut rows) = (Sha256::new(), 0);
    while let Some(line) = lines.next()? {
        digest.update(line.as_bytes());
        rows += u64::from(match source.format {
            Format::JsonLines => !line.trim().is_empty(),
            Format::Csv => parser.line(&line).is_some(),
        });
    }
    parser.end().map_err(|unclosed| {
        let text = format!("line {}: a quote is opened and never closed", unclosed.0);
        io::Error::new(io::ErrorKind::InvalidData, text)
    })?;
    let header = u64::from(source.format == Format::Csv);
    Ok(Survey {
        fingerprint: Fingerprint {
            bytes: lines.place.offset,
            sha256: hex(&digest.finalize()),
        },
        rows: rows.saturating_sub(header),
    })
}
