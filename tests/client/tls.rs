//! Certificates: one that nobody vouches for, and one that an organisation
//! vouches for itself.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use crewmesh::error::ErrorKind;
use crewmesh::instance::Connector;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};
use serde_json::json;

use super::environment;

/// An https server on loopback that answers everything with its metadata, and
/// the certificate it signed itself.
fn server() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("key and certificate belong together");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("https://localhost:{}", listener.local_addr().expect("bound").port());
    let body = json!({
        "issuer": base,
        "device_authorization_endpoint": format!("{base}/device"),
        "token_endpoint": format!("{base}/token"),
        "crewmesh_instance_id": "i-tls",
    })
    .to_string();
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        while let Ok((mut socket, _)) = listener.accept() {
            let Ok(mut connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            let mut stream = Stream::new(&mut connection, &mut socket);
            let mut request = [0; 4096];
            // A client that does not trust us hangs up in the middle.
            if stream.read(&mut request).is_ok() {
                let _ = stream.write_all(reply.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (base, made.cert.pem())
}

#[tokio::test]
async fn an_organisations_own_certificate_is_accepted_once_it_is_named() {
    let (base, certificate) = server();
    let home = tempfile::tempdir().expect("a home");
    let connector = Connector::new(Arc::new(environment(&home, &[])));
    let error = connector.find(&base).await.expect_err("nobody vouches for it");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unreachable, "certificate_rejected"));

    let file = home.path().join("ca.pem");
    std::fs::write(&file, certificate).expect("written");
    let file = file.to_str().expect("a path");
    for variable in ["CREWMESH_CA_FILE", "SSL_CERT_FILE"] {
        let connector = Connector::new(Arc::new(environment(&home, &[(variable, file)])));
        let found = connector.find(&base).await.expect("trusted");
        assert_eq!(found.id.as_deref(), Some("i-tls"));
    }
}
