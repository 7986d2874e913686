//! What a decision makes of the user whom a request is about.

use crate::facts::{Change, Key, Row};
use crate::license::State;
use crate::license::history::{HISTORY, Line};
use crate::refusal::Refusal;
use crate::scim::value::{Object, Value};
use crate::usecase::Decision;
use crate::usecase::case::Case;
use crate::usecase::policy::entitle::DEFAULT;

/// What providers give users, and take from them, in so many words.
const GIVEN: [&str; 2] = ["entitlements", "roles"];

/// The user whom a request is about.
pub(super) struct Person {
    /// None where the request makes somebody: who that is, its decision says.
    id: Option<String>,
    before: Option<Row>,
}

impl Person {
    /// Looks the user up.
    pub(super) fn of(case: &mut Case<'_>, id: Option<&str>) -> Result<Self, Refusal> {
        let keys: Vec<Key> = id.into_iter().map(|id| Key::new("User", id)).collect();
        let before = if keys.is_empty() {
            None
        } else {
            case.facts.load(keys)?.pop().flatten()
        };
        let id = id.map(str::to_owned);
        Ok(Self { id, before })
    }

    /// Whether the user is there and inactive.
    pub(super) fn is_inactive(&self) -> bool {
        self.before().as_ref().is_some_and(is_inactive)
    }

    /// Whether the user is inactive after a decision, whoever has made them so.
    pub(super) fn is_inactive_after(&self, decision: &Decision) -> bool {
        self.after(decision).as_ref().is_some_and(is_inactive)
    }

    /// Whether a decision takes something from the user: a license, or the hope of one, or what was
    /// given in so many words. From who is inactive everything is taken.
    pub(super) fn loses(&self, decision: &Decision) -> bool {
        let (before, after) = (self.before(), self.after(decision));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        is_inactive(&after)
            || self.lines(decision).any(|line| is_loss(&line))
            || GIVEN.into_iter().any(|name| {
                let after = values(&after, name);
                values(&before, name).iter().any(|it| !after.contains(it))
            })
    }

    /// Whether the user keeps by one decision what another one takes away. What comes in its place may be
    /// what is kept, by the name that it has here, if the one decision speaks of the attribute at all.
    pub(super) fn keeps(
        &self,
        decision: &Decision,
        other: &Decision,
        speaks_of: impl Fn(&str) -> bool,
    ) -> bool {
        let before = self.before().unwrap_or_default();
        let [after, otherwise] = [decision, other].map(|it| self.after(it).unwrap_or_default());
        GIVEN.into_iter().any(|name| {
            let [before, after, otherwise] =
                [&before, &after, &otherwise].map(|it| values(it, name));
            let is_swap = speaks_of(name) && otherwise.iter().any(|it| !before.contains(it));
            let is_kept = |it: &&str| !otherwise.contains(it) && after.contains(it);
            !is_swap && before.iter().any(is_kept)
        })
    }

    fn before(&self) -> Option<Object<'_>> {
        read(&self.before.as_ref()?.body)
    }

    /// As a decision leaves them: as they are, where it does not write them.
    fn after<'d>(&'d self, decision: &'d Decision) -> Option<Object<'d>> {
        let is_own =
            |key: &Key| key.kind == "User" && self.id.as_ref().is_none_or(|id| *id == key.id);
        let written = decision.changes.iter().find_map(|change| match change {
            Change::Put(put) if is_own(&put.key) => read(&put.body),
            _ => None,
        });
        written.or_else(|| self.before())
    }

    /// What becomes of the user's seats.
    fn lines(&self, decision: &Decision) -> impl Iterator<Item = Line> {
        let lines = decision.changes.iter().filter_map(|change| match change {
            Change::Put(put) if put.key.kind == HISTORY => serde_json::from_str(&put.body).ok(),
            _ => None,
        });
        lines.filter(|line: &Line| Some(&line.user) == self.id.as_ref())
    }
}

/// Whether somebody had a license, or waited for one, and has no claim to it any longer. The default goes
/// because something else comes.
fn is_loss(line: &Line) -> bool {
    let state = |word: &Option<String>| word.as_deref().and_then(State::from_word);
    let is_claim = |state: Option<State>| !matches!(state, None | Some(State::Grace | State::Held));
    let is_default = line.sources.iter().map(String::as_str).eq([DEFAULT]);
    is_claim(state(&line.from)) && !is_claim(state(&line.to)) && !is_default
}

fn is_inactive(user: &Object<'_>) -> bool {
    user.get("active") == Some(&Value::Bool(false))
}

/// The values of an attribute, as providers name them.
fn values<'u>(user: &'u Object<'_>, name: &str) -> Vec<&'u str> {
    let elements = user.get(name).map_or(&[][..], Value::elements).iter();
    let parts = elements.filter_map(Value::as_object);
    parts.filter_map(|parts| parts.get_text("value")).collect()
}

fn read(body: &str) -> Option<Object<'_>> {
    match Value::parse(body) {
        Ok(Value::Object(user)) => Some(user),
        _ => None,
    }
}
