//! What crosses the boundary. The table is that of the runtime: the same WIT, seen from the other side.

#[path = "../../../../host/runtime/src/convert/store.rs"]
mod store;

/// Each of a list.
pub(crate) fn all<A, B: From<A>>(from: Vec<A>) -> Vec<B> {
    from.into_iter().map(B::from).collect()
}

/// Each of a list of what may be missing.
pub(crate) fn optional<A, B: From<A>>(from: Vec<Option<A>>) -> Vec<Option<B>> {
    from.into_iter().map(|one| one.map(B::from)).collect()
}
