//! The program `scimlet`. Everything it does lives in the library, so that the tests can build
//! the same program.

use std::process::ExitCode;

fn main() -> ExitCode {
    scimlet_server::main()
}
