//! `mapping`: the fields of the platform's accounts, each checked (docs/mapping.md).

mod step;

use serde_json::{Map, Value as Json};

use super::reader::{Reader, digest};
use crate::mapping::{Direction, Field, Mapping, Selector, Source, Template, present};
use crate::scim::schema::ResourceType;
use crate::scim::value::Value;

/// Fields of one account.
const MAX_FIELDS: usize = 200;

/// Bytes of the name of a field.
const MAX_NAME: usize = 64;

impl Reader<'_> {
    /// `$.mapping`
    pub(super) fn mapping(&mut self, value: &Json) -> Mapping {
        let at = "$.mapping";
        let mut mapping = Mapping {
            digest: digest(value),
            ..Mapping::default()
        };
        let Some(object) = self.object(at, value) else {
            return mapping;
        };
        self.only(at, object, &["fields"]);
        let Some(kind) = self.registry.by_name("User") else {
            return mapping;
        };
        let at = "$.mapping.fields";
        let list = match object.get("fields") {
            Some(list) => self.list(at, list).map_or(&[][..], Vec::as_slice),
            None => &[],
        };
        if list.is_empty() || list.len() > MAX_FIELDS {
            self.problem(at, &format!("1 to {MAX_FIELDS} fields"));
        }
        for (index, item) in list.iter().enumerate().take(MAX_FIELDS) {
            let at = format!("{at}[{index}]");
            let Some(field) = self.field(&at, item, kind) else {
                continue;
            };
            if mapping.field(&field.name).is_some() {
                self.problem(&format!("{at}.field"), "another field has this name");
            }
            mapping.fields.push(field);
        }
        mapping
    }

    fn field(&mut self, at: &str, item: &Json, kind: &ResourceType) -> Option<Field> {
        let object = self.object(at, item)?;
        let known = [
            "field",
            "path",
            "many",
            "template",
            "constant",
            "direction",
            "required",
            "transforms",
        ];
        self.only(at, object, &known);
        let name = self.field_name(at, object);
        let direction = self.direction(at, object);
        let required = self.flag(at, object, "required");
        let source = self.source(at, object, kind)?;
        let mut field = Field {
            name,
            source,
            direction,
            required,
            steps: Vec::new(),
        };
        self.steps(at, object, kind, &mut field);
        self.direction_fits(at, kind, &field);
        Some(field)
    }

    fn field_name(&mut self, at: &str, object: &Map<String, Json>) -> String {
        let name = self.text(at, object, "field");
        if !name.is_empty() && !is_name(&name) {
            let detail =
                "a letter or `_`, then letters, digits, `_`, `-` and `.`, 64 bytes at most";
            self.problem(&format!("{at}.field"), detail);
        }
        name
    }

    fn direction(&mut self, at: &str, object: &Map<String, Json>) -> Direction {
        match object.get("direction").map(Json::as_str) {
            None | Some(Some("out")) => Direction::Out,
            Some(Some("in")) => Direction::In,
            Some(Some("both")) => Direction::Both,
            Some(_) => {
                self.problem(&format!("{at}.direction"), "one of out, in, both");
                Direction::Out
            }
        }
    }

    /// Exactly one of the three.
    fn source(
        &mut self,
        at: &str,
        object: &Map<String, Json>,
        kind: &ResourceType,
    ) -> Option<Source> {
        let many = object.get("many").map(Json::as_bool);
        if many == Some(None) || (many.is_some() && object.get("path").is_none()) {
            let detail = "true or false, beside a `path`";
            self.problem(&format!("{at}.many"), detail);
        }
        let (key, read) = match (
            object.get("path"),
            object.get("template"),
            object.get("constant"),
        ) {
            (Some(path), None, None) => {
                let path = path.as_str().unwrap_or_default();
                let read = Selector::parse(kind, path, many.flatten());
                ("path", read.map(Source::Path))
            }
            (None, Some(template), None) => {
                let template = template.as_str().unwrap_or_default();
                let read = Template::parse(kind, template);
                ("template", read.map(Source::Template))
            }
            (None, None, Some(constant)) => {
                let constant = constant_of(constant).ok_or_else(|| SCALAR.to_owned());
                ("constant", constant.map(Source::Constant))
            }
            _ => {
                let detail = "a field has one of `path`, `template`, `constant`";
                self.problem(at, detail);
                return None;
            }
        };
        read.map_err(|detail| self.problem(&format!("{at}.{key}"), &detail))
            .ok()
    }

    /// Whether a field can go the way that it is told to.
    fn direction_fits(&mut self, at: &str, kind: &ResourceType, field: &Field) {
        if field.direction != Direction::Out
            && let Some(why) = field.one_way(kind)
        {
            let detail = format!("{why}: the direction can only be `out`");
            self.problem(&format!("{at}.direction"), &detail);
        }
        if field.direction == Direction::In
            && let Some(selector) = field.target().filter(|it| it.is_providers(kind))
        {
            let path = selector.as_str();
            let detail = format!(
                "`{path}` cannot be the platform's alone, since a provider takes licenses away by \
                 it: the direction can only be `out` or `both`"
            );
            self.problem(&format!("{at}.direction"), &detail);
        }
        let detail = match field.direction {
            _ if !field.required => return,
            Direction::In => "the platform gives this field: no client can be asked for it",
            _ if field.is_read_only(kind) => "the server sets this: no client can be asked for it",
            _ if is_taken(kind, field) => "a provider takes licenses away by it, and may take all",
            _ => return,
        };
        self.problem(&format!("{at}.required"), detail);
    }
}

/// Whether providers may leave nothing of what a field comes from. Of `active` there is always something.
fn is_taken(kind: &ResourceType, field: &Field) -> bool {
    field.target().is_some_and(|selector| {
        let mut leaf = selector.leaf(kind).into_iter();
        selector.is_providers(kind) && leaf.any(|leaf| leaf.unsaid.is_none())
    })
}

/// What a constant, a default or a word of the platform may be.
const SCALAR: &str = "a string, a number, true, false, or a list of these; not empty";

/// A value that a setting gives.
fn constant_of(json: &Json) -> Option<Value<'static>> {
    let is_single = |it: &Json| it.is_string() || it.is_number() || it.is_boolean();
    let is_good = match json {
        Json::Array(list) => list.iter().all(is_single),
        single => is_single(single),
    };
    let text = json.to_string();
    let value = Value::parse(&text).ok().filter(|_| is_good)?.into_owned();
    present(value)
}

fn is_name(name: &str) -> bool {
    let first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let rest = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    name.len() <= MAX_NAME && name.starts_with(first) && name.chars().all(rest)
}
