//! What a command says: results on standard output, a refusal on standard error.

use std::io::{self, BufWriter, StdoutLock, Write};

use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::Value;

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
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// `{"NAME":[...]}` on one line, written as the elements come: however many there are, none is kept.
///
/// Nothing is written before the first element or the end, so that a refusal stands alone. What fails
/// later leaves JSON that is not closed, besides the reason and the status.
pub(super) struct JsonList<W: Write> {
    out: W,
    name: &'static str,
    written: u64,
}

impl JsonList<BufWriter<StdoutLock<'static>>> {
    /// On standard output.
    pub(super) fn said(name: &'static str) -> Self {
        Self::new(BufWriter::new(io::stdout().lock()), name)
    }
}

impl<W: Write> JsonList<W> {
    fn new(out: W, name: &'static str) -> Self {
        let written = 0;
        Self { out, name, written }
    }

    /// One more.
    pub(super) fn push(&mut self, element: &impl Serialize) -> anyhow::Result<()> {
        self.separate()?;
        serde_json::to_writer(&mut self.out, element)?;
        self.written += 1;
        Ok(())
    }

    /// How many there are.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// That was all of them. What else is to be said follows the list.
    pub(super) fn end(mut self, more: &[(&str, Value)]) -> anyhow::Result<()> {
        if self.written == 0 {
            self.separate()?;
        }
        self.out.write_all(b"]")?;
        for (name, value) in more {
            write!(self.out, ",{}:{value}", Value::from(*name))?;
        }
        self.out.write_all(b"}\n")?;
        Ok(self.out.flush()?)
    }

    fn separate(&mut self) -> io::Result<()> {
        match self.written {
            0 => write!(self.out, "{{{}:[", Value::from(self.name)),
            _ => self.out.write_all(b","),
        }
    }
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
    fn a_list_is_the_same_as_if_it_had_been_kept() {
        for count in 0..3 {
            let (mut out, elements) = (Vec::new(), (0..count).collect::<Vec<_>>());
            let mut list = JsonList::new(&mut out, "held");
            for element in &elements {
                list.push(element).expect("there is room");
            }
            let total = Value::from(list.written());
            list.end(&[("total", total)]).expect("there is room");
            let expected = serde_json::json!({ "held": elements, "total": count });
            assert_eq!(String::from_utf8_lossy(&out), format!("{expected}\n"));
        }
    }

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
