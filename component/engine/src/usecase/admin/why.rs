//! Why a user has a license, or has not, and what would change it.

use serde_json::{Value as Json, json};

use super::super::case::Case;
use super::super::view;
use super::super::{Decision, document};
use super::{answer, report, user_name, user_row};
use crate::facts::Key;
use crate::license::{COUNTERS, Counts, Grant, License, State, counter_names, grants};
use crate::refusal::Refusal;
use crate::scim::value::{Object, Value};

pub(super) fn all(case: &mut Case<'_>, user: &str) -> Result<Decision, Refusal> {
    let row = user_row(case, user)?;
    let document = document::read(&row)?;
    of(case, &row.key.id, &document)
}

/// The licenses of a user that is read.
pub(super) fn of(case: &mut Case<'_>, id: &str, user: &Object<'_>) -> Result<Decision, Refusal> {
    let mut licenses = Vec::new();
    for grant in grants(user) {
        licenses.push(explained(case, id, &grant)?);
    }
    Ok(answer(&json!({
        "user": {
            "id": id,
            "userName": user_name(user),
            "active": is_active(user),
        },
        "licenses": licenses,
    })))
}

fn is_active(user: &Object<'_>) -> bool {
    !matches!(user.get("active"), Some(Value::Bool(false)))
}

pub(super) fn one(case: &mut Case<'_>, user: &str, sku: &str) -> Result<Decision, Refusal> {
    let row = user_row(case, user)?;
    let document = document::read(&row)?;
    let grant = grants(&document).into_iter().find(|it| it.sku == sku);
    let body = match grant {
        Some(grant) => explained(case, &row.key.id, &grant)?,
        None => json!({
            "sku": sku,
            "state": "none",
            "sources": [],
            "says": nobody_asks(&document),
            "helps": ["add it to the user's `entitlements`, map a role, a group or an attribute of \
                       the user to it in the settings, write a rule, or grant it: \
                       scimlet license grant"],
        }),
    };
    Ok(answer(&body))
}

