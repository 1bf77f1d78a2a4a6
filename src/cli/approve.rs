//! A second signed-in terminal answers the first: `approve CODE`, `deny CODE`, and
//! `approve` alone lists what waits. The card is shown and asked about, default no, whatever `-y` says; and never
//! by a token, inside an agent, or where nobody sits.

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::asking::Number;
use super::context::CommandContext;
use super::list;
use super::output::Lines;
use crate::api::scopes::{Powers, in_a_line};
use crate::error::AppError;
use crate::i18n::{Message, Words, printable};
use crate::input::user_code;
use crate::wire::{ApprovalCard, CodeInviteState, WaitingCode};

/// Let another device sign in as you
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh approve                               what waits, to pick from
  crewmesh approve WDJB-MJPV
  crewmesh approve wdjbmjpv --instance mesh.example.org")]
pub(crate) struct Approve {
    /// The code the other device shows; without one, what waits is listed
    code: Option<String>,
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
    match &command.code {
        Some(code) => settle(code, true, context),
        None => waiting(context),
    }
}

/// Lists the codes that wait, and goes on with the one that is picked as with one
/// that was typed. Where nobody can pick, the list is all.
fn waiting(context: &CommandContext) -> Result<u8, AppError> {
    context.env.refuse_agents()?;
    let (instance, codes) = context.signed_in(async |signed_in| {
        let codes = signed_in.client.waiting_codes().await?;
        Ok((signed_in.access.instance.name, pickable(codes)))
    })?;
    let object = json!({ "instance": instance, "waiting": codes, "total": codes.len() });
    context.out.answer(object, |lines| {
        if codes.is_empty() {
            lines.say(&Message::new("approve-none").with("instance", printable(&instance)));
        } else {
            table(&codes, lines);
        }
    })?;
    if codes.is_empty() || context.out.is_json() || !context.can_ask() {
        return Ok(0);
    }
    let last = codes.len();
    let question = Message::new("approve-pick").with("last", i64::try_from(last).unwrap_or(1));
    let picked = context.online(async |_| context.number_up_to(last, &question).await)?;
    let code = if let Number::Picked(number) = picked { codes.get(number - 1) } else { None };
    let Some(code) = code else {
        context.out.note(&Message::new("nothing-changed"));
        return Ok(0);
    };
    settle(&code.user_code, true, context)
}

/// Those that can be picked: of what an older node made while the instance is being
/// upgraded, it may say only that it waits.
fn pickable(mut codes: Vec<WaitingCode>) -> Vec<WaitingCode> {
    codes.retain(|code| user_code::parse(&code.user_code).is_ok());
    codes
}

fn table(codes: &[WaitingCode], lines: &mut Lines<'_>) {
    let now = Timestamp::now();
    let row = |(place, code): (usize, &WaitingCode)| {
        let device = &code.device;
        let system = format!("{} {}", device.device_os, device.device_arch);
        let age = now.duration_since(code.created_at).as_secs().max(0);
        vec![
            Words::verbatim(&(place + 1).to_string()),
            Words::verbatim(&code.user_code),
            Words::verbatim(code.words.as_deref().unwrap_or_default()),
            Words::verbatim(&device.device_name),
            Words::verbatim(system.trim()),
            Words::verbatim(code.network.as_deref().unwrap_or_default()),
            Words::verbatim(&format!("{}:{:02}", age / 60, age % 60)),
        ]
    };
    let rows: Vec<_> = codes.iter().enumerate().map(row).collect();
    let headings = [
        "column-number",
        "column-code",
        "column-words",
        "column-device",
        "column-system",
        "column-network",
        "column-age",
    ];
    lines.table(&headings, &rows);
}

pub(super) fn deny(command: &Deny, context: &CommandContext) -> Result<u8, AppError> {
    settle(&command.code, false, context)
}

fn settle(code_text: &str, approve: bool, context: &CommandContext) -> Result<u8, AppError> {
    let code = user_code::parse(code_text)?.code;
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
    fn a_code_that_cannot_be_picked_is_not_listed() {
        let code = |text: &str| -> WaitingCode {
            let row = json!({
                "user_code": text, "created_at": "2026-11-29T10:00:00Z", "expires_in": 60,
                "device_name": "Laptop", "device_os": "linux", "device_arch": "x86_64",
            });
            serde_json::from_value(row).expect("a row")
        };
        let listed = pickable(vec![code(""), code("WDJB-MJPV"), code("")]);
        assert_eq!(listed, [code("WDJB-MJPV")]);
    }
}
