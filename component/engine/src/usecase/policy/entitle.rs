//! Which licenses users should hold, in the policy's words.

use super::{Hook, Why, asks, question, verb};
use crate::facts::{Broken, Proposal, Subject};
use crate::license::{Grant, POLICY_DENIED, POLICY_FAILED, POLICY_REFUSED, State, Want, priority};
use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::scim::value::{Object, Value};
use crate::settings::OnFailure;
use crate::usecase::case::Case;
use crate::usecase::settle::{MAX_SKU, Membership};

/// Users who are asked about at a time (wit/policy).
const AT_ONCE: usize = 100;

/// Licenses that a policy may name for one user.
const MAX_GRANTS: usize = 100;

/// The source of what the default asks for.
pub(super) const DEFAULT: &str = "default";

/// The source of what only the policy asks for.
const SOURCE: &str = "policy";

/// Somebody whose licenses are decided.
pub(in crate::usecase) struct Petition<'u> {
    pub(in crate::usecase) id: &'u str,
    /// The user as it will be.
    pub(in crate::usecase) user: &'u Object<'u>,
    pub(in crate::usecase) groups: &'u [Membership],
    /// What the user has so far.
    pub(in crate::usecase) held: &'u [Grant],
    /// What the settings ask for.
    pub(in crate::usecase) wants: Vec<Want>,
}

/// What users are asked about for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::usecase) enum About {
    /// The request is about these users themselves.
    Own,
    /// It is about something else, or there is none. `takes`: it takes something from somebody, maybe
    /// from others than these.
    Others { takes: bool },
}

/// What becomes of what the settings ask for.
///
/// # Errors
/// The policy's no, or that it has failed, if the request adds something and takes nothing away.
pub(in crate::usecase) fn entitled(
    case: &mut Case<'_>,
    kind: &ResourceType,
    about: About,
    petitions: Vec<Petition<'_>>,
) -> Result<Vec<Vec<Want>>, Refusal> {
    if !asks(case, Hook::Entitle) {
        return Ok(petitions.into_iter().map(|it| it.wants).collect());
    }
    let is_own = about == About::Own;
    let takes = about == About::Others { takes: true } || petitions.iter().any(Petition::takes);
    let mut decided = Vec::with_capacity(petitions.len());
    for some in petitions.chunks(AT_ONCE) {
        let verdicts = verdicts(case, if is_own { verb(case) } else { "settle" }, some);
        for (petition, verdict) in some.iter().zip(verdicts) {
            let wants = match verdict {
                None => petition.wants.clone(),
                Some(Ok(grants)) => petition.granted(case, kind, &grants),
                Some(Err(why)) => {
                    let adds = petition.adds(is_own);
                    let is_ignored =
                        matches!(why, Why::Broken(_)) && on_failure(case) == OnFailure::Ignore;
                    if adds && !takes && !is_ignored {
                        return Err(why.refusal());
                    }
                    petition.without(case, kind, &why)
                }
            };
            decided.push(wants);
        }
    }
    Ok(decided)
}

fn on_failure(case: &Case<'_>) -> OnFailure {
    case.tenant.settings.on_failure
}

/// What the policy says of each; none of those of whom it is not asked.
fn verdicts(
    case: &mut Case<'_>,
    operation: &str,
    petitions: &[Petition<'_>],
) -> Vec<Option<Result<Vec<Proposal>, Why>>> {
    let question = question(case, operation);
    let subjects: Vec<Subject> = petitions.iter().filter_map(Petition::subject).collect();
    let count = subjects.len();
    let answers = match case.facts.policy() {
        Some(policy) if count > 0 => policy.entitle(&question, subjects),
        _ => Ok(Vec::new()),
    };
    let answers = answers.and_then(|answers| {
        let fits = answers.len() == count;
        fits.then_some(answers).ok_or(Broken::Nonsense)
    });
    let mut answers = match answers {
        Ok(answers) => answers.into_iter().map(read).collect(),
        Err(broken) => vec![Err(Why::Broken(broken)); count],
    }
    .into_iter();
    let one = |petition: &Petition<'_>| {
        let is_asked = petition.is_active();
        is_asked.then(|| answers.next()).flatten()
    };
    petitions.iter().map(one).collect()
}

/// An answer, if it makes sense.
fn read(answer: Result<Vec<Proposal>, crate::facts::No>) -> Result<Vec<Proposal>, Why> {
    let grants = answer.map_err(Why::No)?;
    let is_sku =
        |sku: &str| !sku.is_empty() && sku.len() <= MAX_SKU && !sku.chars().any(char::is_control);
    let makes_sense =
        grants.len() <= MAX_GRANTS && grants.iter().all(|grant| is_sku(&grant.license));
    makes_sense
        .then_some(grants)
        .ok_or(Why::Broken(Broken::Nonsense))
}

