//! Signing out: here, and on the server. The local copy always goes, also where
//! the server cannot be told; then the exit code and the words say that the
//! session lives on there.

use clap::Args;
use serde_json::json;

use super::context::{CommandContext, not_signed_in};
use crate::credentials::auth_file::StoredSource;
use crate::credentials::keyring::{Ask, KeyringError};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::instance::Connector;
use crate::model::{Access, Source};
use crate::secret::{Secret, is_session};
use crate::sign_in;

/// Sign out, here and on the server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh logout                                this machine
  crewmesh logout --instance mesh.example.org
  crewmesh logout --everywhere                   every device and browser")]
pub(crate) struct Logout {
    /// Sign out every device and every browser of the account
    #[arg(long)]
    everywhere: bool,
}

/// What became of the token on the server.
enum ServerToken {
    /// Nobody was signed in here.
    Absent,
    /// It is dead.
    Revoked,
    /// A personal access token or a service token: other machines use it.
    Kept,
    /// The server could not be told, or the token not be read.
    Unreached(AppError),
}

pub(super) fn run(logout: &Logout, context: &CommandContext) -> Result<u8, AppError> {
    context.env.refuse_agents()?;
    if logout.everywhere {
        return everywhere(context);
    }
    let (instance, server_token) = context.online(async |connector| {
        let chosen = context.choose().await?;
        let name = chosen.instance.name.clone();
        let flag = chosen.token.filter(|(_, source)| *source == Source::Flag);
        let (token, only) = match flag {
            // Of the one that was given; the one kept here goes only if it is
            // the same.
            Some((token, source)) => {
                let instance = chosen.instance;
                let only = token.clone();
                (Ok(Some(Access { instance, token, expires_at: None, source })), Some(only))
            }
            None => (context.token(&name).await, None),
        };
        sign_out(connector, context, &name, token, only.as_ref())
            .await
            .map(|server_token| (name, server_token))
    })?;
    for name in ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"] {
        if context.env.variables.has(name) {
            context.out.note(&Message::new("logout-variable-stays").with("variable", name));
        }
    }
    if let ServerToken::Unreached(why) = server_token {
        return Err(not_told(&instance, &why));
    }
    let object = json!({
        "instance": instance,
        "signed_out": !matches!(server_token, ServerToken::Absent),
        "revoked": matches!(server_token, ServerToken::Revoked),
        "left_in_keyring": context.credentials.has_leftovers(),
    });
    context.out.answer(object, |lines| {
        let id = match server_token {
            ServerToken::Absent => "logout-nobody",
            ServerToken::Kept => "logout-token-lives",
            ServerToken::Revoked | ServerToken::Unreached(_) => "logout-done",
        };
        lines.say(&Message::new(id).with("instance", printable(&instance)));
    })?;
    Ok(0)
}

async fn sign_out(
    connector: &Connector,
    context: &CommandContext,
    name: &str,
    token: Result<Option<Access>, AppError>,
    only: Option<&Secret>,
) -> Result<ServerToken, AppError> {
    let server_token = match token {
        Ok(None) => ServerToken::Absent,
        Ok(Some(access)) if is_session(&access.token) => {
            match sign_in::revoke(connector, &access).await {
                Ok(()) => ServerToken::Revoked,
                Err(error) => ServerToken::Unreached(error),
            }
        }
        Ok(Some(_)) => ServerToken::Kept,
        // It lives on anyway, read or not.
        Err(_) if is_access_token(context, name) => ServerToken::Kept,
        Err(error) => ServerToken::Unreached(error),
    };
    context.credentials.remove(name, only)?;
    clear_keyring(context).await?;
    Ok(server_token)
}

/// Whether what is kept for this instance was made by somebody, and not by
/// signing in.
fn is_access_token(context: &CommandContext, name: &str) -> bool {
    let source = context.credentials.auth().ok().and_then(|auth| auth.instances.get(name)?.source);
    matches!(source, Some(StoredSource::Pat | StoredSource::Env))
}

/// Takes out of the keyring what it did not let go of by itself, where somebody
/// sits there to say yes.
async fn clear_keyring(context: &CommandContext) -> Result<(), AppError> {
    let credentials = context.credentials.clone();
    let clear = async move |ask| {
        let credentials = credentials.clone();
        tokio::task::spawn_blocking(move || credentials.clear_leftovers(ask))
            .await
            .map_err(AppError::internal)
    };
    if let Err(KeyringError::Asks) = clear(Ask::Nothing).await?
        && context.can_ask()
    {
        context.out.note(&Message::new("keyring-asks-to-remove"));
        // A no is said by what remains: the next logout asks again.
        let _ = clear(Ask::Anything).await?;
    }
    Ok(())
}

/// The local copy is gone, and the session lives on there.
pub(super) fn not_told(instance: &str, why: &AppError) -> AppError {
    let message = Message::new("logout-not-told")
        .with("instance", printable(instance))
        .with("why", why.message.clone());
    let kind =
        if why.kind == ErrorKind::Unreachable { ErrorKind::Unreachable } else { ErrorKind::Failed };
    AppError::new(kind, "session_not_revoked", message).hint(Message::new("logout-not-told-hint"))
}

/// Asked at a terminal, default no, whatever `-y` says. Where the server
/// cannot be told nothing changes, so that it can be tried again.
fn everywhere(context: &CommandContext) -> Result<u8, AppError> {
    let done = context.online(async |connector| {
        let resolved = context.resolve().await?;
        let Some(access) = resolved.access else {
            return Err(not_signed_in(&resolved.instance, &context.env));
        };
        context.only_a_person(&access)?;
        let name = access.instance.name.clone();
        let question = Message::new("logout-everywhere-ask").with("instance", printable(&name));
        if !context.confirm_in_person(&question, false, "person-no-terminal").await? {
            return Ok(None);
        }
        connector.client(&access).await?.revoke_all_sessions().await?;
        context.credentials.remove(&name, Some(&access.token))?;
        Ok(Some(name))
    })?;
    let signed_out = done.is_some();
    let object = json!({ "instance": done, "signed_out": signed_out, "revoked": signed_out });
    context.out.answer(object, |lines| {
        lines.say(&match done {
            Some(name) => Message::new("logout-everywhere-done").with("instance", printable(&name)),
            None => Message::new("nothing-changed"),
        });
    })?;
    Ok(0)
}
