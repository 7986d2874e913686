//! The query of the feed.

use scimlet_events::Form;
use scimlet_events::filter::check_events;

use super::answer::Stop;
use super::wait::LONGEST;
use crate::http::pairs::each;

/// Events of one page, if nobody says how many.
const USUAL: usize = 100;
/// And at most.
const MOST: usize = 1000;

/// What a reader asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) after: u64,
    pub(super) count: usize,
    /// How many seconds to wait if there is nothing.
    pub(super) wait: u64,
    /// Patterns of topics; none: all.
    pub(super) types: Vec<String>,
    pub(super) form: Form,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            after: 0,
            count: USUAL,
            wait: 0,
            types: Vec::new(),
            form: Form::Notice,
        }
    }
}

impl Query {
    /// Reads the part of a URL behind the `?`.
    pub(super) fn read(text: Option<&str>) -> Result<Self, Stop> {
        let mut query = Self::default();
        each(text.unwrap_or_default(), |name, value| {
            query.take(name, value)
        })?;
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        match name {
            "after" => self.after = number(name, value, 0..=u64::MAX)?,
            "count" => {
                let count = number(name, value, 1..=MOST as u64)?;
                self.count = usize::try_from(count).unwrap_or(MOST);
            }
            "wait" => self.wait = number(name, value, 0..=LONGEST)?,
            "types" => self.types = types(value)?,
            "form" => {
                self.form = match value {
                    "notice" => Form::Notice,
                    "full" => Form::Full,
                    _ => return Err(Stop::bad("`form` is `notice` or `full`")),
                }
            }
            _ => {
                return Err(Stop::bad(format!(
                    "`{name}` is unknown here; there are `after`, `count`, `wait`, `types`, `form`"
                )));
            }
        }
        Ok(())
    }
}

fn number(name: &str, value: &str, range: std::ops::RangeInclusive<u64>) -> Result<u64, Stop> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value
        .parse()
        .ok()
        .filter(|number| plain && range.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        Stop::bad(format!("`{name}` is a number from {least} to {most}"))
    })
}

/// `license.*,prov.delete`
fn types(value: &str) -> Result<Vec<String>, Stop> {
    let types: Vec<_> = value.split(',').map(str::to_owned).collect();
    match check_events(&types) {
        Ok(()) => Ok(types),
        Err(error) => Err(Stop::bad(format!("`types`: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_knows_what_is_usual() {
        assert_eq!(Query::read(None).ok(), Some(Query::default()));
        let query = Query::read(Some(
            "after=7&count=1000&wait=55&types=license.%2A,prov.put&form=full",
        ));
        let wanted = Query {
            after: 7,
            count: 1000,
            wait: 55,
            types: vec!["license.*".to_owned(), "prov.put".to_owned()],
            form: Form::Full,
        };
        assert_eq!(query.ok(), Some(wanted));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for query in [
            "before=1",
            "After=1",
            "after",
            "after=",
            "after=-1",
            "after=+1",
            "after=1.0",
            "after=18446744073709551616",
            "after=1&after=2",
            "count=0",
            "count=1001",
            "wait=56",
            "types=",
            "types=license.",
            "types=lic*",
            "types=license.*,",
            "types=%ff",
            "form=all",
        ] {
            assert!(Query::read(Some(query)).is_err(), "{query}");
        }
    }
}
