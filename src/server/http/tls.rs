//! HTTPS by the operator's own files. They are read again on request, so that
//! a renewed certificate needs no restart; connections that are open keep the
//! one they began with.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::regular_file;
use crate::server::config::TlsFiles;

/// The largest file of certificates or of a key that is read, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// A certificate in use.
#[derive(Clone, Debug)]
pub struct Tls {
    files: TlsFiles,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When one of them cannot be read or they do not belong together.
    pub fn load(files: TlsFiles) -> Result<Self, AppError> {
        let config = Arc::new(RwLock::new(read(&files)?));
        Ok(Self { files, config })
    }

    /// Reads them again. What is wrong with them changes nothing.
    ///
    /// # Errors
    /// As for [`Tls::load`].
    pub fn reload(&self) -> Result<(), AppError> {
        let config = read(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// What greets the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, AppError> {
    let unusable = |path: &Path, why: &dyn std::fmt::Display| {
        let message = Message::new("server-tls-unusable")
            .with("path", path.display().to_string())
            .with("why", why.to_string());
        AppError::new(ErrorKind::BadArguments, "tls_unusable", message)
            .hint(Message::new("server-tls-unusable-hint"))
    };
    // A pipe or a device in the place of one of them would be read for ever.
    let read =
        |path: &Path| regular_file::read(path, LARGEST_FILE).map_err(|why| unusable(path, &why));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(&files.certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|why| unusable(&files.certificate, &why))?;
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?)
        .map_err(|why| unusable(&files.key, &why))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(AppError::internal)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|why| unusable(&files.certificate, &why))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
