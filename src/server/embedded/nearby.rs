//! A phone nearby: a second listener on the network that serves one card and
//! nothing else, and closes with its code.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

use crate::error::AppError;
use crate::server::http::listen::{self, ServerHandle};
use crate::server::network;
use crate::server::router::guarded;
use crate::server::start::{base_of, cannot_listen};
use crate::server::state::State;
use crate::server::store::DeviceCode;
use crate::server::wake::{Hold, Woken};

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
        let ip = network::address().ok_or_else(network::no_network)?;
        let failed = |why: std::io::Error| cannot_listen(SocketAddr::new(ip, 0), &why);
        let listener = listen::bind(SocketAddr::new(ip, 0), false).map_err(failed)?;
        let base = base_of(listener.local_addr().map_err(failed)?)?;
        let nearby = State::new(state.shared().clone(), base.clone(), base.clone());
        let router = guarded(card(nearby.clone())?, nearby);
        let listening = ServerHandle::serve(listener, router).map_err(failed)?;
        let left = code.approval.time_left(state.now());
        let ends = Instant::now() + Duration::from_millis(u64::try_from(left).unwrap_or_default());
        let settled = state.wake.beside(&code.hash);
        state.watch();
        let (looking, mac) = (state.clone(), code.user_code_mac.clone());
        let task = tokio::spawn(async move {
            let waits = || async {
                let now = looking.now();
                let code = looking.store.device_code_by_mac(&mac, now).await;
                matches!(code, Ok(Some(code)) if code.approval.may_settle(now).is_ok())
            };
            until_over(settled, ends, waits).await;
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

/// Until the code `waits` no more, or `ends`, however often its card is opened: that
/// is no answer yet.
async fn until_over<F: Future<Output = bool>>(
    mut settled: Hold,
    ends: Instant,
    waits: impl Fn() -> F,
) {
    while settled.wait(ends.saturating_duration_since(Instant::now())).await == Some(Woken::Changed)
    {
        settled.renew();
        if !waits().await {
            return;
        }
    }
}

impl Drop for Nearby {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::wake::Wake;

    #[tokio::test(start_paused = true)]
    async fn it_closes_with_its_code_however_often_that_is_opened() {
        let (wake, began, life) = (Wake::default(), Instant::now(), Duration::from_mins(10));
        let settled = wake.beside("a");
        let opens = async {
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_mins(4)).await;
                wake.wake("a");
            }
        };
        tokio::select! {
            () = until_over(settled, began + life, || async { true }) => {}
            () = opens => {}
        }
        assert_eq!(began.elapsed(), life);
        // Answered, it closes at once.
        let settled = wake.beside("a");
        wake.wake("a");
        let began = Instant::now();
        until_over(settled, began + life, || async { false }).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn it_closes_with_its_code() {
        use crate::server::domain::device_code_state::Decision;
        use crate::server::domain::resource::Resource;
        use crate::server::operations::{Authority, Principal, approvals};
        use crate::server::store::{NewAccount, NewDeviceCode};
        use crate::server::{Config, Server};
        use crate::wire::StepUp;

        if network::address().is_none() {
            eprintln!("skipped: this machine has no network address");
            return;
        }
        let running = Server::start(Config::in_memory()).await.unwrap();
        let (state, now) = (running.state(), running.state().now());
        let new = NewAccount { name: "A".into(), email: "a".into(), password: None, admin: true };
        let account = state.store.create_account(&new, now).await.unwrap().unwrap();
        let by = Principal {
            account,
            authority: Authority::Ticket,
            ip: crate::server::domain::client_ip::ClientIp::NONE,
            required: None,
            at: Resource::Instance,
        };
        let new = NewDeviceCode {
            client_id: "crewmesh".into(),
            client_name: "crewmesh".into(),
            scopes: String::new(),
            resource: crate::server::domain::resource::Resource::Instance,
            refreshes: false,
            device: crate::wire::Device::default(),
            ip: None,
            invite_id: None,
        };
        let device_code = crate::secret::Secret::new("cm_dc_test");
        let user_code = state.keys.user_code(&device_code);
        let mac = state.keys.user_code_mac(&user_code);
        let sealed = state.keys.sealed_user_code(&user_code);
        state.store.create_device_code(&device_code, (&mac, &sealed), &new, now).await.unwrap();
        let code = approvals::find(state, &by, &user_code).await.unwrap();

        let card = |_| Ok(Router::new().route("/d", axum::routing::get(|| async { "card" })));
        let mut nearby = Nearby::open(state, &code, card).unwrap();
        let port = nearby.base.port().unwrap();
        let at = SocketAddr::new(network::address().unwrap(), port);
        assert!(nearby.serves(&code) && tokio::net::TcpStream::connect(at).await.is_ok());
        approvals::settle(state, &by, &code, Decision::Deny, StepUp::default()).await.unwrap();
        (&mut nearby.task).await.unwrap();
        assert!(!nearby.serves(&code) && tokio::net::TcpStream::connect(at).await.is_err());
        running.stop().await;
    }
}
