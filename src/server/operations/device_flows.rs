//! Signing in at a provider by device code (RFC 8628), on behalf of a person: the instance
//! asks for the code and polls, and what comes of it goes into the vault.
//!
//! The surprising rule: nobody polls by themselves. Whoever looks at where it stands asks
//! the provider when it may be asked, one of all processes; so a flow goes on at whichever
//! node is asked next, and one that nobody looks at any more costs nothing.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use tokio::time::Instant;
use url::Url;

use super::connections::{self, checked};
use super::{Denied, Principal};
use crate::device_grant::grant::Question;
use crate::device_grant::{Endpoints, Grant, IssuedToken, Poll, backoff};
use crate::error::{AppError, ErrorKind};
use crate::http::is_loopback;
use crate::i18n::Message;
use crate::provider::redirect::NO_REPLY;
use crate::provider::spec::{self, Device, ProviderSpec};
use crate::secret::{Secret, random_bytes};
use crate::server::clock::timestamp;
use crate::server::domain::vault::Place;
use crate::server::state::State;
use crate::server::store::connections::Kept;
use crate::server::store::device_flows::{self, KeptFlow};
use crate::server::store::{Page, Rows, Tx, new_id};
use crate::server::wake::Woken;
use crate::wire::{
    Connection, DeviceFlow, DeviceFlowOffer, DeviceFlowState, NewConnection, NewDeviceFlow, Way,
};

/// What one is called where there is none.
const NOUN: &str = "sign-in";

/// How many of an account are waited for at most: one more takes the place of the oldest.
const MOST: i64 = 10;

/// Milliseconds after a code's end for which a provider that does not answer is asked.
const AFTER: i64 = 30_000;

/// The longest wait after a provider that does not answer, in milliseconds.
const LONGEST_WAIT: i64 = 30_000;

/// What a provider says that may be otherwise in a moment (RFC 6749 §4.1.2.1).
const PASSING: [&str; 2] = ["server_error", "temporarily_unavailable"];

/// Milliseconds that one process has for a question, its answer written included.
const HOLD: i64 = 45_000;

/// Milliseconds that the pace grows by where a provider only says that it is too fast (RFC
/// 8628 §3.5).
const SLOWER: i64 = 5_000;

/// The longest pace that is kept, in milliseconds.
const SLOWEST: i64 = 60_000;

/// Where somebody can sign in so.
///
/// # Errors
/// What makes no sense of what was said of providers.
pub fn offers(state: &State, page: &Page) -> Result<Rows<DeviceFlowOffer>, Denied> {
    let registry = state.config.providers.registry()?;
    let offer = |name: &str| {
        let spec = registry.find(name)?;
        spec.by_device()?;
        Some(DeviceFlowOffer { provider: name.to_owned(), scope: spec.client.scope })
    };
    let all: Vec<_> = spec::names().filter_map(offer).collect();
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let rest = all.into_iter().filter(|offer| &*offer.provider > page.after()).collect();
    Ok(page.rows(rest, total, |offer| &offer.provider))
}

