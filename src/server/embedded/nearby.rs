//! A phone nearby: a second listener on the network that serves one card and
//! nothing else, and closes with its code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use axum::Router;
use tokio::task::JoinHandle;
use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::server::listen::{self, ServerHandle};
use crate::server::state::State;
use crate::server::store::DeviceCode;

/// A card that the network can see. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Nearby {
    /// Where it is seen.
    pub(super) base: Url,
    code: String,
    task: JoinHandle<()>,
}

impl Nearby {
    /// Opens the card of `code`, which `card` makes for the new address, on
    /// this computer's network address.
    pub(super) fn open(
        state: &State,
        code: &DeviceCode,
        card: impl FnOnce(State) -> Result<Router, AppError>,
    ) -> Result<Self, AppError> {
        let ip = address().ok_or_else(no_network)?;
        let failed =
            |why: std::io::Error| super::super::cannot_listen(SocketAddr::new(ip, 0), &why);
        let listener = listen::bind(SocketAddr::new(ip, 0), false).map_err(failed)?;
        let base = super::super::base_of(listener.local_addr().map_err(failed)?)?;
        let nearby = State::new(state.shared().clone(), base.clone(), base.clone());
        let router = super::super::behind_the_door(card(nearby.clone())?, nearby);
        let listening = ServerHandle::serve(listener, router).map_err(failed)?;
        let left = code.approval.time_left(state.now());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or_default());
        let mut settled = state.wake.beside(&code.hash);
        state.wake.watch(&state.store, &state.clock);
        let task = tokio::spawn(async move {
            settled.wait(left).await;
            // The answer to whoever decided is still on its way: it ends first.
            listening.stop().await;
        });
        Ok(Self { base, code: code.id.clone(), task })
    }

    /// Whether it shows this code, still.
    pub(super) fn serves(&self, code: &DeviceCode) -> bool {
        self.code == code.id && !self.task.is_finished()
    }
}

impl Drop for Nearby {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The address that others on the network reach this computer by. Nothing is
/// sent: connecting a datagram socket only asks for the route.
pub fn address() -> Option<IpAddr> {
    let anywhere = Ipv4Addr::new(192, 0, 2, 1);
    let routed = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((anywhere, 9))?;
        socket.local_addr()
    });
    let routed = routed.ok().map(|address| address.ip()).filter(|ip| is_reachable(*ip));
    routed.or_else(local)
}

/// Without a route to anywhere (a network of its own): the first address of
/// this computer's that is not loopback.
#[cfg(target_os = "linux")]
fn local() -> Option<IpAddr> {
    first_local(&std::fs::read_to_string("/proc/net/fib_trie").ok()?)
}

#[cfg(not(target_os = "linux"))]
fn local() -> Option<IpAddr> {
    None
}

/// The first address in the kernel's table that is this host's own: a leaf
/// (`|-- 10.0.0.5`) with `/32 host LOCAL` below it.
#[cfg(any(target_os = "linux", test))]
fn first_local(table: &str) -> Option<IpAddr> {
    let mut leaf = None;
    for line in table.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<IpAddr>().ok();
        } else if line == "/32 host LOCAL"
            && let Some(ip) = leaf.filter(|ip| is_reachable(*ip))
        {
            return Some(ip);
        }
    }
    None
}

fn is_reachable(ip: IpAddr) -> bool {
    !ip.is_loopback() && !ip.is_unspecified()
}

/// There is no network to be seen on.
pub fn no_network() -> AppError {
    AppError::new(ErrorKind::Failed, "no_network", Message::new("server-no-network"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_closes_with_its_code() {
        use crate::server::approval::Approver;
        use crate::server::device_code_state::Decision;
        use crate::server::rate_limits::GuessKey;
        use crate::server::store::{NewAccount, NewDeviceCode};
        use crate::server::{Config, Server};

        if address().is_none() {
            eprintln!("skipped: this machine has no network address");
            return;
        }
        let running = Server::start(Config::in_memory()).await.unwrap();
        let (state, now) = (running.state(), running.state().now());
        let new = NewAccount { name: "A".into(), email: "a".into(), password: None, admin: true };
        let account_id = state.store.create_account(&new, now).await.unwrap().unwrap().id;
        let new = NewDeviceCode {
            client_id: "crewmesh".into(),
            scopes: String::new(),
            device: crate::wire::Device::default(),
            ip: None,
        };
        let device_code = crate::secret::Secret::new("cm_dc_test");
        let user_code = state.keys.user_code(&device_code);
        let mac = state.keys.user_code_mac(&user_code);
        state.store.create_device_code(&device_code, &mac, &new, now).await.unwrap();
        let code = state.typed_code(&user_code, &GuessKey::new(None, None)).await.unwrap().unwrap();

        let card = |_| Ok(Router::new().route("/d", axum::routing::get(|| async { "card" })));
        let mut nearby = Nearby::open(state, &code, card).unwrap();
        let port = nearby.base.port().unwrap();
        let at = SocketAddr::new(address().unwrap(), port);
        assert!(nearby.serves(&code) && tokio::net::TcpStream::connect(at).await.is_ok());
        let by = Approver { account_id, via: "ticket", ip: None };
        state.settle(&code, Decision::Deny, &by).await.unwrap().unwrap();
        (&mut nearby.task).await.unwrap();
        assert!(!nearby.serves(&code) && tokio::net::TcpStream::connect(at).await.is_err());
        running.stop().await;
    }

    #[test]
    fn the_first_address_that_is_ours_and_not_loopback() {
        let table = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.9.0.0\n        /24 link UNICAST\n     |-- 10.9.0.2\n        /32 host LOCAL\n     +-- 127.0.0.0/8 2 0 2\n        |-- 127.0.0.1\n           /32 host LOCAL\n";
        assert_eq!(first_local(table), Some("10.9.0.2".parse().unwrap()));
        assert_eq!(first_local("|-- 127.0.0.1\n /32 host LOCAL\n"), None);
    }
}
