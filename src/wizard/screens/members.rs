//! Who is in a mesh. Everybody sees it; whoever administers the mesh changes what
//! somebody may do and takes them out, and anybody leaves. The rules are the
//! instance's: what it refuses is said, and the list is asked for again.

use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::time_point::TimePoint;
use crate::wire::Member;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{answers, choice, choice_with, choices, moved};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Access, Fact, Mesh, Role, WizardState};
use crate::wizard::words::{error, instance_corner, say, verbatim};

/// The members of a mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct Members {
    mesh: Box<Mesh>,
    everybody: Vec<Member>,
    cursor: usize,
    /// What came of the last change.
    note: Option<(Tone, Words)>,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// Asked for, for the first time or again.
    Looking,
    Failed(AppError),
    Listing,
    /// What can be done about one.
    Choosing {
        member: Box<Member>,
        cursor: usize,
    },
    /// Taken out, or left? The cursor stands on No.
    Sure {
        member: Box<Member>,
        cursor: usize,
    },
    Changing {
        member: Box<Member>,
        change: Change,
    },
}

/// What is done about a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Role(Role),
    Remove,
}

impl Members {
    pub(super) fn new(mesh: Mesh) -> Self {
        let mesh = Box::new(mesh);
        Self { mesh, everybody: Vec::new(), cursor: 0, note: None, stage: Stage::Looking }
    }

    fn look(&mut self, state: &WizardState) -> Next {
        let Some(access) = state.access.clone() else { return Next::back() };
        self.stage = Stage::Looking;
        Next::ask(Effect::ListMembers { access, mesh: self.mesh.id.clone() })
    }

    fn keymap(&self) -> Keymap<ListAction> {
        match self.stage {
            Stage::Listing | Stage::Choosing { .. } | Stage::Sure { .. } => Keymap::of_list(),
            Stage::Failed(_) => Keymap::new().key(ENTER, ListAction::Choose, "key-try-again"),
            Stage::Looking | Stage::Changing { .. } => Keymap::new(),
        }
    }

    /// What this person can do about a member.
    fn changes(&self, member: &Member, state: &WizardState) -> Vec<Change> {
        if is_self(member, state) {
            return vec![Change::Remove];
        }
        if self.mesh.role != Role::Admin {
            return Vec::new();
        }
        let other = match member.role {
            Role::Admin => Role::Member,
            Role::Member => Role::Admin,
        };
        // A program is what whoever runs the instance made it.
        let role = (!member.service).then_some(Change::Role(other));
        role.into_iter().chain([Change::Remove]).collect()
    }

    fn change(&mut self, member: Box<Member>, change: Change, access: Access) -> Next {
        let (mesh, id) = (self.mesh.id.clone(), member.id.clone());
        self.stage = Stage::Changing { member, change };
        Next::ask(match change {
            Change::Role(role) => Effect::ChangeMember { access, mesh, member: id, role },
            Change::Remove => Effect::RemoveMember { access, mesh, member: id },
        })
    }

    /// One line of the list.
    fn item(member: &Member, state: &WizardState) -> crate::wizard::page::Choice {
        let role = role(member.role);
        let detail = if member.service {
            Message::new("mesh-member-service")
        } else if is_self(member, state) {
            Message::new("mesh-member-you").with("role", role)
        } else {
            Message::new("mesh-member-detail")
                .with("role", role)
                .with("email", member.email.as_str())
        };
        choice_with(verbatim(&member.name), detail)
    }
}

fn is_self(member: &Member, state: &WizardState) -> bool {
    state.account.as_ref().is_some_and(|account| account.id == member.id)
}

fn role(role: Role) -> Words {
    say(match role {
        Role::Admin => "role-admin",
        Role::Member => "role-member",
    })
}

