//! A filter against a resource type: paths resolved, values normalised to the attribute's type.

use std::borrow::Cow;

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization as _;

use super::parse::{self, VALUE};
use super::{Filter, Literal, Operator};
use crate::refusal::Refusal;
use crate::scim::schema::{Attribute, Kind, Resolved, ResourceType, Target};
use crate::scim::time;
use crate::scim::tolerance::{Tolerance, Tolerances};
use crate::scim::tolerant::{boolean, renamed};

/// A filter that has a meaning for a resource type.
#[derive(Clone, Debug)]
pub enum Checked<'t> {
    /// All of them.
    And(Vec<Checked<'t>>),
    /// One of them at least.
    Or(Vec<Checked<'t>>),
    /// Not this one.
    Not(Box<Checked<'t>>),
    /// There is a value.
    Present(Operand<'t>),
    /// A value compares so. Never `Ne`: that is `Not` of `Eq`.
    Compare(Operand<'t>, Operator, Comparand),
    /// One element of the attribute satisfies the whole of it.
    Element(Target<'t>, Box<Checked<'t>>),
}

impl Checked<'_> {
    /// Whether the filter is about this part of the elements of an attribute.
    pub(crate) fn names_part(&self, name: &str) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|it| it.names_part(name)),
            Self::Not(inner) | Self::Element(_, inner) => inner.names_part(name),
            Self::Present(operand) | Self::Compare(operand, ..) => match operand {
                Operand::Resource(target) => target.sub.is_some_and(|sub| sub.name == name),
                Operand::Element(attribute) => attribute.name == name,
            },
        }
    }

    /// Whether some attribute that the filter is about satisfies a test.
    pub(crate) fn any_target(&self, test: &dyn Fn(Target<'_>) -> bool) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.any_target(test)),
            Self::Not(inner) => inner.any_target(test),
            Self::Present(operand) | Self::Compare(operand, ..) => match operand {
                Operand::Resource(target) => test(*target),
                Operand::Element(_) => false,
            },
            Self::Element(target, inner) => test(*target) || inner.any_target(test),
        }
    }
}

/// Where a value is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'t> {
    /// In the resource.
    Resource(Target<'t>),
    /// In the element that a value path has selected.
    Element(&'t Attribute),
}

impl Operand<'_> {
    /// The attribute whose value is compared.
    #[must_use]
    pub fn leaf(&self) -> &Attribute {
        match self {
            Self::Resource(target) => target.leaf(),
            Self::Element(attribute) => attribute,
        }
    }
}

/// A value, normalised to the type of the attribute it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparand {
    /// Text; folded if the attribute ignores case.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A moment.
    Instant(Timestamp),
}

/// Where the paths of a filter are resolved.
pub(super) enum Scope<'t> {
    /// At the top of a resource.
    Type(&'t ResourceType),
    /// The same, where other types are asked too: what this one does not have has no value.
    OneOfSeveral(&'t ResourceType),
    /// Inside the brackets behind this attribute.
    Element(&'t Attribute),
}

/// Checks a filter that stands in the brackets of a value path.
///
/// # Errors
/// `invalidFilter`.
pub(crate) fn check_element<'t>(
    filter: &Filter<'_>,
    attribute: &'t Attribute,
    tolerances: Tolerances,
) -> Result<Checked<'t>, Refusal> {
    check(filter, &Scope::Element(attribute), tolerances)
}

pub(super) fn check<'t>(
    filter: &Filter<'_>,
    scope: &Scope<'t>,
    tolerances: Tolerances,
) -> Result<Checked<'t>, Refusal> {
    let all = |parts: &[Filter<'_>]| -> Result<Vec<_>, Refusal> {
        let checked = parts.iter().map(|part| check(part, scope, tolerances));
        checked.collect()
    };
    if let Some(constant) = scope.has_no_value(filter) {
        return Ok(constant);
    }
    match filter {
        Filter::And(parts) => Ok(Checked::And(all(parts)?)),
        Filter::Or(parts) => Ok(Checked::Or(all(parts)?)),
        Filter::Not(inner) => Ok(Checked::Not(Box::new(check(inner, scope, tolerances)?))),
        Filter::Present(path) => Ok(Checked::Present(scope.operand(path, tolerances)?)),
        Filter::Compare(path, operator, literal) => {
            let operand = scope.operand(path, tolerances)?;
            compare(operand, path, *operator, literal, tolerances)
        }
        Filter::ValuePath(path, inner) => {
            let target = scope.element(path, tolerances)?;
            let inner = check(inner, &Scope::Element(target.leaf()), tolerances)?;
            Ok(Checked::Element(target, Box::new(inner)))
        }
        Filter::ValuePathPart(path, inner, part) => {
            tolerances.allow(Tolerance::ValuePathParts, || {
                let said =
                    format!("`{path}[...].part` is no filter; put the part into the brackets");
                Refusal::filter(said)
            })?;
            let target = scope.element(path, tolerances)?;
            let element = Scope::Element(target.leaf());
            let both = [inner, part].map(|filter| check(filter, &element, tolerances));
            let both = both.into_iter().collect::<Result<Vec<_>, _>>()?;
            Ok(Checked::Element(target, Box::new(Checked::And(both))))
        }
    }
}

