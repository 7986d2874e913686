//! Which events an endpoint wants.

use serde::Deserialize;

use crate::{Endpoint, Envelope};

/// A pattern that selects nothing, or not what was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFilter {
    /// Not a topic, and not the beginning of one.
    #[error("`{0}` selects no event: write a topic (`prov.delete`), a family (`license.*`) or `*`")]
    Events(String),
    /// Neither a kind nor a resource.
    #[error("`{0}` selects no resource: write a kind (`User`) or a resource (`/Users/42`)")]
    Resources(String),
}

/// Checks patterns of topics, as an endpoint has them.
///
/// # Errors
/// [`BadFilter::Events`].
pub fn check_events(patterns: &[String]) -> Result<(), BadFilter> {
    let word = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !part.is_empty() && part.bytes().all(known)
    };
    let good = |pattern: &str| {
        let named = pattern.strip_suffix(".*").unwrap_or(pattern);
        pattern == "*" || named.split('.').all(word)
    };
    match patterns.iter().find(|pattern| !good(pattern)) {
        Some(bad) => Err(BadFilter::Events(bad.clone())),
        None => Ok(()),
    }
}

/// Checks filters of resources, as an endpoint has them.
///
/// # Errors
/// [`BadFilter::Resources`].
pub fn check_resources(filters: &[String]) -> Result<(), BadFilter> {
    let good = |filter: &str| match filter.strip_prefix('/') {
        Some(path) => path.split('/').count() >= 2 && path.split('/').all(|part| !part.is_empty()),
        None => !filter.is_empty() && filter.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    match filters.iter().find(|filter| !good(filter)) {
        Some(bad) => Err(BadFilter::Resources(bad.clone())),
        None => Ok(()),
    }
}

/// Whether one of these patterns selects a topic; no pattern selects all.
#[must_use]
pub fn selects(patterns: &[String], topic: &str) -> bool {
    let one = |pattern: &String| match pattern.strip_suffix('*') {
        Some(family) => topic.starts_with(family),
        None => pattern == topic,
    };
    patterns.is_empty() || patterns.iter().any(one)
}

/// Whether an endpoint wants an event.
#[must_use]
pub fn wants(endpoint: &Endpoint, event: &Envelope) -> bool {
    selects(&endpoint.events, &event.topic) && is_about(&endpoint.resources, event)
}

fn is_about(filters: &[String], event: &Envelope) -> bool {
    #[derive(Deserialize)]
    struct Subject {
        uri: Option<String>,
    }
    if filters.is_empty() || filters.contains(&event.subject.kind) {
        return true;
    }
    let subject: Option<Subject> = serde_json::from_str(event.sub_id.get()).ok();
    let uri = subject.and_then(|subject| subject.uri);
    uri.is_some_and(|uri| filters.contains(&uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(patterns: &[&str]) -> Vec<String> {
        patterns.iter().map(|&pattern| pattern.to_owned()).collect()
    }

    #[test]
    fn a_family_is_selected_and_no_other() {
        let license = list(&["license.*"]);
        assert!(selects(&license, "license.granted"));
        assert!(!selects(&license, "licenses.granted"));
        assert!(!selects(&license, "prov.create"));
        assert!(selects(&list(&["prov.put", "prov.patch"]), "prov.patch"));
        assert!(!selects(&list(&["prov.put"]), "prov.putting"));
    }

    #[test]
    fn no_pattern_and_a_star_select_all() {
        assert!(selects(&[], "prov.create"));
        assert!(selects(&list(&["*"]), "prov.create"));
    }

    #[test]
    fn patterns_that_select_nothing_are_refused() {
        for bad in ["", ".", "license.", "lic*", "a b", "*.*", ".granted"] {
            assert!(check_events(&list(&[bad])).is_err(), "{bad}");
        }
        assert_eq!(
            check_events(&list(&["*", "a.b", "a.*", "prov.x-y"])),
            Ok(())
        );
        for bad in ["", "/", "/Users", "/Users/", "//1", "User s"] {
            assert!(check_resources(&list(&[bad])).is_err(), "{bad}");
        }
        assert_eq!(check_resources(&list(&["User", "/Users/4-2"])), Ok(()));
    }
}
