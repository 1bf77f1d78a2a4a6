//! What the approval card says, and what its two buttons do; the same for the
//! page, for a second terminal, and for the owner's own.

use super::announcements::Announcements;
use super::presence::Presence;
use super::{Account, Authority, Denied, Principal, invites, service_clients};
use crate::server::clock::timestamp;
use crate::server::counters::Counted;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::clients::ClientKind;
use crate::server::domain::code_words;
use crate::server::domain::device_code_state::Decision;
use crate::server::domain::keys::{format_user_code, is_user_code};
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes::{self, MESH_WRITE, TOKEN_MANAGE};
use crate::server::rate_limits::GuessKey;
use crate::server::state::State;
use crate::server::store::{DeviceCode, Page, Rows, Tx, device_codes};
use crate::wire::{ApprovalCard, CodeInvite, CodeInviteState, Role, StepUp, WaitingCode};

/// The code that `by` typed, counted against them when there is none.
///
/// # Errors
/// When there is no such code, or they tried too many.
pub async fn find(state: &State, by: &Principal, typed: &str) -> Result<DeviceCode, Denied> {
    by.require_session()?;
    by.require_scope(TOKEN_MANAGE)?;
    let guesser = GuessKey::new(Some(&by.account.id), by.ip);
    let _turn = state.rate_limits.guess_turn(&guesser).await;
    state.may_guess(&guesser).await?;
    // A slip is no guess.
    if !is_user_code(typed) {
        return Err(Denied::NotFound("code"));
    }
    let mac = state.keys.user_code_mac(typed);
    let code = state.store.device_code_by_mac(&mac, state.now()).await?;
    if code.is_none() {
        state.guessed_wrong(&guesser).await?;
    }
    code.ok_or(Denied::NotFound("code"))
}

/// The code that the ticket of the `owner` (an account's id) opens, and the owner
/// by that ticket. A wrong ticket is not counted: it cannot be guessed, and
/// whoever else can reach the page must not be able to lock the owner out.
pub async fn find_by_ticket(
    state: &State,
    owner: &str,
    user_code: &str,
    ticket: &str,
    ip: ClientIp,
) -> Result<Option<(DeviceCode, Principal)>, Denied> {
    let mac = state.keys.user_code_mac(user_code);
    let code = state.store.device_code_by_mac(&mac, state.now()).await?;
    let Some(code) = code.filter(|code| state.keys.is_owner_ticket(&code.id, ticket)) else {
        return Ok(None);
    };
    let Some(account) = state.store.account(owner).await? else { return Ok(None) };
    let authority = Authority::Ticket;
    let by = Principal { account, authority, ip, required: None, at: Resource::Instance };
    Ok(Some((code, by)))
}

/// What the card says of `code`, whose user code is `user_code`, to `account`.
pub async fn card(
    state: &State,
    account: &Account,
    code: &DeviceCode,
    user_code: &str,
) -> Result<ApprovalCard, Denied> {
    let left = code.approval.time_left(state.now());
    let registered = match ClientKind::of(&code.client_id) {
        ClientKind::Service => service_clients::registered(state, &code.client_id).await?,
        _ => None,
    };
    let called = match code.client_name.as_str() {
        "" => code.client_id.clone(),
        name => name.to_owned(),
    };
    Ok(ApprovalCard {
        id: code.id.clone(),
        user_code: format_user_code(user_code),
        words: Some(code_words::of(&code.id)),
        registered: registered.is_some(),
        program: registered.map_or(called, |registered| registered.name),
        client_id: Some(code.client_id.clone()),
        scopes: given(code, account).split_ascii_whitespace().map(str::to_owned).collect(),
        device: code.device.clone(),
        ip: code.ip.clone(),
        expires_in: u64::try_from(left / 1_000).unwrap_or_default(),
        invite: invite(state, account, code).await?,
    })
}

/// The codes that wait for `by` to answer them, newest first: on an instance of their
/// own all; on one of many people those whose card they looked at, and those that came
/// with an invite of theirs that still lets somebody in: who has one that they took
/// back puts nothing on their list. Nobody else's, and none that an older node made,
/// which kept no code that could be told.
///
/// # Errors
/// When they are not `by`'s to answer.
pub async fn waiting(
    state: &State,
    by: &Principal,
    page: &Page,
) -> Result<Rows<WaitingCode>, Denied> {
    by.require_session()?;
    by.require_scope(TOKEN_MANAGE)?;
    let (account, now) = (by.account.id.as_str(), state.now());
    let is_owner = state.owner.as_deref() == Some(account);
    let codes = state.store.waiting_codes((!is_owner).then_some(account), page, now).await?;
    Ok(codes.filter_map(|code| {
        let user_code = code.sealed_user_code.as_deref()?;
        let user_code = state.keys.opened_user_code(&code.user_code_mac, user_code)?;
        let network = code.ip.as_deref().and_then(|ip| ip.parse().ok());
        Some(WaitingCode {
            user_code: format_user_code(&user_code),
            words: Some(code_words::of(&code.id)),
            network: network.and_then(|ip| ClientIp::of_client(ip).network()),
            created_at: timestamp(code.created_at),
            expires_in: u64::try_from(code.approval.time_left(now) / 1_000).unwrap_or_default(),
            device: code.device,
            id: code.id,
        })
    }))
}

