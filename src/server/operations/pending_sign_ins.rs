//! Signing in with a second factor: whoever was let in, by their password or by
//! another site, has yet to give its code. Until then their browser has no web
//! session, but a sign-in that is pending for five minutes and takes few wrong
//! codes.

use super::one_time_codes::{Proof, Typist};
use super::sessions::{SignIn, enter};
use super::{Denied, Principal};
use crate::secret::{Secret, random_value};
use crate::server::counters::Counted;
use crate::server::domain::client_ip::ClientIp;
use crate::server::state::State;
use crate::server::store::{PendingSignIn, pending_sign_ins};

/// Wrong codes that end it.
const MOST_MISSES: i64 = 5;

/// What is pending at the browser with this cookie.
///
/// # Errors
/// [`Denied::SignInEnded`], or the database's.
pub async fn find(state: &State, cookie: &Secret) -> Result<PendingSignIn, Denied> {
    match state.store.pending_sign_in(cookie).await? {
        Some(pending) if pending.expires_at > state.now() => Ok(pending),
        Some(pending) => Err(Denied::SignInEnded(pending.next)),
        None => Err(Denied::SignInEnded(String::new())),
    }
}

/// Signs the browser with this cookie in, where `typed` is a code of the second
/// factor: the value of its new cookie, who acts by it, and where they were going.
///
/// # Errors
/// [`Denied::SignInEnded`], [`Denied::WrongOneTimeCode`], [`Denied::TooMany`], or
/// the database's.
pub async fn finish(
    state: &State,
    cookie: &Secret,
    typed: &Secret,
    ip: ClientIp,
    user_agent: Option<&str>,
) -> Result<(Secret, Principal, String), Denied> {
    let PendingSignIn { account_id, upstream, next, .. } = find(state, cookie).await?;
    let ended = || Denied::SignInEnded(next.clone());
    let typist = Typist { account: &account_id, via: "web", ip };
    let proof = match Proof::shown(state, typist, typed).await {
        Ok(proof) => proof.ok_or_else(ended)?,
        Err(Denied::WrongOneTimeCode) => {
            state.counters.count(Counted::SignInFailed);
            state.store.miss_pending(cookie, MOST_MISSES).await?;
            find(state, cookie).await?;
            return Err(Denied::WrongOneTimeCode);
        }
        Err(denied) => return Err(denied),
    };
    let account = state.store.account(&account_id).await?.ok_or_else(ended)?;
    let upstream = upstream.as_deref();
    let sign_in = SignIn { account: &account, upstream, next: &next, ip, user_agent };
    let (pending, fresh, now) = (cookie.clone(), random_value(), state.now());
    let (new, kept, over) = (sign_in.session(now), fresh.clone(), ended());
    let upstream = upstream.map(str::to_owned);
    let session = state.store.write(async move |tx| {
        tx.lock(&new.account_id).await?;
        if !pending_sign_ins::take(tx, &pending, now).await? {
            return Err(over);
        }
        proof.take(tx, now).await?;
        Ok(enter(tx, &kept, new, upstream.as_deref(), now).await?)
    });
    let by = sign_in.principal(session.await?);
    Ok((fresh, by, next))
}
