//! Where a value stands in a user: a SCIM path, perhaps with a filter that selects among many values.

use super::{Why, present, quoted};
use crate::scim::filter::{Checked, PathText, check_element};
use crate::scim::schema::{Attribute, Kind, Mutability, Place, Resolved, ResourceType, Target};
use crate::scim::tolerance::Tolerances;
use crate::scim::tolerant::described;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Bytes of a path.
const MAX_PATH: usize = 512;

/// What the server sets and what stands in the document all the same. The rest is made when it is read:
/// a user's groups, a place in a line.
const STORED: [&str; 4] = [
    "id",
    "meta.resourceType",
    "meta.created",
    "meta.lastModified",
];

/// By what a provider says who leaves, and takes away what somebody has.
const PROVIDERS: [&str; 3] = ["active", "entitlements", "roles"];

/// Parts of a license that stand in no document.
const NOT_STORED: [&str; 2] = ["display", "position"];

/// A path, checked against the User type.
#[derive(Clone, Debug)]
pub struct Selector {
    text: String,
    place: Place,
    /// Whether all values are meant, as a list, and not the first alone.
    many: bool,
    /// The element that the filter describes, if it says no more than what is equal.
    makes: Option<Object<'static>>,
}

impl Selector {
    /// Reads a path. `many`: whether all values are meant; if that is not said, all are where no filter
    /// selects among them.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(kind: &ResourceType, text: &str, many: Option<bool>) -> Result<Self, String> {
        if text.len() > MAX_PATH {
            return Err(format!("a path has {MAX_PATH} bytes at most"));
        }
        let path = PathText::parse(text).map_err(|refusal| refusal.to_string())?;
        let Some(Resolved::Attribute(mut target)) = kind.resolve(path.attribute) else {
            return Err(format!("`{}` is not an attribute of User", path.attribute));
        };
        let mut makes = None;
        if let Some(filter) = &path.filter {
            if target.sub.is_some() || !target.attribute.multi_valued {
                return Err(format!("`{}` has no values to select from", path.attribute));
            }
            check_element(filter, target.attribute, Tolerances::default())
                .map_err(|refusal| refusal.to_string())?;
            makes = described(filter).map(Object::into_owned);
            if let Some(name) = path.sub {
                let sub = target.attribute.sub_attribute(name);
                let unknown = || format!("`{name}` is not a part of `{}`", target.attribute.name);
                target.sub = Some(sub.ok_or_else(unknown)?);
            }
        }
        readable(target)?;
        let has_many = target.attribute.multi_valued || target.leaf().multi_valued;
        if many == Some(true) && !has_many {
            return Err(format!("`{text}` has one value: leave `many` out"));
        }
        let place = kind.place(target);
        Ok(Self {
            text: text.to_owned(),
            place: place.ok_or_else(|| format!("`{text}` is not an attribute of User"))?,
            many: many.unwrap_or(has_many && path.filter.is_none()),
            makes,
        })
    }

    /// As the settings have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether all values are meant.
    #[must_use]
    pub fn is_many(&self) -> bool {
        self.many
    }

    /// The attribute or the part that it names.
    #[must_use]
    pub fn leaf<'k>(&self, kind: &'k ResourceType) -> Option<&'k Attribute> {
        kind.at(self.place).map(Target::leaf)
    }

    /// Whether it is the server that sets it.
    #[must_use]
    pub fn is_read_only(&self, kind: &ResourceType) -> bool {
        let read_only = |it: &Attribute| it.mutability == Mutability::ReadOnly;
        kind.at(self.place)
            .is_some_and(|target| read_only(target.attribute) || read_only(target.leaf()))
    }

    /// Whether providers take something away by it, so that it cannot be the platform's alone.
    #[must_use]
    pub fn is_providers(&self, kind: &ResourceType) -> bool {
        kind.at(self.place).is_some_and(|target| {
            target.extension.is_none() && PROVIDERS.contains(&target.attribute.name.as_str())
        })
    }

    /// Why nothing can be put here, if that is so.
    #[must_use]
    pub fn unwritable(&self, kind: &ResourceType) -> Option<String> {
        let target = kind.at(self.place)?;
        let (attribute, leaf) = (target.attribute, target.leaf());
        let may = |it: &Attribute| it.mutability == Mutability::ReadWrite;
        let text = &self.text;
        let has_filter = text.contains('[');
        let is_value = target.sub.is_none_or(|sub| sub.name == "value");
        if !may(attribute) || !may(leaf) {
            return Some(format!("`{text}` cannot be changed at any time"));
        }
        if target.sub.is_some() && leaf.multi_valued {
            return Some(format!("`{text}` has many values within each value"));
        }
        if has_filter && self.makes.is_none() {
            return Some(format!(
                "the filter of `{text}` does not say what a new value would be: use `eq` and `and`"
            ));
        }
        if attribute.multi_valued && !has_filter && !self.many {
            return Some(format!("`{text}` has many values: select one by a filter"));
        }
        if self.many && !is_value {
            return Some(format!(
                "what tells values of `{text}` apart is their `value`"
            ));
        }
        None
    }

    /// The value, or the list of them, that a user has here.
    #[must_use]
    pub fn read(&self, kind: &ResourceType, user: &Object<'_>) -> Option<Value<'static>> {
        let target = kind.at(self.place)?;
        let mut values = Vec::new();
        let all = holder(user, target).and_then(|it| it.get(&target.attribute.name));
        let filter = self.filter(target);
        for element in all.map_or(&[][..], Value::elements) {
            if filter.as_ref().is_none_or(|it| it.matches_element(element)) {
                let part = part(element, target);
                values.extend(
                    part.iter()
                        .cloned()
                        .map(Value::into_owned)
                        .filter_map(present),
                );
            }
        }
        if self.many {
            return present(Value::List(values));
        }
        let unsaid = target.leaf().unsaid.map(Value::Bool);
        values.into_iter().next().or(unsaid)
    }

    /// Puts a value, or the list of them, where [`Selector::read`] finds it; takes it out if there is none.
    ///
    /// # Errors
    /// Where a list is given for one value, or one for a list.
    pub fn write<'a>(
        &self,
        kind: &ResourceType,
        user: &mut Object<'a>,
        value: Option<Value<'static>>,
    ) -> Result<(), Why> {
        let Some(target) = kind.at(self.place) else {
            return Ok(());
        };
        let values = self.values(value)?;
        let values = values
            .into_iter()
            .map(|it| typed(target.leaf(), it))
            .collect();
        let filter = self.filter(target);
        let attribute = target.attribute;
        let Some(holder) = holder_mut(user, target) else {
            return Ok(());
        };
        if attribute.multi_valued {
            let old = match holder.remove(&attribute.name) {
                Some(Value::List(elements)) => elements,
                _ => Vec::new(),
            };
            let chosen = |it: &Value<'a>| filter.as_ref().is_none_or(|it2| it2.matches_element(it));
            let new = if self.many {
                self.all(target, old, values, &chosen)
            } else {
                self.one(target, old, values, &chosen)
            };
            if !new.is_empty() {
                holder.set(attribute.name.clone(), Value::List(new));
            }
        } else {
            single(holder, target, values);
        }
        if let Some(schema) = target.extension
            && user.get(&schema.id).is_some_and(Value::is_absent)
        {
            user.remove(&schema.id);
        }
        Ok(())
    }

    /// The PATCH operation that makes what a user has here what this one has.
    #[must_use]
    pub fn operation(&self, kind: &ResourceType, user: &Object<'_>) -> Option<Object<'static>> {
        let mut target = kind.at(self.place)?;
        if target.attribute.multi_valued {
            target.sub = None;
        }
        let whole = holder(user, target).and_then(|it| it.get(&target.attribute.name));
        let value = match target.sub {
            None => whole,
            Some(sub) => whole
                .and_then(Value::as_object)
                .and_then(|it| it.get(&sub.name)),
        };
        let value = value.cloned().map_or(Value::Null, Value::into_owned);
        let mut operation = Object::with_capacity(3);
        operation.push("op", Value::text("replace"));
        operation.push("path", Value::owned(target.path()));
        operation.push("value", value);
        Some(operation)
    }

    fn filter<'k>(&self, target: Target<'k>) -> Option<Checked<'k>> {
        let filter = PathText::parse(&self.text).ok()?.filter?;
        check_element(&filter, target.attribute, Tolerances::default()).ok()
    }

    /// What is given, as a list.
    fn values(&self, value: Option<Value<'static>>) -> Result<Vec<Value<'static>>, Why> {
        match (value, self.many) {
            (None, _) => Ok(Vec::new()),
            (Some(Value::List(values)), true) => Ok(values),
            (Some(value), false) if !matches!(value, Value::List(_)) => Ok(vec![value]),
            (Some(value), true) => Err(Why(format!("{} must be a list", quoted(&value)))),
            (Some(value), false) => Err(Why(format!("{} must be one value", quoted(&value)))),
        }
    }

    /// An element that says what the filter says.
    fn made<'a>(&self, target: Target<'_>, value: Value<'static>) -> Value<'a> {
        let Some(sub) = target.sub else {
            return value;
        };
        let mut made = self.makes.clone().unwrap_or_default();
        made.set(sub.name.clone(), value);
        Value::Object(made)
    }

    /// These values in the place of all that are chosen. What has one of them already keeps its other parts.
    fn all<'a>(
        &self,
        target: Target<'_>,
        old: Vec<Value<'a>>,
        values: Vec<Value<'static>>,
        chosen: &dyn Fn(&Value<'a>) -> bool,
    ) -> Vec<Value<'a>> {
        let (mut known, mut new): (Vec<_>, Vec<_>) = old.into_iter().partition(chosen);
        for value in values {
            let same = |it: &Value<'a>| part(it, target).first().is_some_and(|it| it.same(&value));
            match known.iter().position(same) {
                Some(at) => new.push(known.remove(at)),
                None => new.push(self.made(target, value)),
            }
        }
        new
    }

    /// This value in the first of those that are chosen; without one, none of them has it any longer.
    fn one<'a>(
        &self,
        target: Target<'_>,
        mut old: Vec<Value<'a>>,
        values: Vec<Value<'static>>,
        chosen: &dyn Fn(&Value<'a>) -> bool,
    ) -> Vec<Value<'a>> {
        let Some(value) = values.into_iter().next() else {
            let is_value = target.sub.is_none_or(|sub| sub.name == "value");
            if is_value {
                old.retain(|element| !chosen(element));
            } else {
                for element in old.iter_mut().filter(|it| chosen(it)) {
                    take_out(element, target);
                }
                old.retain(|element| !element.is_absent());
            }
            return old;
        };
        let has = |it: &Value<'a>| chosen(it) && !part(it, target).is_empty();
        let at = old
            .iter()
            .position(has)
            .or_else(|| old.iter().position(chosen));
        match at.and_then(|at| old.get_mut(at)) {
            Some(Value::Object(parts)) => {
                if let Some(sub) = target.sub {
                    parts.set(sub.name.clone(), value);
                }
            }
            Some(simple) => *simple = value,
            None => old.push(self.made(target, value)),
        }
        old
    }
}

