//! What people connected to start agents with, kept in the vault. Connecting and
//! disconnecting are a person's; [`super::leases`] is for whoever starts an agent.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::{Denied, Invalid, Named, Principal, renewals, shares};
use crate::device_grant::IssuedToken;
use crate::error::AppError;
use crate::i18n::printable;
use crate::provider::credential::Credential;
use crate::provider::model_server;
use crate::provider::spec::ProviderSpec;
use crate::provider::verify::{Judged, Verified, judge, verify};
use crate::secret::Secret;
use crate::server::clock::timestamp;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::vault::Place;
use crate::server::state::State;
use crate::server::store::connections::{self, Kept};
use crate::server::store::{Page, Rows, Tx, new_id, shares as shared};
use crate::slug::is_slug;
use crate::wire::{
    Connection, LONGEST_CREDENTIAL, LONGEST_NAME, NewConnection, Way, display_name, is_model,
};

/// What a connection is called where there is none.
pub(super) const NOUN: &str = "connection";

/// Between two tries to write what a provider gave.
const PAUSE: Duration = Duration::from_millis(200);

/// How many a person has at most.
const MOST: i64 = 100;

/// What `by`'s account connected, oldest first.
pub async fn list(state: &State, by: &Principal, page: &Page) -> Result<Rows<Connection>, Denied> {
    let listed = state.store.connections(&by.account.id, page, state.now()).await?;
    shares::with_meshes(state, by, listed).await
}

/// Connects something, or anew what has this label at the provider already, where a
/// sign-in of before is ended; says too whether it is new.
///
/// # Errors
/// When it is not `by`'s to do, or not as it should be.
pub async fn connect(
    state: &State,
    by: &Principal,
    new: NewConnection,
) -> Result<(Connection, bool), Denied> {
    by.require_session()?;
    let new = checked(new)?;
    let (shared, now) = (state.clone(), state.now());
    let write = async move |tx: &mut Tx, by: Principal| keep(&shared, tx, &by, new, now).await;
    let (made, before) = state.write_as(by, write).await?;
    let is_new = before.is_none();
    end_before(state, by, before).await;
    Ok((made, is_new))
}

/// Keeps `new`, which is [`checked`], for `by`; with what stood in its place.
pub(super) async fn keep(
    state: &State,
    tx: &mut Tx,
    by: &Principal,
    new: NewConnection,
    now: i64,
) -> Result<(Connection, Option<Kept>), Denied> {
    let account = &by.account.id;
    let before = match connections::labelled(tx, account, &new.provider, &new.label).await? {
        Some(id) => connections::find(tx, account, &id).await?,
        None => None,
    };
    if before.is_none() && connections::count(tx, account).await? >= MOST {
        return Err(Denied::ConnectionsFull);
    }
    let id = before.as_ref().map_or_else(|| new_id(now), |kept| kept.connection.id.clone());
    let kept = sealed(state, account, id, new, now)?;
    let made = connections::keep(tx, account, &kept, now).await?;
    // Whoever shared one account did not share another that took its place.
    let holder = before.as_ref().and_then(|before| before.connection.holder.as_ref());
    if before.is_some() && (holder.is_none() || holder != made.holder.as_ref()) {
        shared::remove_connection(tx, &made.id).await?;
    }
    let event = by.event(AuditAction::ProviderConnected, &made.id);
    let event = event.with("provider", &made.provider).with("way", made.way.word());
    event.write(tx, now).await?;
    Ok((made, before))
}

/// `label` as a connection is called; empty where it is given none.
pub(super) fn label(text: &str) -> Result<String, Invalid> {
    match text {
        "" => Ok(String::new()),
        text => display_name(text).ok_or(Invalid::Name(Named::Connection)),
    }
}

/// What is connected of `issued`, which `spec`'s provider gave out to `client_id` as this
/// `kind`, by `way`; the provider is asked about it.
///
/// # Errors
/// Code `credential_wrong` where it does not let that in itself.
pub(super) async fn of_issued(
    state: &State,
    spec: &ProviderSpec,
    (way, kind, client_id): (Way, &str, Option<&str>),
    issued: IssuedToken,
) -> Result<NewConnection, AppError> {
    let IssuedToken { token, expires_at, refresh_token, .. } = issued;
    let credential = Credential { secret: token, kind: kind.to_owned() };
    let verified = match state.config.providers.http() {
        Ok(http) => verify(http, spec, &credential).await,
        Err(_) => Verified::Nobody,
    };
    let Judged { verified, holder, .. } = judge(spec, verified)?;
    let renewal = spec.renewal.as_ref();
    let is_renewed = renewal.is_some_and(|renewal| renewal.kinds.contains(&credential.kind));
    Ok(NewConnection {
        holder,
        verified,
        expires_at,
        refresh_token: refresh_token.filter(|_| is_renewed),
        client_id: client_id.map(str::to_owned),
        ..NewConnection::new(way, credential.kind, Some(credential.secret))
    })
}

/// Whether what came of writing what a provider gave is tried again, after a pause, as long
/// as it is before `until`: the database was in the way, and a provider gives it once.
pub(super) async fn is_tried_again<T>(written: &Result<T, Denied>, until: Instant) -> bool {
    let is_in_the_way = matches!(written, Err(Denied::Db(_) | Denied::Failed(_)));
    let is_time = Instant::now() + PAUSE < until;
    if is_in_the_way && is_time {
        tokio::time::sleep(PAUSE).await;
    }
    is_in_the_way && is_time
}

