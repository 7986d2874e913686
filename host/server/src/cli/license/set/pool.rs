//! `--pool ID=SEATS[,FROM[,UNTIL[,GRACE]]]`: a lot of seats with a term of its own.

use crate::cli::days;
use crate::licenses::Pool;

/// One `--pool`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lot {
    pub(super) id: String,
    /// None: it is taken away.
    pub(super) pool: Option<Pool>,
}

/// Reads one. FROM and UNTIL may be empty.
pub(super) fn parse(text: &str) -> Result<Lot, String> {
    let shape =
        || "a pool is `ID=SEATS[,FROM[,UNTIL[,GRACE]]]`, or `ID=` to take it away".to_owned();
    let (id, terms) = text.split_once('=').ok_or_else(shape)?;
    if id.is_empty() {
        return Err(shape());
    }
    let pool = match terms {
        "" => None,
        terms => Some(parse_terms(terms)?.ok_or_else(shape)?),
    };
    Ok(Lot {
        id: id.to_owned(),
        pool,
    })
}

/// None if there is more than can be meant.
fn parse_terms(text: &str) -> Result<Option<Pool>, String> {
    let mut parts = text.split(',').map(str::trim);
    let seats = match parts.next().unwrap_or_default() {
        "unlimited" => None,
        number => Some(parse_seats(number)?),
    };
    let mut part = || parts.next().filter(|part| !part.is_empty());
    let (from, until, grace) = (part(), part(), part());
    let pool = Pool {
        seats,
        from: from.map(days::parse_from).transpose()?,
        until: until.map(days::parse_until).transpose()?,
        grace: grace.map(str::to_owned),
    };
    Ok(parts.next().is_none().then_some(pool))
}

fn parse_seats(text: &str) -> Result<u64, String> {
    let number = text.parse::<u32>().map(u64::from);
    number.map_err(|_| format!("`{text}` is no number of seats: a number or `unlimited` is needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(text: &str) -> Option<Pool> {
        parse(text).ok()?.pool
    }

    #[test]
    fn reads_as_much_as_is_said() {
        let five = Pool {
            seats: Some(5),
            ..Pool::default()
        };
        assert_eq!(pool("eu=5"), Some(five.clone()));
        assert_eq!(pool("eu=unlimited"), Some(Pool::default()));
        let until = Pool {
            until: Some("2027-02-01T00:00:00Z".to_owned()),
            grace: Some("P7D".to_owned()),
            ..five
        };
        assert_eq!(pool("eu=5,,2027-01-31,P7D"), Some(until));
    }

    #[test]
    fn an_empty_one_is_taken_away() {
        let (id, pool) = ("eu".to_owned(), None);
        assert_eq!(parse("eu="), Ok(Lot { id, pool }));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["eu", "=5", "eu=many", "eu=5,soon", "eu=5,,,P1D,x", "eu=-1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
