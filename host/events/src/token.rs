//! Security event tokens (RFC 8417), and the keys that they are signed with.
//!
//! Signed by ES256: it is recommended for signatures since RFC 7518, and outside libraries verify it
//! without ado, which is not so of Ed25519. By ring, which TLS brings along: what a JWT library is good for
//! is the reading of foreign tokens, and nothing here reads one. The obvious one, jsonwebtoken 11, would
//! sign by a provider that is installed for the whole process and panics where there is none, or bring
//! RSA, a second SHA-2 and a second source of chance.
//!
//! The chance in keys and signatures is ring's own, from the system: it takes none from outside, and the
//! nonce of a signature is the last place to meddle with it.

mod key;
mod keys;
mod set;

pub use key::{BadKey, SigningKey};
pub use keys::{Haste, KeyError, Keys, Listed, OVERLAP, PREPARED};
pub use set::{Issuer, NoToken, jti};
