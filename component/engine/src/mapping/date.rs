//! A moment as the platform writes it: `YYYY-MM-DD`, `DD.MM.YYYY hh:mm`. Always UTC.

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use crate::scim::time;

/// The parts that a pattern may have: how they are written, and how many digits they take.
const PARTS: [(&str, Part); 6] = [
    ("YYYY", Part::Year),
    ("MM", Part::Month),
    ("DD", Part::Day),
    ("hh", Part::Hour),
    ("mm", Part::Minute),
    ("ss", Part::Second),
];

/// Longer than any sensible pattern.
const MAX_PATTERN: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Part(Part),
    Literal(char),
}

/// How a date is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    pieces: Vec<Piece>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it: a letter that stands for nothing, a part twice, no whole date.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = || PARTS.map(|(name, _)| name).join(", ");
        if text.len() > MAX_PATTERN {
            return Err(format!("a date pattern has {MAX_PATTERN} bytes at most"));
        }
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some(first) = rest.chars().next() {
            let part = PARTS.iter().find(|(name, _)| rest.starts_with(name));
            let (piece, length) = match part {
                Some((name, part)) if pieces.contains(&Piece::Part(*part)) => {
                    return Err(format!("`{name}` stands in the pattern twice"));
                }
                Some((name, part)) => (Piece::Part(*part), name.len()),
                None if first.is_alphanumeric() && !matches!(first, 'T' | 'Z') => {
                    return Err(format!("`{first}` is no part of a date: use {}", known()));
                }
                None => (Piece::Literal(first), first.len_utf8()),
            };
            pieces.push(piece);
            rest = rest.get(length..).unwrap_or_default();
        }
        for part in [Part::Year, Part::Month, Part::Day] {
            if !pieces.contains(&Piece::Part(part)) {
                return Err("a date pattern has YYYY, MM and DD in it".to_owned());
            }
        }
        let text = text.to_owned();
        Ok(Self { text, pieces })
    }

    /// As the settings have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A dateTime in this pattern; none for what is no dateTime.
    #[must_use]
    pub fn write(&self, moment: &str) -> Option<String> {
        let civil = TimeZone::UTC.to_datetime(time::instant(moment)?);
        let piece = |piece: &Piece| match piece {
            Piece::Literal(letter) => letter.to_string(),
            Piece::Part(Part::Year) => format!("{:04}", civil.year()),
            Piece::Part(Part::Month) => format!("{:02}", civil.month()),
            Piece::Part(Part::Day) => format!("{:02}", civil.day()),
            Piece::Part(Part::Hour) => format!("{:02}", civil.hour()),
            Piece::Part(Part::Minute) => format!("{:02}", civil.minute()),
            Piece::Part(Part::Second) => format!("{:02}", civil.second()),
        };
        Some(self.pieces.iter().map(piece).collect())
    }

    /// The dateTime that a text in this pattern means; none for any other text.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<String> {
        let mut rest = text;
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(letter) => rest = rest.strip_prefix(*letter)?,
                Piece::Part(Part::Year) => year = digits(&mut rest, 4)?,
                Piece::Part(Part::Month) => month = digits(&mut rest, 2)?,
                Piece::Part(Part::Day) => day = digits(&mut rest, 2)?,
                Piece::Part(Part::Hour) => hour = digits(&mut rest, 2)?,
                Piece::Part(Part::Minute) => minute = digits(&mut rest, 2)?,
                Piece::Part(Part::Second) => second = digits(&mut rest, 2)?,
            }
        }
        let small = |number: i16| i8::try_from(number).ok();
        let civil = DateTime::new(
            year,
            small(month)?,
            small(day)?,
            small(hour)?,
            small(minute)?,
            small(second)?,
            0,
        );
        let is_over = !rest.is_empty();
        let civil = civil.ok().filter(|_| !is_over)?;
        // Before that no dateTime has four digits of a year.
        let is_known = civil.date() >= date(1, 1, 1);
        is_known.then(|| format!("{civil:.0}Z"))
    }
}

/// So many digits, as a number.
fn digits(rest: &mut &str, count: usize) -> Option<i16> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    let is_number = head.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| head.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_goes_there_and_back() {
        for (pattern, moment, written) in [
            ("YYYY-MM-DD", "2026-02-28T00:00:00Z", "2026-02-28"),
            ("DD.MM.YYYY", "0099-12-01T00:00:00Z", "01.12.0099"),
            (
                "YYYYMMDDThhmmssZ",
                "2026-02-28T13:05:09Z",
                "20260228T130509Z",
            ),
            (
                "MM/DD/YYYY hh:mm",
                "2026-02-28T13:05:00Z",
                "02/28/2026 13:05",
            ),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(pattern.write(moment).as_deref(), Some(written));
            assert_eq!(pattern.read(written).as_deref(), Some(moment));
        }
    }

    #[test]
    fn a_zone_is_reckoned_to_utc() {
        let pattern = Pattern::parse("YYYY-MM-DD").unwrap();
        let written = pattern.write("2026-03-01T01:00:00+02:00");
        assert_eq!(written.as_deref(), Some("2026-02-28"));
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        let pattern = Pattern::parse("YYYY-MM-DD").unwrap();
        for text in ["", "2026-02-30", "2026-2-03", "2026-02-03x", "+026-02-03"] {
            assert_eq!(pattern.read(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_is_a_whole_date_of_known_parts() {
        for text in [
            "",
            "YYYY",
            "YYYY-MM-DD MM",
            "YYYY-MM-DDxx",
            "YY-MM-DD",
            "yyyy-mm-dd",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
