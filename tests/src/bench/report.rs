//! What was found: tables for people, JSON for machines, and which targets were met.

use serde_json::{Value, json};

use super::stats::shown;

/// Rows of text under a title.
pub(super) struct Table {
    title: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(title: impl Into<String>, columns: &[&'static str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// A row: what it is about, and its numbers.
    pub(super) fn row(&mut self, what: impl Into<String>, numbers: &[f64]) {
        let cells = std::iter::once(what.into()).chain(numbers.iter().map(|n| shown(*n)));
        self.rows.push(cells.collect());
    }

    /// A row of words.
    pub(super) fn words(&mut self, words: &[&str]) {
        self.rows
            .push(words.iter().map(|word| (*word).to_owned()).collect());
    }

    /// As Markdown, which reads well in a terminal too.
    fn lines(&self) -> String {
        let width = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let head = self.columns[at].chars().count();
            cells
                .map(|cell| cell.chars().count())
                .fold(head, usize::max)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let cells = cells.zip(&widths).enumerate();
            let padded = cells.map(|(at, (cell, &width))| match at {
                0 => format!(" {cell:<width$} |"),
                _ => format!(" {cell:>width$} |"),
            });
            format!("|{}\n", padded.collect::<String>())
        };
        let mut out = format!("\n{}\n\n", self.title);
        out += &line(&mut self.columns.iter().copied());
        let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        out += &line(&mut rules.iter().map(String::as_str));
        for row in &self.rows {
            out += &line(&mut row.iter().map(String::as_str));
        }
        out
    }

    fn json(&self) -> Value {
        json!({ "title": self.title, "columns": self.columns, "rows": self.rows })
    }
}

/// On which side of its target a figure should be.
#[derive(Clone, Copy)]
pub(super) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// A number with a target.
struct Figure {
    name: String,
    value: f64,
    target: Target,
}

impl Figure {
    fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.value <= most,
            Target::AtLeast(least) => self.value >= least,
        }
    }

    fn bound(&self) -> String {
        match self.target {
            Target::AtMost(most) => format!("at most {most}"),
            Target::AtLeast(least) => format!("at least {least}"),
        }
    }
}

/// Everything found so far. Tables are printed as they come: on standard output, or, where that
/// is for the JSON, on standard error.
pub(super) struct Report {
    json: bool,
    tables: Vec<Table>,
    figures: Vec<Figure>,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            tables: Vec::new(),
            figures: Vec::new(),
        }
    }

    pub(super) fn table(&mut self, table: Table) {
        if self.json {
            eprint!("{}", table.lines());
        } else {
            print!("{}", table.lines());
        }
        self.tables.push(table);
    }

    pub(super) fn figure(&mut self, name: impl Into<String>, value: f64, target: Target) {
        self.figures.push(Figure {
            name: name.into(),
            value,
            target,
        });
    }

    /// Prints which targets were met, and the JSON if it is wanted.
    pub(super) fn finish(mut self) {
        let mut table = Table::new("Verdict", &["figure", "value", "target", "met"]);
        for figure in &self.figures {
            let met = if figure.is_met() { "yes" } else { "NO" };
            table.words(&[&figure.name, &shown(figure.value), &figure.bound(), met]);
        }
        self.table(table);
        if self.json {
            let tables: Vec<Value> = self.tables.iter().map(Table::json).collect();
            let figures = self.figures.iter().map(|figure| {
                json!({
                    "figure": figure.name,
                    "value": figure.value,
                    "target": figure.bound(),
                    "met": figure.is_met(),
                })
            });
            let figures: Vec<Value> = figures.collect();
            println!("{:#}", json!({ "tables": tables, "figures": figures }));
        }
    }
}
