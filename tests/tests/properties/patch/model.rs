//! What a PATCH does, by RFC 7644 section 3.5.2: clear and slow, and written without a look at the
//! engine but for the readings that `scim/patch.rs` and ARCHITECTURE.md state as ours.
//!
//! What is refused, and with which word, is the tables' matter: here it is refused or not.

use serde_json::{Map, Value, json};

use super::choice::Choice;
use super::message::{Message, Operation, Path};
use super::value::{complex, elements, is_nothing, said, says_twice, simple};
use crate::law::{Attribute, ENTERPRISE, Law, USER, named};

type Resource = Map<String, Value>;
/// Why an operation is refused.
type Refused = String;

/// One operation on one attribute.
struct Step<'a> {
    op: &'a str,
    attribute: &'a Attribute,
    part: Option<&'a Attribute>,
    choice: Option<&'a Choice>,
    value: Option<&'a Value>,
}

/// The user after the message, or why it is refused: then it is as it was, since "the request
/// as a whole is atomic".
pub fn patched(before: &Value, message: &Message) -> Result<Value, Refused> {
    let mut resource = before.as_object().expect("an object").clone();
    for operation in &message.0 {
        if operation.value.as_ref().is_some_and(says_twice) {
            return Err("a name stands there twice".to_owned());
        }
        if !["add", "remove", "replace"].contains(&operation.op) {
            return Err(format!("`{}` is no operation", operation.op));
        }
        carry_out(&mut resource, operation)?;
    }
    if resource.get("userName").is_none_or(|name| name == "") {
        return Err("`userName` is required".to_owned());
    }
    // ARCHITECTURE.md, `active`: nobody comes back by omission.
    if before["active"] == false && !resource.contains_key("active") {
        resource.insert("active".to_owned(), false.into());
    }
    // RFC 7643 section 3: `schemas` names the extensions that are there.
    let mut schemas = vec![USER];
    schemas.extend(resource.contains_key(ENTERPRISE).then_some(ENTERPRISE));
    resource.insert("schemas".to_owned(), json!(schemas));
    Ok(Value::Object(resource))
}

fn carry_out(resource: &mut Resource, operation: &Operation) -> Result<(), Refused> {
    let Operation { op, path, value } = operation;
    let value = value.as_ref();
    match path {
        None => without_path(resource, op, value),
        Some(Path::Nothing(text)) => Err(format!("`{text}` names nothing")),
        Some(Path::Extension(_)) => extension(resource, op, value),
        Some(Path::Attribute {
            urn,
            name,
            choice,
            part,
        }) => {
            let attributes = Law::of_users().under(urn.as_deref());
            let attribute = attributes.and_then(|all| named(all, name));
            let attribute = attribute.ok_or_else(|| format!("no attribute `{name}`"))?;
            let part = match part {
                Some(part) => Some(attribute.part(part).ok_or(format!("no part `{part}`"))?),
                None => None,
            };
            let step = Step {
                op,
                attribute,
                part,
                choice: choice.as_ref(),
                value,
            };
            let is_core = urn
                .as_ref()
                .is_none_or(|urn| urn.eq_ignore_ascii_case(USER));
            step.in_its_place(resource, is_core)
        }
    }
}

/// "If "path" is omitted, the target location is the resource itself"; its value "contains a set of
/// attributes to be added" (sections 3.5.2.1 and 3.5.2.3). "If "path" is unspecified, the operation
/// fails" (section 3.5.2.2).
fn without_path(resource: &mut Resource, op: &str, value: Option<&Value>) -> Result<(), Refused> {
    let Some(Value::Object(members)) = value.filter(|_| op != "remove") else {
        return Err(format!("`{op}` without a path and without attributes"));
    };
    for (name, value) in members {
        if name.eq_ignore_ascii_case(ENTERPRISE) {
            extension(resource, op, Some(value))?;
        } else {
            member(resource, op, (None, name), value)?;
        }
    }
    Ok(())
}

/// One attribute in the value of an operation on a resource, or on an extension.
fn member(
    resource: &mut Resource,
    op: &str,
    (urn, name): (Option<&str>, &str),
    value: &Value,
) -> Result<(), Refused> {
    if name.eq_ignore_ascii_case("schemas") {
        return Ok(());
    }
    let attributes = Law::of_users().under(urn).expect("a schema");
    let attribute = named(attributes, name).ok_or_else(|| format!("no attribute `{name}`"))?;
    let step = Step {
        op,
        attribute,
        part: None,
        choice: None,
        value: Some(value),
    };
    step.in_its_place(resource, urn.is_none())
}

