//! How fast it is: `scimlet-bench [--quick] [--json] [--component FILE] [--policy FILE]... [SECTION...]`;
//! `BENCHMARKS.md` says what the figures mean. With `--component`, what runs in this process is
//! another build of the component; servers carry their own still. The section `policy` measures the
//! policies that `--policy` names.
//!
//! Every section is bounded in time, speaks over loopback only, and ends what it started. Where a
//! figure is a ratio, both of its sides are measured in turns, in one run, so that whatever else
//! the machine does falls on both.
//!
//! Words: the *twins* are the native engine and the component, each over a store of its own with
//! the same content. A *figure* is a number with a target. *Posts* are requests that create a
//! user, and the rows that they commit.

mod client;
mod load;
mod served;

mod component;
mod posts;
mod recorder;
mod requests;
mod stopwatch;

mod bulk;
mod engine;
mod events;
mod events_receiver;
mod http;
mod http_bare;
mod import;
mod instance;
mod million;
mod policy;
mod scale;
mod scale_groups;
mod seats;

mod machine;
mod report;
mod stats;

use std::process::ExitCode;

use report::Report;

/// A section: its name, and what runs it.
type Section = (&'static str, fn(Effort, &mut Report));

/// All sections, in the order in which they run.
const SECTIONS: [Section; 10] = [
    ("engine", engine::run),
    ("instance", instance::run),
    ("http", http::run),
    ("scale", scale::run),
    ("bulk", bulk::run),
    ("million", million::run),
    ("seats", seats::run),
    ("policy", policy::run),
    ("events", events::run),
    ("import", import::run),
];

/// How long a section may take.
#[derive(Clone, Copy, Debug)]
struct Effort {
    quick: bool,
}

impl Effort {
    /// One of two amounts.
    fn pick<T>(self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// What is asked for on the command line.
struct Options {
    effort: Effort,
    json: bool,
    sections: Vec<String>,
}

/// Runs the program: 0 when it could measure, whatever the figures; 2 on wrong usage.
pub fn main() -> ExitCode {
    match options() {
        Ok(options) => {
            measure(&options);
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            let names: Vec<_> = SECTIONS.iter().map(|(name, _)| *name).collect();
            let names = names.join("|");
            let usage = "scimlet-bench [--quick] [--json] [--component FILE] [--policy FILE]...";
            eprintln!("{wrong}\nusage: {usage} [{names}]...");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        effort: Effort { quick: false },
        json: false,
        sections: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--component" => {
                let file = words.next().ok_or("`--component` needs a file")?;
                component::choose(file.as_ref());
            }
            "--policy" => {
                let file = words.next().ok_or("`--policy` needs a file")?;
                policy::choose(file.as_ref());
            }
            "--quick" => options.effort.quick = true,
            "--json" => options.json = true,
            name if SECTIONS.iter().any(|(known, _)| *known == name) => options.sections.push(word),
            _ => return Err(format!("`{word}` is neither an option nor a section")),
        }
    }
    Ok(options)
}

fn measure(options: &Options) {
    let mut report = Report::new(options.json);
    report.table(machine::table());
    for (name, run) in SECTIONS {
        let wanted = &options.sections;
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run(options.effort, &mut report);
        }
    }
    report.finish();
}