impl<'t> Scope<'t> {
    /// What a comparison comes to where the type has no such attribute: `false`, but for those that
    /// are true of what is absent.
    fn has_no_value(&self, filter: &Filter<'_>) -> Option<Checked<'t>> {
        let Self::OneOfSeveral(kind) = self else {
            return None;
        };
        let (path, holds) = match filter {
            Filter::Compare(path, Operator::Eq, Literal::Null) => (path, true),
            Filter::Compare(path, Operator::Ne, literal) => {
                (path, !matches!(literal, Literal::Null))
            }
            Filter::Present(path)
            | Filter::ValuePath(path, _)
            | Filter::ValuePathPart(path, ..)
            | Filter::Compare(path, ..) => (path, false),
            Filter::And(_) | Filter::Or(_) | Filter::Not(_) => return None,
        };
        let known = kind.resolve(path).is_some()
            || renamed(kind, path).is_some()
            || kind.in_an_extension(path).is_some();
        match (known, holds) {
            (true, _) => None,
            (false, true) => Some(Checked::And(Vec::new())),
            (false, false) => Some(Checked::Or(Vec::new())),
        }
    }

    fn operand(&self, path: &str, tolerances: Tolerances) -> Result<Operand<'t>, Refusal> {
        match self {
            Self::Type(kind) | Self::OneOfSeveral(kind) => {
                if let Some(Resolved::Attribute(target)) = kind.resolve(path) {
                    return Ok(Operand::Resource(target));
                }
                legacy(kind, path, tolerances).map(Operand::Resource)
            }
            Self::Element(attribute) => part(attribute, path)
                .map(Operand::Element)
                .ok_or_else(|| unknown(path, &attribute.name)),
        }
    }

    fn element(&self, path: &str, tolerances: Tolerances) -> Result<Target<'t>, Refusal> {
        let (Self::Type(kind) | Self::OneOfSeveral(kind)) = self else {
            let detail = format!("`{path}[...]` cannot stand inside another pair of brackets");
            return Err(Refusal::filter(detail));
        };
        match kind.resolve(path) {
            Some(Resolved::Attribute(target)) if target.sub.is_none() && has_parts(target) => {
                Ok(target)
            }
            Some(_) => Err(Refusal::filter(format!(
                "`{path}` has no parts to filter by"
            ))),
            None => legacy(kind, path, tolerances),
        }
    }
}

/// Whether brackets may stand behind an attribute: it has parts, or values whose own name is
/// `value`.
fn has_parts(target: Target<'_>) -> bool {
    target.attribute.is_complex() || target.attribute.multi_valued
}

/// The part of a complex attribute; of a simple one, its value under the name `value`.
fn part<'t>(attribute: &'t Attribute, name: &str) -> Option<&'t Attribute> {
    if attribute.is_complex() {
        attribute.sub_attribute(name)
    } else {
        name.eq_ignore_ascii_case("value").then_some(attribute)
    }
}

/// What an old name means, where those are tolerated.
fn legacy<'t>(
    kind: &'t ResourceType,
    path: &str,
    tolerances: Tolerances,
) -> Result<Target<'t>, Refusal> {
    let refusal = || unknown(path, kind.name());
    if let Some(target) = kind.in_an_extension(path) {
        tolerances.allow(Tolerance::BareExtensionNames, refusal)?;
        return Ok(target);
    }
    let renamed = renamed(kind, path).ok_or_else(refusal)?;
    tolerances.allow(Tolerance::LegacyNames, refusal)?;
    Ok(Target::top(renamed))
}

fn unknown(path: &str, whose: &str) -> Refusal {
    Refusal::filter(format!("`{path}` is not an attribute of {whose}"))
}

/// The value as the grammar has it: a word without quotes is text, where that is tolerated.
fn spelt<'a>(
    path: &str,
    kind: Kind,
    literal: &Literal<'a>,
    tolerances: Tolerances,
) -> Result<Literal<'a>, Refusal> {
    let Literal::Bare(text) = literal else {
        return Ok(literal.clone());
    };
    if let (Kind::Integer | Kind::Decimal, Some(number)) = (kind, parse::number(text)) {
        return Ok(number);
    }
    tolerances.allow(Tolerance::UnquotedFilterValues, || {
        Refusal::filter(format!("`{path}` needs {VALUE}, not `{text}`"))
    })?;
    Ok(Literal::Text(Cow::Borrowed(text)))
}