fn nobody_asks(user: &Object<'_>) -> &'static str {
    if is_active(user) {
        "nothing asks for this license on behalf of the user"
    } else {
        "the user is inactive, and who is inactive asks for nothing"
    }
}

fn explained(case: &mut Case<'_>, id: &str, grant: &Grant) -> Result<Json, Refusal> {
    let catalog = case.catalog()?;
    let license = catalog.license(&grant.sku);
    let counts = match license {
        Some(license) => counts(case, license)?,
        None => Counts::default(),
    };
    let mut sources = Vec::with_capacity(grant.sources.len());
    for source in &grant.sources {
        let because = because(case, source)?;
        sources.push(json!({ "source": source, "because": because }));
    }
    let position = match grant.state {
        State::Waiting => Some(view::place(case, id, grant)?),
        _ => None,
    };
    let mut grant = grant.clone();
    if grant.state == State::Waiting && grant.reason.is_none() {
        let reason = license.and_then(|it| it.out_of_term(case.request.now));
        grant.reason = reason.map(str::to_owned);
    }
    let grant = &grant;
    let mut why = super::holders::shown(grant);
    if let Some(why) = why.as_object_mut() {
        why.insert("sku".to_owned(), json!(grant.sku));
        why.insert("sources".to_owned(), Json::Array(sources));
        why.insert(
            "says".to_owned(),
            json!(says(grant, license, counts, position, case)),
        );
        why.insert("helps".to_owned(), json!(helps(grant, license)));
        if let Some(position) = position {
            why.insert("position".to_owned(), json!(position));
        }
        if let Some(name) = license.and_then(|it| it.display.as_ref()) {
            why.insert("name".to_owned(), json!(name));
        }
        let pools = license.map(|it| report::pools(it, counts.active, case.request.now));
        let mut named = pools.into_iter().flatten();
        let used = named.find_map(|pool| {
            let id = pool.get("id").filter(|id| **id != json!(""))?;
            (pool.get("used") != Some(&json!(0))).then(|| id.clone())
        });
        if let (Some(pool), State::Active) = (used, grant.state) {
            why.insert("pool".to_owned(), pool);
        }
    }
    Ok(why)
}

fn counts(case: &mut Case<'_>, license: &License) -> Result<Counts, Refusal> {
    let counters = case.facts.counters(counter_names(&license.id).to_vec())?;
    let counters = counters.as_chunks::<COUNTERS>().0.first().copied();
    Ok(counters.map(Counts::from).unwrap_or_default())
}

/// What a source is, in words.
fn because(case: &mut Case<'_>, source: &str) -> Result<String, Refusal> {
    let licensing = &case.tenant.settings.licensing;
    let (kind, name) = source.split_once(':').unwrap_or((source, ""));
    Ok(match kind {
        "entitlements" => "the user's `entitlements` name it".to_owned(),
        "role" => format!("the role `{name}` of the user is mapped to it in the settings"),
        "attribute" => format!("the value of `{name}` is mapped to it in the settings"),
        "group" => {
            let row = case
                .facts
                .load(vec![Key::new("Group", name)])?
                .pop()
                .flatten();
            let called = match &row {
                Some(row) => document::read(row)?
                    .get_text("displayName")
                    .map(str::to_owned),
                None => None,
            };
            let called = called.unwrap_or_else(|| name.to_owned());
            format!("the user is in the group `{called}`, which is mapped to it in the settings")
        }
        "rule" => {
            let rule = licensing.rules.iter().find(|rule| rule.name == name);
            let when = rule.map_or("a rule that is no longer there", |rule| {
                rule.when.0.as_str()
            });
            format!("the rule `{name}` grants it: {when}")
        }
        "default" => "the settings grant it to whoever asks for no other license".to_owned(),
        "admin" => "an admin has given it".to_owned(),
        "policy" => "the tenant's policy grants it".to_owned(),
        "license" => format!("license `{name}`, which the user has, contains it"),
        "fallback" => format!("it stands in for license `{name}`, of which no seat is free"),
        other => other.to_owned(),
    })
}

/// The state, in words.
fn says(
    grant: &Grant,
    license: Option<&License>,
    counts: Counts,
    position: Option<u64>,
    case: &Case<'_>,
) -> String {
    let seats = license.and_then(|license| license.seats_at(case.request.now));
    let seats = seats.map_or_else(|| "unlimited".to_owned(), |seats| seats.to_string());
    let sku = &grant.sku;
    let used = counts.active + counts.overage;
    match grant.state {
        State::Active => format!("the user has a seat; {used} of {seats} are used"),
        State::Overage => {
            format!("the user has a seat above the limit of {seats}; {used} are used")
        }
        State::Waiting => {
            let position = position.unwrap_or_default();
            match grant.reason.as_deref() {
                Some("termNotBegun") => return "the term of this license has not begun".to_owned(),
                Some("termOver") => return "the term of this license is over".to_owned(),
                _ => {}
            }
            format!(
                "all seats are used ({used} of {seats}); the user is number {position} of {} who wait",
                counts.waiting
            )
        }
        State::Grace => format!(
            "nothing asks for `{sku}` any more; the seat is kept for the user until {}, unless \
             somebody wants it before",
            grant.until.as_deref().unwrap_or("it is wanted")
        ),
        State::Held => "the seat would be free, but the guard against mass revocation keeps it \
                        until an admin decides"
            .to_owned(),
        State::Blocked => blocked(grant, license),
    }
}

fn blocked(grant: &Grant, license: Option<&License>) -> String {
    let sku = &grant.sku;
    let list = |skus: &Vec<String>| skus.join(", ");
    let terms = license.map(|license| &license.terms);
    match grant.reason.as_deref().unwrap_or_default() {
        "unknownLicense" => format!("there is no license `{sku}`"),
        "unmapped" => format!("`licensing.entitlements.map` does not name `{sku}`"),
        "licenseLimitReached" => "no seat is free, and nobody may wait for this license".to_owned(),
        "prerequisiteMissing" => format!(
            "it requires {}, and the user has not all of them",
            terms.map(|terms| list(&terms.requires)).unwrap_or_default()
        ),
        "mutuallyExclusive" => "another license of the user excludes it".to_owned(),
        "termOver" => "the term of this license is over".to_owned(),
        "policyDenied" => "the tenant's policy does not grant it".to_owned(),
        "policyRefused" => "the tenant's policy refuses to add anything for this user".to_owned(),
        "policyFailed" => {
            "the tenant's policy has failed, and nothing is added without it".to_owned()
        }
        other => other.to_owned(),
    }
}

/// What would change it.
fn helps(grant: &Grant, license: Option<&License>) -> Vec<String> {
    let sku = &grant.sku;
    let raise = format!("raise the seats: scimlet license set {sku} --seats N");
    let free = format!("take it from somebody: scimlet license holders {sku}");
    let reason = grant.reason.as_deref().unwrap_or_default();
    match (grant.state, reason) {
        (State::Active | State::Overage, _) => vec![format!(
            "it ends when the last of its {} sources goes, or the user becomes inactive",
            grant.sources.len()
        )],
        (State::Waiting, "termNotBegun") => vec!["it comes when the term begins".to_owned()],
        (State::Waiting, "termOver") => vec!["renew it: set another `validUntil`".to_owned()],
        (State::Waiting, _) => vec![raise, free],
        (State::Grace, _) => vec!["it comes back when something asks for it again".to_owned()],
        (State::Held, _) => vec![
            "carry it out: scimlet license held release".to_owned(),
            "take it back: scimlet license held undo".to_owned(),
        ],
        (_, "licenseLimitReached") => vec![
            raise,
            free,
            format!("let users wait: scimlet license set {sku} --overage waitlist"),
        ],
        (_, "unknownLicense") => vec![
            format!("create it: scimlet license set {sku} --seats N"),
            "map the value to another SKU in `licensing.entitlements.map`".to_owned(),
        ],
        (_, "unmapped") => vec!["map the value in `licensing.entitlements.map`".to_owned()],
        (_, "prerequisiteMissing") => {
            let requires = license
                .map(|it| it.terms.requires.join(", "))
                .unwrap_or_default();
            vec![format!("grant what it requires: {requires}")]
        }
        (_, "mutuallyExclusive") => {
            vec!["take the other license away, or change `rank` of one of them".to_owned()]
        }
        (_, "termOver") => vec!["renew it: set another `validUntil`".to_owned()],
        (_, "policyDenied" | "policyRefused") => vec![
            "ask whoever wrote the policy, or roll it back: scimlet policy rollback".to_owned(),
        ],
        (_, "policyFailed") => vec![
            "the policy is asked again every minute".to_owned(),
            "roll it back: scimlet policy rollback".to_owned(),
        ],
        _ => Vec::new(),
    }
}
