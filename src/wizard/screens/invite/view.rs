//! What joining looks like at each of its stages.

use super::{Join, JoinStage, is_there};
use crate::i18n::{Message, Words};
use crate::input::address;
use crate::input::invite::InvalidInvite;
use crate::model::{Instance, Invite, Role};
use crate::wizard::list::{answers, choice};
use crate::wizard::page::{Block, Mark, Page, Row, Tone};
use crate::wizard::state::WizardState;
use crate::wizard::words::{error, instance, instance_corner, person, say, verbatim};

impl Join {
    pub(super) fn look_of(&self, state: &WizardState) -> Page {
        let mut page = Page::new(say("title-invite"));
        page.corner = instance_corner(state);
        page.consent = match &self.stage {
            JoinStage::Elsewhere(_, cursor) | JoinStage::Http(_, cursor) => Some(*cursor == 1),
            JoinStage::Offered(_, cursor) => Some(*cursor == 0),
            _ => None,
        };
        let blocks = &mut page.blocks;
        match &self.stage {
            JoinStage::Received | JoinStage::Choosing => {}
            JoinStage::Typing { error: what, insisted } => {
                let label = say("invite-label");
                let mut field = self.field.shown(label.clone(), true);
                field = field.placeholder(verbatim("https://mesh.example.org/i/…"));
                if let Some((tone, words)) = self.recognised(*insisted, state) {
                    field = field.note(tone, words);
                }
                blocks.push(Block::text(label));
                blocks.push(Block::Field(field));
                match what {
                    Some(what) => {
                        blocks.extend(error(what));
                        let is_over =
                            matches!(what.code.as_str(), "exhausted" | "expired" | "revoked");
                        if is_over && state.access.is_none() {
                            blocks.push(Block::text(say("invite-over-signed-out")));
                        }
                    }
                    None => blocks.push(Block::toned(Tone::Dim, say("invite-asked-first"))),
                }
            }
            JoinStage::Elsewhere(named, cursor) => {
                let where_to = Message::new("invite-elsewhere").with("instance", instance(named));
                blocks.push(Block::toned(Tone::Tip, where_to));
                let items = vec![
                    choice(say("instance-http-no")),
                    choice(Message::new("invite-add").with("instance", instance(named))),
                ];
                blocks.push(answers(items, *cursor));
            }
            JoinStage::Http(named, cursor) => {
                let risk = Message::new("instance-http").with("instance", instance(named));
                blocks.push(Block::toned(Tone::Bad, risk));
                let items = vec![choice(say("instance-http-no")), choice(say("instance-http-yes"))];
                blocks.push(answers(items, *cursor));
            }
            JoinStage::Finding(named) | JoinStage::Looking(named) => {
                blocks.push(Block::Rows(rows(named, Mark::Now, Mark::Later)));
            }
            JoinStage::Offered(invite, cursor) => {
                blocks.push(Block::facts(facts(invite, state)));
                blocks.push(Block::toned(Tone::Dim, as_whom(invite, state)));
                let join = if signed_in(invite, state) {
                    "invite-join"
                } else {
                    blocks.push(Block::toned(Tone::Dim, say("invite-no-account")));
                    "invite-sign-in"
                };
                blocks
                    .push(answers(vec![choice(say(join)), choice(say("invite-not-now"))], *cursor));
            }
            JoinStage::TakingUp(invite)
            | JoinStage::Unlocking(invite, _)
            | JoinStage::Comparing(invite, _)
            | JoinStage::Joining { invite, .. } => {
                blocks.push(Block::facts(facts(invite, state)));
                blocks.push(Block::Rows(rows(&invite.instance, Mark::Done, Mark::Now)));
                if let JoinStage::Unlocking(_, question) = self.stage {
                    blocks.push(Block::toned(Tone::Tip, say(question)));
                }
            }
            JoinStage::Already(mesh) => {
                let already = Message::new("invite-already").with("mesh", mesh.name.as_str());
                blocks.push(Block::toned(Tone::Good, already));
                blocks.push(Block::text(say("invite-already-hint")));
            }
        }
        page
    }

    /// What is said below the field while somebody types. What is wrong is
    /// said when it was pasted or meant, not in the middle of a word.
    fn recognised(&self, insisted: bool, state: &WizardState) -> Option<(Tone, Words)> {
        let invite = match self.read() {
            Ok(invite) => invite,
            Err(_) if !insisted => return None,
            Err(InvalidInvite::NotAnInvite) => return Some((Tone::Bad, say("invite-unlike"))),
            Err(fault) => return Some((Tone::Bad, fault.message().into())),
        };
        let named = match &invite.host {
            None => state.instance.clone(),
            Some(host) => match state.instance.iter().find(|own| is_there(own, host)) {
                Some(used) => Some(used.clone()),
                None => address::parse(host.as_str()).ok(),
            },
        };
        let words = named.map_or(say("invite-code"), |named| {
            Message::new("invite-to").with("instance", instance(&named)).into()
        });
        Some((Tone::Good, words))
    }
}

fn rows(named: &Instance, looked: Mark, joined: Mark) -> Vec<Row> {
    vec![
        Row::new(Mark::Done, say("row-recognised")),
        Row::new(looked, Message::new("row-ask-instance").with("instance", instance(named))),
        Row::new(joined, say("row-join-mesh")),
    ]
}

/// What it offers. The instance is not said again where it is the one in use,
/// which stands in the corner.
fn facts(invite: &Invite, state: &WizardState) -> Vec<(Words, Words)> {
    let role = match invite.role {
        Role::Admin => "role-admin",
        Role::Member => "role-member",
    };
    let members = i64::try_from(invite.member_count).unwrap_or(i64::MAX);
    let date = invite.expires_at.strftime("%Y-%m-%d").to_string();
    let mut facts = vec![
        (say("invite-fact-mesh"), verbatim(&invite.mesh_name)),
        (say("invite-fact-inviter"), verbatim(&invite.inviter)),
        (say("invite-fact-role"), say(role)),
        (say("invite-fact-members"), Message::new("invite-members").with("count", members).into()),
        (say("invite-fact-ends"), Message::new("token-ends").with("date", date).into()),
    ];
    let in_use = |used: &Instance| used.place == invite.instance.place;
    if !state.instance.as_ref().is_some_and(in_use) {
        facts.insert(1, (say("invite-fact-instance"), instance(&invite.instance)));
    }
    facts
}

fn signed_in(invite: &Invite, state: &WizardState) -> bool {
    let is_signed_in_there =
        |access: &crate::model::Access| access.instance.place == invite.instance.place;
    invite.instance.signed_in || state.access.as_ref().is_some_and(is_signed_in_there)
}

/// Who would join, as far as it is known.
fn as_whom(invite: &Invite, state: &WizardState) -> Words {
    let is_signed_in_there =
        |access: &crate::model::Access| access.instance.place == invite.instance.place;
    match (&state.account, &state.access) {
        (Some(account), Some(access)) if is_signed_in_there(access) => {
            Message::new("invite-as").with("person", person(account)).into()
        }
        _ if invite.instance.signed_in => say("invite-question"),
        _ => say("invite-sign-in-first"),
    }
}
