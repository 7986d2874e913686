//! A resource type with its schemas at hand, and what a path means in it.

use std::sync::Arc;

use super::{Attribute, Schema, TypeDeclaration, find};
use crate::scim::index::Keys;
use crate::scim::tolerance::Tolerances;

/// A resource type with its schemas at hand.
#[derive(Clone, Debug)]
pub struct ResourceType {
    /// As declared.
    pub declared: TypeDeclaration,
    /// RFC 7643 section 3.1.
    pub common: Arc<Schema>,
    /// The schema whose attributes stand at the top level.
    pub core: Arc<Schema>,
    /// The schemas whose attributes stand under their URN.
    pub extensions: Vec<Arc<Schema>>,
    /// Whether everything that can be stored is returned by default (RFC 7643 section 7,
    /// `returned`): an answer without a projection is then the whole document, but for extensions
    /// that the tenant's settings no longer name.
    pub returns_all: bool,
    /// What the tenant's provider may deviate in.
    pub tolerances: Tolerances,
    /// Which of its attributes are found by the store, and which are unique.
    pub(crate) keys: Keys,
}

/// A [`Target`] that borrows nothing: positions in the schemas of the type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    part: Part,
    attribute: usize,
    sub: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Common,
    Core,
    Extension(usize),
}

/// What a path names: an attribute, or a part of one.
#[derive(Clone, Copy, Debug)]
pub struct Target<'t> {
    /// The extension it stands under; none at the top level.
    pub extension: Option<&'t Schema>,
    /// The attribute.
    pub attribute: &'t Attribute,
    /// The part of it.
    pub sub: Option<&'t Attribute>,
}

