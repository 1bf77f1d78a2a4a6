//! Who is signed in, where, by what, and why it is that credential and not
//! another. The server is asked every time; a file that says who signed in once
//! proves nothing today.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::{CommandContext, SignedIn};
use super::output::{Lines, Output};
use crate::credentials::resolve::Resolved;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::model::{Access, Account, Place, Source, Via};
use crate::sign_in;
use crate::wire::Session;

/// Show who is signed in, and by what
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh whoami
  crewmesh whoami --sessions                 and every signed-in device
  crewmesh whoami --revoke SESSION           sign one of them out
  crewmesh whoami --json --instance mesh.example.org")]
pub(crate) struct Whoami {
    /// List the devices that are signed in to this account
    #[arg(long)]
    sessions: bool,
    /// Sign out the device with this session id
    #[arg(long, value_name = "SESSION", conflicts_with = "sessions")]
    revoke: Option<String>,
}

pub(super) fn run(whoami: &Whoami, context: &CommandContext) -> Result<u8, AppError> {
    if let Some(session) = &whoami.revoke {
        return revoke(session, context);
    }
    let (account, access, resolved, sessions) = context.signed_in(async |signed_in| {
        let account = identify(&signed_in).await?;
        let sessions =
            if whoami.sessions { Some(signed_in.client.sessions().await?) } else { None };
        Ok((account, signed_in.access, signed_in.resolved, sessions))
    })?;
    let mut object = object(&account, &access, &resolved, &context.out);
    if let Some(sessions) = &sessions {
        object["sessions"] = json!(sessions);
    }
    context.out.answer(object, |lines| {
        lines.raw(&person(&account));
        lines.facts(&facts(&account, &resolved));
        if let Some(sessions) = &sessions {
            lines.raw("");
            table(lines, sessions);
        }
    })?;
    Ok(0)
}

fn revoke(session: &str, context: &CommandContext) -> Result<u8, AppError> {
    let instance = context.signed_in(async |signed_in| {
        let revoked = signed_in.client.revoke_session(session).await;
        revoked.map_err(|fault| {
            if fault.kind == ErrorKind::NotFound { unknown(session) } else { fault }
        })?;
        Ok(signed_in.access.instance.name)
    })?;
    let object = json!({ "instance": instance, "id": session, "revoked": true });
    context.out.answer(object, |lines| {
        lines.say(&Message::new("session-revoked").with("instance", instance.as_str()));
    })?;
    Ok(0)
}

fn unknown(session: &str) -> AppError {
    let message = Message::new("session-unknown").with("session", printable(session));
    AppError::new(ErrorKind::NotFound, "not_found", message)
        .hint(Message::new("session-unknown-hint"))
}

/// Whose token it is; one that is kept here counts as verified from now.
pub(super) async fn identify(signed_in: &SignedIn<'_>) -> Result<Account, AppError> {
    let account = sign_in::identify(signed_in.connector, &signed_in.access).await?;
    if signed_in.access.source == Source::Stored {
        // Only a returning start hangs on it.
        let _ = signed_in.context.credentials.verified(
            signed_in.instance(),
            Timestamp::now(),
            account.expires_at,
        );
    }
    Ok(account)
}

/// `Ana Gil <ana@example.org>`; the owner of an embedded instance has no
/// address.
pub(super) fn person(account: &Account) -> String {
    if account.email.is_empty() {
        account.name.clone()
    } else {
        format!("{} <{}>", account.name, account.email)
    }
}

fn object(account: &Account, access: &Access, resolved: &Resolved, out: &Output) -> Value {
    let url = match &access.instance.place {
        Place::Embedded => None,
        Place::At(url) => Some(url.as_str()),
    };
    json!({
        "id": account.id,
        "instance": access.instance.name,
        "instance_url": url,
        "instance_why": out.catalog().words(&resolved.instance_why),
        "user": { "id": account.id, "name": account.name, "email": account.email },
        "via": account.via,
        "token": {
            "name": account.token_name,
            "expires_at": account.expires_at,
            "source": source(access.source),
            "why": out.catalog().words(&resolved.access_why),
        },
    })
}

/// A credential's way here, as a word for scripts.
pub(super) fn source(source: Source) -> &'static str {
    match source {
        Source::DeviceCode => "device_code",
        Source::Pasted => "pasted",
        Source::Flag => "flag",
        Source::Environment => "environment",
        Source::Agent => "agent",
        Source::Stored => "stored",
    }
}

fn facts(account: &Account, resolved: &Resolved) -> Vec<(&'static str, Words)> {
    let with_why = |what: Words, why: &Words| {
        Words::from(Message::new("fact-with-why").with("what", what).with("why", why.clone()))
    };
    let instance = Words::verbatim(&resolved.instance.name);
    let via = Message::new(match account.via {
        Via::Session => "via-session",
        Via::Agent => "via-agent",
        Via::Pat => "via-pat",
        Via::Service => "via-service",
    });
    let via = via.with("name", account.token_name.as_str());
    vec![
        ("fact-instance", with_why(instance, &resolved.instance_why)),
        ("fact-credential", with_why(via.into(), &resolved.access_why)),
        ("fact-until", until(account.expires_at)),
    ]
}

/// When something ends, in words.
pub(super) fn until(end: Option<Timestamp>) -> Words {
    match end {
        Some(end) => Words::Verbatim(Output::day(end)),
        None => Message::new("until-never").into(),
    }
}

fn table(lines: &mut Lines<'_>, sessions: &[Session]) {
    let rows: Vec<_> = sessions
        .iter()
        .map(|session| {
            let name = if session.current {
                Message::new("session-this").with("name", session.name.as_str()).into()
            } else {
                Words::verbatim(&session.name)
            };
            vec![
                name,
                Words::verbatim(&format!("{} {}", session.os, session.arch)),
                Words::Verbatim(session.last_used_at.map(Output::day).unwrap_or_default()),
                until(session.expires_at),
                Words::verbatim(&session.id),
            ]
        })
        .collect();
    let headings =
        ["column-device", "column-system", "column-last-used", "column-until", "column-id"];
    lines.table(&headings, &rows);
}
