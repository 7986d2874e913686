//! Moments: as milliseconds from the host, as xsd:dateTime on the wire, as sortable text in the
//! index.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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
    if !text.contains(['T', 't']) {
        return None;
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.trim_end_matches(['Z', 'z']).parse::<DateTime>().ok()?;
        // "9999-12-31T23:59:59Z" is how many write "for ever"; it lies behind the last Timestamp.
        let zoned = civil.to_zoned(TimeZone::UTC);
        Some(zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp()))
    })
}

/// A moment as text whose byte order is the order of time.
#[must_use]
pub fn sortable(moment: Timestamp) -> String {
    format!("{moment:.9}")
}
