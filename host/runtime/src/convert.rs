//! What crosses the boundary: WIT's types and the port's, field by field.
//!
//! Everything is taken apart without `..` and matched without `_`, so a change of either side
//! does not compile until it is carried through here. Strings move; none is copied.

mod call;
mod policy;
mod store;

pub(crate) use policy::answers;

/// Each of a list.
pub(crate) fn all<A, B: From<A>>(from: Vec<A>) -> Vec<B> {
    from.into_iter().map(B::from).collect()
}

/// Each of a list of what may be missing.
pub(crate) fn optional<A, B: From<A>>(from: Vec<Option<A>>) -> Vec<Option<B>> {
    from.into_iter().map(|one| one.map(B::from)).collect()
}
