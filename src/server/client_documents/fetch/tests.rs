//! Fetching, from a server on this computer that a test may reach and nobody else.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};

use super::*;
use crate::environment::Environment;

fn address(text: &str) -> SocketAddr {
    SocketAddr::new(text.parse().unwrap(), PORT)
}

#[test]
fn a_name_with_one_inner_address_leads_nowhere() {
    let public = address("1.1.1.1");
    assert_eq!(checked(vec![public, address("2606:4700::1111")]), Ok(public));
    assert_eq!(checked(Vec::new()), Err("not found"));
    for inner in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::1"] {
        for found in [vec![address(inner)], vec![public, address(inner)]] {
            assert_eq!(checked(found), Err("not a public address"), "{inner}");
        }
    }
}

#[test]
fn how_long_it_is_kept_is_said_by_its_headers() {
    for (header, kept) in [
        ("max-age=600", Some(600_000)),
        ("public, Max-Age=86400, immutable", Some(86_400_000)),
        ("no-store", Some(0)),
        ("max-age=600, no-cache", Some(0)),
        ("public", None),
        ("max-age=soon", None),
        ("max-age=-1", None),
        ("max-age=+1", None),
        ("max-age=9223372036854775807", Some(i64::MAX)),
    ] {
        assert_eq!(max_age(header), kept, "{header}");
    }
}

/// A server of `mesh.test` that answers everybody with `answer`, and what makes
/// clients that trust it.
async fn serving(answer: String) -> (SocketAddr, Pinned, tempfile::TempDir) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = rcgen::generate_simple_self_signed(vec!["mesh.test".to_owned()]).unwrap();
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("root.pem");
    std::fs::write(&root, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let (listener, acceptor) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), TlsAcceptor::from(Arc::new(config)));
    let place = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 2_048];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    let variables = [
        ("SSL_CERT_FILE", root.display().to_string()),
        // Whoever named a proxy did not mean this.
        ("HTTPS_PROXY", "http://127.0.0.1:1".to_owned()),
    ];
    (place, Pinned::new(&Environment::of(variables.into_iter().collect())), home)
}

async fn fetched(answer: String) -> Result<(Vec<u8>, Option<i64>), &'static str> {
    let (place, pinned, _home) = serving(answer).await;
    let id = Url::parse("https://mesh.test/program.json").unwrap();
    Fetcher::new(pinned).fetch_at(&id, "mesh.test", place).await
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn a_document_is_small_json_that_is_there() {
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    let kept = format!("{json}Cache-Control: max-age=60\r\n");
    assert_eq!(fetched(answer("200 OK", &kept, "{}")).await, Ok((b"{}".to_vec(), Some(60_000))));
    let large = format!("\"{}\"", "x".repeat(5_118));
    assert_eq!(fetched(answer("200 OK", json, &large)).await.unwrap().0.len(), 5_120);
    let larger = format!("\"{}\"", "x".repeat(5_119));
    assert_eq!(fetched(answer("200 OK", json, &larger)).await, Err("not reached"));
    let moved = format!("{json}Location: https://mesh.test/other\r\n");
    assert_eq!(fetched(answer("302 Found", &moved, "{}")).await, Err("another status"));
    assert_eq!(fetched(answer("404 Not Found", json, "{}")).await, Err("another status"));
    let html = "Content-Type: text/html\r\n";
    assert_eq!(fetched(answer("200 OK", html, "{}")).await, Err("not JSON"));
    assert_eq!(fetched(answer("200 OK", "", "{}")).await, Err("not JSON"));
}

#[tokio::test]
async fn nobody_inside_is_asked_and_nobody_with_another_certificate() {
    let (place, pinned, _home) = serving(answer("200 OK", "", "{}")).await;
    let fetcher = Fetcher::new(pinned);
    let other = Url::parse("https://other.test/program.json").unwrap();
    assert_eq!(fetcher.fetch_at(&other, "other.test", place).await, Err("not reached"));
    let here = Url::parse("https://localhost/program.json").unwrap();
    assert_eq!(fetcher.fetch(&here).await, Err("not a public address"));
}
