//! Fetching a document from where a stranger says it is. The name is resolved once,
//! each address it has is looked at, and the connection goes to one that was: a
//! name that means another place a moment later leads nowhere.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use url::Url;

use super::document::LARGEST;
use crate::http::reply::Reply;
use crate::http::{Http, Pinned};
use crate::server::domain::public_addresses::is_public;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The only port.
const PORT: u16 = 443;

/// Fetches documents from the internet.
#[derive(Clone, Debug)]
pub struct Fetcher {
    pinned: Pinned,
}

impl Fetcher {
    /// One that makes its connections by `pinned`.
    pub fn new(pinned: Pinned) -> Self {
        Self { pinned }
    }

    /// What is at `id`, and for how many milliseconds its headers let it be kept.
    ///
    /// # Errors
    /// Why it is not had, in a word.
    pub(super) async fn fetch(&self, id: &Url) -> Result<(Vec<u8>, Option<i64>), &'static str> {
        let fetched = async {
            let host = id.host_str().ok_or("no host")?;
            let resolved = tokio::net::lookup_host((host, PORT)).await;
            let address = checked(resolved.map_err(|_| "not found")?.collect())?;
            self.fetch_at(id, host, address).await
        };
        tokio::time::timeout(PATIENCE, fetched).await.unwrap_or(Err("too slow"))
    }

    async fn fetch_at(
        &self,
        id: &Url,
        host: &str,
        address: SocketAddr,
    ) -> Result<(Vec<u8>, Option<i64>), &'static str> {
        // Roots are read and keys made: no work for those who wait.
        let (pinned, host) = (self.pinned.clone(), host.to_owned());
        let http = tokio::task::spawn_blocking(move || pinned.http(&host, address)).await;
        let http: Http = http.map_err(|_| "no client")?.map_err(|_| "no client")?;
        let request = http.request(Method::GET, id.clone());
        let largest = usize::try_from(LARGEST).unwrap_or(usize::MAX);
        let reply = http.send_within(request, PATIENCE, largest).await;
        understood(&reply.map_err(|_| "not reached")?)
    }
}

/// The address to go to, where every one of `found` is public: a name that has an
/// inner address as well is up to something.
fn checked(found: Vec<SocketAddr>) -> Result<SocketAddr, &'static str> {
    if found.iter().any(|address| !is_public(address.ip())) {
        return Err("not a public address");
    }
    found.into_iter().next().ok_or("not found")
}

/// The document in `reply`, and how long it may be kept.
fn understood(reply: &Reply) -> Result<(Vec<u8>, Option<i64>), &'static str> {
    if reply.status != 200 {
        return Err("another status");
    }
    let kind = reply.content_type.as_deref().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json"))
    {
        return Err("not JSON");
    }
    Ok((reply.body.to_vec(), reply.cache_control.as_deref().and_then(max_age)))
}

/// Milliseconds that `Cache-Control` lets something be kept (RFC 9111 §5.2.2).
fn max_age(cache_control: &str) -> Option<i64> {
    let directives = || cache_control.split(',').map(str::trim);
    let is_not_kept =
        |one: &str| ["no-store", "no-cache"].iter().any(|no| one.eq_ignore_ascii_case(no));
    if directives().any(is_not_kept) {
        return Some(0);
    }
    let seconds = directives().find_map(|one| {
        let (name, value) = one.split_once('=')?;
        let is_plain = value.bytes().all(|byte| byte.is_ascii_digit());
        name.eq_ignore_ascii_case("max-age")
            .then(|| value.parse::<i64>().ok())?
            .filter(|_| is_plain)
    });
    seconds.map(|seconds| seconds.saturating_mul(1_000))
}

#[cfg(test)]
mod tests;
