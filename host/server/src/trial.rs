//! Questions to a policy whose answers are known: `scimlet policy test`.

mod case;
mod judge;

use std::path::Path;
use std::{fs, io};

use anyhow::{Context as _, bail};
use scimlet_runtime::{Hook, PolicyError, Tried};

pub(crate) use case::Case;
pub(crate) use judge::Verdict;

/// What became of a case.
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) hook: Hook,
    pub(crate) tried: Tried,
    pub(crate) verdict: Verdict,
}

impl Outcome {
    pub(crate) fn has_passed(&self) -> bool {
        matches!(self.verdict, Verdict::Passed)
    }
}

impl Case {
    /// Puts it to a policy.
    pub(crate) fn run(self, trial: &scimlet_runtime::Trial<'_>) -> Result<Outcome, PolicyError> {
        let hook = self.hook();
        let tried = trial.ask(self.context, self.question)?;
        Ok(Outcome {
            name: self.name,
            hook,
            verdict: judge::judge(&self.answers, &tried),
            tried,
        })
    }
}

/// All cases of a file or a folder, by name.
pub(crate) fn read_cases(place: &Path) -> anyhow::Result<Vec<Case>> {
    let shown = place.display();
    let files = if place.is_dir() {
        let mut files = files_in(place).with_context(|| format!("cannot read `{shown}`"))?;
        files.sort();
        files
    } else {
        vec![place.to_owned()]
    };
    if files.is_empty() {
        bail!("there is no `.json` file in `{shown}`");
    }
    files.iter().map(|file| read_case(file)).collect()
}

fn files_in(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let is_case = |path: &io::Result<std::path::PathBuf>| {
        path.as_ref()
            .map_or(true, |path| path.extension().is_some_and(|it| it == "json"))
    };
    paths.filter(is_case).collect()
}

fn read_case(file: &Path) -> anyhow::Result<Case> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{shown}`"))?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    Case::read(&name, &text).with_context(|| format!("`{shown}` is no case"))
}