/// A whole extension: like a resource within the resource.
fn extension(resource: &mut Resource, op: &str, value: Option<&Value>) -> Result<(), Refused> {
    match (op, value) {
        ("remove", None | Some(Value::Null)) | ("replace", Some(Value::Null)) => {
            resource.remove(ENTERPRISE);
            Ok(())
        }
        ("add", Some(Value::Null)) => Ok(()),
        ("add" | "replace", Some(Value::Object(members))) => {
            let mut members = members.iter();
            members
                .try_for_each(|(name, value)| member(resource, op, (Some(ENTERPRISE), name), value))
        }
        (op, value) => Err(format!("`{op}` of the extension with {value:?}")),
    }
}

impl Step<'_> {
    fn in_its_place(&self, resource: &mut Resource, is_core: bool) -> Result<(), Refused> {
        if is_core {
            return self.on(resource);
        }
        let mut extension = match resource.remove(ENTERPRISE) {
            Some(Value::Object(extension)) => extension,
            _ => Resource::new(),
        };
        self.on(&mut extension)?;
        if !extension.is_empty() {
            resource.insert(ENTERPRISE.to_owned(), extension.into());
        }
        Ok(())
    }

    fn on(&self, holder: &mut Resource) -> Result<(), Refused> {
        let name = &self.attribute.name;
        if self.attribute.is_read_only() || self.part.is_some_and(Attribute::is_read_only) {
            // Section 3.5.2: "a client MUST NOT modify an attribute that has mutability readOnly".
            return Err(format!("`{name}` is set by the server"));
        }
        self.check()?;
        if self.attribute.mutability == "writeOnly" {
            self.wanted()?;
            return Ok(());
        }
        if self.attribute.multi_valued {
            self.on_many(holder)?;
        } else {
            self.on_one(holder)?;
        }
        // What has no value any more is not there (RFC 7643 section 2.5).
        if holder.get(name).is_some_and(is_nothing) {
            holder.remove(name);
        }
        Ok(())
    }

    /// What can be said without a look at the resource.
    fn check(&self) -> Result<(), Refused> {
        let name = &self.attribute.name;
        match (self.op, self.value) {
            // Our reading: `remove` takes no value.
            ("remove", Some(value)) if !value.is_null() => {
                return Err("`remove` takes no value".to_owned());
            }
            // "The operation MUST contain a "value" member".
            ("add" | "replace", None) => return Err(format!("`{}` needs a value", self.op)),
            _ => {}
        }
        if let Some(choice) = self.choice {
            if !self.attribute.multi_valued {
                return Err(format!("`{name}` has no values to choose from"));
            }
            choice.fits(self.attribute)?;
        }
        // Section 3.5.2.2: "If an attribute is removed or becomes unassigned and is defined as a
        // required attribute [...], the server SHALL return [...] "mutability"".
        if self.attribute.required && self.part.is_none() && self.takes_away() {
            return Err(format!("`{name}` is required"));
        }
        Ok(())
    }

    /// `replace` by null clears, as `remove` does (RFC 7643 section 2.5).
    fn takes_away(&self) -> bool {
        let is_null = self.value.is_none_or(Value::is_null);
        self.op == "remove" || self.op == "replace" && is_null
    }

    /// The value, checked, of one element where one is chosen.
    fn wanted(&self) -> Result<Value, Refused> {
        let value = self.value.unwrap_or(&Value::Null);
        match self.part {
            Some(part) => simple(part, value),
            None if !self.attribute.is_complex() => simple(self.attribute, value),
            None if self.choice.is_some() || !self.attribute.multi_valued => {
                complex(self.attribute, value)
            }
            None => elements(self.attribute, value).map(Value::from),
        }
    }

    /// A single-valued attribute.
    fn on_one(&self, holder: &mut Resource) -> Result<(), Refused> {
        let name = &self.attribute.name;
        let wanted = self.wanted()?;
        if !self.attribute.is_complex() {
            set(holder, name, self.op, wanted);
            return Ok(());
        }
        if self.part.is_none() && self.takes_away() {
            holder.remove(name);
            return Ok(());
        }
        let mut parts = match holder.remove(name) {
            Some(Value::Object(parts)) => parts,
            _ => Resource::new(),
        };
        match (self.part, wanted) {
            (Some(part), wanted) => set(&mut parts, &part.name, self.op, wanted),
            // "If the target location specifies a complex attribute, a set of sub-attributes SHALL
            // be specified in the "value" parameter that replaces any existing values or adds where
            // an attribute did not previously exist."
            (None, Value::Object(wanted)) => {
                for (name, wanted) in wanted {
                    set(&mut parts, &name, self.op, wanted);
                }
            }
            (None, _) => {}
        }
        holder.insert(name.clone(), parts.into());
        Ok(())
    }

    /// A multi-valued attribute.
    fn on_many(&self, holder: &mut Resource) -> Result<(), Refused> {
        let name = &self.attribute.name;
        let wanted = self.wanted()?;
        let mut values = match holder.remove(name) {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        };
        if self.choice.is_none() && self.part.is_none() {
            match self.op {
                "add" => join(&mut values, wanted),
                // "the attribute and all values are replaced"
                _ => values.clone_from(wanted.as_array().expect("elements")),
            }
        } else {
            self.on_chosen(&mut values, &wanted)?;
        }
        values.retain(|value| !is_nothing(value));
        holder.insert(name.clone(), values.into());
        Ok(())
    }

    /// Those of its values that the path chooses: all of them, where it does not.
    fn on_chosen(&self, values: &mut [Value], wanted: &Value) -> Result<(), Refused> {
        let is_chosen = |value: &Value| {
            let element = value.as_object().expect("an element");
            let mut choice = self.choice.iter();
            choice.all(|it| it.holds(self.attribute, element))
        };
        let chosen: Vec<bool> = values.iter().map(is_chosen).collect();
        let count = chosen.iter().filter(|it| **it).count();
        let adds_nothing = self.op == "add" && is_nothing(wanted);
        let clears_all = self.takes_away() && self.choice.is_none();
        if self.op == "remove" && count == 0 || adds_nothing || clears_all && count == 0 {
            // Gone already, or nothing to add.
            return Ok(());
        }
        if count == 0 {
            // "the service provider SHALL indicate failure by returning [...] "noTarget""
            return Err("no value is chosen".to_owned());
        }
        for (value, _) in values.iter_mut().zip(&chosen).filter(|(_, it)| **it) {
            self.on_element(value, wanted);
        }
        let part = self.part.map(|part| part.name.as_str());
        let says_primary = match part {
            Some(part) => part == "primary" && *wanted == true,
            None => wanted["primary"] == true,
        };
        if says_primary && count > 1 {
            return Err("more than one value would be primary".to_owned());
        }
        if says_primary {
            only_primary(values, |at| chosen[at]);
        }
        Ok(())
    }

    fn on_element(&self, element: &mut Value, wanted: &Value) {
        let Value::Object(parts) = element else {
            panic!("an element is an object")
        };
        match (self.part, self.op, wanted) {
            (Some(part), op, wanted) => set(parts, &part.name, op, wanted.clone()),
            (None, "add", Value::Object(wanted)) => {
                let wanted = wanted.iter().filter(|(_, it)| !it.is_null());
                parts.extend(wanted.map(|(name, it)| (name.clone(), it.clone())));
            }
            // "all values that match are replaced": the whole of each.
            (None, _, wanted) => *element = said(wanted.clone()),
        }
    }
}