/// The invite that came with `code`, as it stands for `account`.
///
/// # Errors
/// The database's.
pub async fn invite(
    state: &State,
    account: &Account,
    code: &DeviceCode,
) -> Result<Option<CodeInvite>, Denied> {
    let Some(id) = &code.invite_id else { return Ok(None) };
    let Some((preview, closed)) = state.store.invite(id, state.now()).await? else {
        // It went with its mesh.
        let (mesh_name, role) = (String::new(), Role::Member);
        return Ok(Some(CodeInvite { mesh_name, role, state: CodeInviteState::Ended }));
    };
    let is_member = state.store.mesh_by_slug(&account.id, &preview.mesh_slug).await?.is_some();
    let state = match (is_member, closed) {
        (true, _) => CodeInviteState::Joined,
        (false, None) => CodeInviteState::Joins,
        (false, Some(_)) => CodeInviteState::Ended,
    };
    Ok(Some(CodeInvite { mesh_name: preview.mesh_name, role: preview.role, state }))
}

/// What `account` gives by approving `code`.
fn given(code: &DeviceCode, account: &Account) -> String {
    scopes::granted(&code.scopes, &scopes::of_account(account.admin))
}

/// Approves or denies, writes it down, and wakes the poll that is held. Who
/// approves at a terminal shows by `step_up` that they are there.
///
/// # Errors
/// When it is not `by`'s to give, the code is gone, or it came too late.
pub async fn settle(
    state: &State,
    by: &Principal,
    code: &DeviceCode,
    decision: Decision,
    step_up: StepUp,
) -> Result<(), Denied> {
    by.require_session()?;
    by.require_scope(TOKEN_MANAGE)?;
    let (presence, action, counted) = match decision {
        Decision::Approve => {
            // Before the password is looked at: who may not give it learns nothing of it.
            may_give(by, code)?;
            let presence = Presence::shown(state, by, step_up).await?;
            (Some(presence), AuditAction::DeviceApproved, Counted::CodeApproved)
        }
        Decision::Deny => (None, AuditAction::DeviceDenied, Counted::CodeDenied),
    };
    let (id, now, shared) = (code.id.clone(), state.now(), state.clone());
    let write = async move |tx: &mut Tx, by: Principal, told: &mut Announcements| {
        tx.lock(&id).await?;
        let code = device_codes::find(tx, &id, now).await?.ok_or(Denied::NotFound("code"))?;
        code.approval.may_settle(now).map_err(Denied::TooLate)?;
        if let Some(presence) = &presence {
            may_give(&by, &code)?;
            presence.still_holds(tx, &by, now).await?;
        }
        // Not what the account may give once the device comes for it: what it may now.
        let given = given(&code, &by.account);
        device_codes::settle(tx, &code, decision, &by.account.id, &given, now).await?;
        let event = by.event(action, &code.id).with("device_name", &code.device.device_name);
        event.write(tx, now).await?;
        match (&code.invite_id, decision) {
            (Some(id), Decision::Approve) => {
                invites::join_if_open(tx, told, &shared.config.plans, &by, id, now).await
            }
            _ => Ok(()),
        }
    };
    state.write_and_tell(by, write).await?;
    state.counters.count(counted);
    state.wake.wake(&code.hash);
    Ok(())
}

/// Joins by the invite that came with the code `user_code`, where it lets `by` in,
/// before they answer it.
///
/// # Errors
/// When there is no such code, or they tried too many.
pub async fn join_before(state: &State, by: &Principal, user_code: &str) -> Result<(), Denied> {
    let code = find(state, by, user_code).await?;
    let Some(id) = code.invite_id else { return Ok(()) };
    let (shared, now) = (state.clone(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            invites::join_if_open(tx, told, &shared.config.plans, &by, &id, now).await
        })
        .await
}

/// Refuses to approve more than the approving session may do itself: one that
/// a person gave less would else take the rest. What joins by it takes what joining
/// takes.
fn may_give(by: &Principal, code: &DeviceCode) -> Result<(), Denied> {
    by.require_scope(TOKEN_MANAGE)?;
    if code.invite_id.is_some() {
        by.require_scope(MESH_WRITE)?;
    }
    given(code, &by.account).split_ascii_whitespace().try_for_each(|scope| by.require_scope(scope))
}
