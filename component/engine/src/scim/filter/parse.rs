//! The grammar of filters and PATCH paths (RFC 7644 sections 3.4.2.2 and 3.5.2), by recursive
//! descent with a bound on depth and size.

use super::{Filter, Literal, Operator};
use crate::refusal::Refusal;

/// Comparisons in one filter; identity providers send three.
pub const MAX_NODES: usize = 256;

/// Parentheses within parentheses; each costs stack.
pub const MAX_DEPTH: usize = 32;

/// What a comparison is with.
pub(super) const VALUE: &str = "a value: a string in double quotes, a number, true, false or null";

/// A PATCH path that follows the grammar: `path`, `path[filter]` or `path[filter].part`.
#[derive(Clone, Debug, PartialEq)]
pub struct PathText<'a> {
    /// The attribute path.
    pub attribute: &'a str,
    /// Which of its values.
    pub filter: Option<Filter<'a>>,
    /// Which part of those values.
    pub sub: Option<&'a str>,
}

pub(super) fn filter(text: &str) -> Result<Filter<'_>, Refusal> {
    let mut parser = Parser::new(text);
    let filter = parser.either(0)?;
    parser.skip_space();
    if parser.rest.is_empty() {
        Ok(filter)
    } else {
        Err(parser.expected("`and`, `or` or the end"))
    }
}

impl<'a> PathText<'a> {
    /// Reads a PATCH path.
    ///
    /// # Errors
    /// `invalidPath` for a path that does not follow the grammar; `invalidFilter` for a filter in
    /// it that does not.
    pub fn parse(text: &'a str) -> Result<Self, Refusal> {
        let mut parser = Parser::new(text);
        let bad = || Refusal::path(format!("`{}` is not an attribute path", shorten(text)));
        let attribute = parser.word().filter(|word| is_path(word)).ok_or_else(bad)?;
        let mut path = Self {
            attribute,
            filter: None,
            sub: None,
        };
        if parser.eat("[") {
            path.filter = Some(parser.bracketed(0)?);
            if parser.eat(".") {
                let name = parser.word().filter(|word| is_name(word)).ok_or_else(bad)?;
                path.sub = Some(name);
            }
        }
        if parser.rest.is_empty() {
            Ok(path)
        } else {
            Err(bad())
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    nodes: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            rest: text,
            nodes: 0,
        }
    }

