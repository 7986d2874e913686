//! The real component, as far as this crate can judge it: it builds, starts, and speaks SCIM.

use scimlet_runtime::{COMPONENT, Runtime};

use crate::world::{Fake, read, small};

#[test]
fn the_component_describes_itself() {
    let runtime = Runtime::new(COMPONENT, small()).unwrap();
    // A fake tenant's settings are its name.
    let request = read("/ServiceProviderConfig");
    let answer = runtime.handle(&Fake::default(), "{}", 1, request).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        answer
            .body
            .contains("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")
    );
}
