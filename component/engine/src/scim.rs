//! The law book: RFC 7643 and RFC 7644 without a word about licenses.
//!
//! Checked things have other types than unchecked ones: a filter is text, then
//! [`filter::Filter`], then [`filter::Checked`] against a resource type; a client's JSON is a
//! [`value::Value`], then a [`resource::Resource`].

pub mod bulk;
pub mod dialect;
pub mod discovery;
pub mod etag;
pub mod filter;
pub mod index;
pub mod patch;
pub mod project;
pub mod query;
pub mod resource;
pub mod schema;
pub mod time;
pub mod tolerance;
pub(crate) mod tolerant;
pub mod value;

/// Schema URNs that the engine itself speaks of.
pub mod urn {
    /// RFC 7643 section 4.1.
    pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    /// RFC 7643 section 4.2.
    pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
    /// RFC 7643 section 4.3.
    pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    /// draft-ietf-scim-roles-entitlements.
    pub const ENTITLEMENT: &str = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
    /// draft-ietf-scim-roles-entitlements.
    pub const ROLE: &str = "urn:ietf:params:scim:schemas:core:2.0:Role";
    /// What a user was granted.
    pub const SCIMLET_USER: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";
    /// What a license is beyond the draft.
    pub const SCIMLET_ENTITLEMENT: &str =
        "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";
    /// What Okta looks for in `/ResourceTypes` (`reference/scim/scim-20` of its developer pages).
    pub const OKTA: &str = "urn:okta:scim:schemas:core:1.0:";
    /// RFC 7644 section 3.4.2.
    pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    /// RFC 7644 section 3.4.3.
    pub const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    /// RFC 7644 section 3.5.2.
    pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    /// RFC 7644 section 3.7.
    pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    /// RFC 7644 section 3.7.
    pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
}
