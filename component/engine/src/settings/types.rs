//! A tenant's own resource types, and what it adds to User and Group: `resourceTypes` in the
//! settings.
//!
//! ```json
//! { "resourceTypes": [
//!     { "name": "Device", "endpoint": "/Devices", "schema": "urn:example:schemas:1.0:Device" },
//!     { "name": "User", "schemaExtensions": [
//!         { "schema": "urn:example:params:scim:schemas:extension:hr:1.0:User", "required": false } ] }
//! ] }
//! ```
//!
//! Each is a `ResourceType` as RFC 7643 section 6 has it, and as `/ResourceTypes` serves it.

use serde_json::{Map, Value};

use super::reader::Reader;
use crate::scim::schema::{ExtensionDeclaration, ResourceType, TypeDeclaration};
use crate::scim::urn;

/// Resource types of one tenant.
const MAX_TYPES: usize = 16;

/// Bytes of a name or an endpoint.
const MAX_NAME: usize = 64;

/// Types that come with the server and that a tenant may extend.
const EXTENSIBLE: [&str; 2] = ["User", "Group"];

/// Names that mean something else: kinds of rows, and resources that the server describes itself by.
const RESERVED_NAMES: [&str; 8] = [
    "Catalog",
    "Index",
    "Outbox",
    "Seat",
    "Secret",
    "Schema",
    "ResourceType",
    "ServiceProviderConfig",
];

/// Endpoints that mean something else (RFC 7644 section 3.2).
const RESERVED_ENDPOINTS: [&str; 5] = [
    "/Schemas",
    "/ResourceTypes",
    "/ServiceProviderConfig",
    "/Bulk",
    "/Me",
];

/// Schemas that come with the server and that a tenant's own types may use as well.
const SHARED: [&str; 2] = [urn::USER, urn::ENTERPRISE];

/// The names in `$.resourceTypes`, right or wrong.
pub(super) fn names(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|item| item.get("name")?.as_str().map(str::to_owned))
        .collect()
}