    /// `a or b or c`
    fn either(&mut self, depth: usize) -> Result<Filter<'a>, Refusal> {
        let first = self.both(depth)?;
        let mut parts = vec![first];
        while self.keyword("or") {
            parts.push(self.both(depth)?);
        }
        Ok(single_or(parts, Filter::Or))
    }

    /// `a and b and c`
    fn both(&mut self, depth: usize) -> Result<Filter<'a>, Refusal> {
        let first = self.term(depth)?;
        let mut parts = vec![first];
        while self.keyword("and") {
            parts.push(self.term(depth)?);
        }
        Ok(single_or(parts, Filter::And))
    }

    /// `(filter)`, `not (filter)`, or one comparison.
    fn term(&mut self, depth: usize) -> Result<Filter<'a>, Refusal> {
        if depth >= MAX_DEPTH {
            return Err(Refusal::filter(format!(
                "the filter nests deeper than {MAX_DEPTH} levels"
            )));
        }
        self.skip_space();
        if self.eat("(") {
            return self.grouped(depth);
        }
        let before = self.rest;
        let Some(word) = self.word() else {
            return Err(self.expected("an attribute path, `not` or `(`"));
        };
        if word.eq_ignore_ascii_case("not") {
            self.skip_space();
            if self.eat("(") {
                return Ok(Filter::Not(Box::new(self.grouped(depth)?)));
            }
        }
        if !is_path(word) {
            self.rest = before;
            return Err(self.expected("an attribute path"));
        }
        self.expression(word, depth)
    }

    fn grouped(&mut self, depth: usize) -> Result<Filter<'a>, Refusal> {
        let inner = self.either(depth + 1)?;
        self.skip_space();
        if self.eat(")") {
            Ok(inner)
        } else {
            Err(self.expected("`and`, `or` or `)`"))
        }
    }

    fn bracketed(&mut self, depth: usize) -> Result<Filter<'a>, Refusal> {
        let inner = self.either(depth + 1)?;
        self.skip_space();
        if self.eat("]") {
            Ok(inner)
        } else {
            Err(self.expected("`and`, `or` or `]`"))
        }
    }

    /// What follows an attribute path.
    fn expression(&mut self, path: &'a str, depth: usize) -> Result<Filter<'a>, Refusal> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let detail = format!("the filter has more than {MAX_NODES} comparisons");
            return Err(Refusal::filter(detail));
        }
        if self.eat("[") {
            let inner = Box::new(self.bracketed(depth)?);
            if !self.eat(".") {
                return Ok(Filter::ValuePath(path, inner));
            }
            let Some(part) = self.word().filter(|word| is_name(word)) else {
                return Err(self.expected("the name of a part"));
            };
            let part = Box::new(self.comparison(part)?);
            return Ok(Filter::ValuePathPart(path, inner, part));
        }
        self.comparison(path)
    }

    /// An operator behind a path, and what it compares with.
    fn comparison(&mut self, path: &'a str) -> Result<Filter<'a>, Refusal> {
        self.skip_space();
        let before = self.rest;
        let word = self.letters();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Operator::from_word(word) else {
            self.rest = before;
            return Err(self.expected("one of eq, ne, co, sw, ew, gt, ge, lt, le, pr"));
        };
        // The RFC's own PATCH example leaves out the space before the quote (section 3.5.2.3).
        self.skip_space();
        Ok(Filter::Compare(path, operator, self.literal()?))
    }

    fn literal(&mut self) -> Result<Literal<'a>, Refusal> {
        if self.rest.starts_with('"') {
            return self.string();
        }
        if let Some(text) = self.single_quoted() {
            return Ok(Literal::Bare(text));
        }
        let word = self.word().unwrap_or_default();
        match word {
            "true" => Ok(Literal::Bool(true)),
            "false" => Ok(Literal::Bool(false)),
            "null" => Ok(Literal::Null),
            "" => Err(self.expected(VALUE)),
            // A number that is spelt otherwise keeps its spelling: it may be meant as text.
            word => Ok(number(word)
                .filter(|number| number.to_string() == word)
                .unwrap_or(Literal::Bare(word))),
        }
    }

    /// Text in single quotes, which JSON does not know.
    fn single_quoted(&mut self) -> Option<&'a str> {
        let (text, rest) = self.rest.strip_prefix('\'')?.split_once('\'')?;
        self.rest = rest;
        Some(text)
    }

    /// A JSON string: up to the first quote that is not escaped.
    fn string(&mut self) -> Result<Literal<'a>, Refusal> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find_map(|(at, letter)| {
            let closes = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            closes.then_some(at + 1)
        });
        let split = end.and_then(|end| self.rest.split_at_checked(end));
        let Some((quoted, rest)) = split else {
            return Err(self.expected("a closing quote"));
        };
        let Ok(text) = serde_json::from_str::<Text<'a>>(quoted) else {
            return Err(self.expected("a JSON string"));
        };
        self.rest = rest;
        Ok(Literal::Text(text.0))
    }

    /// Whether this word stands next, with space or a bracket behind it; it is eaten if so.
    fn keyword(&mut self, word: &str) -> bool {
        self.skip_space();
        let before = self.rest;
        if self.letters().eq_ignore_ascii_case(word) && self.rest.starts_with([' ', '(']) {
            return true;
        }
        self.rest = before;
        false
    }

    fn letters(&mut self) -> &'a str {
        self.take(|letter| !letter.is_ascii_alphabetic())
    }

    /// Up to a space or a bracket; none if that is nothing.
    fn word(&mut self) -> Option<&'a str> {
        let word = self.take(|letter| letter.is_whitespace() || "()[]\"".contains(letter));
        (!word.is_empty()).then_some(word)
    }

    fn take(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    fn eat(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        self.rest = rest;
        true
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn expected(&self, what: &str) -> Refusal {
        let at = self.text.len() - self.rest.len();
        let found = if self.rest.is_empty() {
            "the end".to_owned()
        } else {
            format!("`{}`", shorten(self.rest))
        };
        Refusal::filter(format!(
            "expected {what} at character {at} of the filter, found {found}"
        ))
    }
}

pub(super) fn number<'a>(word: &str) -> Option<Literal<'a>> {
    if let Ok(value) = serde_json::from_str::<i64>(word) {
        return Some(Literal::Integer(value));
    }
    serde_json::from_str::<f64>(word).ok().map(Literal::Decimal)
}

/// A JSON string, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

fn single_or<'a>(
    mut parts: Vec<Filter<'a>>,
    many: fn(Vec<Filter<'a>>) -> Filter<'a>,
) -> Filter<'a> {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => many(parts),
    }
}

/// ATTRNAME of RFC 7643 section 2.1, and `$ref`.
fn is_name(word: &str) -> bool {
    let name = word.strip_prefix('$').unwrap_or(word);
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "$-_".contains(letter))
}

/// A name, a name and a part, or either behind a URN.
fn is_path(word: &str) -> bool {
    let dotted = |path: &str| match path.split_once('.') {
        Some((name, part)) => is_name(name) && is_name(part),
        None => is_name(path),
    };
    match word.rsplit_once(':') {
        Some((urn, path)) => {
            let bare_urn = path
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.$".contains(c));
            urn.get(..4)
                .is_some_and(|head| head.eq_ignore_ascii_case("urn:"))
                && (dotted(path) || bare_urn)
        }
        None => dotted(word),
    }
}

/// The beginning of a text, for a message.
fn shorten(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        format!("{short}...")
    } else {
        short
    }
}
