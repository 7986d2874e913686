//! Between the port's words and SQLite's.

use rusqlite::ErrorCode;
use scimlet_store::{Failure, Key, Policy, Scheme};

/// What a failed statement means to whoever asked.
#[expect(
    clippy::needless_pass_by_value,
    reason = "written to be named in `map_err`"
)]
pub(crate) fn failure(error: rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
        // Another process held the file longer than we wait.
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::Timeout,
        Some(ErrorCode::TooBig) => Failure::TooLarge(format!("sqlite: {error}")),
        Some(ErrorCode::CannotOpen) => Failure::Unavailable(format!("sqlite: {error}")),
        _ => Failure::Other(format!("sqlite: {error}")),
    }
}

/// A number as SQLite keeps it; the largest one where it is larger than that, which no stored
/// number ever is.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that was stored by [`integer`].
pub(crate) fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or_default()
}

/// A document's name from two columns, the first at `column`.
pub(crate) fn key(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Key> {
    Ok(Key {
        kind: row.get(column)?,
        id: row.get(column + 1)?,
    })
}

/// A scheme as it is stored.
pub(crate) fn scheme_text(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Bearer => "bearer",
        Scheme::Basic => "basic",
    }
}

/// A scheme from how it is stored.
pub(crate) fn scheme(text: &str) -> Result<Scheme, Failure> {
    match text {
        "bearer" => Ok(Scheme::Bearer),
        "basic" => Ok(Scheme::Basic),
        other => Err(Failure::Other(format!(
            "a credential has the unknown scheme `{other}`"
        ))),
    }
}

/// How hooks are stored.
pub(crate) fn hooks_text(hooks: &[String]) -> String {
    hooks.join(",")
}

/// A policy from five columns, the first at `column`; none where there is none to join.
pub(crate) fn policy(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Policy>> {
    let Some(digest) = row.get(column)? else {
        return Ok(None);
    };
    let hooks: String = row.get(column + 3)?;
    let named = hooks.split(',').filter(|hook| !hook.is_empty());
    Ok(Some(Policy {
        digest,
        name: row.get(column + 1)?,
        version: row.get(column + 2)?,
        hooks: named.map(str::to_owned).collect(),
        bytes: number(row.get(column + 4)?),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_comes_back_from_its_text() {
        for known in [Scheme::Bearer, Scheme::Basic] {
            assert_eq!(scheme(scheme_text(known)), Ok(known));
        }
        assert!(scheme("digest").is_err());
    }
}