/// Begins one, in place of one that nobody decided.
///
/// # Errors
/// When it is not `by`'s to do, there is no such provider, nobody signs in there so
/// ([`Denied::WayNotOffered`]), or it gives no code ([`Denied::ProviderFailed`]).
pub async fn start(
    state: &State,
    by: &Principal,
    provider: &str,
    new: NewDeviceFlow,
) -> Result<DeviceFlow, Denied> {
    by.require_session()?;
    let label = connections::label(&new.label)?;
    let providers = &state.config.providers;
    let spec = providers.registry()?.find(provider).ok_or(Denied::NotFound("provider"))?;
    let grant = grant_of(&spec).ok_or(Denied::WayNotOffered)?;
    // Nobody approves what there is no room for.
    connections::require_room(state, by, provider, &label).await?;
    let verifier = Secret::new(BASE64URL_NOPAD.encode(&random_bytes::<32>()));
    let given = grant.authorize(providers.http()?, &[], &verifier, |url| may_open(&grant, url));
    let given = given.await.map_err(|error| Denied::ProviderFailed(plainly(error)))?;

    let now = state.now();
    let id = new_id(now);
    let ends_at = now + millis(given.expires_in);
    let pace = millis(given.interval);
    let flow = DeviceFlow {
        id,
        provider: provider.to_owned(),
        user_code: given.user_code,
        verification_uri: given.uri.into(),
        verification_uri_complete: given.complete,
        expires_at: timestamp(ends_at),
        state: DeviceFlowState::Pending,
        trouble: None,
        connection: None,
    };
    let (shared, made, device_code) = (state.clone(), flow.clone(), given.device_code);
    let begin = async move |tx: &mut Tx, by: Principal| {
        let account = &by.account.id;
        let of_code = place(account, &made);
        let kept = KeptFlow {
            code_sealed: shared.vault.seal(&of_code, &device_code)?,
            verifier_sealed: shared.vault.seal(&of_verifier(of_code), &verifier)?,
            label,
            client_id: grant.client_id,
            pace,
            next_poll_at: now + pace,
            lost: 0,
            ends_at,
            connection_id: None,
            flow: made.clone(),
        };
        let same = (&*kept.flow.provider, &*kept.label);
        let gone = device_flows::remove_pending(tx, account, same, MOST - 1).await?;
        device_flows::insert(tx, account, &kept, now).await?;
        Ok(gone)
    };
    for gone in state.write_as(by, begin).await? {
        state.wake.wake(&waited_for(&gone));
    }
    Ok(flow)
}

/// Where one stands: held back for up to `hold` as long as nobody decided, and nothing else
/// is in the way than before.
///
/// # Errors
/// When it is not `by`'s to do, or there is no such sign-in of theirs.
pub async fn status(
    state: &State,
    by: &Principal,
    id: &str,
    hold: Duration,
) -> Result<DeviceFlow, Denied> {
    by.require_session()?;
    let until = Instant::now() + hold;
    let mut trouble = None;
    let mut waiting = state.wake.hold(&waited_for(id));
    loop {
        let kept = state.store.device_flow(&by.account.id, id).await?;
        let kept = kept.ok_or(Denied::NotFound(NOUN))?;
        let due = u64::try_from(kept.next_poll_at - state.now()).unwrap_or_default();
        let left = until.saturating_duration_since(Instant::now());
        let is_news =
            *trouble.get_or_insert_with(|| kept.flow.trouble.clone()) != kept.flow.trouble;
        let is_over = kept.flow.state != DeviceFlowState::Pending;
        if is_over || is_news || (due > 0 && left.is_zero()) {
            return seen(state, by, kept).await;
        }
        if due > 0 {
            // Somebody at another node may be asking: then it is looked what they found.
            let nap = due.min(kept.pace.unsigned_abs());
            match waiting.wait(left.min(Duration::from_millis(nap))).await {
                None => {}
                Some(Woken::Changed) => waiting.renew(),
                Some(Woken::Replaced | Woken::Stopping) => return seen(state, by, kept).await,
            }
        } else {
            poll(state, by, kept).await?;
        }
    }
}

/// Gives one up.
///
/// # Errors
/// When it is not `by`'s to do, or there is no such sign-in of theirs.
pub async fn remove(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_session()?;
    let wanted = id.to_owned();
    let remove = async move |tx: &mut Tx, by: Principal| {
        let removed = device_flows::remove(tx, &by.account.id, &wanted).await?;
        if removed { Ok(()) } else { Err(Denied::NotFound(NOUN)) }
    };
    state.write_as(by, remove).await?;
    state.wake.wake(&waited_for(id));
    Ok(())
}

/// What whoever waits for one waits under.
fn waited_for(id: &str) -> String {
    format!("device flow {id}")
}

/// `error` as it is said of a provider, which is no instance.
fn plainly(error: AppError) -> AppError {
    if !NO_REPLY.contains(&&*error.code) {
        return error;
    }
    AppError { message: Message::new("provider-device-malformed").into(), ..error }
}

/// With what came of it.
async fn seen(state: &State, by: &Principal, kept: KeptFlow) -> Result<DeviceFlow, Denied> {
    let connection: Option<Connection> = match &kept.connection_id {
        Some(id) => state.store.connection(&by.account.id, id).await?,
        None => None,
    };
    Ok(DeviceFlow { connection, ..kept.flow })
}

