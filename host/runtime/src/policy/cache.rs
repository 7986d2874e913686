//! Compiled policies as files: compiling one that brings an interpreter along takes seconds, mapping
//! it into memory a moment.
//!
//! The files are mapped, not read: what is never run is never loaded, and the system may drop the
//! rest when memory is short. That is what lets a thousand policies stand by.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine::make_private;
use crate::error::chain;

const FOLDER: &str = "policies";

/// What a file ends with that is being written.
const PART: &str = ".part";

/// The files of one engine.
///
/// INVARIANT: what lies in `dir` was written by this program, for an engine of the same kind; the
/// folder is closed to others (see [`crate::Config::cache_dir`]).
pub(crate) struct Cache {
    engine: Engine,
    /// None: compile each time.
    dir: Option<PathBuf>,
    /// Which kind of engine: another version or setting of wasmtime has files of its own.
    kind: String,
}

impl Cache {
    pub(crate) fn new(engine: &Engine, dir: Option<&Path>) -> Self {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let dir = dir.and_then(|dir| {
            let dir = dir.join(FOLDER);
            make_private(&dir)
                .inspect_err(|error| {
                    tracing::warn!(dir = %dir.display(), %error, "no cache for compiled policies");
                })
                .ok()
        });
        if let Some(dir) = &dir
            && let Err(error) = tidy(dir)
        {
            tracing::warn!(dir = %dir.display(), %error, "the cache of compiled policies is not tidy");
        }
        Self {
            engine: engine.clone(),
            dir,
            kind: format!("{:016x}", hasher.finish()),
        }
    }

    /// The policy of that digest, if it was compiled before.
    pub(crate) fn find(&self, digest: &str) -> Option<Component> {
        let file = self.file(digest)?;
        if !file.exists() {
            return None;
        }
        self.map(&file)
    }

    /// Compiles a policy, and keeps what comes out for the next time.
    pub(crate) fn compile(&self, digest: &str, code: &[u8]) -> Result<Component, String> {
        let compiled = Component::from_binary(&self.engine, code).map_err(|error| chain(&error))?;
        let Some(file) = self.file(digest) else {
            return Ok(compiled);
        };
        let kept = compiled
            .serialize()
            .map_err(|error| chain(&error))
            .and_then(|bytes| write(&file, &bytes).map_err(|error| error.to_string()));
        match kept {
            // The file instead of what was just made: it costs no memory.
            Ok(()) => Ok(self.map(&file).unwrap_or(compiled)),
            Err(cause) => {
                tracing::warn!(file = %file.display(), cause, "a compiled policy is not kept");
                Ok(compiled)
            }
        }
    }

    /// None where there is no folder, or the digest is none: it would name another file.
    fn file(&self, digest: &str) -> Option<PathBuf> {
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let dir = self.dir.as_ref().filter(|_| is_digest)?;
        Some(dir.join(format!("{digest}-{}.cwasm", self.kind)))
    }

    #[expect(
        unsafe_code,
        reason = "native code is run as it lies there: see the invariant of this type"
    )]
    fn map(&self, file: &Path) -> Option<Component> {
        // SAFETY: only this program writes into the folder, whole files that wasmtime made; one of
        // another wasmtime is refused by what stands at its head.
        let mapped = unsafe { Component::deserialize_file(&self.engine, file) };
        mapped
            .inspect_err(|error| {
                let cause = chain(error);
                tracing::warn!(file = %file.display(), cause, "a compiled policy does not load");
            })
            .ok()
    }
}

/// Removes what a host has left that was killed while it wrote. Whoever is writing holds a lock.
fn tidy(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().as_encoded_bytes();
        let is_part = name.ends_with(PART.as_bytes());
        if is_part && File::open(&file).is_ok_and(|part| part.try_lock().is_ok()) {
            fs::remove_file(&file)?;
        }
    }
    Ok(())
}

/// A file is there whole and durable, or not at all: half of one would be run.
fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = file.parent().unwrap_or(Path::new("."));
    let mut part = tempfile::Builder::new().suffix(PART).tempfile_in(dir)?;
    part.as_file().lock()?;
    part.write_all(bytes)?;
    part.as_file().sync_all()?;
    part.persist(file)?;
    // The name too.
    File::open(dir)?.sync_all()
}