/// Refuses where `by` has no room for another with this label.
///
/// # Errors
/// [`Denied::ConnectionsFull`].
pub(super) async fn require_room(
    state: &State,
    by: &Principal,
    provider: &str,
    label: &str,
) -> Result<(), Denied> {
    if state.store.has_room(&by.account.id, (provider, label), MOST).await? {
        return Ok(());
    }
    Err(Denied::ConnectionsFull)
}

/// Ends the sign-in of `new`, which is not kept after all.
pub(super) async fn end_new(state: &State, new: NewConnection) {
    let NewConnection { provider, kind, client_id, refresh_token, .. } = new;
    let Some(token) = refresh_token else { return };
    let providers = &state.config.providers;
    if !providers.revoke(&provider, &kind, client_id.as_deref(), &token).await {
        tracing::warn!(%provider, "the provider was not told that a sign-in is over");
    }
}

/// Ends the sign-in of what stood in the place of what is kept now.
pub(super) async fn end_before(state: &State, by: &Principal, before: Option<Kept>) {
    if let Some(before) = before {
        renewals::end(state, &by.account.id, before).await;
    }
}

/// Forgets what was connected. A provider that takes that is told so.
///
/// # Errors
/// When it is not `by`'s to do, or there is no such connection.
pub async fn disconnect(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_session()?;
    let (id, now) = (id.to_owned(), state.now());
    let removed = state
        .write_as(by, async move |tx, by| {
            let kept = connections::find(tx, &by.account.id, &id).await?;
            let removed = connections::remove(tx, &by.account.id, &id).await?;
            let removed = removed.ok_or(Denied::NotFound(NOUN))?;
            let event = by.event(AuditAction::ProviderDisconnected, &id);
            event.with("provider", &removed.provider).write(tx, now).await?;
            Ok(kept)
        })
        .await?;
    if let Some(kept) = removed {
        renewals::end(state, &by.account.id, kept).await;
    }
    Ok(())
}

/// `new` as it is kept: nothing in it that a terminal obeys or a header cannot hold.
pub(super) fn checked(mut new: NewConnection) -> Result<NewConnection, Invalid> {
    if !is_slug(&new.provider) || !is_kind(&new.kind) {
        return Err(Invalid::Provider);
    }
    new.label = label(&new.label)?;
    let shown = |holder: String| printable(&holder).trim().chars().take(LONGEST_NAME).collect();
    new.holder = new.holder.map(shown).filter(|holder: &String| !holder.is_empty());
    let is_secret = |secret: &Secret| {
        let text = secret.expose();
        (1..=LONGEST_CREDENTIAL).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    };
    let both = [new.secret.as_ref(), new.refresh_token.as_ref()];
    if !both.into_iter().flatten().all(is_secret) {
        return Err(Invalid::Credential);
    }
    new.plan = new.plan.map(shown).filter(|plan: &String| !plan.is_empty());
    // An address of the provider's would show it in the query, and no more.
    let is_client = |id: &String| id.len() <= 255 && id.bytes().all(|b| b.is_ascii_graphic());
    if !new.client_id.as_ref().is_none_or(is_client) {
        return Err(Invalid::Credential);
    }
    if !new.model.as_deref().is_none_or(is_model) {
        return Err(Invalid::Model);
    }
    new.endpoint = new.endpoint.map(|endpoint| address(&endpoint)).transpose()?;
    let is_whole = match new.way {
        Way::Endpoint => new.endpoint.is_some(),
        Way::Device | Way::Redirect | Way::Vendor | Way::Token | Way::Import => {
            new.secret.is_some()
        }
    };
    if is_whole { Ok(new) } else { Err(Invalid::Credential) }
}

/// Whether it can be a kind of credential: `snake_case`.
fn is_kind(kind: &str) -> bool {
    (1..=32).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// The address of a model server.
fn address(text: &str) -> Result<String, Invalid> {
    let url = Url::parse(text).ok().filter(model_server::is_plain).ok_or(Invalid::ModelServer)?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn sealed(
    state: &State,
    account: &str,
    id: String,
    new: NewConnection,
    now: i64,
) -> Result<Kept, AppError> {
    let NewConnection { provider, label, way, kind, secret, endpoint, holder, plan, .. } = new;
    let NewConnection { model, verified, expires_at, refresh_token, client_id, .. } = new;
    let connection = Connection {
        id,
        provider,
        label,
        way,
        kind,
        endpoint,
        model,
        holder,
        plan,
        good_until: expires_at.filter(|_| refresh_token.is_none()),
        revoked_at: None,
        last_four: secret.as_ref().map(Secret::last_four).unwrap_or_default(),
        default: false,
        created_at: timestamp(now),
        verified_at: verified.then(|| timestamp(now)),
        health: None,
        checked_at: None,
        left: None,
        last_used_at: None,
        shared_in: Vec::new(),
        uses: Vec::new(),
    };
    let place = Place::of(account, &connection);
    let sealed = secret.map(|secret| state.vault.seal(&place, &secret)).transpose()?;
    let place = place.of_refresh_token();
    let refresh = refresh_token.map(|token| state.vault.seal(&place, &token)).transpose()?;
    let ends_at = expires_at.map(Timestamp::as_millisecond);
    Ok(Kept { connection, sealed, refresh, client_id, ends_at })
}
