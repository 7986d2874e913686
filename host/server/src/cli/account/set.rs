//! `scimlet account set`: fields of an account, changed in the platform's name.

use serde_json::{Map, Value};

use super::show;
use crate::admin;
use crate::cli::place::Place;
use crate::cli::print::{say, say_json};
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The user: a `userName` or an id
    user: String,
    /// Fields and what they become: `plan=pro`, `seats=5`, `tags=["a"]`. What reads as JSON is taken as
    /// that, the rest as text; nothing behind the `=` takes the field out
    #[arg(value_name = "FIELD=VALUE", required = true, value_parser = parse)]
    fields: Vec<(String, Value)>,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let body: Map<String, Value> = args.fields.iter().cloned().collect();
    let path = admin::path(&["accounts", &args.user]);
    let local = args.whose.client(place)?;
    let answer = admin::send(&local, "PATCH", &path, Some(&body.into()))?;
    if args.whose.json {
        return say_json(&answer);
    }
    Ok(say(&show::told(&answer))?)
}

fn parse(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected FIELD=VALUE")?;
    if name.is_empty() {
        return Err("expected FIELD=VALUE".to_owned());
    }
    let value = match value {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_json_if_it_reads_as_that() {
        for (text, value) in [
            ("plan=pro", json!("pro")),
            ("plan=a=b", json!("a=b")),
            ("seats=5", json!(5)),
            ("suspended=true", json!(true)),
            ("id=\"5\"", json!("5")),
            ("tags=[\"a\"]", json!(["a"])),
            ("plan=", Value::Null),
        ] {
            assert_eq!(parse(text).map(|(_, value)| value), Ok(value), "{text}");
        }
        assert!(parse("plan").is_err() && parse("=x").is_err());
    }
}
