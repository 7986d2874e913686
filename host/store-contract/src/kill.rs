//! The promise that no question can check: what was acknowledged survives the process.

use scimlet_store::{Backend, Change, Claim, Edge, Entry, Event, Key, Outcome, Put};

use crate::remote::Remote;

/// As in the list of all promises.
pub(crate) const NAME: &str = "keeps_what_was_acknowledged_when_its_process_is_killed";

/// How often: each kill comes right behind an acknowledgement.
const ROUNDS: u32 = 5;

/// Commits, kills every process, starts it again and looks.
///
/// The outer error is that the command does not start again.
pub(crate) fn check(remote: &Remote) -> anyhow::Result<Result<(), String>> {
    let tenant = format!("killed-{}", std::process::id());
    for round in 1..=ROUNDS {
        if let Err(sentence) = commit(remote, &tenant, round) {
            return Ok(Err(sentence));
        }
        remote.restart()?;
        if let Err(sentence) = look(remote, &tenant, round) {
            return Ok(Err(sentence));
        }
    }
    Ok(Ok(()))
}

fn key(round: u32) -> Key {
    Key {
        kind: "User".to_owned(),
        id: round.to_string(),
    }
}

fn claim(round: u32) -> Claim {
    Claim {
        path: "name".to_owned(),
        value: round.to_string(),
    }
}

/// A little of everything.
fn changes(round: u32) -> Vec<Change> {
    let key = key(round);
    let put = Put {
        key: key.clone(),
        body: "{}".to_owned(),
        replaces: None,
        entries: vec![Entry {
            path: "name".to_owned(),
            value: round.to_string(),
        }],
        claims: vec![claim(round)],
    };
    let tie = Edge {
        relation: "tie".to_owned(),
        source: key.clone(),
        target: key.clone(),
        body: String::new(),
    };
    let event = Event {
        topic: "put".to_owned(),
        subject: key,
        body: String::new(),
    };
    vec![Change::Put(put), Change::Link(tie), Change::Emit(event)]
}

fn commit(remote: &Remote, tenant: &str, round: u32) -> Result<(), String> {
    let store = remote.store(tenant).map_err(|error| error.to_string())?;
    match store.commit(&changes(round)) {
        Ok(Outcome::Applied) => Ok(()),
        other => Err(format!("the commit of round {round} came to {other:?}")),
    }
}

fn look(remote: &Remote, tenant: &str, round: u32) -> Result<(), String> {
    let store = remote.store(tenant).map_err(|error| error.to_string())?;
    let keys: Vec<Key> = (1..=round).map(key).collect();
    let claims: Vec<Claim> = (1..=round).map(claim).collect();
    let text = |error: scimlet_store::Failure| error.to_string();
    let rows = store.load(&keys).map_err(text)?;
    let holders = store.holders(&claims).map_err(text)?;
    let events = store.outbox(0, u32::MAX).map_err(text)?;
    let rows = rows.iter().flatten().count();
    let holders = holders.iter().flatten().count();
    let wanted = keys.len();
    if [rows, holders, events.len()] == [wanted; 3] {
        return Ok(());
    }
    let events = events.len();
    Err(format!(
        "after {wanted} commits, each killed behind, there are {rows} rows, {holders} claims and \
         {events} events"
    ))
}
