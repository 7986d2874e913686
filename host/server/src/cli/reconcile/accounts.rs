//! An account list of the platform: who has an account, or a license, on one side only.

use std::fmt::Write as _;

use serde_json::json;

use super::{Args, counts, refuse_drift, say_rows, watch};
use crate::cli::print::say_json;
use crate::cli::progress::Progress;
use crate::local::Local;
use crate::reconcile::{self, Accounts, Missing, OrphanAccount, OrphanSeat};

pub(super) fn run(local: &Local, text: String, args: &Args) -> anyhow::Result<()> {
    let mut progress = Progress::new(None);
    let found = reconcile::accounts(local, text, args.by.by(), &mut watch(&mut progress))?;
    drop(progress);
    if args.whose.json {
        say_json(&told(&found, args))?;
    } else {
        let header = ["what", "user", "line", "sku", "here", "there"];
        say_rows(args.csv, &summary(&found, args), header, rows(&found))?;
    }
    refuse_drift(found.drift(), "")
}

fn told(found: &Accounts, args: &Args) -> serde_json::Value {
    let Accounts {
        there,
        here,
        unkeyed,
        orphans,
        missing,
        seats,
    } = found;
    json!({
        "tenant": args.whose.tenant,
        "by": args.by.by().attribute().name(),
        "counts": {
            "there": there,
            "here": here,
            "unkeyed": unkeyed,
            "orphanAccounts": orphans.len(),
            "missingAccounts": missing.len(),
            "orphanSeats": seats.len(),
        },
        "orphanAccounts": orphans,
        "missingAccounts": missing,
        "orphanSeats": seats,
    })
}

fn summary(found: &Accounts, args: &Args) -> String {
    let mut out = counts([
        ("orphan accounts", found.orphans.len()),
        ("missing accounts", found.missing.len()),
        ("orphan seats", found.seats.len()),
    ]);
    let Accounts {
        there,
        here,
        unkeyed,
        ..
    } = found;
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "\n{there} accounts in the file, {here} users in the tenant"
    );
    if *unkeyed > 0 {
        let by = args.by.by().attribute().name();
        let _ = writeln!(
            out,
            "{unkeyed} in the tenant without `{by}`: not looked for"
        );
    }
    out
}

fn rows(found: &Accounts) -> impl Iterator<Item = [String; 6]> {
    let orphans = found.orphans.iter().map(orphan_account);
    orphans
        .chain(found.missing.iter().map(missing_account))
        .chain(found.seats.iter().map(orphan_seat))
}

fn orphan_account(orphan: &OrphanAccount) -> [String; 6] {
    let line = orphan.line.to_string();
    let here = orphan.here.unwrap_or("nobody");
    ["orphan account", &orphan.user, &line, "", here, "account"].map(str::to_owned)
}

fn missing_account(missing: &Missing) -> [String; 6] {
    let (user, skus) = (&*missing.who.user_name, missing.skus.join(";"));
    ["missing account", user, "", &skus, "seat", "nobody"].map(str::to_owned)
}

fn orphan_seat(seat: &OrphanSeat) -> [String; 6] {
    let (user, line) = (&*seat.who.user_name, seat.line.to_string());
    let here = seat.here.as_deref().unwrap_or("none");
    let there = if seat.there { "license" } else { "none" };
    ["orphan seat", user, &line, &seat.sku, here, there].map(str::to_owned)
}
