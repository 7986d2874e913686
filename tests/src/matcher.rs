//! Expected answers as JSON patterns, and whether an answer fits one.
//!
//! An object fits when each of its members fits: members the pattern does not name may be there.
//! An array fits when both are of one length and each element fits. Everything else is equality.
//! `${name}` in a text is a value captured earlier. These texts and one-member objects mean more:
//!
//! | pattern | fits |
//! | --- | --- |
//! | `"$any"` / `"$absent"` | any value but null / none |
//! | `"$empty"` | none, or an array without elements |
//! | `"$string"`, `"$number"`, `"$boolean"` | of that type; a string that is not empty |
//! | `"$dateTime"` | RFC 3339, as in RFC 7643 section 2.3.5 |
//! | `"$id:alice"` | a text, captured as `alice`; the same text ever after |
//! | `"$starts:x"`, `"$ends:x"`, `"$contains:x"` | a text that does; captures allowed in `x` |
//! | `{"$unordered": […]}` | an array of these, in any order |
//! | `{"$has": […]}` | an array in which each of these is found |
//! | `{"$none": p}` | an array in which nothing fits `p`; or none |
//! | `{"$length": n}` | an array of n elements |
//! | `{"$not": p}` | what does not fit `p` |
//! | `{"$anyOf": […]}` | what fits one of these |
//! | `{"$exactly": v}` | this value and not a member more |

use std::collections::BTreeMap;

use serde_json::Value;

/// Values captured so far.
pub type Captures = BTreeMap<String, String>;

/// Checks `got` (`None`: absent) against a pattern; the error says where and why.
pub fn check(pattern: &Value, got: Option<&Value>, captures: &mut Captures) -> Result<(), String> {
    fits(pattern, got, captures, "")
}

/// A text with its `${name}`s put in.
pub fn fill(text: &str, captures: &Captures) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or("an unclosed `${`")?;
        let value = captures
            .get(name)
            .ok_or_else(|| format!("`{name}` was never captured"))?;
        out.push_str(before);
        out.push_str(value);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// As [`fill`], in all texts of a value.
