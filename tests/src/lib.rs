//! What all tests through the door share: the real server as a process, and actors who only send
//! HTTP. No test here reaches behind the door; what they know is `contract.md` and the RFCs.
//!
//! Words: a [`World`] is one server process with its data folder. A [`Tenant`] is one customer in
//! it, and each test makes its own. An [`Actor`] is somebody with a credential (or without one).
//! An [`Answer`] is what came back, and fails a test with the whole exchange in sight. A
//! [`script`] is a test written as JSON, in `tests/fixtures`.

pub mod actor;
pub mod answer;
pub mod bench;
pub mod cli;
pub mod crossroads;
pub mod inside;
pub mod leash;
pub mod matcher;
pub mod native;
pub mod raw;
pub mod script;
pub mod server;
pub mod site;
pub mod tenant;
pub mod uri;
pub mod world;

pub use actor::{Actor, Request};
pub use answer::Answer;
pub use cli::Cli;
pub use tenant::Tenant;
pub use world::World;

/// The path of the server binary under test. Only cargo knows it, and tells only test crates:
/// hence a macro.
#[macro_export]
macro_rules! server_binary {
    () => {
        std::path::Path::new(env!("CARGO_BIN_EXE_scimlet-under-test"))
    };
}

/// The one server that all tests of a binary share. Make a fresh [`Tenant`] in it.
#[macro_export]
macro_rules! shared_world {
    () => {
        $crate::World::shared($crate::server_binary!())
    };
}

/// A server of the test's own, to be stopped, killed or started with other options:
/// `private_world!()`, `private_world!("--tls-cert", cert, "--tls-key", key)`.
#[macro_export]
macro_rules! private_world {
    ($($option:expr),* $(,)?) => {
        $crate::World::private($crate::server_binary!(), &[$($option),*])
    };
}
