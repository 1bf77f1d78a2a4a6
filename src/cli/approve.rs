//! A second signed-in terminal answers the first: `approve CODE`, `deny CODE`.
//! The card is shown and asked about, default no, whatever `-y` says; and never
//! by a token, inside an agent, or where nobody sits.

use clap::Args;
use serde_json::json;

use super::asking::typed;
use super::context::CommandContext;
use super::list;
use crate::api::scopes::{Powers, in_a_line};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words};
use crate::wire::{ApprovalCard, CodeInviteState};

/// What a user code is made of, in any case, with or without its dash.
const LETTERS: &str = "BCDFGHJKLMNPQRSTVWXZ";

/// Let another device sign in as you
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh approve WDJB-MJPV
  crewmesh approve wdjbmjpv --instance mesh.example.org")]
pub(crate) struct Approve {
    /// The code the other device shows
    code: String,
}

/// Turn away another device that wants to sign in
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh deny WDJB-MJPV")]
pub(crate) struct Deny {
    /// The code the other device shows
    code: String,
}

pub(super) fn approve(command: &Approve, context: &CommandContext) -> Result<u8, AppError> {
    settle(&command.code, true, context)
}

pub(super) fn deny(command: &Deny, context: &CommandContext) -> Result<u8, AppError> {
    settle(&command.code, false, context)
}

fn settle(code_text: &str, approve: bool, context: &CommandContext) -> Result<u8, AppError> {
    let code = user_code(code_text)?;
    let settled = context.signed_in(async |signed_in| {
        context.only_a_person(&signed_in.access)?;
        let card = signed_in.client.card(&code).await?;
        show(&card, context);
        let question =
            Message::new(if approve { "approve-ask" } else { "deny-ask" }).with("code", &*code);
        if !context.confirm_in_person(&question, false, "person-no-terminal").await? {
            return Ok(None);
        }
        if approve {
            context
                .stepping_up(&signed_in, &format!("/D/{code}"), async |step_up| {
                    signed_in.client.approve(&code, step_up).await
                })
                .await?;
        } else {
            signed_in.client.deny(&code).await?;
        }
        Ok(Some(signed_in.access.instance.name))
    })?;
    let verdict = match (&settled, approve) {
        (None, _) => None,
        (Some(_), true) => Some("approved"),
        (Some(_), false) => Some("denied"),
    };
    let object = json!({ "instance": settled, "user_code": code, "verdict": verdict });
    context.out.answer(object, |lines| {
        lines.say(&Message::new(match verdict {
            Some("approved") => "approve-done",
            Some(_) => "deny-done",
            None => "nothing-changed",
        }));
    })?;
    Ok(0)
}

/// The code as it is shown: `WDJB-MJPV`.
fn user_code(code_text: &str) -> Result<String, AppError> {
    let letters: String =
        code_text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    if letters.len() == 8 && letters.chars().all(|c| LETTERS.contains(c)) {
        return Ok(format!("{}-{}", &letters[..4], &letters[4..]));
    }
    let message = Message::new("code-malformed").with("code", typed(code_text));
    Err(AppError::new(ErrorKind::BadArguments, "code_malformed", message)
        .hint(Message::new("code-malformed-hint")))
}

fn show(card: &ApprovalCard, context: &CommandContext) {
    let device = &card.device;
    let known = |text: &str| match text.trim() {
        "" => Message::new("card-fact-unknown").into(),
        text => Words::verbatim(text),
    };
    let system = format!("{} {}", device.device_os, device.device_arch);
    let minutes = i64::try_from(card.expires_in.div_ceil(60)).unwrap_or(i64::MAX);
    let mut facts: Vec<(&'static str, Words)> =
        vec![("card-fact-code", Words::verbatim(&card.user_code))];
    facts.extend(card.words.as_deref().map(|words| ("card-fact-words", Words::verbatim(words))));
    facts.extend([
        ("card-fact-program", known(&card.program)),
        ("card-fact-device", Words::verbatim(&device.device_name)),
        ("card-fact-system", known(&system)),
        ("card-fact-address", known(card.ip.as_deref().unwrap_or_default())),
        ("card-fact-left", Message::new("card-minutes").with("minutes", minutes).into()),
    ]);
    facts.extend(card.invite.as_ref().map(|invite| {
        let id = match invite.state {
            CodeInviteState::Joins => "card-fact-joins-as",
            CodeInviteState::Joined => "card-fact-joins-already",
            CodeInviteState::Ended => "card-fact-joins-ended",
        };
        let (mesh, role) = (invite.mesh_name.as_str(), list::role(invite.role));
        ("card-fact-joins", Message::new(id).with("mesh", mesh).with("role", role).into())
    }));
    let Powers { near, far } = Powers::of(card.scopes.iter().map(String::as_str));
    facts.extend(in_a_line(near).map(|near| ("card-fact-may", near)));
    facts.extend(in_a_line(far).map(|far| ("card-fact-may-also", far)));
    context.show(|lines| {
        lines.facts(&facts).say(&Message::new("card-only-yours"));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_spelling() {
        for code_text in ["WDJB-MJPV", "wdjbmjpv", " wdjb mjpv ", "WDJB–MJPV"] {
            assert_eq!(user_code(code_text).as_deref(), Ok("WDJB-MJPV"));
        }
        for code_text in ["WDJB-MJP", "WDJB-MJPA", "", "WDJB-MJPVX"] {
            assert_eq!(user_code(code_text).expect_err("no code").code, "code_malformed");
        }
    }
}
