//! TLS: a certificate chain and its key, from PEM files. TLS 1.2 and later, HTTP/1.1.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// There can be no TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file cannot be read or is not PEM.
    #[error("`{}` holds no {what}: {error}", .path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// Why it does not.
        error: pem::Error,
    },
    /// The certificate file is PEM, but holds no certificate.
    #[error("`{}` holds no certificate", .0.display())]
    Empty(PathBuf),
    /// The certificate and the key do not fit, or are not for TLS.
    #[error("the certificate cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Accepts TLS with this certificate chain and key.
pub(crate) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let (chain, key) = (chain(cert)?, private_key(key)?);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |error| TlsError::Pem {
        path: path.to_owned(),
        what: "certificate",
        error,
    };
    let items = CertificateDer::pem_file_iter(path).map_err(wrong)?;
    let chain: Vec<_> = items.collect::<Result<_, _>>().map_err(wrong)?;
    if chain.is_empty() {
        Err(TlsError::Empty(path.to_owned()))
    } else {
        Ok(chain)
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| TlsError::Pem {
        path: path.to_owned(),
        what: "private key",
        error,
    })
}
