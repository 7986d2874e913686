//! SCIM as `wasi:http`, for platforms that run components as they are.
//!
//!     PUT  /tenants/NAME         the operator's: makes a tenant, or changes its settings (the body)
//!     POST /tenants/NAME/sweep   the operator's timer: what is due by time; `{"next": ...}`
//!     /scim/v2/...               SCIM, answered by the engine
//!     /admin/v1/...              what it answers to admins beside SCIM
//!
//! The secret comes as the environment variable `SECRET`.

mod bindings;
mod http;
mod token;

use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{IncomingRequest, ResponseOutparam};

use bindings::scimlet::scim::provider::{Header, Principal, Request, Tenant};
use bindings::scimlet::wasi_http::platform;
use http::{Answer, Asked};
use token::Seal;

const BASE: &str = "/scim/v2";
const ADMIN: &str = "/admin/v1";

/// What the engine gets to see of the headers; never who asks.
const SHOWN: [&str; 8] = [
    "accept",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "prefer",
    "user-agent",
    "x-http-method-override",
];

struct Adapter;

impl Guest for Adapter {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let answer = match http::read(request) {
            Ok(asked) => answer(&asked),
            Err(refused) => refused,
        };
        http::write(out, answer);
    }
}

wasi::http::proxy::export!(Adapter);

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is where `wasmtime serve` puts settings"
)]
fn answer(asked: &Asked) -> Answer {
    let Ok(secret) = std::env::var("SECRET") else {
        return Answer::error(500, "start this with `--env SECRET=...`");
    };
    let seal = Seal::new(&secret);
    let answered = match asked.path.strip_prefix("/tenants/") {
        Some(tenant) => operate(asked, &seal, tenant),
        None => scim(asked, &seal),
    };
    answered.unwrap_or_else(|why| {
        eprintln!("{why}");
        Answer::error(503, "try again later")
    })
}

fn operate(asked: &Asked, seal: &Seal, path: &str) -> Result<Answer, String> {
    let presented = asked.presented();
    if !presented.is_some_and(|(token, _)| seal.is_secret(token)) {
        return Ok(Answer::text(401, String::new()));
    }
    match (asked.method.as_str(), path.strip_suffix("/sweep")) {
        ("POST", Some(tenant)) => {
            platform::bind(tenant)?;
            let Some(settings) = platform::settings()? else {
                return Ok(Answer::error(404, "there is no such tenant"));
            };
            let next = open(&settings)?.sweep(http::now(), http::seed())?;
            Ok(Answer::text(
                200,
                serde_json::json!({ "next": next }).to_string(),
            ))
        }
        ("PUT", None) => {
            platform::bind(path)?;
            save(&asked.body, |scope| seal.token(path, scope))
        }
        _ => Ok(Answer::error(404, "there is nothing here")),
    }
}

/// Makes a tenant, or gives it other settings.
fn save(settings: &str, token: impl Fn(&str) -> String) -> Result<Answer, String> {
    let tenant = match Tenant::open(settings) {
        Ok(tenant) => tenant,
        Err(problems) => {
            let problem = |it: &bindings::scimlet::scim::provider::Problem| serde_json::json!({ "path": it.path, "detail": it.detail });
            let problems: Vec<_> = problems.iter().map(problem).collect();
            let body = serde_json::json!({ "problems": problems });
            return Ok(Answer::text(422, body.to_string()));
        }
    };
    platform::save(settings)?;
    // Rows that were written before are to be found by what the settings name now.
    let mut after: Option<String> = None;
    loop {
        after = tenant.reindex(after.as_deref(), 200)?.next;
        if after.is_none() {
            break;
        }
    }
    let tokens = token::SCOPES.map(|scope| (scope.to_owned(), token(scope).into()));
    let tokens: serde_json::Map<_, serde_json::Value> = tokens.into_iter().collect();
    Ok(Answer::text(
        200,
        serde_json::json!({ "tokens": tokens }).to_string(),
    ))
}

fn open(settings: &str) -> Result<Tenant, String> {
    Tenant::open(settings).map_err(|_| "the settings that are kept do not open".to_owned())
}

fn scim(asked: &Asked, seal: &Seal) -> Result<Answer, String> {
    let Some(path) = below(&asked.path) else {
        return Ok(Answer::error(
            404,
            "there is nothing here; SCIM is at `/scim/v2`",
        ));
    };
    let presented = asked.presented();
    let caller = presented.and_then(|(token, bare)| Some((seal.open(token)?, bare)));
    let Some(((tenant, scope), bare)) = caller else {
        return Ok(Answer::unauthorized());
    };
    platform::bind(&tenant)?;
    let Some(settings) = platform::settings()? else {
        return Ok(Answer::unauthorized());
    };
    let method = if asked.method == "HEAD" {
        "GET"
    } else {
        &asked.method
    };
    let response = open(&settings)?.handle(&Request {
        method: method.to_owned(),
        path,
        query: asked.query.clone(),
        headers: shown(asked, bare),
        body: asked.body.clone(),
        principal: Principal {
            id: format!("{tenant}.{scope}"),
            scopes: vec![scope],
        },
        now: http::now(),
        seed: http::seed(),
        base_url: format!("http://{}{BASE}", asked.authority),
    });
    let headers = response.headers.into_iter().map(|it| (it.name, it.value));
    Ok(Answer {
        status: response.status,
        headers: headers.collect(),
        body: response.body,
    })
}

/// The path as the engine knows it: below the SCIM base, where admins have a corner of their own.
fn below(path: &str) -> Option<String> {
    let bases = [(BASE, ""), (ADMIN, "/.admin")];
    bases.into_iter().find_map(|(base, name)| {
        let below = path.strip_prefix(base)?;
        let is_below = below.is_empty() || below.starts_with('/');
        is_below.then(|| format!("{name}{below}"))
    })
}

fn shown(asked: &Asked, bare: bool) -> Vec<Header> {
    let is_shown = |(name, _): &&(String, String)| SHOWN.contains(&name.as_str());
    let shown = asked.headers.iter().filter(is_shown).cloned();
    let bare = bare.then(|| ("x-scimlet-bare-token".to_owned(), "true".to_owned()));
    let shown = shown.chain(bare);
    shown.map(|(name, value)| Header { name, value }).collect()
}
