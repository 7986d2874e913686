//! The machine that the figures are from, its disk, and where the bench keeps its files.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use std::io::Write as _;

use tempfile::TempDir;

use super::report::Table;
use super::stats::{median, micros, shown};

/// The server's binary: the one that tests use, which lies beside this one and ends with it. It
/// is the same program as `scimlet`, which is taken where that one was not built.
pub(super) fn server_binary() -> PathBuf {
    let here = std::env::current_exe().expect("a program knows where it is");
    let beside = ["scimlet-under-test", "scimlet"].map(|name| here.with_file_name(name));
    let found = beside.iter().find(|path| path.exists()).cloned();
    found.expect("build the server too: cargo build --release -p scimlet-tests")
}

/// A folder on the disk of the target directory: `/tmp` may be in memory, where a sync is free.
pub(super) fn folder() -> TempDir {
    let root = beside("scimlet-bench-data");
    let folder = tempfile::Builder::new().prefix("run-").tempdir_in(root);
    folder.expect("a temporary folder")
}

/// An empty data folder, but for the compiled component.
pub(super) fn data_folder() -> TempDir {
    let folder = folder();
    let link = folder.path().join("cache");
    std::os::unix::fs::symlink(cache(), link).expect("a link");
    folder
}

/// Where compiled components are kept between runs.
pub(super) fn cache() -> PathBuf {
    beside("scimlet-bench-cache")
}

fn beside(name: &str) -> PathBuf {
    let here = std::env::current_exe().expect("a program knows where it is");
    let folder = here.with_file_name(name);
    fs::create_dir_all(&folder).expect("a folder beside the binary");
    folder
}

/// What the figures depend on.
pub(super) fn table() -> Table {
    let mut table = Table::new("Machine", &["what", "is"]);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = line("/proc/meminfo", "MemTotal:");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let version = Command::new("uname").arg("-sr").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let cpu = line("/proc/cpuinfo", "model name");
    table.words(&["processor", cpu.trim_start_matches(['\t', ' ', ':'])]);
    table.words(&["cores", &cores.to_string()]);
    table.words(&["memory", memory.trim()]);
    table.words(&["system", &version.unwrap_or_default()]);
    table.words(&["load before (1, 5, 15 minutes)", &first_words(&load, 3)]);
    table.words(&[
        "append 4 KiB and sync, median µs",
        &shown(micros(sync_time())),
    ]);
    table.words(&[
        "built",
        if cfg!(debug_assertions) {
            "DEBUG"
        } else {
            "release"
        },
    ]);
    table
}

fn line(file: &str, start: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let found = text.lines().find_map(|line| line.strip_prefix(start));
    found.unwrap_or("unknown").to_owned()
}

fn first_words(text: &str, count: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().take(count).collect();
    words.join(" ")
}

/// How long the disk takes for the least that a durable commit needs.
fn sync_time() -> Duration {
    let folder = folder();
    let mut file = fs::File::create(folder.path().join("sync")).expect("a file");
    let mut samples: Vec<Duration> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&[7; 4096]).expect("room on the disk");
            file.sync_data().expect("a disk that syncs");
            begun.elapsed()
        })
        .collect();
    median(&mut samples)
}