/// Asks the provider, unless somebody else does; to the end even where whoever looked is
/// gone: what it gives it gives once.
async fn poll(state: &State, by: &Principal, kept: KeptFlow) -> Result<(), Denied> {
    let (id, now) = (kept.flow.id.clone(), state.now());
    let claim =
        async move |tx: &mut Tx, _| Ok(device_flows::claim(tx, &id, now, now + HOLD).await?);
    if !state.write_as(by, claim).await? {
        return Ok(());
    }
    let (own, by) = (state.clone(), by.clone());
    state.to_its_end(async move { polled(&own, &by, kept).await }).await
}

/// What came of asking.
#[derive(Clone, Debug)]
enum Outcome {
    /// It is asked again, at this pace, after so many milliseconds.
    Later {
        wait: i64,
        pace: i64,
        trouble: Option<String>,
    },
    /// With what the provider said, where that is the reason.
    Over(DeviceFlowState, Option<String>),
    Brought(Box<NewConnection>),
}

async fn polled(state: &State, by: &Principal, kept: KeptFlow) -> Result<(), Denied> {
    let until = Instant::now() + Duration::from_millis(HOLD.unsigned_abs());
    let outcome = outcome(state, &by.account.id, &kept).await?;
    let id = &kept.flow.id;
    let written = loop {
        let written = write(state, by, id, outcome.clone()).await;
        if !connections::is_tried_again(&written, until).await {
            break written;
        }
    };
    match (written, outcome) {
        (Ok(before), _) => connections::end_before(state, by, before).await,
        // Given up, signed out, no room: nobody has use for it.
        (Err(denied), Outcome::Brought(new)) => {
            tracing::warn!(provider = %new.provider, "what a provider gave is not kept");
            connections::end_new(state, *new).await;
            let full = Outcome::Over(DeviceFlowState::Failed, Some("no_room".to_owned()));
            match denied {
                Denied::ConnectionsFull => drop(write(state, by, id, full).await?),
                denied => return Err(denied),
            }
        }
        (Err(denied), _) => return Err(denied),
    }
    state.wake.wake(&waited_for(id));
    Ok(())
}

/// What the provider says of it.
async fn outcome(state: &State, account: &str, kept: &KeptFlow) -> Result<Outcome, Denied> {
    let flow = &kept.flow;
    let of_code = place(account, flow);
    let opened = state.vault.open(&of_code, &kept.code_sealed);
    let verifier = state.vault.open(&of_verifier(of_code), &kept.verifier_sealed);
    let (Ok(device_code), Ok(verifier)) = (opened, verifier) else {
        // Sealed under a key that opens nothing any more.
        return Ok(Outcome::Over(DeviceFlowState::Failed, Some("key_changed".to_owned())));
    };
    let spec = state.config.providers.registry()?.find(&flow.provider);
    let asked = spec.and_then(|spec| Some((grant_of(&spec)?, spec)));
    // Whoever runs the instance has another client there by now, or none.
    let Some((grant, spec)) = asked.filter(|(grant, _)| grant.client_id == kept.client_id) else {
        return Ok(Outcome::Over(DeviceFlowState::Failed, Some("another_client".to_owned())));
    };
    let question = Question {
        device_code: &device_code,
        idempotency_key: &Secret::new(flow.id.as_str()),
        verifier: Some(&verifier),
        hold: None,
        openings: None,
    };
    let later = |wait: i64, pace: i64, trouble: Option<String>| {
        // It was asked after its end: it may have been approved just before.
        let end = kept.ends_at + if trouble.is_some() { AFTER } else { 0 };
        if state.now() >= end {
            return Outcome::Over(DeviceFlowState::Expired, None);
        }
        Outcome::Later { wait: wait.max(pace).min(SLOWEST), pace: pace.min(SLOWEST), trouble }
    };
    Ok(match grant.poll(state.config.providers.http()?, question).await {
        Poll::Approved(issued) => match brought(state, &spec, kept, issued).await.map(checked) {
            Ok(Ok(new)) => Outcome::Brought(Box::new(new)),
            Ok(Err(_)) => Outcome::Over(DeviceFlowState::Failed, Some("malformed".to_owned())),
            Err(wrong) => Outcome::Over(DeviceFlowState::Failed, Some(wrong.code)),
        },
        Poll::Refused => Outcome::Over(DeviceFlowState::Denied, None),
        Poll::Expired => Outcome::Over(DeviceFlowState::Expired, None),
        Poll::Gone => Outcome::Over(DeviceFlowState::Failed, Some("invalid_grant".to_owned())),
        Poll::Pending | Poll::Opened(_) => later(0, kept.pace, None),
        Poll::SlowDown { interval } => {
            let named = interval.and_then(|seconds| i64::try_from(seconds).ok());
            let named = named.map_or(0, |seconds| seconds.saturating_mul(1_000));
            later(0, named.max(kept.pace + SLOWER), None)
        }
        Poll::Failed(error) => {
            tracing::warn!(provider = %flow.provider, %error.code, "who signed in is not told");
            // What it says of us is so the next time, too; and what is no token and no
            // error was given once.
            let is_said = error.kind == ErrorKind::Failed && !PASSING.contains(&&*error.code);
            if is_said || error.code == "malformed_reply" {
                return Ok(Outcome::Over(DeviceFlowState::Failed, Some(error.code)));
            }
            let lost = u32::try_from(kept.lost).unwrap_or(u32::MAX).saturating_add(1);
            let first = Duration::from_millis(kept.pace.unsigned_abs());
            let wait = millis(backoff(first, lost)).min(LONGEST_WAIT);
            let wait = wait.max(error.retry_after.map_or(0, millis));
            later(wait, kept.pace, Some(error.code))
        }
    })
}

