//! The provisioning events of RFC 9967 section 2.4: their names and their payloads.

use serde::Serialize;

/// A resource is new.
pub const CREATE: &str = "prov.create";
/// A resource was replaced by a client's PUT.
pub const PUT: &str = "prov.put";
/// A resource has changed in any other way.
pub const PATCH: &str = "prov.patch";
/// A resource is gone.
pub const DELETE: &str = "prov.delete";
/// A user may come in again.
pub const ACTIVATE: &str = "prov.activate";
/// A user may come in no longer.
pub const DEACTIVATE: &str = "prov.deactivate";
/// An asynchronous request, or one operation of it, is done (RFC 9967 section 2.5.1.3).
pub const ASYNC_RESPONSE: &str = "misc.asyncresp";

/// Which attributes have changed (`...:notice`).
#[derive(Debug, Serialize)]
pub struct Notice<'a> {
    /// Paths of a PATCH (RFC 7644 section 3.5.2).
    pub attributes: &'a [String],
    /// The entity tag after the change.
    pub version: &'a str,
}

/// What the change was (`...:full`).
#[derive(Debug, Serialize)]
pub struct Full<'a, T: Serialize> {
    /// The resource as it is now, or the `PatchOp` that makes it so.
    pub data: T,
    /// The entity tag after the change.
    pub version: &'a str,
}
