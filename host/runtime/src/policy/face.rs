//! What a component imports and exports, read from its file before anything is compiled.
//!
//! What may a policy import? Nothing, says the contract. But the standard libraries of most languages
//! bring parts of WASI along whether a program uses them or not, so those parts are there, and
//! empty (see `wasi.rs`): no arguments, environment or files, a clock that stands, and a trap behind
//! everything else. Networks are refused outright: what brings those along (`fetch` in JavaScript,
//! `socket` in Python) can be left out when a component is made, and a policy that means to use
//! them should hear so before it is installed.

use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

use crate::policy::error::PolicyError;
use crate::wasi;

/// The contract's own words, which a component may import by name.
pub(crate) const OURS: [&str; 1] = ["scimlet:policy/types"];

/// What the standard libraries bring along.
const HARMLESS: [&str; 5] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:io/",
    "wasi:random/",
];

/// What every WebAssembly file begins with.
const MAGIC: &[u8] = b"\0asm";

const HOOKS: &str = "scimlet:policy/hooks";
/// Patches of 0.1 change no word of it.
const HOOKS_VERSION: &str = "scimlet:policy/hooks@0.1.";

/// The names on a component's outside.
#[derive(Default)]
struct Face {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// Whether it is worth compiling.
pub(crate) fn check(code: &[u8], most: usize) -> Result<(), PolicyError> {
    let bytes = code.len();
    if bytes > most {
        return Err(PolicyError::TooLarge { bytes, most });
    }
    if !code.starts_with(MAGIC) {
        return Err(PolicyError::NotWasm);
    }
    let face = read(code).map_err(|error| PolicyError::Compile(error.to_string()))?;
    let face = face.ok_or(PolicyError::Module)?;
    if let Some(import) = face.imports.into_iter().find(|import| !is_given(import)) {
        let remedy = remedy(&import);
        return Err(PolicyError::Import { import, remedy });
    }
    if face.exports.iter().any(|it| it.starts_with(HOOKS_VERSION)) {
        return Ok(());
    }
    let similar = face.exports.into_iter().filter(|it| it.starts_with(HOOKS));
    Err(PolicyError::Export(similar.collect()))
}

/// None: it is a core module.
fn read(code: &[u8]) -> Result<Option<Face>, BinaryReaderError> {
    let (mut face, mut depth) = (Face::default(), 0_usize);
    for payload in Parser::new(0).parse_all(code) {
        match payload? {
            Payload::Version { encoding, .. } if depth == 0 && encoding == Encoding::Module => {
                return Ok(None);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    face.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    face.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(Some(face))
}

fn is_given(import: &str) -> bool {
    OURS.contains(&wasi::interface_of(import))
        || HARMLESS.iter().any(|package| import.starts_with(package))
}

fn remedy(import: &str) -> &'static str {
    match import.split('/').next() {
        Some("wasi:http") => {
            "there is no network; build it without (`disableFeatures: [\"http\", \"fetch-event\"]` \
             of componentize-js)"
        }
        Some("wasi:sockets") => {
            "there is no network; build it without (`--stub-wasi` of componentize-py)"
        }
        _ => "what it needs to know is in the question",
    }
}
