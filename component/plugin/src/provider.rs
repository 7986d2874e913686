//! What the component exports.

use scimlet_engine::Tenant;

use crate::bindings::exports::scimlet::scim::provider as wit;
use crate::settle::{self, Settled};
use crate::store::Imported;
use crate::{convert, log};

struct Provider;

impl wit::Guest for Provider {
    type Tenant = Opened;
}

/// A tenant resource.
struct Opened {
    tenant: Tenant,
}

impl wit::GuestTenant for Opened {
    fn open(settings: String) -> Result<wit::Tenant, Vec<wit::Problem>> {
        match Tenant::open(&settings) {
            Ok(tenant) => Ok(wit::Tenant::new(Self { tenant })),
            Err(problems) => Err(problems.into_iter().map(convert::problem).collect()),
        }
    }

    fn check(&self) -> Vec<wit::Problem> {
        self.tenant
            .check(&mut Imported)
            .into_iter()
            .map(convert::problem)
            .collect()
    }

    fn reindex(&self, after: Option<String>, budget: u32) -> Result<wit::Progress, String> {
        settle::reindex(&self.tenant, after.as_deref(), budget, &mut Imported)
            .map(convert::progress)
    }

    fn sweep(&self, now: u64, seed: (u64, u64)) -> Result<Option<u64>, String> {
        settle::sweep(&self.tenant, now, seed, &mut Imported)
    }

    fn handle(&self, request: wit::Request) -> wit::Response {
        let request = convert::request(request);
        answer(settle::handle(&self.tenant, &request, &mut Imported))
    }

    fn preview(&self, request: wit::Request) -> wit::Response {
        let request = convert::request(request);
        answer(settle::preview(&self.tenant, &request, &mut Imported))
    }
}

fn answer(settled: Settled) -> wit::Response {
    if let Some(fault) = settled.fault {
        log::line(&fault);
    }
    convert::response(settled.response)
}

crate::bindings::export!(Provider with_types_in crate::bindings);
