//! The query of what the host answers itself. Strict: who asks for something that is not there would believe
//! that it is.

use percent_encoding::percent_decode_str;

use super::events::answer::Stop;

/// Gives each pair of a query to `take`, decoded; one that is there twice is refused.
pub(super) fn each(
    text: &str,
    mut take: impl FnMut(&str, &str) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut known = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| Stop::bad(format!("`{name}` is not UTF-8")))?;
        if known.contains(&name) {
            return Err(Stop::bad(format!("`{name}` is there twice")));
        }
        known.push(name);
        take(name, &value)?;
    }
    Ok(())
}
