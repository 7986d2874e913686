//! One attribute of a tenant's schema and its characteristics (RFC 7643 sections 2 and 7).

use serde_json::{Map, Value};

use super::Known;
use crate::scim::schema::{Attribute, Kind, Mutability, Returned, Uniqueness, find};
use crate::settings::reader::Reader;

/// What an attribute may say.
const CHARACTERISTICS: [&str; 12] = [
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "caseExact",
    "canonicalValues",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
];

/// Names that every resource has already (RFC 7643 section 3.1).
const COMMON: [&str; 4] = ["id", "externalId", "meta", "schemas"];

/// Bytes of a name.
const MAX_NAME: usize = 128;

impl Reader<'_> {
    /// A list of attributes; `inside`: of the parts of one.
    pub(super) fn schema_attributes(
        &mut self,
        at: &str,
        list: &[Value],
        known: &mut Known<'_>,
        inside: bool,
    ) -> Vec<Attribute> {
        known.attributes += list.len();
        let mut attributes: Vec<Attribute> = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(object) = self.object(&at, item) else {
                continue;
            };
            let attribute = self.schema_attribute(&at, object, known, inside);
            if find(&attributes, &attribute.name).is_some() {
                let detail = format!("`{}` is there already", attribute.name);
                self.problem(&format!("{at}.name"), &detail);
            }
            attributes.push(attribute);
        }
        attributes
    }

    fn schema_attribute(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        known: &mut Known<'_>,
        inside: bool,
    ) -> Attribute {
        self.only(at, object, &CHARACTERISTICS);
        let name = self.text(at, object, "name");
        self.attribute_name(&format!("{at}.name"), &name, inside);
        let types = "string, boolean, decimal, integer, dateTime, binary, reference, complex";
        let kind: Kind = self.word(at, object, "type", types);
        if inside && kind == Kind::Complex {
            let detail = "no complex attribute inside a complex one (RFC 7643 section 2.3.8)";
            self.problem(&format!("{at}.type"), detail);
        }
        let mut attribute = Attribute {
            name,
            kind,
            multi_valued: self.flag(at, object, "multiValued"),
            description: self
                .optional_text(at, object, "description")
                .unwrap_or_default(),
            required: self.flag(at, object, "required"),
            case_exact: self.flag(at, object, "caseExact"),
            canonical_values: self.texts(at, object, "canonicalValues"),
            mutability: self.word(
                at,
                object,
                "mutability",
                "readOnly, readWrite, immutable, writeOnly",
            ),
            returned: self.word(at, object, "returned", "always, never, default, request"),
            uniqueness: self.word(at, object, "uniqueness", "none, server, global"),
            reference_types: self.texts(at, object, "referenceTypes"),
            unsaid: None,
            sub_attributes: self.parts(at, object, kind, known, inside),
        };
        self.consistent(at, &attribute, known);
        if inside && attribute.required && !attribute.is_kept() {
            let detail = "a part that is writeOnly is not kept, and cannot be required";
            self.problem(&format!("{at}.required"), detail);
        }
        // References and binaries have a case whatever is said (sections 2.3.6 and 2.3.7), and
        // what is not kept cannot be returned.
        attribute.case_exact |= matches!(kind, Kind::Reference | Kind::Binary);
        if !attribute.is_kept() {
            attribute.returned = Returned::Never;
        }
        attribute
    }

    /// ATTRNAME of RFC 7643 section 2.1; `$ref` of section 2.4 is the one exception to it.
    fn attribute_name(&mut self, at: &str, name: &str, inside: bool) {
        if name.is_empty() || inside && name == "$ref" {
            return;
        }
        let letters = |it: char| it.is_ascii_alphanumeric() || "$-_".contains(it);
        let starts = name.starts_with(|first: char| first.is_ascii_alphabetic());
        if !starts || !name.chars().all(letters) || name.len() > MAX_NAME {
            let detail = "must be a letter, then letters, digits, `$`, `-` and `_` (RFC 7643 \
                          section 2.1)";
            self.problem(at, detail);
        } else if !inside && COMMON.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            self.problem(at, "every resource has this attribute already");
        }
    }

    fn parts(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        kind: Kind,
        known: &mut Known<'_>,
        inside: bool,
    ) -> Vec<Attribute> {
        let at = format!("{at}.subAttributes");
        let list = match object.get("subAttributes") {
            Some(value) => self.list(&at, value).cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        match (kind == Kind::Complex, list.is_empty()) {
            (true, true) => self.problem(&at, "a complex attribute has one part at least"),
            (false, false) => self.problem(&at, "only a complex attribute has parts"),
            _ => {}
        }
        if inside || kind != Kind::Complex {
            return Vec::new();
        }
        self.schema_attributes(&at, &list, known, true)
    }

    /// What characteristics say of each other.
    fn consistent(&mut self, at: &str, attribute: &Attribute, known: &Known<'_>) {
        if attribute.uniqueness != Uniqueness::None {
            let at = format!("{at}.uniqueness");
            if attribute.kind == Kind::Complex {
                self.problem(&at, "a complex attribute is not unique; its parts may be");
            } else if matches!(
                attribute.kind,
                Kind::Boolean | Kind::DateTime | Kind::Binary
            ) {
                let detail = "values of this type have no uniqueness (RFC 7643 section 2.3)";
                self.problem(&at, detail);
            } else if !attribute.is_kept() {
                // As a password: accepted, and thrown away.
                self.problem(&at, "what is writeOnly is not kept, so nothing is compared");
            }
        }
        if attribute.mutability == Mutability::WriteOnly && attribute.returned == Returned::Always {
            let detail = "what is writeOnly is never returned";
            self.problem(&format!("{at}.returned"), detail);
        }
        if attribute.kind != Kind::Reference && !attribute.reference_types.is_empty() {
            let detail = "only a reference has reference types";
            self.problem(&format!("{at}.referenceTypes"), detail);
        }
        for (index, name) in attribute.reference_types.iter().enumerate() {
            let words = ["external", "uri"];
            if !words.contains(&name.as_str()) && !known.types.contains(name) {
                let detail = format!("`{name}` is no resource type, `external` or `uri`");
                self.problem(&format!("{at}.referenceTypes[{index}]"), &detail);
            }
        }
    }
}