pub fn fill_value(value: &Value, captures: &Captures) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text, captures)?),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| fill_value(item, captures))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| Ok((fill(name, captures)?, fill_value(value, captures)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

fn fits(
    pattern: &Value,
    got: Option<&Value>,
    captures: &mut Captures,
    at: &str,
) -> Result<(), String> {
    match pattern {
        Value::String(text) => fits_text(text, got, captures, at),
        Value::Object(members) => match members.iter().next() {
            Some((name, inner))
                if members.len() == 1 && name.starts_with('$') && name != "$ref" =>
            {
                fits_special(name, inner, got, captures, at)
            }
            _ => fits_object(members, got, captures, at),
        },
        Value::Array(items) => fits_array(items, got, captures, at),
        plain => equal(plain, got, at),
    }
}

fn fits_text(
    text: &str,
    got: Option<&Value>,
    captures: &mut Captures,
    at: &str,
) -> Result<(), String> {
    let is = |good: bool| {
        if good {
            Ok(())
        } else {
            Err(differ(at, text, got))
        }
    };
    let got_text = got.and_then(Value::as_str);
    if let Some(name) = text.strip_prefix("$id:") {
        let found = got_text
            .filter(|text| !text.is_empty())
            .ok_or_else(|| differ(at, text, got))?;
        let known = captures
            .entry(name.to_owned())
            .or_insert_with(|| found.to_owned());
        return if known == found {
            Ok(())
        } else {
            Err(differ(at, known, got))
        };
    }
    for (prefix, holds) in TEXT_CHECKS {
        if let Some(part) = text.strip_prefix(prefix) {
            let part = fill(part, captures)?;
            return is(got_text.is_some_and(|text| holds(text, &part)));
        }
    }
    match text {
        "$any" => is(got.is_some_and(|value| !value.is_null())),
        "$absent" => is(got.is_none()),
        "$empty" => is(got.is_none_or(|value| value.as_array().is_some_and(Vec::is_empty))),
        "$string" => is(got_text.is_some_and(|text| !text.is_empty())),
        "$number" => is(got.is_some_and(Value::is_number)),
        "$boolean" => is(got.is_some_and(Value::is_boolean)),
        "$dateTime" => is(got_text.is_some_and(is_date_time)),
        unknown if unknown.starts_with('$') && !unknown.starts_with("${") => {
            Err(format!("{at}: no such matcher `{unknown}`"))
        }
        _ => equal(&Value::String(fill(text, captures)?), got, at),
    }
}

type TextCheck = fn(&str, &str) -> bool;

const TEXT_CHECKS: [(&str, TextCheck); 3] = [
    ("$starts:", |text, part| text.starts_with(part)),
    ("$ends:", |text, part| text.ends_with(part)),
    ("$contains:", |text, part| text.contains(part)),
];

fn fits_special(
    name: &str,
    inner: &Value,
    got: Option<&Value>,
    captures: &mut Captures,
    at: &str,
) -> Result<(), String> {
    let patterns = inner.as_array().map_or(&[][..], Vec::as_slice);
    let items = got.and_then(Value::as_array);
    let need_items = || items.ok_or_else(|| differ(at, "an array", got));
    match name {
        "$unordered" if need_items()?.len() != patterns.len() => Err(format!(
            "{at}: expected {} elements, got {}",
            patterns.len(),
            shown(got)
        )),
        "$unordered" => each_found(patterns, need_items()?, true, captures, at),
        "$has" => each_found(patterns, need_items()?, false, captures, at),
        "$none" => {
            let mut items = items.into_iter().flatten();
            let fitting =
                items.find(|item| fits(inner, Some(item), &mut captures.clone(), at).is_ok());
            fitting.map_or(Ok(()), |item| {
                Err(format!("{at}: nothing should be like {item}"))
            })
        }
        "$length" => equal(inner, Some(&Value::from(need_items()?.len())), at),
        "$not" => match fits(inner, got, &mut captures.clone(), at) {
            Ok(()) => Err(format!("{at}: should not be {}", shown(got))),
            Err(_) => Ok(()),
        },
        "$anyOf" => {
            let fitting = patterns
                .iter()
                .find(|p| fits(p, got, &mut captures.clone(), at).is_ok());
            let fitting = fitting.ok_or_else(|| differ(at, &inner.to_string(), got))?;
            fits(fitting, got, captures, at)
        }
        "$exactly" => equal(&fill_value(inner, captures)?, got, at),
        unknown => Err(format!("{at}: no such matcher `{unknown}`")),
    }
}

/// Takes the first element that fits, pattern by pattern; `once`: each element for one pattern.
fn each_found(
    patterns: &[Value],
    items: &[Value],
    once: bool,
    captures: &mut Captures,
    at: &str,
) -> Result<(), String> {
    let mut left: Vec<&Value> = items.iter().collect();
    for pattern in patterns {
        let found = left
            .iter()
            .position(|item| fits(pattern, Some(item), &mut captures.clone(), at).is_ok());
        let found = found.ok_or_else(|| {
            format!(
                "{at}: no element like {pattern} in {}",
                Value::Array(items.to_vec())
            )
        })?;
        fits(pattern, Some(left[found]), captures, at)?;
        if once {
            left.remove(found);
        }
    }
    Ok(())
}

fn fits_object(
    members: &serde_json::Map<String, Value>,
    got: Option<&Value>,
    captures: &mut Captures,
    at: &str,
) -> Result<(), String> {
    let object = got
        .and_then(Value::as_object)
        .ok_or_else(|| differ(at, "an object", got))?;
    members.iter().try_for_each(|(name, pattern)| {
        fits(pattern, object.get(name), captures, &format!("{at}/{name}"))
    })
}

fn fits_array(
    patterns: &[Value],
    got: Option<&Value>,
    captures: &mut Captures,
    at: &str,
) -> Result<(), String> {
    let items = got
        .and_then(Value::as_array)
        .ok_or_else(|| differ(at, "an array", got))?;
    if items.len() != patterns.len() {
        return Err(format!(
            "{at}: expected {} elements, got {}",
            patterns.len(),
            shown(got)
        ));
    }
    patterns
        .iter()
        .zip(items)
        .enumerate()
        .try_for_each(|(index, (pattern, item))| {
            fits(pattern, Some(item), captures, &format!("{at}/{index}"))
        })
}

fn equal(expected: &Value, got: Option<&Value>, at: &str) -> Result<(), String> {
    if got == Some(expected) {
        Ok(())
    } else {
        Err(differ(at, &expected.to_string(), got))
    }
}

fn differ(at: &str, expected: &str, got: Option<&Value>) -> String {
    format!("{at}: expected {expected}, got {}", shown(got))
}

fn shown(got: Option<&Value>) -> String {
    got.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// `2011-08-01T21:32:44.882Z`, with any fraction and any offset.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let clock = time.get(..8).unwrap_or_default();
    let zone = time.trim_start_matches(|c: char| c.is_ascii_digit() || ":.".contains(c));
    date.len() == 10
        && date.split('-').map(str::len).eq([4, 2, 2])
        && clock
            .split(':')
            .all(|part| part.len() == 2 && part.parse::<u8>().is_ok())
        && (zone == "Z" || zone.starts_with(['+', '-']))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn verdict(pattern: &Value, got: &Value) -> bool {
        super::check(pattern, Some(got), &mut super::Captures::new()).is_ok()
    }

    #[test]
    fn an_object_fits_when_its_named_members_do() {
        assert!(verdict(
            &json!({ "a": 1, "c": "$absent" }),
            &json!({ "a": 1, "b": 2 })
        ));
        assert!(!verdict(&json!({ "a": 1 }), &json!({ "a": 2 })));
        assert!(!verdict(&json!({ "a": "$any" }), &json!({ "a": null })));
    }

    #[test]
    fn arrays_are_compared_as_given_unless_said_otherwise() {
        assert!(!verdict(&json!([1, 2]), &json!([2, 1])));
        assert!(verdict(&json!({ "$unordered": [1, 2] }), &json!([2, 1])));
        assert!(!verdict(&json!({ "$unordered": [1, 1] }), &json!([2, 1])));
        assert!(verdict(&json!({ "$has": [2] }), &json!([2, 1])));
        assert!(!verdict(
            &json!({ "$none": { "a": 1 } }),
            &json!([{ "a": 1 }])
        ));
    }

    #[test]
    fn a_captured_id_must_stay_the_same() {
        let mut captures = super::Captures::new();
        let pattern = json!("$id:alice");
        assert!(super::check(&pattern, Some(&json!("1")), &mut captures).is_ok());
        assert!(super::check(&pattern, Some(&json!("2")), &mut captures).is_err());
        assert_eq!(
            super::fill("/Users/${alice}", &captures).unwrap(),
            "/Users/1"
        );
    }

    #[test]
    fn a_misspelled_matcher_never_fits() {
        assert!(!verdict(&json!("$anything"), &json!("x")));
    }

    #[test]
    fn date_times_have_a_date_a_time_and_a_zone() {
        assert!(verdict(
            &json!("$dateTime"),
            &json!("2011-08-01T21:32:44.882Z")
        ));
        assert!(verdict(
            &json!("$dateTime"),
            &json!("2011-08-01T21:32:44+02:00")
        ));
        assert!(!verdict(&json!("$dateTime"), &json!("2011-08-01")));
    }
}