/// What an attribute path may be about.
#[derive(Clone, Copy, Debug)]
pub enum Resolved<'t> {
    /// An attribute.
    Attribute(Target<'t>),
    /// A whole extension.
    Extension(&'t Schema),
}

impl ResourceType {
    /// A type of these schemas.
    pub(crate) fn new(
        declared: TypeDeclaration,
        common: &Arc<Schema>,
        core: Arc<Schema>,
        extensions: Vec<Arc<Schema>>,
    ) -> Self {
        let returned = |schema: &Arc<Schema>| {
            let attributes = &schema.attributes;
            !schema.is_own && attributes.iter().all(Attribute::returned_if_stored)
        };
        let returns_all = extensions.iter().chain([&core, common]).all(returned);
        let mut kind = Self {
            returns_all,
            common: Arc::clone(common),
            core,
            extensions,
            tolerances: Tolerances::default(),
            declared,
            keys: Keys::default(),
        };
        kind.keys = Keys::of(&kind, &[]);
        kind
    }

    /// `User`; also the kind of its rows.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.declared.name
    }

    /// The top-level attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.core.attributes, name).or_else(|| find(&self.common.attributes, name))
    }

    /// Whether every resource has this attribute, whatever its type (RFC 7643 section 3.1).
    pub(crate) fn is_common(&self, attribute: &Attribute) -> bool {
        find(&self.core.attributes, &attribute.name).is_none()
            && find(&self.common.attributes, &attribute.name).is_some()
    }

    /// The extension of that URN, whatever its case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions
            .iter()
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
            .map(AsRef::as_ref)
    }

    /// Every attribute that a client can name, with its parts: the core's, then the extensions'.
    /// Those that are common to all types are left out.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        let extensions = self.extensions.iter().enumerate();
        let parts = std::iter::once((Part::Core, &self.core))
            .chain(extensions.map(|(at, schema)| (Part::Extension(at), schema)));
        parts.flat_map(|(part, schema)| {
            let attributes = schema.attributes.iter().enumerate();
            attributes.flat_map(move |(attribute, it)| {
                let place = move |sub| Place {
                    part,
                    attribute,
                    sub,
                };
                let subs = 0..it.sub_attributes.len();
                std::iter::once(place(None)).chain(subs.map(move |sub| place(Some(sub))))
            })
        })
    }

    /// Where a target of this type stands.
    pub(crate) fn place(&self, target: Target<'_>) -> Option<Place> {
        let at = |attributes: &[Attribute]| {
            let mut names = attributes.iter().map(|it| it.name.as_str());
            names.position(|name| name == target.attribute.name)
        };
        let (part, attribute) = match target.extension {
            Some(schema) => {
                let mut extensions = self.extensions.iter();
                let extension = extensions.position(|it| it.id == schema.id)?;
                (Part::Extension(extension), at(&schema.attributes)?)
            }
            None => match at(&self.core.attributes) {
                Some(attribute) => (Part::Core, attribute),
                None => (Part::Common, at(&self.common.attributes)?),
            },
        };
        let sub = match target.sub {
            Some(sub) => {
                let mut subs = target.attribute.sub_attributes.iter();
                Some(subs.position(|it| it.name == sub.name)?)
            }
            None => None,
        };
        Some(Place {
            part,
            attribute,
            sub,
        })
    }

    /// What stands there.
    pub(crate) fn at(&self, place: Place) -> Option<Target<'_>> {
        let (schema, extension) = match place.part {
            Part::Common => (&self.common, None),
            Part::Core => (&self.core, None),
            Part::Extension(at) => {
                let schema = self.extensions.get(at)?;
                (schema, Some(schema.as_ref()))
            }
        };
        let attribute = schema.attributes.get(place.attribute)?;
        let sub = match place.sub {
            Some(at) => Some(attribute.sub_attributes.get(at)?),
            None => None,
        };
        Some(Target {
            extension,
            attribute,
            sub,
        })
    }

    /// What an attribute path names (RFC 7644 section 3.10): `userName`, `name.familyName`, or
    /// either behind a schema URN and a colon. URNs hold dots and colons themselves, so those of
    /// this type are tried, longest first. None for a path that names nothing here.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<Resolved<'_>> {
        if let Some(schema) = self.extension(path) {
            return Some(Resolved::Extension(schema));
        }
        let under = |schema: &Schema| qualified(path, &schema.id).map(str::len);
        let longest = self
            .extensions
            .iter()
            .chain([&self.core])
            .filter_map(|schema| under(schema).map(|rest| (rest, schema)))
            .min_by_key(|(rest, _)| *rest);
        let Some((_, schema)) = longest else {
            return self.dotted(None, path);
        };
        let rest = qualified(path, &schema.id)?;
        if Arc::ptr_eq(schema, &self.core) {
            self.dotted(None, rest)
        } else {
            self.dotted(Some(schema), rest)
        }
    }

    /// The attribute of an extension that a path without its URN may mean: the only one of that
    /// name, where the core has none.
    #[must_use]
    pub fn in_an_extension(&self, path: &str) -> Option<Target<'_>> {
        let mut found = self.extensions.iter().filter_map(|schema| {
            let under = if path.contains(':') {
                None
            } else {
                self.dotted(Some(schema), path)
            };
            match under {
                Some(Resolved::Attribute(target)) => Some(target),
                _ => None,
            }
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    fn dotted<'t>(&'t self, extension: Option<&'t Schema>, path: &str) -> Option<Resolved<'t>> {
        let (name, part) = match path.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (path, None),
        };
        let attribute = match extension {
            Some(schema) => find(&schema.attributes, name),
            None => self.attribute(name),
        }?;
        let sub = match part {
            Some(part) => Some(attribute.sub_attribute(part)?),
            None => None,
        };
        Some(Resolved::Attribute(Target {
            extension,
            attribute,
            sub,
        }))
    }
}

/// What stands behind `urn:` in a qualified path.
fn qualified<'p>(path: &'p str, urn: &str) -> Option<&'p str> {
    let (head, rest) = path.split_at_checked(urn.len())?;
    if head.eq_ignore_ascii_case(urn) {
        rest.strip_prefix(':')
    } else {
        None
    }
}

impl<'t> Target<'t> {
    /// An attribute of the core schema.
    #[must_use]
    pub fn top(attribute: &'t Attribute) -> Self {
        Self {
            extension: None,
            attribute,
            sub: None,
        }
    }

    /// The attribute or the part that is meant.
    #[must_use]
    pub fn leaf(self) -> &'t Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The path in canonical spelling, as the index and error messages use it.
    #[must_use]
    pub fn path(self) -> String {
        let mut path = String::new();
        if let Some(schema) = self.extension {
            path.push_str(&schema.id);
            path.push(':');
        }
        path.push_str(&self.attribute.name);
        if let Some(sub) = self.sub {
            path.push('.');
            path.push_str(&sub.name);
        }
        path
    }
}
