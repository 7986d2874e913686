//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9), and the `returned`
//! characteristic (RFC 7643 section 7).

use crate::refusal::Refusal;
use crate::scim::schema::{Attribute, Resolved, ResourceType, Returned, Target};
use crate::scim::value::{Object, Value};

/// Which attributes an answer shows.
#[derive(Clone, Debug, Default)]
pub enum Projection {
    /// Those returned by default.
    #[default]
    Default,
    /// These, and those that are always returned.
    Only(Vec<Name>),
    /// Those returned by default, but for these.
    Except(Vec<Name>),
    /// Those returned by default, and those of these that are returned on request: the client has
    /// just named them in a write (RFC 7643 section 7, `returned`).
    Written(Vec<Name>),
}

/// An attribute path in canonical spelling, cut where [`Projection`] compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    extension: Option<String>,
    attribute: Option<String>,
    sub: Option<String>,
}

impl Projection {
    /// Reads the two query parameters. Paths that name nothing in this type select nothing: a
    /// query over several types must be able to name an attribute of one of them.
    ///
    /// # Errors
    /// `invalidValue` if both are given: they are alternatives (RFC 7644 section 3.9).
    pub fn parse(
        kind: &ResourceType,
        attributes: Option<&str>,
        excluded: Option<&str>,
    ) -> Result<Self, Refusal> {
        let names = |list: &str| {
            list.split(',')
                .filter_map(|path| name(kind, path.trim()))
                .collect()
        };
        match (attributes, excluded) {
            (None, None) => Ok(Self::Default),
            (Some(list), None) => Ok(Self::Only(names(list))),
            (None, Some(list)) => Ok(Self::Except(names(list))),
            (Some(_), Some(_)) => Err(Refusal::value(
                "`attributes` and `excludedAttributes` are alternatives: give one of them",
            )),
        }
    }

    /// Whether an attribute at the top level is shown in any part.
    #[must_use]
    pub fn shows(&self, attribute: &Attribute) -> bool {
        self.keeps(&Target {
            extension: None,
            attribute,
            sub: None,
        }) != Keep::None
    }

    /// Whether a part of an attribute at the top level is shown.
    #[must_use]
    pub fn shows_part(&self, attribute: &Attribute, part: &Attribute) -> bool {
        self.keeps(&Target {
            extension: None,
            attribute,
            sub: Some(part),
        }) != Keep::None
    }

    /// What a filter over a whole resource may look at: also this part, returned on request alone.
    #[must_use]
    pub fn with_part(target: Target<'_>) -> Self {
        Self::Written(vec![Name::of(target)])
    }

    /// The same for the answer to a write that has named these attributes.
    #[must_use]
    pub fn written(self, names: Vec<Name>) -> Self {
        match self {
            Self::Default if !names.is_empty() => Self::Written(names),
            other => other,
        }
    }

    /// Takes out of a resource what is not shown.
    pub fn apply(&self, kind: &ResourceType, resource: &mut Object<'_>) {
        forget(kind, resource);
        if matches!(self, Self::Default) && kind.returns_all {
            return;
        }
        resource.retain(|name, value| {
            if let Some(attribute) = kind.attribute(name) {
                return self.trim(
                    Target {
                        extension: None,
                        attribute,
                        sub: None,
                    },
                    value,
                );
            }
            let Some(schema) = kind.extension(name) else {
                return false;
            };
            if let Value::Object(extension) = value {
                extension.retain(|name, value| {
                    let found = crate::scim::schema::find(&schema.attributes, name);
                    found.is_some_and(|attribute| {
                        self.trim(
                            Target {
                                extension: Some(schema),
                                attribute,
                                sub: None,
                            },
                            value,
                        )
                    })
                });
                return !extension.is_empty();
            }
            false
        });
    }

    /// Trims one attribute; false if nothing of it is shown.
    fn trim(&self, target: Target<'_>, value: &mut Value<'_>) -> bool {
        match self.keeps(&target) {
            Keep::None => return false,
            Keep::All if target.attribute.sub_attributes.iter().all(by_default) => return true,
            Keep::All | Keep::Parts => {}
        }
        if let Value::List(elements) = value {
            for element in elements.iter_mut() {
                self.trim_parts(target, element);
            }
            elements.retain(|element| !element.is_absent());
        } else {
            self.trim_parts(target, value);
        }
        !value.is_absent()
    }

    fn trim_parts(&self, target: Target<'_>, element: &mut Value<'_>) {
        let Value::Object(parts) = element else {
            return;
        };
        parts.retain(|name, _| {
            let sub = target.attribute.sub_attribute(name);
            sub.is_some_and(|sub| {
                self.keeps(&Target {
                    sub: Some(sub),
                    ..target
                }) != Keep::None
            })
        });
    }

