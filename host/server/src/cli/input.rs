//! Files that a command is given.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

/// What is in a file, or, where it is called `-`, on standard input.
pub(super) fn read(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        Ok(text)
    } else {
        fs::read_to_string(file)
    }
}