/// What the provider gave, asked about.
async fn brought(
    state: &State,
    spec: &ProviderSpec,
    kept: &KeptFlow,
    issued: IssuedToken,
) -> Result<NewConnection, AppError> {
    let kind = spec.device.as_ref().map_or("", |device| device.kind.as_str());
    let by = (Way::Device, kind, Some(kept.client_id.as_str()));
    let new = connections::of_issued(state, spec, by, issued).await?;
    Ok(NewConnection { provider: kept.flow.provider.clone(), label: kept.label.clone(), ..new })
}

/// Writes it down, where the sign-in was not given up meanwhile; with what stood in the
/// place of what was connected.
async fn write(
    state: &State,
    by: &Principal,
    id: &str,
    outcome: Outcome,
) -> Result<Option<Kept>, Denied> {
    let (shared, id, now) = (state.clone(), id.to_owned(), state.now());
    let write = async move |tx: &mut Tx, by: Principal| match outcome {
        Outcome::Later { wait, pace, trouble } => {
            device_flows::put_off(tx, &id, now + wait, pace, trouble.as_deref()).await?;
            Ok(None)
        }
        Outcome::Over(decided, why) => {
            device_flows::settle(tx, &id, decided, why.as_deref(), None).await?;
            Ok(None)
        }
        Outcome::Brought(new) => {
            let (made, before) = connections::keep(&shared, tx, &by, *new, now).await?;
            let connected = DeviceFlowState::Connected;
            let is_kept = device_flows::settle(tx, &id, connected, None, Some(&made.id)).await?;
            if is_kept { Ok(before) } else { Err(Denied::NotFound(NOUN)) }
        }
    };
    state.write_as(by, write).await
}

/// The grant by which somebody signs in there.
fn grant_of(spec: &ProviderSpec) -> Option<Grant> {
    let (Device { authorization, token, .. }, client_id) = spec.by_device()?;
    let endpoints =
        Endpoints { device_authorization: spec.at(authorization)?, token: spec.at(token)? };
    let mut grant = Grant::new(spec.title.as_str(), endpoints, client_id);
    grant.scope.clone_from(&spec.client.scope);
    grant.client_secret.clone_from(&spec.client.secret);
    Some(grant)
}

/// Whether a person may be sent to `url`: an address of the web, or of this computer where
/// the provider is there.
fn may_open(grant: &Grant, url: &Url) -> bool {
    url.scheme() == "https"
        || (url.scheme() == "http"
            && is_loopback(url)
            && is_loopback(&grant.endpoints.device_authorization))
}

/// Where the device code of `flow` is kept.
fn place<'a>(account: &'a str, flow: &'a DeviceFlow) -> Place<'a> {
    Place { account, provider: &flow.provider, connection: &flow.id, kind: "device_code" }
}

/// Where what its challenge was made of is kept.
fn of_verifier(place: Place<'_>) -> Place<'_> {
    Place { kind: "code_verifier", ..place }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 2)
}
