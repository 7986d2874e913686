//! `scimlet policy new`: a folder in which a policy can be written, built and tested.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use crate::cli::print::say;

/// Longer names are a mistake.
const MAX_NAME: usize = 63;

/// What stands in a template for the name of the project.
const NAME: &str = "{{name}}";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The project and its folder: letters, digits and hyphens, a letter first
    name: String,
    /// What the policy will be written in
    #[arg(long, value_enum)]
    lang: Lang,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
enum Lang {
    Rust,
    Js,
    Python,
}

/// A file of a project.
struct File {
    path: &'static str,
    text: &'static str,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    make(Path::new(""), args)?;
    let Args { name, lang } = args;
    Ok(say(&format!(
        "made {name}; build it and test it:\n\n{}\n{name}/README.md says how to go on.\n",
        lang.first_steps().replace(NAME, name)
    ))?)
}

fn make(parent: &Path, Args { name, lang }: &Args) -> anyhow::Result<()> {
    check_name(name)?;
    let folder = parent.join(name);
    match fs::create_dir(&folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("there is `{name}` already; take another name, or remove it first")
        }
        made => made.with_context(|| format!("cannot make the folder `{name}`"))?,
    }
    for file in lang.files().iter().chain(COMMON) {
        write(&folder.join(file.path), &file.text.replace(NAME, name))
            .with_context(|| format!("cannot write `{name}/{}`", file.path))?;
    }
    Ok(())
}

/// The name is that of a folder, of a package in three languages, and an argument.
fn check_name(name: &str) -> anyhow::Result<()> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_name = name.len() <= MAX_NAME
        && name.bytes().all(known)
        && name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !is_name {
        bail!(
            "`{name}` is no name for a policy: take letters, digits and hyphens, a letter first, \
             {MAX_NAME} at most"
        );
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

impl Lang {
    fn files(self) -> &'static [File] {
        match self {
            Self::Rust => RUST,
            Self::Js => JS,
            Self::Python => PYTHON,
        }
    }

    /// From the folder's parent to a policy that has passed its cases. The README says the same.
    fn first_steps(self) -> &'static str {
        match self {
            Self::Rust => {
                "  cd {{name}}\n  \
                 rustup target add wasm32-wasip2\n  \
                 cargo build --target wasm32-wasip2 --release\n  \
                 scimlet policy test target/wasm32-wasip2/release/policy.wasm cases\n"
            }
            Self::Js => {
                "  cd {{name}}\n  \
                 npm install\n  \
                 npm run build\n  \
                 scimlet policy test policy.wasm cases\n"
            }
            Self::Python => {
                "  cd {{name}}\n  \
                 python3 -m venv .venv && . .venv/bin/activate\n  \
                 pip install -r requirements.txt\n  \
                 sh build.sh\n  \
                 scimlet policy test policy.wasm cases\n"
            }
        }
    }
}

/// What is the same in all languages. The contract is the one that this program speaks.
const COMMON: &[File] = &[
    File {
        path: "wit/policy.wit",
        text: include_str!("../../../../../wit/policy/policy.wit"),
    },
    File {
        path: "cases/interns.json",
        text: include_str!("../../../templates/policy/interns.json"),
    },
];

// `.in`: else cargo takes the folder for a package of its own, and leaves it out of this one.
const RUST: &[File] = &[
    File {
        path: "Cargo.toml",
        text: include_str!("../../../templates/policy/rust/Cargo.toml.in"),
    },
    File {
        path: "src/lib.rs",
        text: include_str!("../../../templates/policy/rust/src/lib.rs"),
    },
    File {
        path: "README.md",
        text: include_str!("../../../templates/policy/rust/README.md"),
    },
    File {
        path: ".gitignore",
        text: include_str!("../../../templates/policy/rust/gitignore"),
    },
];

const JS: &[File] = &[
    File {
        path: "package.json",
        text: include_str!("../../../templates/policy/js/package.json"),
    },
    File {
        path: "src/policy.js",
        text: include_str!("../../../templates/policy/js/src/policy.js"),
    },
    File {
        path: "README.md",
        text: include_str!("../../../templates/policy/js/README.md"),
    },
    File {
        path: ".gitignore",
        text: include_str!("../../../templates/policy/js/gitignore"),
    },
];

const PYTHON: &[File] = &[
    File {
        path: "app.py",
        text: include_str!("../../../templates/policy/python/app.py"),
    },
    File {
        path: "build.sh",
        text: include_str!("../../../templates/policy/python/build.sh"),
    },
    File {
        path: "requirements.txt",
        text: include_str!("../../../templates/policy/python/requirements.txt"),
    },
    File {
        path: "README.md",
        text: include_str!("../../../templates/policy/python/README.md"),
    },
    File {
        path: ".gitignore",
        text: include_str!("../../../templates/policy/python/gitignore"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn args(name: &str, lang: Lang) -> Args {
        let name = name.to_owned();
        Args { name, lang }
    }

    #[test]
    fn a_project_has_its_name_and_the_contract_in_it() {
        let parent = tempfile::tempdir().expect("there is a place for it");
        for (lang, name) in [
            (Lang::Rust, "in-rust"),
            (Lang::Js, "in-js"),
            (Lang::Python, "in-python"),
        ] {
            make(parent.path(), &args(name, lang)).expect("it is made");
            let mut said = String::new();
            for file in lang.files().iter().chain(COMMON) {
                let path = parent.path().join(name).join(file.path);
                said += &fs::read_to_string(path).expect("it is there");
            }
            assert!(!said.contains(NAME), "{name}: a name is missing");
            assert!(said.contains(&format!("\"{name}\"")), "{name}");
            assert!(said.contains("world policy {"), "{name}");
        }
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let parent = tempfile::tempdir().expect("there is a place for it");
        fs::create_dir(parent.path().join("mine")).expect("there is room");
        let refused = make(parent.path(), &args("mine", Lang::Rust)).expect_err("it is there");
        assert!(refused.to_string().contains("`mine` already"), "{refused}");
        let mut within = fs::read_dir(parent.path().join("mine")).expect("it is a folder");
        assert!(within.next().is_none());
    }

    #[test]
    fn a_name_is_no_path_and_no_option() {
        for name in ["sales", "Sales-2027", "x"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "-x", "2x", "a/b", "..", "a.b", "a b", "a_b", "ä", "a\n"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name(&"x".repeat(MAX_NAME + 1)).is_err());
    }
}