impl Petition<'_> {
    fn is_active(&self) -> bool {
        !matches!(self.user.get("active"), Some(Value::Bool(false)))
    }

    fn holds(&self, sku: &str) -> Option<&Grant> {
        self.held.iter().find(|grant| grant.sku == sku)
    }

    /// Whether something is taken away from the user.
    fn takes(&self) -> bool {
        let is_wanted = |grant: &Grant| self.wants.iter().any(|want| want.sku == grant.sku);
        // The default goes because something else comes.
        let is_taken = |source: &String| source != SOURCE && source != DEFAULT;
        let of_settings = |grant: &Grant| grant.direct().any(is_taken);
        let mut direct = self.held.iter().filter(|grant| grant.is_direct());
        !self.is_active() || direct.any(|grant| of_settings(grant) && !is_wanted(grant))
    }

    /// Whether something is asked for that the user has not.
    fn adds(&self, is_own: bool) -> bool {
        let is_new = |want: &Want| want.asked || (is_own && self.holds(&want.sku).is_none());
        self.wants.iter().any(is_new)
    }

    /// The user as the policy sees them: without what follows from its own answers.
    fn subject(&self) -> Option<Subject> {
        if !self.is_active() {
            return None;
        }
        let mut user = self.user.clone();
        user.remove(urn::SCIMLET_USER);
        if user.get("id").is_none() {
            user.push("id", Value::owned(self.id.to_owned()));
        }
        if !self.groups.is_empty() {
            let groups = self.groups.iter().map(group).collect();
            user.set("groups", Value::List(groups));
        }
        let proposed = self.wants.iter().filter(|want| want.blocked.is_none());
        let proposed = proposed.map(|want| Proposal {
            license: want.sku.clone(),
            reason: want.sources.join(", "),
        });
        Some(Subject {
            user: serde_json::to_string(&user).unwrap_or_default(),
            proposed: proposed.collect(),
        })
    }

    /// As the policy has decided. What it leaves out is still shown where somebody asks for it.
    fn granted(&self, case: &Case<'_>, kind: &ResourceType, grants: &[Proposal]) -> Vec<Want> {
        let is_granted = |sku: &str| grants.iter().any(|grant| grant.license == sku);
        let judge = |want: &Want| {
            let mut want = want.clone();
            let is_given = want.sources.iter().any(|source| source == "admin");
            match (is_granted(&want.sku), want.blocked) {
                (true, Some(_)) => {
                    want.blocked = None;
                    want.sources.push(SOURCE.to_owned());
                }
                (false, None) if want.is_asked_for() || is_given => {
                    want.blocked = Some(POLICY_DENIED);
                    want.asked = false;
                }
                (false, None) => return None,
                _ => {}
            }
            Some(want)
        };
        let mut wants: Vec<Want> = self.wants.iter().filter_map(judge).collect();
        for grant in grants {
            if !wants.iter().any(|want| want.sku == grant.license) {
                wants.push(self.added(case, kind, &grant.license));
            }
        }
        wants
    }

    /// As it is without an answer: what the policy has decided before stays, and what is new is not
    /// granted, or granted with a mark where the tenant has chosen to ignore failures.
    fn without(&self, case: &Case<'_>, kind: &ResourceType, why: &Why) -> Vec<Want> {
        let reason = match why {
            Why::No(_) => POLICY_REFUSED,
            Why::Broken(_) => POLICY_FAILED,
        };
        let ignores = reason == POLICY_FAILED && on_failure(case) == OnFailure::Ignore;
        let judge = |want: &Want| {
            let mut want = want.clone();
            let held = self.holds(&want.sku);
            let said = held.and_then(|grant| grant.reason.as_deref());
            let is_decided =
                held.is_some_and(|it| it.state != State::Blocked) && said != Some(POLICY_FAILED);
            if is_decided && want.blocked.is_some() && held.is_some_and(is_policys_too) {
                want.blocked = None;
                want.sources.push(SOURCE.to_owned());
            }
            if want.blocked.is_some() || is_decided {
                return want;
            }
            want.asked = false;
            match said {
                Some(POLICY_DENIED) => want.blocked = Some(POLICY_DENIED),
                Some(POLICY_REFUSED) => want.blocked = Some(POLICY_REFUSED),
                _ if ignores => want.unasked = true,
                _ => want.blocked = Some(reason),
            }
            want
        };
        let mut wants: Vec<Want> = self.wants.iter().map(judge).collect();
        for grant in self.held {
            let is_live = !matches!(grant.state, State::Grace | State::Held);
            if is_policys_alone(grant) && is_live && !wants.iter().any(|want| want.sku == grant.sku)
            {
                wants.push(self.added(case, kind, &grant.sku));
            }
        }
        wants
    }

    /// What only the policy asks for.
    fn added(&self, case: &Case<'_>, kind: &ResourceType, sku: &str) -> Want {
        Want {
            sku: sku.to_owned(),
            sources: vec![SOURCE.to_owned()],
            blocked: None,
            unasked: false,
            asked: false,
            priority: priority(&case.tenant.settings.licensing, kind, self.user),
        }
    }
}

/// Whether the policy has asked for it, perhaps among others.
fn is_policys_too(grant: &Grant) -> bool {
    grant.direct().any(|source| source == SOURCE)
}

/// Whether nobody but the policy has asked for it: what somebody else has asked for as well goes with that.
fn is_policys_alone(grant: &Grant) -> bool {
    grant.is_direct() && grant.direct().all(|source| source == SOURCE)
}

fn group((id, name, is_direct): &Membership) -> Value<'static> {
    let mut parts = Object::with_capacity(3);
    parts.push("value", Value::owned(id.clone()));
    parts.push("display", Value::owned(name.clone()));
    let kind = if *is_direct { "direct" } else { "indirect" };
    parts.push("type", Value::text(kind));
    Value::Object(parts)
}
