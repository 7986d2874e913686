//! `scimlet import`: brings users and groups in.

mod say;

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

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
    /// name.familyName, emails[type eq "work"].value; `-`: standard input
    file: PathBuf,
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
    let input = Input::open(&args.file)?;
    let source = Source::of(input.path())
        .with_context(|| format!("cannot read `{}`", args.file.display()))?;
    let report = if args.dry_run {
        let copy = copy(place, &args.whose.tenant)?;
        let files = args.files(&input, source.format, Some(copy.folder()));
        import(copy.local(), &source, &files, args)?
    } else {
        let local = args.whose.client(place)?;
        let files = args.files(&input, source.format, None);
        import(&local, &source, &files, args)?
    };
    say::report(&report, args)?;
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

fn import(local: &Local, source: &Source, files: &Files, args: &Args) -> anyhow::Result<Report> {
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
    report.with_context(|| format!("`{}`", args.file.display()))
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
    fn options(&self) -> Options {
        Options {
            kind: self.kind.clone(),
            mappings: self.mappings.clone(),
            matched: self.matched,
            existing: self.existing,
            ignore_unknown: self.ignore_unknown,
        }
    }

    /// Beside the file; what is not to stay is in `scratch`.
    fn files(&self, input: &Input, format: Format, scratch: Option<&Path>) -> Files {
        let suffix = match format {
            Format::JsonLines => ".refused.jsonl",
            Format::Csv => ".refused.csv",
        };
        let state = self.state.clone();
        let state = state.unwrap_or_else(|| with_suffix(&self.file, ".import.json"));
        let refused = self.refused.clone();
        let refused = refused.unwrap_or_else(|| with_suffix(&input.name(), suffix));
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

/// What is read.
enum Input {
    File(PathBuf),
    /// What came by standard input, in a folder that goes with it. Nobody can send it again from the
    /// middle, so how far it has come is not remembered.
    Spool(PathBuf, TempDir),
}

impl Input {
    fn open(path: &Path) -> anyhow::Result<Self> {
        if path != Path::new("-") {
            return Ok(Self::File(path.to_owned()));
        }
        let folder = tempfile::tempdir().context("there is no place for what is read")?;
        let spool = folder.path().join("input");
        let mut file = std::fs::File::create(&spool)?;
        io::copy(&mut io::stdin().lock(), &mut file).context("cannot read standard input")?;
        Ok(Self::Spool(spool, folder))
    }

    fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Spool(path, _) => path,
        }
    }

    /// What files beside it are called by.
    fn name(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Spool(..) => "import".into(),
        }
    }

    fn scratch(&self) -> Option<&Path> {
        match self {
            Self::File(_) => None,
            Self::Spool(_, folder) => Some(folder.path()),
        }
    }
}
