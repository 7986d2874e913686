//! The door: credentials, tenants, limits, TLS, logs and the way out. Nothing here looks at what
//! SCIM means; that is `fixtures.rs`.

mod admin;
mod bulk;
mod credentials;
mod due;
mod events;
mod http;
mod limits;
mod logs;
mod matrix;
mod shutdown;
mod tenants;
mod tls;

use scimlet_tests::{World, shared_world};

fn world() -> &'static World {
    shared_world!()
}