impl Reader<'_> {
    /// `$.resourceTypes`, against a registry that holds the tenant's schemas already.
    pub(super) fn types(&mut self, value: &Value) -> Vec<TypeDeclaration> {
        let at = "$.resourceTypes";
        let Some(list) = self.list(at, value) else {
            return Vec::new();
        };
        if list.len() > MAX_TYPES {
            self.problem(at, &format!("{MAX_TYPES} resource types at most"));
            return Vec::new();
        }
        let mut types: Vec<TypeDeclaration> = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(object) = self.object(&at, item) else {
                continue;
            };
            self.only(
                &at,
                object,
                &[
                    "id",
                    "name",
                    "endpoint",
                    "description",
                    "schema",
                    "schemaExtensions",
                    "schemas",
                    "meta",
                ],
            );
            let name = self.text(&at, object, "name");
            let declared = match self.registry.by_name(&name) {
                Some(known) => self.extended(&at, object, known),
                None => self.new_type(&at, object, name),
            };
            self.distinct(&at, &declared, &types);
            types.push(declared);
        }
        types
    }

    /// What the settings add to a type that comes with the server.
    fn extended(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        known: &ResourceType,
    ) -> TypeDeclaration {
        let mut declared = known.declared.clone();
        if !EXTENSIBLE.contains(&known.name()) {
            let detail = format!("{} cannot be changed; User and Group can", known.name());
            self.problem(&format!("{at}.name"), &detail);
        }
        for (key, fixed) in [
            ("id", &declared.id),
            ("endpoint", &declared.endpoint),
            ("schema", &declared.schema),
        ] {
            let given = self.optional_text(at, object, key);
            let same = |given: &String| slashed(key, given).eq_ignore_ascii_case(fixed);
            if given.as_ref().is_some_and(|given| !same(given)) {
                let detail = format!("is `{fixed}` and stays so; only extensions can be added");
                self.problem(&format!("{at}.{key}"), &detail);
            }
        }
        if let Some(description) = self.optional_text(at, object, "description") {
            declared.description = description;
        }
        for extension in self.extensions(at, object, &declared) {
            let mut there = declared.schema_extensions.iter_mut();
            match there.find(|it| it.schema.eq_ignore_ascii_case(&extension.schema)) {
                // What the server alone fills cannot be required of a client.
                Some(known) => {
                    known.required = extension.required && known.schema != urn::SCIMLET_USER;
                }
                None => declared.schema_extensions.push(extension),
            }
        }
        declared
    }

    fn new_type(&mut self, at: &str, object: &Map<String, Value>, name: String) -> TypeDeclaration {
        self.type_name(&format!("{at}.name"), &name);
        let id = self
            .optional_text(at, object, "id")
            .unwrap_or_else(|| name.clone());
        if id != name && !is_name(&id) {
            self.problem(&format!("{at}.id"), "letters, digits, `-` and `_`");
        }
        let endpoint = slashed("endpoint", &self.text(at, object, "endpoint"));
        self.endpoint(&format!("{at}.endpoint"), &endpoint);
        let schema = self.text(at, object, "schema");
        let description = self.optional_text(at, object, "description");
        let mut declared = TypeDeclaration {
            id,
            name,
            endpoint,
            description: description.unwrap_or_default(),
            schema: self.usable(&format!("{at}.schema"), &schema),
            schema_extensions: Vec::new(),
        };
        declared.schema_extensions = self.extensions(at, object, &declared);
        declared
    }

    /// The list in `schemaExtensions` (RFC 7643 section 6).
    fn extensions(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        of: &TypeDeclaration,
    ) -> Vec<ExtensionDeclaration> {
        let at = format!("{at}.schemaExtensions");
        let list = match object.get("schemaExtensions") {
            Some(value) => self.list(&at, value).cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        let mut extensions: Vec<ExtensionDeclaration> = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(object) = self.object(&at, item) else {
                continue;
            };
            self.only(&at, object, &["schema", "required"]);
            let required = self.flag(&at, object, "required");
            let schema = self.text(&at, object, "schema");
            let at = format!("{at}.schema");
            let is = |other: &str| other.eq_ignore_ascii_case(&schema);
            let is_there = of.schema_extensions.iter().any(|it| is(&it.schema));
            let schema = if is_there {
                schema.clone()
            } else {
                self.usable(&at, &schema)
            };
            if schema.eq_ignore_ascii_case(&of.schema) {
                self.problem(&at, "the core schema is no extension of itself");
            }
            let twice = |it: &ExtensionDeclaration| it.schema.eq_ignore_ascii_case(&schema);
            if extensions.iter().any(twice) {
                self.problem(&at, "this extension stands here already");
            }
            extensions.push(ExtensionDeclaration { schema, required });
        }
        extensions
    }

    /// The URN of a schema that a tenant's type may use, as the schema spells it.
    fn usable(&mut self, at: &str, urn: &str) -> String {
        match self.registry.schema(urn) {
            Some(schema) if schema.is_own || SHARED.contains(&schema.id.as_str()) => {
                return schema.id.clone();
            }
            Some(_) => self.problem(at, "this schema is the server's own"),
            None if urn.is_empty() => {}
            None => self.problem(at, &format!("there is no schema `{urn}`")),
        }
        urn.to_owned()
    }

    fn type_name(&mut self, at: &str, name: &str) {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        if name.is_empty() {
            return;
        }
        if !is_name(name) {
            self.problem(at, "a letter, then letters, digits, `-` and `_`");
        } else if RESERVED_NAMES.iter().any(|reserved| same(reserved)) {
            self.problem(at, "this name is the server's");
        }
    }

    fn endpoint(&mut self, at: &str, endpoint: &str) {
        let same = |other: &str| other.eq_ignore_ascii_case(endpoint);
        if endpoint == "/" {
            return;
        }
        if !endpoint.strip_prefix('/').is_some_and(is_name) {
            let detail = "one part of a path such as `/Devices`: a letter, then letters, digits, \
                          `-` and `_`";
            self.problem(at, detail);
        } else if RESERVED_ENDPOINTS.iter().any(|reserved| same(reserved)) {
            self.problem(at, "this endpoint is the server's");
        }
    }

    /// No two types are called the same.
    fn distinct(&mut self, at: &str, declared: &TypeDeclaration, others: &[TypeDeclaration]) {
        let parts = |it: &TypeDeclaration| [it.id.clone(), it.name.clone(), it.endpoint.clone()];
        let standard = self.registry.types().iter().map(|it| &it.declared);
        let standard = standard.filter(|it| it.name != declared.name);
        let taken: Vec<_> = standard.chain(others).map(parts).collect();
        for (which, part) in parts(declared).iter().enumerate() {
            let same = |other: &[String; 3]| {
                let other = other.get(which);
                other.is_some_and(|other| other.eq_ignore_ascii_case(part))
            };
            if !part.is_empty() && taken.iter().any(same) {
                let key = ["id", "name", "endpoint"].get(which).unwrap_or(&"name");
                let detail = format!("another resource type has this {key}");
                self.problem(&format!("{at}.{key}"), &detail);
            }
        }
    }
}

/// An endpoint with its slash: RFC 7643 section 6 shows it without, section 8.6 with it.
fn slashed(key: &str, text: &str) -> String {
    if key == "endpoint" && !text.starts_with('/') {
        format!("/{text}")
    } else {
        text.to_owned()
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_".contains(it))
}