/// Sets what has one value: `add` of nothing adds nothing, any other nothing clears.
fn set(holder: &mut Resource, name: &str, op: &str, wanted: Value) {
    if !wanted.is_null() {
        holder.insert(name.to_owned(), wanted);
    } else if op != "add" {
        holder.remove(name);
    }
}

/// "If the target location already contains the value specified, no changes SHOULD be made":
/// it is the same by `value` and `type`, of which there should not be two (RFC 7643 section 2.4).
/// What else is said of it counts, but that it is not primary, which is what nothing said means.
fn join(values: &mut Vec<Value>, new: Value) {
    let Value::Array(new) = new else { return };
    let mut primary = None;
    for element in new {
        let says_primary = element["primary"] == true;
        let known = values.iter().position(|known| is_same(known, &element));
        if let Some(at) = known {
            supplement(&mut values[at], &element);
        } else {
            values.push(element);
        }
        let at = known.unwrap_or(values.len() - 1);
        if says_primary {
            primary = Some(at);
        }
    }
    // "a PATCH operation that sets a value's "primary" sub-attribute to "true" SHALL cause the
    // server to automatically set "primary" to "false" for any other values in the array"
    if let Some(primary) = primary {
        only_primary(values, |at| at == primary);
    }
}

fn is_same(known: &Value, new: &Value) -> bool {
    if known.get("value").is_some() {
        known.get("value") == new.get("value") && known.get("type") == new.get("type")
    } else {
        known == new
    }
}

fn supplement(known: &mut Value, new: &Value) {
    for (name, value) in new.as_object().expect("an element") {
        let is_unsaid = known.get(name).is_none();
        if !(name == "primary" && *value == false && is_unsaid) {
            known[name] = value.clone();
        }
    }
}

fn only_primary(values: &mut [Value], is_new: impl Fn(usize) -> bool) {
    for (at, value) in values.iter_mut().enumerate() {
        if !is_new(at) && value["primary"] == true {
            value["primary"] = false.into();
        }
    }
}
