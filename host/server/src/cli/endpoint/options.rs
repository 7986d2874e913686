//! What `endpoint add` and `endpoint set` have in common.

use scimlet_events::{Form, KnownBy};

use crate::events::Draft;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The value of the `Authorization` header, for push and SCIM
    #[arg(long, value_name = "VALUE")]
    authorization: Option<String>,
    /// Which events: `license.*,prov.delete`; `*`: all
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    events: Option<Vec<String>>,
    /// About what: kinds (`User`) or resources (`/Users/42`); empty: everything
    #[arg(long, value_name = "RESOURCE", value_delimiter = ',')]
    resources: Option<Vec<String>>,
    /// Tell values too, where the tenant's settings keep them (`"events": {"full": true}`)
    #[arg(long)]
    full: bool,
    /// Tell no values
    #[arg(long, conflicts_with = "full")]
    notice: bool,
    /// The `aud` of security event tokens
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
    /// What a second system's `externalId` is
    #[arg(long, value_enum, value_name = "WHAT")]
    known_by: Option<Known>,
    /// Whether who is deleted here is deleted in a second system, rather than deactivated
    #[arg(long, value_name = "BOOL")]
    deletes: Option<bool>,
    /// So many deliveries a second at most; 0: no bound
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// So many deliveries at a time at most, all about different resources
    #[arg(long, value_name = "N")]
    concurrency: Option<u32>,
}

/// What a second system knows resources by.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Known {
    /// The id here
    #[value(name = "id")]
    Id,
    /// The externalId here
    #[value(name = "externalId")]
    ExternalId,
}

impl Options {
    pub(super) fn draft(&self) -> Draft {
        // What is said as nothing takes away what was there.
        let list = |said: &Option<Vec<String>>| {
            let said = said.as_ref()?;
            Some(said.iter().filter(|one| !one.is_empty()).cloned().collect())
        };
        let text = |said: &Option<String>| {
            let said = said.as_ref()?;
            Some((!said.is_empty()).then(|| said.clone()))
        };
        let form = match (self.full, self.notice) {
            (true, _) => Some(Form::Full),
            (_, true) => Some(Form::Notice),
            (false, false) => None,
        };
        Draft {
            authorization: text(&self.authorization),
            events: list(&self.events),
            resources: list(&self.resources),
            form,
            audience: text(&self.audience),
            known_by: self.known_by.map(|known| match known {
                Known::Id => KnownBy::Id,
                Known::ExternalId => KnownBy::ExternalId,
            }),
            deletes: self.deletes,
            rate: self.rate.map(|rate| (rate > 0).then_some(rate)),
            concurrency: self.concurrency,
            ..Draft::default()
        }
    }
}