/// Whether values of it can be found in a document.
fn readable(target: Target<'_>) -> Result<(), String> {
    let (attribute, leaf) = (target.attribute, target.leaf());
    let path = target.path();
    if leaf.is_complex() {
        let example = leaf
            .sub_attributes
            .first()
            .map_or("value", |it| it.name.as_str());
        return Err(format!("say which part of `{path}`, such as `{example}`"));
    }
    if !attribute.is_kept() || !leaf.is_kept() {
        return Err(format!("`{path}` is writeOnly: it is kept nowhere"));
    }
    let is_ours = target.extension.is_some_and(|schema| {
        schema.id == urn::SCIMLET_USER && !NOT_STORED.contains(&leaf.name.as_str())
    });
    let read_only = |it: &Attribute| it.mutability == Mutability::ReadOnly;
    let by_server = read_only(attribute) || read_only(leaf);
    if by_server && !is_ours && !STORED.contains(&path.as_str()) {
        return Err(format!(
            "`{path}` stands in no document: it is made when it is read"
        ));
    }
    Ok(())
}

/// A value as its attribute has it, where a table or a template has made text of it.
fn typed(leaf: &Attribute, value: Value<'static>) -> Value<'static> {
    match (leaf.kind, &value) {
        (Kind::Boolean | Kind::Integer | Kind::Decimal, Value::Text(text)) => {
            match Value::parse(text).map(Value::into_owned) {
                Ok(read @ (Value::Bool(_) | Value::Integer(_) | Value::Decimal(_))) => read,
                _ => value,
            }
        }
        _ => value,
    }
}

fn holder<'r, 'a>(user: &'r Object<'a>, target: Target<'_>) -> Option<&'r Object<'a>> {
    match target.extension {
        Some(schema) => user.get(&schema.id).and_then(Value::as_object),
        None => Some(user),
    }
}

fn holder_mut<'r, 'a>(user: &'r mut Object<'a>, target: Target<'_>) -> Option<&'r mut Object<'a>> {
    match target.extension {
        Some(schema) => user.object_mut(&schema.id),
        None => Some(user),
    }
}

/// The values of the part that is meant, in one element.
fn part<'r, 'a>(element: &'r Value<'a>, target: Target<'_>) -> &'r [Value<'a>] {
    match target.sub {
        None => std::slice::from_ref(element),
        Some(sub) => {
            let part = element.as_object().and_then(|parts| parts.get(&sub.name));
            part.map_or(&[], Value::elements)
        }
    }
}

fn take_out(element: &mut Value<'_>, target: Target<'_>) {
    if let (Value::Object(parts), Some(sub)) = (element, target.sub) {
        parts.remove(&sub.name);
    }
}

/// An attribute of one value, or a part of it.
fn single(holder: &mut Object<'_>, target: Target<'_>, values: Vec<Value<'static>>) {
    let name = &target.attribute.name;
    match (target.sub, values.into_iter().next()) {
        (None, Some(value)) => holder.set(name.clone(), value),
        (None, None) => drop(holder.remove(name)),
        (Some(sub), Some(value)) => {
            if let Some(parts) = holder.object_mut(name) {
                parts.set(sub.name.clone(), value);
            }
        }
        (Some(sub), None) => {
            if let Some(Value::Object(parts)) = holder.get_mut(name) {
                parts.remove(&sub.name);
            }
            if holder.get(name).is_some_and(Value::is_absent) {
                holder.remove(name);
            }
        }
    }
}
