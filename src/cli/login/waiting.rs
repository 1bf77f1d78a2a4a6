//! Signing in by code without the wizard, for scripts and agents: `--start`
//! gives the code and returns, `--resume` goes on with it, `--wait` does both
//! for so many seconds. Its one surprising rule: `--start` gives a code that is
//! being waited for already rather than a new one, so that whoever lost the
//! first answer does not lose the approval.

use std::time::Duration;

use serde_json::{Value, json};

use super::keep::{Signed, keep};
use crate::cli::ground::Ground;
use crate::cli::walk::over;
use crate::credentials::pending;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::instance::Connector;
use crate::machine::facts;
use crate::model::{Access, Audience, DeviceCode, Instance, Poll};
use crate::moment::Moment;
use crate::sign_in;
use crate::sign_in::device_grant::{Pacing, Step, Verdict};

/// What is left of a code for it to be given again.
const WORTH_IT: Duration = Duration::from_mins(1);

/// Gives a code and returns; nothing waits for it until `--resume` does.
pub(super) fn start(ground: &Ground) -> Result<u8, AppError> {
    let code = ground.online(async |connector| {
        let instance = ground.choose().await?.instance;
        code_for(ground, connector, &instance).await
    })?;
    ground.out.answer(object(&code), |lines| {
        for line in words(&code) {
            lines.say(&line);
        }
        lines.say(&Message::new("login-resume-next"));
    })?;
    Ok(0)
}

/// Goes on with a code, or begins with one where `begin` says so, and waits
/// for its approval: `seconds` at most, else for as long as the code lives.
pub(super) fn wait(ground: &Ground, begin: bool, seconds: Option<u64>) -> Result<u8, AppError> {
    let signed = ground.online(async |connector| {
        let code = if begin {
            let instance = ground.choose().await?.instance;
            code_for(ground, connector, &instance).await?
        } else {
            resumed(ground, connector).await?
        };
        for line in words(&code) {
            ground.out.note(&line);
        }
        let settled = settle(ground, connector, &code);
        let Some(seconds) = seconds else { return settled.await };
        match tokio::time::timeout(Duration::from_secs(seconds), settled).await {
            Ok(settled) => settled,
            Err(_) => Err(still_waiting(&code)),
        }
    })?;
    signed.tell(ground)?;
    Ok(0)
}

/// The code that is waited for on this instance already, else a new one.
async fn code_for(
    ground: &Ground,
    connector: &Connector,
    instance: &Instance,
) -> Result<DeviceCode, AppError> {
    let now = Moment::now();
    let found = pending::find(&ground.env, now).filter(|found| {
        found.instance.place == instance.place && now.until(found.deadline) > WORTH_IT
    });
    if let Some(found) = found
        && let Ok(code) = sign_in::resume(connector, &found).await
    {
        return Ok(code);
    }
    sign_in::ask(connector, instance, facts::device(&ground.env)).await
}

async fn resumed(ground: &Ground, connector: &Connector) -> Result<DeviceCode, AppError> {
    let Some(found) = pending::find(&ground.env, Moment::now()) else {
        return Err(AppError::new(
            ErrorKind::NotFound,
            "nothing_pending",
            Message::new("login-nothing-pending"),
        )
        .hint(Message::new("login-nothing-pending-hint")));
    };
    sign_in::resume(connector, &found).await
}

/// Waits for the verdict and keeps what it brings. The code is given up only
/// when the sign-in is saved: whoever is killed before can go on.
async fn settle(
    ground: &Ground,
    connector: &Connector,
    code: &DeviceCode,
) -> Result<Signed, AppError> {
    let mut pacing = Pacing::new(code, Moment::now());
    let mut ask = pacing.first();
    loop {
        tokio::time::sleep(ask.after).await;
        let poll = sign_in::poll(connector, code, ask.hold).await;
        match pacing.after(&poll, Moment::now()) {
            Step::Ask(next) => {
                if let Poll::AppError(error) = &poll {
                    ground.out.note(
                        &Message::new("login-trying-again").with("why", error.message.clone()),
                    );
                }
                ask = next;
            }
            Step::Stop(Verdict::Approved) => {
                let Poll::Approved { access, .. } = poll else {
                    return Err(AppError::internal("approved without a token"));
                };
                return approved(ground, connector, code, &access).await;
            }
            Step::Stop(verdict) => {
                sign_in::settled(connector, code);
                return Err(over(verdict));
            }
        }
    }
}

async fn approved(
    ground: &Ground,
    connector: &Connector,
    code: &DeviceCode,
    access: &Access,
) -> Result<Signed, AppError> {
    let kept = keep(ground, connector, access).await;
    match &kept {
        Ok(_) => sign_in::settled(connector, code),
        // Nobody has this token: it must not live on unknown.
        Err(error) if error.kind != ErrorKind::Unreachable => {
            let _ = sign_in::revoke(connector, access).await;
            sign_in::settled(connector, code);
        }
        // The same token can be asked for again with the same key.
        Err(_) => {}
    }
    kept
}

fn still_waiting(code: &DeviceCode) -> AppError {
    let message = Message::new("login-still-waiting").with("code", code.user_code.as_str());
    AppError::new(ErrorKind::Failed, "still_pending", message)
        .hint(Message::new("login-still-waiting-hint"))
}

fn words(code: &DeviceCode) -> Vec<Message> {
    let mut words = vec![
        Message::new(match code.links.audience {
            Audience::ThisComputer => "login-open-here",
            Audience::Anywhere | Audience::ThisNetwork => "login-open",
        })
        .with("link", code.links.uri.as_str()),
        Message::new("login-enter").with("code", code.user_code.as_str()),
    ];
    if let Some(complete) = &code.links.complete {
        words.push(Message::new("login-or-open").with("link", printable(complete)));
    }
    if code.foreign {
        words.push(Message::new("login-foreign").with("instance", printable(&code.instance.name)));
    }
    words.push(Message::new("login-only-if"));
    words
}

fn object(code: &DeviceCode) -> Value {
    let expires_in = Moment::now().until(code.deadline).as_secs();
    json!({
        "pending": true,
        "instance": code.instance.name,
        "user_code": code.user_code,
        "verification_uri": code.links.uri.as_str(),
        "verification_uri_complete": code.links.complete,
        "expires_at": code.deadline.wall,
        "expires_in": expires_in,
        "interval": code.interval.as_secs(),
    })
}
