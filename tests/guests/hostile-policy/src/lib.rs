//! A policy that misbehaves on request.
//!
//! What it does stands in what it is asked about: a document or a user that contains `misdeed:loop`
//! makes it loop. What it says of itself stands in its file ([`SELF`]), where tests write something
//! else of the same length.

mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit/policy",
        world: "scimlet:policy/policy",
    });
}

mod misdeeds;

use std::cell::Cell;
use std::hint::black_box;

use bindings::exports::scimlet::policy::hooks::{
    Context, Description, Grant, Guest, Refusal, Subject,
};

/// The hooks that it names, behind the colon; or `loop`, `panic`, `say-nothing`.
static SELF: &str = "hostile-policy:shape,entitle                            ";

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

struct Hostile;

impl Guest for Hostile {
    fn describe() -> Description {
        let itself = black_box(SELF).trim_end();
        let (name, hooks) = itself.split_once(':').unwrap_or((itself, ""));
        match hooks {
            "loop" => misdeeds::spin(),
            "panic" => panic!("I am not to be described"),
            "say-nothing" => Description {
                name: String::new(),
                version: "1".to_owned(),
                hooks: vec!["entitle".to_owned()],
            },
            _ => Description {
                name: name.to_owned(),
                version: "1.2.3".to_owned(),
                hooks: hooks.split(',').filter(|hook| !hook.is_empty()).map(str::to_owned).collect(),
            },
        }
    }

    fn shape(context: Context, documents: Vec<String>) -> Vec<Result<String, Refusal>> {
        count();
        if documents.iter().any(|it| misdeed(it) == Some("short")) {
            return Vec::new();
        }
        documents.into_iter().map(|document| shape(&context, document)).collect()
    }

    fn entitle(context: Context, subjects: Vec<Subject>) -> Vec<Result<Vec<Grant>, Refusal>> {
        count();
        if subjects.iter().any(|it| misdeed(&it.user) == Some("short")) {
            return Vec::new();
        }
        let batch = subjects.len();
        subjects.into_iter().map(|subject| entitle(&context, batch, subject)).collect()
    }
}

fn shape(context: &Context, document: String) -> Result<String, Refusal> {
    match misdeed(&document) {
        None => Ok(document),
        Some("refuse") => Err(refusal()),
        Some("nonsense") => Ok("{\"userName\":".to_owned()),
        Some("wide") => Ok("x".repeat(32 << 20)),
        Some("context") => Ok(format!("{context:?}")),
        Some(other) => Ok(misdeeds::act(other)),
    }
}

fn entitle(context: &Context, batch: usize, subject: Subject) -> Result<Vec<Grant>, Refusal> {
    let because = |reason: String| {
        let license = "pro".to_owned();
        Ok(vec![Grant { license, reason }])
    };
    match misdeed(&subject.user) {
        None => Ok(subject.proposed),
        Some("refuse") => Err(refusal()),
        Some("nothing") => Ok(Vec::new()),
        Some("calls") => because(CALLS.get().to_string()),
        Some("batch") => because(batch.to_string()),
        Some("context") => because(format!("{context:?}")),
        Some("wide") => because("x".repeat(32 << 20)),
        Some(other) => because(misdeeds::act(other)),
    }
}

/// The word behind `misdeed:`.
fn misdeed(text: &str) -> Option<&str> {
    let rest = text.split_once("misdeed:")?.1;
    let end = rest.find(|letter: char| !letter.is_ascii_lowercase());
    Some(end.map_or(rest, |end| &rest[..end]))
}

fn count() {
    CALLS.set(CALLS.get() + 1);
}

fn refusal() -> Refusal {
    Refusal {
        code: "notToday".to_owned(),
        detail: "The policy does not feel like it.".to_owned(),
    }
}

bindings::export!(Hostile with_types_in bindings);
