//! Moments: as milliseconds from the host, as xsd:dateTime on the wire, as sortable text in the
//! index.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};

/// A moment as SCIM writes it: `2026-11-21T20:45:35.123Z`.
#[must_use]
pub fn stamp(milliseconds: u64) -> String {
    let moment = i64::try_from(milliseconds)
        .ok()
        .and_then(|value| Timestamp::from_millisecond(value).ok())
        .unwrap_or(Timestamp::MAX);
    format!("{moment:.3}")
}

/// The same for one step of many in a single request, told apart by microseconds: the order of the
/// steps is then the order of their moments. As text all of them stand before [`stamp`] of the same
/// millisecond, and behind that of the one before.
#[must_use]
pub fn stamp_step(milliseconds: u64, step: u16) -> String {
    let moment = stamp(milliseconds);
    format!("{}{step:03}Z", moment.trim_end_matches('Z'))
}

/// Reads an xsd:dateTime (RFC 7643 section 2.3.5): date and time, with or without a zone. Without
/// one it is taken as UTC. None for anything else, such as a date alone.
#[must_use]
pub fn instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, ""),
    };
    if !fits(date, "0000-00-00") || !is_clock(clock) || !is_zone(zone) {
        return None;
    }
    // The end of a day is the beginning of the next one (XML Schema part 2, section 3.2.7.1).
    if let Some(rest) = clock.strip_prefix("24:") {
        let nothing = rest.chars().all(|letter| "0:.".contains(letter));
        let midnight = instant(&format!("{date}T00:00:00{zone}"))?;
        let day = jiff::SignedDuration::from_hours(24);
        return nothing.then(|| midnight.checked_add(day).unwrap_or(Timestamp::MAX));
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.trim_end_matches('Z').parse::<DateTime>().ok()?;
        // "9999-12-31T23:59:59Z" is how many write "for ever"; it lies behind the last Timestamp.
        let zoned = civil.to_zoned(TimeZone::UTC);
        Some(zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp()))
    })
}

/// Whether a text has digits where the pattern has them, and is the pattern elsewhere.
fn fits(text: &str, pattern: &str) -> bool {
    let same = |(letter, place): (u8, u8)| match place {
        b'0' => letter.is_ascii_digit(),
        other => letter == other,
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(same)
}

/// `20:45:35`, `20:45:35.123`
fn is_clock(clock: &str) -> bool {
    match clock.split_once('.') {
        Some((whole, part)) => {
            let digits = part.bytes().all(|digit| digit.is_ascii_digit());
            fits(whole, "00:00:00") && !part.is_empty() && digits
        }
        None => fits(clock, "00:00:00"),
    }
}

/// None, `Z`, or up to fourteen hours before or after.
fn is_zone(zone: &str) -> bool {
    match zone.strip_prefix(['+', '-']) {
        Some(offset) => fits(offset, "00:00") && offset <= "14:00",
        None => zone.is_empty() || zone == "Z",
    }
}

/// Reads an ISO 8601 duration, as milliseconds: weeks, days (of 24 hours), hours, minutes, seconds.
/// None for anything else, such as months, which are of no fixed length, and for negative ones.
#[must_use]
pub fn duration(text: &str) -> Option<u64> {
    let span: Span = text.starts_with('P').then(|| text.parse().ok())??;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    u64::try_from(duration.as_millis()).ok()
}

/// Milliseconds as an ISO 8601 duration.
#[must_use]
pub fn duration_text(milliseconds: u64) -> String {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    match milliseconds {
        whole if whole > 0 && whole % DAY == 0 => format!("P{}D", whole / DAY),
        part => format!("PT{}S", part / 1000),
    }
}

/// The milliseconds of a moment as SCIM writes it; none for one before 1970.
#[must_use]
pub fn milliseconds(text: &str) -> Option<u64> {
    instant(text).and_then(|moment| u64::try_from(moment.as_millisecond()).ok())
}

/// A moment as text whose byte order is the order of time.
#[must_use]
pub fn sortable(moment: Timestamp) -> String {
    format!("{moment:.9}")
}
