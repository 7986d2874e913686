//! The engine under libFuzzer: what must hold whatever is sent.
//!
//! One function for each target of `fuzz_targets/`. They are plain functions, so that the tests of
//! the root play the corpus through them on stable. What is asserted of every answer stands in
//! [`judge`]; the tenant that all begin with in [`world`].
//!
//! Inputs are text, so that a corpus can be read. In all of them `~0`, `~1` .. stand for the ids
//! of the tenant's resources.

pub mod judge;
pub mod store;
pub mod world;

use std::borrow::Cow;

use scimlet_engine::facts::{Facts as _, Plan};
use scimlet_engine::scim::filter::{Filter, Literal, PathText, push_down};
use scimlet_engine::scim::schema::ResourceType;
use scimlet_engine::scim::value::{Object, Value};
use scimlet_engine::{Header, Request, decide};
use serde_json::json;

use self::judge::settle;
use self::world::World;

thread_local! {
    static WORLDS: [World; 4] = [0, 1, 2, 3].map(World::new);
}

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Requests in one script.
const MAX_STEPS: usize = 6;

/// The world that the low bits of a byte choose; `0` to `3` as text.
fn world(choice: u8) -> World {
    WORLDS.with(|worlds| worlds[usize::from(choice & 3)].copy())
}

/// The first byte, and the text behind it; none for what no HTTP body can be.
fn split(data: &[u8]) -> Option<(u8, &str)> {
    let (first, rest) = data.split_first()?;
    Some((*first, std::str::from_utf8(rest).ok()?))
}

/// `1userName eq "ann"`: settings, then a filter. The third and fourth bit choose the type.
///
/// What parses prints to what parses to the same; what fits the type selects from the store by
/// plan and evaluation what evaluation alone selects; and a search for it is answered.
pub fn filter(data: &[u8]) {
    let Some((choice, text)) = split(data) else {
        return;
    };
    let mut world = world(choice);
    let text = world.filled(text);
    let name = ["User", "Group", "Entitlement", "Device"][usize::from(choice >> 2 & 3)];
    if let Ok(filter) = Filter::parse(&text) {
        prints_the_same(&filter);
        let registry = world.registry.clone();
        if let Some(kind) = registry.by_name(name) {
            selects_the_same(&mut world, kind, &filter);
        }
    }
    let path = ["/Users", "/Groups", "/Entitlements", "/"][usize::from(choice >> 2 & 3)];
    let query = format!("filter={}&count=3", percent(&text));
    let request = world.request("GET", path, Some(query), Vec::new(), String::new(), 0);
    settle(&mut world, &request);
}

/// A bare word is outside the grammar: what is printed of it is for people.
fn has_bare(filter: &Filter<'_>) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(has_bare),
        Filter::Not(inner) | Filter::ValuePath(_, inner) => has_bare(inner),
        Filter::Compare(_, _, literal) => matches!(literal, Literal::Bare(_)),
        Filter::Present(_) => false,
        // Neither is the part behind brackets.
        Filter::ValuePathPart(..) => true,
    }
}

fn prints_the_same(filter: &Filter<'_>) {
    if has_bare(filter) {
        return;
    }
    let printed = filter.to_string();
    let again = Filter::parse(&printed);
    assert_eq!(again.as_ref(), Ok(filter), "printed as {printed}");
    let twice = again.map(|it| it.to_string());
    assert_eq!(twice.as_deref(), Ok(&*printed), "printed twice");
}

fn selects_the_same(world: &mut World, kind: &ResourceType, filter: &Filter<'_>) {
    let Ok(checked) = filter.check(kind) else {
        return;
    };
    let pushed = push_down(kind, &checked, &[]);
    let page = world.store.find(Plan {
        kind: kind.name().to_owned(),
        nodes: pushed.nodes.clone(),
        max_rows: u32::MAX,
        max_bytes: u32::MAX,
        ..Plan::default()
    });
    let found = page.expect("a plan that a store takes").rows;
    for (id, stored) in world.store.of_kind(kind.name()) {
        let Ok(Value::Object(document)) = Value::parse(&stored.body) else {
            panic!("{id} is stored as {}", stored.body);
        };
        let matches = checked.matches(&document);
        let is_found = found.iter().any(|row| row.key.id == id);
        assert!(
            is_found == matches || (is_found && !pushed.exact),
            "{filter} on {}: selected {is_found}, satisfied {matches}, by {pushed:?}",
            stored.body,
        );
    }
    // Nothing at all is a resource too.
    let _ = checked.matches(&Object::default());
}

/// `1emails[type eq "work"].value`: settings, then a PATCH path; a fifth bit makes it one of a
/// group. The operation is `remove`, then `add` and `replace` of values of a few types.
pub fn path(data: &[u8]) {
    let Some((choice, text)) = split(data) else {
        return;
    };
    let mut world = world(choice);
    let text = world.filled(text);
    if let Ok(PathText {
        filter: Some(filter),
        ..
    }) = PathText::parse(&text)
    {
        prints_the_same(&filter);
    }
    let id = world.ids[if choice & 4 == 0 { 5 } else { 8 }].clone();
    let endpoint = if choice & 4 == 0 { "/Users" } else { "/Groups" };
    for operation in [
        json!({ "op": "remove", "path": text }),
        json!({ "op": "add", "path": text, "value": "x" }),
        json!({ "op": "replace", "path": text, "value": true }),
        json!({ "op": "add", "path": text, "value": { "value": "pro", "primary": true } }),
        json!({ "op": "replace", "path": text, "value": [{ "value": "y", "type": "work" }] }),
    ] {
        let body = json!({ "schemas": [PATCH_OP], "Operations": [operation] }).to_string();
        let target = format!("{endpoint}/{id}");
        let request = world.request("PATCH", &target, None, Vec::new(), body, 0);
        settle(&mut world, &request);
    }
}