    fn keeps(&self, target: &Target<'_>) -> Keep {
        let leaf = target.leaf();
        match leaf.returned {
            Returned::Always => return Keep::All,
            Returned::Never => return Keep::None,
            Returned::Default | Returned::Request => {}
        }
        let meant = |names: &[Name]| {
            let selected = names.iter().map(|name| name.selects(target));
            selected.max().unwrap_or(Keep::None)
        };
        match self {
            Self::Only(names) => meant(names),
            Self::Written(names) if leaf.returned == Returned::Request => meant(names),
            Self::Default | Self::Except(_) if leaf.returned == Returned::Request => Keep::None,
            Self::Default | Self::Written(_) => Keep::All,
            Self::Except(names) => match meant(names) {
                Keep::All => Keep::None,
                Keep::Parts => Keep::Parts,
                Keep::None => Keep::All,
            },
        }
    }
}

/// Takes out extensions that this type no longer has: a tenant's settings have had a schema in them
/// once. The stored document keeps what stands under its URN, for the day that the schema is back.
fn forget(kind: &ResourceType, resource: &mut Object<'_>) {
    let gone = |name: &str| name.starts_with("urn:") && kind.extension(name).is_none();
    if !resource.iter().any(|(name, _)| gone(name)) {
        return;
    }
    resource.retain(|name, _| !gone(name));
    if let Some(Value::List(schemas)) = resource.get_mut("schemas") {
        schemas.retain(|urn| {
            let urn = urn.as_text().unwrap_or_default();
            urn.eq_ignore_ascii_case(&kind.core.id) || kind.extension(urn).is_some()
        });
    }
}

/// The attributes in a representation, or a part of one, that are returned on request alone.
#[must_use]
pub fn on_request(kind: &ResourceType, resource: &Object<'_>) -> Vec<Name> {
    let mut names = Vec::new();
    if kind.returns_all {
        return names;
    }
    for (name, value) in resource.iter() {
        if let Some(attribute) = kind.attribute(name) {
            named(
                Target {
                    extension: None,
                    attribute,
                    sub: None,
                },
                value,
                &mut names,
            );
        } else if let (Some(schema), Some(parts)) = (kind.extension(name), value.as_object()) {
            for (name, value) in parts.iter() {
                if let Some(attribute) = crate::scim::schema::find(&schema.attributes, name) {
                    let extension = Some(schema);
                    named(
                        Target {
                            extension,
                            attribute,
                            sub: None,
                        },
                        value,
                        &mut names,
                    );
                }
            }
        }
    }
    names
}

/// The same of one attribute, or a part of one, that a write has named.
pub fn named(target: Target<'_>, value: &Value<'_>, names: &mut Vec<Name>) {
    if target.leaf().returned == Returned::Request {
        names.push(Name::of(target));
    }
    if target.sub.is_some() {
        return;
    }
    for sub in &target.attribute.sub_attributes {
        let has = |element: &Value<'_>| {
            let parts = element.as_object();
            parts.is_some_and(|parts| parts.get(&sub.name).is_some())
        };
        if sub.returned == Returned::Request && value.elements().iter().any(has) {
            names.push(Name::of(Target {
                sub: Some(sub),
                ..target
            }));
        }
    }
}

fn by_default(attribute: &Attribute) -> bool {
    matches!(attribute.returned, Returned::Default | Returned::Always)
}

/// How much of an attribute is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Keep {
    None,
    Parts,
    All,
}

fn name(kind: &ResourceType, path: &str) -> Option<Name> {
    match kind.resolve(path)? {
        Resolved::Extension(schema) => Some(Name {
            extension: Some(schema.id.clone()),
            attribute: None,
            sub: None,
        }),
        Resolved::Attribute(target) => Some(Name::of(target)),
    }
}

impl Name {
    fn of(target: Target<'_>) -> Self {
        Self {
            extension: target.extension.map(|schema| schema.id.clone()),
            attribute: Some(target.attribute.name.clone()),
            sub: target.sub.map(|sub| sub.name.clone()),
        }
    }

    /// How much of the target this name means. `emails.value` means parts of `emails`; `emails`
    /// means all of `emails.value`.
    fn selects(&self, target: &Target<'_>) -> Keep {
        if self.extension.as_deref() != target.extension.map(|schema| schema.id.as_str()) {
            return Keep::None;
        }
        let Some(attribute) = &self.attribute else {
            return Keep::All;
        };
        if *attribute != target.attribute.name {
            return Keep::None;
        }
        match (&self.sub, target.sub) {
            (None, _) => Keep::All,
            (Some(_), None) => Keep::Parts,
            (Some(wanted), Some(sub)) if *wanted == sub.name => Keep::All,
            (Some(_), Some(_)) => Keep::None,
        }
    }
}
