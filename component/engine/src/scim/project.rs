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

    /// Takes out of a resource what is not shown.
    pub fn apply(&self, kind: &ResourceType, resource: &mut Object<'_>) {
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
            Self::Default | Self::Except(_) if leaf.returned == Returned::Request => Keep::None,
            Self::Default => Keep::All,
            Self::Except(names) => match meant(names) {
                Keep::All => Keep::None,
                Keep::Parts => Keep::Parts,
                Keep::None => Keep::All,
            },
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
        Resolved::Attribute(target) => Some(Name {
            extension: target.extension.map(|schema| schema.id.clone()),
            attribute: Some(target.attribute.name.clone()),
            sub: target.sub.map(|sub| sub.name.clone()),
        }),
    }
}

impl Name {
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
