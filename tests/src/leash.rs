//! Ends a server that its test left behind. A shared [`crate::World`] lives in a `static`, which
//! Rust never drops, and a test that is killed drops nothing either; but when a test process ends,
//! the pipe that is the server's standard input closes, and that is all this needs.

use std::io::Read as _;
use std::path::Path;

/// Names the folder to remove at the end (may be empty), and by being there turns the leash on.
pub const VARIABLE: &str = "SCIMLET_TEST_LEASH";

/// Called first thing in `scimlet-under-test`. Does nothing but on a leash.
pub fn hold() {
    if let Some(folder) = std::env::var_os(VARIABLE) {
        std::thread::spawn(move || end_with_the_test(Path::new(&folder)));
    }
}

fn end_with_the_test(folder: &Path) {
    let mut ignored = Vec::new();
    // Ends when the test does; what is read does not matter.
    let _ = std::io::stdin().read_to_end(&mut ignored);
    if !folder.as_os_str().is_empty() {
        let _ = std::fs::remove_dir_all(folder);
    }
    std::process::exit(0);
}
