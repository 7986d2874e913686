//! `scimlet import`: brings users and groups in.

mod input;
mod say;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use input::Input;

use super::place::Place;
use super::progress::Progress;
use super::whose::Whose;
use crate::hex::hex;
use crate::import::{Existing, Files, Format, Job, Mapping, Match, Options, Report, Source, Step};
use crate::local::Local;
use crate::plan::Copy;
use crate::world;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// JSON lines, a SCIM resource on each; or CSV, whose header has SCIM paths: userName,
    /// name.familyName, emails[type eq "work"].value; `-`: standard input; a URL: as `--from`
    #[arg(required_unless_present = "from", conflicts_with = "from")]
    file: Option<PathBuf>,
    /// Another server that speaks SCIM: all its users and groups. What the tenant has no attribute for is
    /// left out
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The `Authorization` header for it: `Bearer TOKEN`
    // As an argument, everybody on the machine could read it.
    #[arg(long, value_name = "VALUE")]
    #[arg(env = "SCIMLET_AUTHORIZATION", hide_env_values = true)]
    authorization: Option<String>,
    /// What a column is that is not called by its path; without PATH it is left out
    #[arg(long = "map", value_name = "COLUMN=PATH", value_parser = mapping)]
    mappings: Vec<Mapping>,
    /// What rows are that do not say it: the name of a resource type
    #[arg(long = "type", value_name = "TYPE", default_value = "User")]
    kind: String,
    /// What resources are known by that are there already [default: users by userName, groups by
    /// displayName, others by externalId]
    #[arg(long = "match", value_enum, value_name = "ATTRIBUTE")]
    matched: Option<Match>,
    /// What becomes of resources that are there already
    #[arg(long, value_enum, value_name = "WHAT", default_value = "update")]
    existing: Existing,
    /// Leave out what the tenant has no attribute for
    #[arg(long)]
    ignore_unknown: bool,
    /// Try all of it on a copy of the data, which is thrown away
    #[arg(long)]
    dry_run: bool,
    /// Where it is kept how far the import has come [default: FILE.import.json]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Where refused rows go, with the reasons [default: FILE.refused.jsonl or .csv]
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    #[command(flatten)]
    whose: Whose,
}

fn mapping(text: &str) -> Result<Mapping, String> {
    let (column, path) = text.split_once('=').ok_or("a mapping is `COLUMN=PATH`")?;
    let (column, path) = (column.to_owned(), path.trim().to_owned());
    Ok(Mapping { column, path })
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let input = Input::open(place, args)?;
    let source = Source::of(input.path());
    let source = source.with_context(|| format!("cannot read `{}`", input.name().display()))?;
    let report = if args.dry_run {
        let copy = copy(place, &args.whose.tenant)?;
        let files = args.files(&input, source.format, Some(copy.folder()));
        import(copy.local(), &source, &files, args, &input)?
    } else {
        let local = args.whose.client(place)?;
        let files = args.files(&input, source.format, None);
        import(&local, &source, &files, args, &input)?
    };
    input.forget()?;
    say::report(&report, input.totals(), args)?;
    match report.counts.refused {
        0 => Ok(()),
        refused => {
            let rows = report.rows;
            let path = report.refused_file.unwrap_or_default();
            let what = if refused == 1 { "row was" } else { "rows were" };
            bail!("{refused} {what} refused, of {rows}; correct `{path}` and import it")
        }
    }
}

fn import(
    local: &Local,
    source: &Source,
    files: &Files,
    args: &Args,
    input: &Input,
) -> anyhow::Result<Report> {
    let mut progress = Progress::new(None);
    let job = Job {
        local,
        tenant: &args.whose.tenant,
        source,
        options: &args.options(),
        files,
        name: hex(&world::random::<8>()?),
    };
    let report = job.run(&mut |step| match step {
        Step::Begin { rows, done } => {
            progress.begin(rows);
            progress.advance(done);
        }
        Step::Advance(rows) => progress.advance(rows),
    });
    report.with_context(|| format!("`{}`", input.name().display()))
}

fn copy(place: &Place, tenant: &str) -> anyhow::Result<Copy> {
    if place.open()?.registry().tenant(tenant)?.is_none() {
        bail!("there is no tenant `{tenant}`");
    }
    let mut progress = Progress::new(None);
    let mut told = |copied: scimlet_store_sqlite::Copied| {
        progress.expect(copied.total);
        progress.advance(copied.done.saturating_sub(progress.done()));
    };
    let (file, folder) = (place.file()?, place.folder()?);
    let copy = Copy::new(&file, &folder, place.runtime()?, tenant, &mut told);
    copy.context("cannot copy the data")
}

impl Args {
    /// Another server, however it is named.
    fn from(&self) -> Option<&str> {
        let file = self.file.as_deref().and_then(Path::to_str);
        let is_url = |text: &&str| text.starts_with("https://") || text.starts_with("http://");
        self.from.as_deref().or(file.filter(is_url))
    }

    fn options(&self) -> Options {
        Options {
            kind: self.kind.clone(),
            mappings: self.mappings.clone(),
            matched: self.matched,
            existing: self.existing,
            ignore_unknown: self.ignore_unknown || self.from().is_some(),
        }
    }

    /// Beside the file; what is not to stay is in `scratch`.
    fn files(&self, input: &Input, format: Format, scratch: Option<&Path>) -> Files {
        // What a trial refuses must not take the place of what was refused in earnest.
        let suffix = match (format, self.dry_run) {
            (Format::JsonLines, false) => ".refused.jsonl",
            (Format::Csv, false) => ".refused.csv",
            (Format::JsonLines, true) => ".dry-run.refused.jsonl",
            (Format::Csv, true) => ".dry-run.refused.csv",
        };
        let state = self.state.clone();
        let state = state.unwrap_or_else(|| with_suffix(input.path(), ".import.json"));
        let refused = self.refused.clone();
        let refused = refused.unwrap_or_else(|| with_suffix(input.name(), suffix));
        let scratch = scratch.or(input.scratch());
        let links = scratch.map(|folder| folder.join("links"));
        Files {
            links: links.unwrap_or_else(|| with_suffix(&state, ".links")),
            state: scratch.is_none().then_some(state),
            refused,
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
