//! `scimlet component`: the file that embedders take.

use crate::world;

#[test]
fn writes_the_component_that_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scimlet.wasm");
    let path = file.to_str().unwrap();
    world().bare_cli(&["component", path]).done();
    // A component, not a core module: WebAssembly's magic number, version 13, layer 1.
    let written = std::fs::read(&file).unwrap();
    assert_eq!(written[..8], *b"\0asm\x0d\0\x01\0");
    assert_eq!(written, scimlet_runtime::COMPONENT);
}

#[test]
fn says_why_it_cannot_write() {
    let reason = world().bare_cli(&["component", "/none/x.wasm"]);
    assert!(reason.refused().contains("/none/x.wasm"), "{reason:?}");
}
