//! `scimlet-bench`: what `BENCHMARKS.md` is filled from. All of it is in `scimlet_tests::bench`.

fn main() -> std::process::ExitCode {
    scimlet_tests::bench::main()
}