fn compare<'t>(
    operand: Operand<'t>,
    path: &str,
    operator: Operator,
    literal: &Literal<'_>,
    tolerances: Tolerances,
) -> Result<Checked<'t>, Refusal> {
    if matches!(literal, Literal::Null) {
        return null(operand, path, operator);
    }
    let operand = simple(operand, path)?;
    let leaf = operand.leaf();
    let literal = &spelt(path, leaf.kind, literal, tolerances)?;
    if !allowed(leaf.kind, operator) {
        let detail = format!("`{path}` cannot be compared with `{}`", operator.word());
        return Err(Refusal::filter(detail));
    }
    let refusal = || {
        let kind = type_name(leaf.kind);
        Refusal::filter(format!(
            "`{path}` is compared with {kind}, not with `{literal}`"
        ))
    };
    let comparand = match (comparand(leaf, literal), leaf.kind, literal) {
        (Some(comparand), ..) => comparand,
        (None, Kind::Boolean, Literal::Text(text)) => {
            let value = boolean(text).ok_or_else(refusal)?;
            tolerances.allow(Tolerance::BoolStringInFilter, refusal)?;
            Comparand::Bool(value)
        }
        (
            None,
            Kind::String | Kind::Reference,
            Literal::Bool(_) | Literal::Integer(_) | Literal::Decimal(_),
        ) => {
            tolerances.allow(Tolerance::UnquotedFilterValues, refusal)?;
            let text = literal.to_string();
            Comparand::Text(if leaf.folds() { fold(&text) } else { text })
        }
        (None, ..) => return Err(refusal()),
    };
    Ok(match operator {
        Operator::Ne => Checked::Not(Box::new(Checked::Compare(operand, Operator::Eq, comparand))),
        _ => Checked::Compare(operand, operator, comparand),
    })
}

fn null<'t>(operand: Operand<'t>, path: &str, operator: Operator) -> Result<Checked<'t>, Refusal> {
    match operator {
        Operator::Eq => Ok(Checked::Not(Box::new(Checked::Present(operand)))),
        Operator::Ne => Ok(Checked::Present(operand)),
        _ => {
            let detail = format!("`{path} {} null` means nothing", operator.word());
            Err(Refusal::filter(detail))
        }
    }
}

/// A comparison with a complex attribute means its `value` (RFC 7644 section 3.4.2.2).
fn simple<'t>(operand: Operand<'t>, path: &str) -> Result<Operand<'t>, Refusal> {
    if !operand.leaf().is_complex() {
        return Ok(operand);
    }
    let detail = || Refusal::filter(format!("`{path}` has parts: say which one to compare"));
    match operand {
        Operand::Resource(target) => {
            let value = target.attribute.sub_attribute("value").ok_or_else(detail)?;
            Ok(Operand::Resource(Target {
                sub: Some(value),
                ..target
            }))
        }
        Operand::Element(_) => Err(detail()),
    }
}

/// Which comparisons a type has (RFC 7644 section 3.4.2.2, table 3).
fn allowed(kind: Kind, operator: Operator) -> bool {
    let order = matches!(
        operator,
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le
    );
    let piece = matches!(operator, Operator::Co | Operator::Sw | Operator::Ew);
    match kind {
        Kind::String | Kind::Reference => true,
        Kind::Binary => !order,
        Kind::Integer | Kind::Decimal | Kind::DateTime => !piece,
        Kind::Boolean => !order && !piece,
        Kind::Complex => false,
    }
}

fn comparand(leaf: &Attribute, literal: &Literal<'_>) -> Option<Comparand> {
    match (leaf.kind, literal) {
        (Kind::String | Kind::Reference | Kind::Binary, Literal::Text(text)) => {
            Some(Comparand::Text(if leaf.folds() {
                fold(text)
            } else {
                text.clone().into_owned()
            }))
        }
        (Kind::DateTime, Literal::Text(text)) => time::instant(text).map(Comparand::Instant),
        (Kind::Boolean, Literal::Bool(value)) => Some(Comparand::Bool(*value)),
        (Kind::Integer | Kind::Decimal, Literal::Integer(value)) => {
            Some(Comparand::Number(number(*value)))
        }
        (Kind::Integer | Kind::Decimal, Literal::Decimal(value)) => Some(Comparand::Number(*value)),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "SCIM numbers are JSON numbers: f64 is what peers keep"
)]
pub(crate) fn number(value: i64) -> f64 {
    value as f64
}

/// Text without its case, and without what else is not told apart in a user name (RFC 7644 section
/// 5 asks for PRECIS, RFC 8265 section 3.3): wide and narrow letters, and letters that are composed
/// or not. Letter by letter, so that a part of a text folds as it does within the whole.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.chars().flat_map(narrow).flat_map(char::to_lowercase);
    // A sigma at the end of a word is a sigma.
    let same = lower.map(|letter| if letter == 'ς' { 'σ' } else { letter });
    same.nfc().collect()
}

/// A letter in its ordinary width.
fn narrow(letter: char) -> impl Iterator<Item = char> {
    let is_wide = ('\u{ff00}'..='\u{ffef}').contains(&letter);
    let wide = is_wide.then(|| std::iter::once(letter).nfkc());
    let plain = (!is_wide).then_some(letter);
    wide.into_iter().flatten().chain(plain)
}

pub(crate) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "a string",
        Kind::Boolean => "true or false",
        Kind::Decimal => "a number",
        Kind::Integer => "an integer",
        Kind::DateTime => "a dateTime such as \"2026-01-31T08:00:00Z\"",
        Kind::Binary => "a base64 string",
        Kind::Reference => "a URI",
        Kind::Complex => "an object",
    }
}