/// `1{"schemas": [..], "Operations": [..]}`: settings, then a PATCH of a user (twice: the second
/// one comes upon what the first has left). A third and fourth bit make it one of a user in a
/// waitlist, of a group, or of a license.
pub fn patch(data: &[u8]) {
    let Some((choice, text)) = split(data) else {
        return;
    };
    let mut world = world(choice);
    let body = world.filled(text);
    let (endpoint, at) = [
        ("Users", 5),
        ("Users", 6),
        ("Groups", 8),
        ("Entitlements", 1),
    ][usize::from(choice >> 2 & 3)];
    let target = format!("/{endpoint}/{}", world.ids[at]);
    for _ in 0..2 {
        let request = world.request("PATCH", &target, None, Vec::new(), body.clone(), 0);
        settle(&mut world, &request);
    }
}

/// `1{"schemas": [..], "Operations": [..]}`: settings, then a bulk (twice). A third and fourth bit
/// choose who sends it.
pub fn bulk(data: &[u8]) {
    let Some((choice, text)) = split(data) else {
        return;
    };
    let mut world = world(choice);
    let body = world.filled(text);
    for _ in 0..2 {
        let who = choice >> 2;
        let request = world.request("POST", "/Bulk", None, Vec::new(), body.clone(), who);
        settle(&mut world, &request);
    }
}

/// A few requests, one after the other, to one tenant.
///
/// ```text
/// 0
/// GET /Users?filter=userName+pr&count=1&cursor=
/// if-none-match: ~v
///
/// (a body)
/// %%
/// GET /Users?filter=userName+pr&count=1&cursor=~c
/// ```
///
/// The first byte chooses the settings and who asks (`0` to `?`), and whether a store that answers
/// plans only vaguely is asked as well (`@` to `O`); the rest of its line is ignored. `~c` is the cursor of the last answer, `~v` its
/// entity tag; what an answer creates gets the next number.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    choice: u8,
    steps: Vec<Wire<'a>>,
}

#[derive(Clone, Debug)]
struct Wire<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
}

impl<'a> Script<'a> {
    /// Reads a script; none where nothing could be asked.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let (choice, text) = split(data)?;
        let (_, text) = text.split_once('\n').unwrap_or_default();
        let steps = text.split("\n%%\n").take(MAX_STEPS).map(Wire::read);
        Some(Self {
            choice,
            steps: steps.collect(),
        })
    }
}

impl<'a> Wire<'a> {
    fn read(text: &'a str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default();
        let (method, target) = first.split_once(' ').unwrap_or((first, ""));
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Self {
            method,
            path,
            query,
            headers: lines.filter_map(|line| line.split_once(": ")).collect(),
            body,
        }
    }
}

/// See [`Script`].
pub fn request(script: &Script<'_>) {
    let mut world = world(script.choice);
    for wire in &script.steps {
        let header = |(name, value): &(&str, &str)| Header {
            name: name.to_ascii_lowercase(),
            value: world.filled(value),
        };
        let headers = wire.headers.iter().map(header).collect();
        let path = world.filled(wire.path);
        let query = wire.query.map(|query| world.filled(query));
        let body = world.filled(wire.body);
        let who = script.choice >> 2;
        let request = world.request(wire.method, &path, query, headers, body, who);
        if script.choice & 0x40 != 0 {
            vaguely_the_same(&mut world, &request);
        }
        settle(&mut world, &request);
    }
}

/// A store that answers with more rows than were asked for, and says so, makes no difference. By
/// cursor it may: a page ends where much was looked at, and there is no total.
fn vaguely_the_same(world: &mut World, request: &Request) {
    let exact = decide(&world.tenant, request, &mut world.store);
    world.store.is_vague = true;
    let vague = decide(&world.tenant, request, &mut world.store);
    world.store.is_vague = false;
    let by_cursor = |text: &str| text.to_ascii_lowercase().contains("cursor");
    if !by_cursor(request.query.as_deref().unwrap_or_default()) && !by_cursor(&request.body) {
        assert_eq!(exact, vague, "{request:#?}");
        return;
    }
    let [exact, vague] = [exact, vague].map(|decision| decision.response);
    assert_eq!(exact.status, vague.status, "{request:#?}");
    let body = |text: &str| serde_json::from_str(text).unwrap_or(serde_json::Value::Null);
    let [exact, vague] = [exact, vague].map(|response| body(&response.body));
    if exact["nextCursor"].is_null() && vague["nextCursor"].is_null() {
        assert_eq!(exact["Resources"], vague["Resources"], "{request:#?}");
    }
}

fn percent(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let encoded = text.bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    Cow::Owned(encoded.collect())
}
