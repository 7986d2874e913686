//! Moments on the command line: a `dateTime` as it is, or a day, which is one of UTC.

use jiff::Timestamp;
use jiff::civil::Date;

/// The moment at which something begins: a day begins with its first moment.
pub(super) fn parse_from(text: &str) -> Result<String, String> {
    parse(text, Some)
}

/// The moment at which something ends: a day is meant to its end.
pub(super) fn parse_until(text: &str) -> Result<String, String> {
    parse(text, |day| day.tomorrow().ok())
}

fn parse(text: &str, begins: impl Fn(Date) -> Option<Date>) -> Result<String, String> {
    if text.contains('T') && text.parse::<Timestamp>().is_ok() {
        return Ok(text.to_owned());
    }
    let day = text.parse::<Date>().ok().filter(|_| !text.contains('T'));
    day.and_then(begins)
        .map(|day| format!("{day}T00:00:00Z"))
        .ok_or_else(|| "a day (2027-01-31) or a moment (2027-01-31T12:00:00Z) is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_as_a_whole() {
        let day = "2026-12-31";
        assert_eq!(parse_from(day).as_deref(), Ok("2026-12-31T00:00:00Z"));
        assert_eq!(parse_until(day).as_deref(), Ok("2027-01-01T00:00:00Z"));
    }

    #[test]
    fn a_moment_stays_as_it_is() {
        let moment = "2026-12-31T12:00:00+02:00";
        assert_eq!(parse_from(moment).as_deref(), Ok(moment));
        assert_eq!(parse_until(moment).as_deref(), Ok(moment));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-12-31T12:00:00",
            "31.12.2026",
        ] {
            assert!(parse_until(text).is_err(), "{text}");
        }
    }
}