impl Screen for Members {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        self.look(state)
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let Some(action) = self.keymap().find(key) else { return Next::stay() };
        let Some(access) = state.access.clone() else { return Next::stay() };
        self.note = None;
        match (self.stage.clone(), action) {
            (Stage::Failed(_), _) => return self.look(state),
            (Stage::Listing, ListAction::Move(how)) => {
                self.cursor = moved(self.cursor, self.everybody.len(), how);
            }
            (Stage::Listing, ListAction::Choose) => {
                if let Some(member) = self.everybody.get(self.cursor) {
                    if self.changes(member, state).is_empty() {
                        self.note = Some((Tone::Tip, say("mesh-member-only-admins")));
                    } else {
                        let member = Box::new(member.clone());
                        self.stage = Stage::Choosing { member, cursor: 0 };
                    }
                }
            }
            (Stage::Choosing { member, cursor }, ListAction::Move(how)) => {
                let count = self.changes(&member, state).len();
                self.stage = Stage::Choosing { member, cursor: moved(cursor, count, how) };
            }
            (Stage::Choosing { member, cursor }, ListAction::Choose) => {
                match self.changes(&member, state).get(cursor) {
                    Some(Change::Remove) => self.stage = Stage::Sure { member, cursor: 0 },
                    Some(change) => return self.change(member, *change, access),
                    None => {}
                }
            }
            (Stage::Sure { member, cursor }, ListAction::Move(how)) => {
                self.stage = Stage::Sure { member, cursor: moved(cursor, 2, how) };
            }
            (Stage::Sure { cursor: 0, .. }, ListAction::Choose) => self.stage = Stage::Listing,
            (Stage::Sure { member, .. }, ListAction::Choose) => {
                return self.change(member, Change::Remove, access);
            }
            (Stage::Looking | Stage::Changing { .. }, _) => {}
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        match (reply, self.stage.clone()) {
            (Reply::Members(Ok(members)), _) => {
                self.cursor = self.cursor.min(members.len().saturating_sub(1));
                self.everybody = members;
                if self.stage == Stage::Looking {
                    self.stage = Stage::Listing;
                }
                Next::stay()
            }
            (Reply::Members(Err(what)), Stage::Looking) => {
                self.stage = Stage::Failed(what);
                Next::stay()
            }
            (Reply::MemberChanged(Ok(())), Stage::Changing { member, change }) => {
                if change == Change::Remove && is_self(&member, state) {
                    return Next::back().learn(Fact::LeftMesh(self.mesh.id.clone()));
                }
                let said = match change {
                    Change::Role(role) => {
                        Message::new("mesh-member-changed").with("role", self::role(role))
                    }
                    Change::Remove => Message::new("mesh-member-removed"),
                };
                self.note = Some((Tone::Good, said.with("person", verbatim(&member.name)).into()));
                self.look(state)
            }
            (Reply::MemberChanged(Err(what)), Stage::Changing { .. }) => {
                self.note = Some((Tone::Bad, what.message));
                self.stage = Stage::Listing;
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    /// A change that is on its way may have been made: it is not taken back.
    fn close_inner(&mut self) -> bool {
        let inner = matches!(self.stage, Stage::Choosing { .. } | Stage::Sure { .. });
        if inner {
            self.stage = Stage::Listing;
        }
        inner
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-members"));
        page.corner = instance_corner(state);
        page.notice.clone_from(&self.note);
        page.consent = match &self.stage {
            Stage::Sure { cursor, .. } => Some(*cursor == 1),
            _ => None,
        };
        let blocks = &mut page.blocks;
        let of = Message::new("mesh-members-of").with("mesh", verbatim(&self.mesh.name));
        match &self.stage {
            Stage::Looking if self.everybody.is_empty() => {
                blocks.push(Block::text(of));
                blocks.push(Block::toned(Tone::Dim, say("mesh-members-looking")));
            }
            Stage::Failed(what) => {
                blocks.push(Block::text(of));
                blocks.extend(error(what));
            }
            Stage::Looking | Stage::Listing | Stage::Changing { .. } => {
                blocks.push(Block::text(of));
                let items = self.everybody.iter().map(|member| Self::item(member, state)).collect();
                blocks.push(choices(items, self.cursor));
            }
            Stage::Choosing { member, cursor } => {
                blocks.push(Block::text(verbatim(&member.name)));
                let items = self.changes(member, state).into_iter().map(|change| {
                    choice(say(match change {
                        Change::Role(Role::Admin) => "mesh-member-make-admin",
                        Change::Role(Role::Member) => "mesh-member-make-member",
                        Change::Remove if is_self(member, state) => "mesh-member-leave",
                        Change::Remove => "mesh-member-remove",
                    }))
                });
                blocks.push(answers(items.collect(), *cursor));
            }
            Stage::Sure { member, cursor } => {
                let (asked, no, yes) = if is_self(member, state) {
                    ("mesh-member-leave-sure", "mesh-member-stay", "mesh-member-leave")
                } else {
                    ("mesh-member-remove-sure", "mesh-member-keep", "mesh-member-remove")
                };
                let asked = Message::new(asked)
                    .with("person", verbatim(&member.name))
                    .with("mesh", verbatim(&self.mesh.name));
                blocks.push(Block::toned(Tone::Tip, asked));
                blocks.push(answers(vec![choice(say(no)), choice(say(yes))], *cursor));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::testing::{
        DOWN, ENTER, access, account, at, member, mesh, reply, signed_in, unreachable,
    };

    fn led() -> Mesh {
        Mesh { role: Role::Admin, ..mesh("ops") }
    }

    fn everybody() -> Vec<Member> {
        let own = Member { id: account().id, role: Role::Admin, ..member("Alejandro") };
        vec![own, member("Eva")]
    }

    fn listed(mesh: Mesh) -> Members {
        let state = signed_in();
        let mut screen = Members::new(mesh);
        let ask = Effect::ListMembers { access: access(), mesh: "m-ops".into() };
        assert_eq!(screen.open(&state, at(0)), Next::ask(ask));
        screen.on(reply(Reply::Members(Ok(everybody()))), &state, at(0));
        screen
    }

    #[test]
    fn who_administers_changes_what_somebody_may_do() {
        let state = signed_in();
        let mut screen = listed(led());
        screen.on(DOWN, &state, at(1));
        screen.on(ENTER, &state, at(1));
        let (mesh, member) = ("m-ops".into(), everybody()[1].id.clone());
        let change = Effect::ChangeMember { access: access(), mesh, member, role: Role::Admin };
        assert_eq!(screen.on(ENTER, &state, at(1)), Next::ask(change));
        let next = screen.on(reply(Reply::MemberChanged(Ok(()))), &state, at(2));
        assert!(matches!(next.effects[..], [Effect::ListMembers { .. }]), "looked at again");
        assert!(matches!(screen.note, Some((Tone::Good, _))));
    }

    #[test]
    fn taking_somebody_out_is_asked_and_enter_says_no() {
        let state = signed_in();
        let mut screen = listed(led());
        screen.on(DOWN, &state, at(1));
        screen.on(ENTER, &state, at(1));
        screen.on(DOWN, &state, at(1));
        screen.on(ENTER, &state, at(1));
        let mut sure = screen.clone();
        assert_eq!(screen.on(ENTER, &state, at(2)), Next::stay());
        assert_eq!(screen.stage, Stage::Listing);
        sure.on(DOWN, &state, at(2));
        let next = sure.on(ENTER, &state, at(2));
        assert!(matches!(next.effects[..], [Effect::RemoveMember { .. }]), "{next:?}");
        // What the instance refuses is said.
        sure.on(reply(Reply::MemberChanged(Err(unreachable()))), &state, at(3));
        assert_eq!(sure.stage, Stage::Listing);
        assert!(matches!(sure.note, Some((Tone::Bad, _))));
    }

    #[test]
    fn anybody_leaves_and_a_member_changes_nobody_else() {
        let state = signed_in();
        let mut screen = listed(mesh("ops"));
        screen.on(DOWN, &state, at(1));
        screen.on(ENTER, &state, at(1));
        assert_eq!(screen.stage, Stage::Listing);
        assert!(screen.note.is_some());
        screen.on(crate::wizard::testing::UP, &state, at(1));
        screen.on(ENTER, &state, at(1));
        screen.on(ENTER, &state, at(1));
        screen.on(DOWN, &state, at(1));
        let (mesh, member) = ("m-ops".into(), account().id);
        let leave = Effect::RemoveMember { access: access(), mesh, member };
        assert_eq!(screen.on(ENTER, &state, at(2)), Next::ask(leave));
        let next = screen.on(reply(Reply::MemberChanged(Ok(()))), &state, at(3));
        assert_eq!(next, Next::back().learn(Fact::LeftMesh("m-ops".into())));
    }

    #[test]
    fn trouble_can_be_tried_again() {
        let state = signed_in();
        let mut screen = Members::new(led());
        screen.open(&state, at(0));
        screen.on(reply(Reply::Members(Err(unreachable()))), &state, at(1));
        assert!(!screen.on(ENTER, &state, at(2)).effects.is_empty());
    }
}
