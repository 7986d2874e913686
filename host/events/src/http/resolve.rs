//! From names to addresses that are allowed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;
use crate::BoxFuture;

/// Looks names up.
pub trait Names: Send + Sync {
    /// What a name means at this moment.
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// As the machine looks names up.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A name means only addresses that are not allowed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(super) struct NoPublicAddress;

/// Gives the connector what it may connect to, and nothing else.
///
/// INVARIANT: there is no lookup between this one and the connection.
pub(super) struct Guarded {
    pub(super) names: Arc<dyn Names>,
    pub(super) allow_private: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (asked, allow_private) = (self.names.addresses(name.as_str()), self.allow_private);
        Box::pin(async move {
            let mut found = asked.await?;
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            found.retain(|address| allow_private || is_public(*address));
            if found.is_empty() {
                return Err(NoPublicAddress.into());
            }
            // The connector puts the URL's port in the place of 0.
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok::<Addrs, _>(Box::new(addresses))
        })
    }
}
