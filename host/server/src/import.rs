//! An import: the resources of a file become resources of a tenant.
//!
//! The rows go to the component as bulks of some hundred operations, as any client would send them. The
//! file is walked through up to three times: for all but groups, for groups, and for what refers to
//! others (members, managers). After each chunk it is written down how far it came, and a chunk that was
//! done before a crash is answered as it was then, and not done again (`Idempotency-Key`).
//!
//! Words: a *row* is a line of JSON, or a record of a sheet. A *chunk* is rows that are carried out
//! together. *Ties* are a row's references to others.

mod chunk;
mod column;
pub(crate) mod fetch;
mod find;
mod links;
mod options;
mod refused;
mod report;
mod row;
mod send;
mod source;
mod state;
mod ties;
pub(crate) mod types;
mod walk;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use options::{Existing, Match, Options};
pub(crate) use report::{Reason, Report};
pub(crate) use source::{Format, Mapping, Source};

use crate::local::{Local, LocalError};
use crate::world;
use links::Links;
use refused::RefusedFile;
use row::Reader;
use send::Sender;
use source::{Columns, NoSheet, Place, Sheet, survey};
use state::{Identity, NoState, Phase, State};
use types::{Type, Types};
use walk::Walk;

/// The attribute by which a user names another one (RFC 7643 section 4.3).
const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

/// An import ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The file cannot be read, or what is written beside it cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The header is not understood.
    #[error(transparent)]
    Sheet(#[from] NoSheet),
    /// It is not known how far an earlier run has come.
    #[error(transparent)]
    State(#[from] NoState),
    /// There is no such type.
    #[error("the tenant has no resource type `{0}`; it has {1}")]
    NoType(String, String),
    /// Columns are spoken of where there are none.
    #[error("`--map` is for CSV; JSON lines name their attributes themselves")]
    NoColumns,
    /// The refused rows would be written over what is read.
    #[error("`{}` is what is read; `--refused` names another file", .0.display())]
    Itself(PathBuf),
    /// Somebody else is at it.
    #[error("`{}` is in use by another import of the same file", .0.display())]
    Taken(PathBuf),
    /// The component did not answer.
    #[error("stopped after {row} of {rows} rows{}: {cause}", .hint)]
    Stopped {
        row: u64,
        rows: u64,
        hint: &'static str,
        cause: LocalError,
    },
    /// The component did not say what there is.
    #[error(transparent)]
    Local(#[from] LocalError),
}

/// Where an import writes.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    /// How far it has come; none: that is not remembered.
    pub(crate) state: Option<PathBuf>,
    /// What rows are called here.
    pub(crate) links: PathBuf,
    /// The rows that were refused.
    pub(crate) refused: PathBuf,
}

/// One import.
pub(crate) struct Job<'a> {
    pub(crate) local: &'a Local,
    pub(crate) tenant: &'a str,
    pub(crate) source: &'a Source,
    pub(crate) options: &'a Options,
    pub(crate) files: &'a Files,
    /// Unlike any other: what its requests are known by.
    pub(crate) name: String,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There are so many rows; so many of them are done.
    Begin { rows: u64, done: u64 },
    /// So many more are done.
    Advance(u64),
}

/// Hears how far an import is.
pub(crate) type Told<'a> = &'a mut dyn FnMut(Step);

impl Job<'_> {
    /// Carries out all of it, or what an earlier run has left.
    pub(crate) fn run(self, told: Told<'_>) -> Result<Report, ImportError> {
        let refused = &self.files.refused;
        if is_same(refused, &self.source.path) {
            return Err(ImportError::Itself(refused.clone()));
        }
        let survey = survey(self.source)?;
        let types = Types::of(self.local)?;
        let kind = &self.options.kind;
        let no_type = || ImportError::NoType(kind.clone(), types.names());
        let usual = types.named(kind).ok_or_else(no_type)?;
        let (sheet, ignored) = self.sheet(usual)?;
        let mut links = Links::open(&self.files.links)?
            .ok_or_else(|| ImportError::Taken(self.files.links.clone()))?;
        let identity = Identity {
            tenant: self.tenant,
            file: &survey.fingerprint,
            options: self.options.digest(),
        };
        let path = self.files.state.as_deref();
        let earlier = path.map(|path| State::load(path, &identity)).transpose()?;
        let earlier = earlier.flatten();
        let resumed = earlier.is_some();
        let begin = || State::begin(self.name.clone(), world::now(), &identity);
        let mut state = earlier.unwrap_or_else(begin);
        state.tally.ignored.extend(ignored);
        links.cut(state.links)?;
        let refused = RefusedFile::open(&self.files.refused, state.refused)?;
        let name = state.import.clone();
        let mut walk = Walk {
            source: self.source,
            sheet: sheet.as_ref(),
            sender: Sender {
                local: self.local,
                name: &name,
            },
            reader: Reader {
                types: &types,
                options: self.options,
                usual,
                ignored: std::mem::take(&mut state.tally.ignored),
            },
            rows: survey.rows,
            links,
            refused,
            ours: resumed.then_some(state.began),
            state,
            path,
        };
        // Whoever is killed in the first chunk has begun as well.
        walk.save()?;
        walk.all(told)?;
        self.finish(walk, resumed)
    }

    /// What the columns are, where there are any, and which are left out.
    fn sheet(&self, kind: &Type) -> Result<(Option<Sheet>, Vec<String>), ImportError> {
        let mappings = &self.options.mappings;
        if self.source.format == Format::JsonLines {
            return match mappings.as_slice() {
                [] => Ok((None, Vec::new())),
                _ => Err(ImportError::NoColumns),
            };
        }
        let columns = Columns {
            mappings,
            kind,
            ignore_unknown: self.options.ignore_unknown,
        };
        let (sheet, ignored) = Sheet::open(self.source, &columns)?;
        Ok((Some(sheet), ignored))
    }

    /// Nothing is left to go on with.
    fn finish(&self, walk: Walk<'_>, resumed: bool) -> Result<Report, ImportError> {
        let refused_file = walk.refused.path().map(|it| it.display().to_string());
        let report = Report {
            rows: walk.rows,
            counts: walk.state.tally.counts.clone(),
            reasons: walk.state.tally.reasons(),
            refused_file,
            ignored: walk.reader.ignored.iter().cloned().collect(),
            resumed,
        };
        drop(walk);
        for path in self.files.state.iter().chain([&self.files.links]) {
            remove(path)?;
        }
        Ok(report)
    }
}

fn is_same(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
