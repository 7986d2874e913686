//! The `scimlet` binary, as the tests start it: the same `main`, on a leash.

fn main() -> std::process::ExitCode {
    scimlet_tests::leash::hold();
    scimlet_server::main()
}
