//! Where scripts are played: a tenant of the server under test, or one of any program that answers
//! SCIM.

mod platform;
mod server;

pub use platform::Platform;
