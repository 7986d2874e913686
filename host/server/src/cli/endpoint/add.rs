//! `scimlet endpoint add`.

use super::options::Options;
use super::tell;
use crate::cli::place::Place;
use crate::cli::whose::Whose;
use crate::events::{Kind, Signature};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What it is called
    name: String,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    options: Options,
    /// How webhooks are signed [default: hmac]
    #[arg(long, value_enum, conflicts_with = "secret")]
    signature: Option<Signature>,
    /// A secret that the receiver has already: `whsec_...` or `whsk_...`
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    #[command(flatten)]
    whose: Whose,
}

/// Where events go, and how.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Target {
    /// By Standard Webhooks, to this URL
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// As security event tokens (RFC 8417), pushed to this URL (RFC 8935)
    #[arg(long, value_name = "URL")]
    push: Option<String>,
    /// As security event tokens, to be fetched (RFC 8936)
    #[arg(long)]
    poll: bool,
    /// As changes of a second system that speaks SCIM at this URL
    #[arg(long, value_name = "URL", requires = "authorization")]
    scim: Option<String>,
}

pub(super) fn run(place: &Place, args: Args) -> anyhow::Result<()> {
    let mut draft = args.options.draft();
    let Target {
        webhook,
        push,
        poll: _,
        scim,
    } = args.target;
    let targets = [
        (Kind::Webhook, webhook),
        (Kind::Push, push),
        (Kind::Scim, scim),
    ];
    let found = targets
        .into_iter()
        .find_map(|(kind, url)| Some((kind, url?)));
    let (kind, url) = found.map_or((Kind::Poll, None), |(kind, url)| (kind, Some(url)));
    draft.name = Some(args.name);
    draft.kind = Some(kind);
    draft.url = url;
    draft.signature = args.signature;
    draft.secret = args.secret;
    let added = args.whose.desk(place)?.add(&draft)?;
    tell(&added, args.whose.json)
}
