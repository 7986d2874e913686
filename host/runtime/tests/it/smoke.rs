//! The real component, as far as this crate can judge it: it builds, starts, and speaks SCIM.

use std::sync::Arc;

use scimlet_runtime::{COMPONENT, Config, Opening, Runtime, Tenants};
use scimlet_store::{Failure, Store};

use crate::world::{Memory, request, small};

struct Plain;

impl Tenants for Plain {
    fn open(&self, _: &str) -> Result<Option<Opening>, Failure> {
        let store = Arc::new(Memory::default()) as Arc<dyn Store>;
        Ok(Some(Opening {
            settings: "{}".to_owned(),
            revision: 1,
            store,
        }))
    }
}

#[test]
fn the_component_describes_itself() {
    let runtime = Runtime::new(COMPONENT, Config { ..small() }).unwrap();
    let mut request = request("/ServiceProviderConfig");
    request.method = "GET".to_owned();
    request.query = None;
    request.body = String::new();
    let answer = runtime.handle(&Plain, "acme", 1, request).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        answer
            .body
            .contains("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")
    );
}
