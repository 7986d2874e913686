//! What a command says: results on standard output, a refusal on standard error.

use std::io::{self, Write as _};

use comfy_table::{Table, presets};
use serde::Serialize;

/// Several reasons, one line each, that need no introduction.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(super) struct Reasons(pub(super) Vec<String>);

/// Writes to standard output, at once.
pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes one line of JSON.
pub(super) fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string(value)?;
    text.push('\n');
    Ok(say(&text)?)
}

/// Rows under a header, as wide as they need to be, with a line's end behind the last.
pub(super) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(header)
        .add_rows(rows);
    let lines = table.lines().map(|line| format!("{}\n", line.trim()));
    lines.collect()
}

/// Writes why nothing was done. When standard error is gone too, the status has to do.
pub(super) fn say_refusal(reason: &anyhow::Error) {
    let _ = writeln!(io::stderr().lock(), "{}", refusal(reason));
}

fn refusal(reason: &anyhow::Error) -> String {
    match reason.downcast_ref::<Reasons>() {
        Some(reasons) => reasons.to_string(),
        // The reasons behind the reason on the same line; no text of theirs may add a line.
        None => format!("scimlet: {reason:#}").replace(['\n', '\r'], " "),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn a_refusal_is_one_line_with_all_its_reasons() {
        let reason = anyhow!("first\nsecond").context("outer");
        assert_eq!(refusal(&reason), "scimlet: outer: first second");
    }

    #[test]
    fn several_reasons_are_a_line_each() {
        let reasons = Reasons(vec!["$.a: wrong".to_owned(), "$.b: wrong".to_owned()]);
        let reason = Err::<(), _>(reasons).context("outer").err();
        assert_eq!(
            reason.map(|r| refusal(&r)).as_deref(),
            Some("$.a: wrong\n$.b: wrong")
        );
    }
}
