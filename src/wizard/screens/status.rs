//! After the sign-in, or instead of it where somebody is signed in already:
//! what belongs to the account is found. An invite that waits is accepted
//! first, so that its mesh is among those found. It goes on by itself as soon
//! as everything is there, so nobody has to press a key to have been told that
//! all is well.

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words};
use crate::time_point::TimePoint;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Mark, Page, Row, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{
    error, instance, instance_corner, joined, keyring_question, person, say, verbatim,
};

/// What belongs to the account is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    taking_up: Step,
    /// The keyring asks its owner.
    unlocking: Option<&'static str>,
    joining: Step,
    meshes: Step,
    machines: Step,
    agents: Step,
}

/// How one thing to be found stands.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Later,
    Now,
    Done,
    Failed(AppError),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Again,
    SignIn,
    Without,
    Instance,
    Anyway,
}

impl Status {
    /// Nothing found yet.
    pub(super) fn new() -> Self {
        let later = || Step::Later;
        Self {
            taking_up: later(),
            unlocking: None,
            joining: later(),
            meshes: later(),
            machines: later(),
            agents: later(),
        }
    }

    /// The sign-in in use was rejected in the middle of something.
    pub(super) fn rejected(what: AppError) -> Self {
        Self { taking_up: Step::Failed(what), ..Self::new() }
    }

    /// Begins, or begins again, whatever is not done.
    fn find(&mut self, state: &WizardState) -> Next {
        let Some(access) = state.access.clone() else {
            let Some(instance) = state.instance.clone() else {
                return Next::replace(To::Welcome);
            };
            self.taking_up = Step::Now;
            return Next::ask(Effect::TakeUp(instance));
        };
        // A token from a flag or the environment says nothing of whose it is.
        if state.account.is_none() {
            self.taking_up = Step::Now;
            return Next::ask(Effect::identify(access));
        }
        self.taking_up = Step::Done;
        if let Some(invite) = state.invite.as_ref().filter(|_| self.joining != Step::Done) {
            self.joining = Step::Now;
            let code = invite.code.clone();
            return Next::ask(Effect::AcceptInvite { access, code });
        }
        let mut effects = Vec::new();
        let mut begin = |step: &mut Step, effect: Effect| {
            if !matches!(step, Step::Done | Step::Now) {
                *step = Step::Now;
                effects.push(effect);
            }
        };
        begin(&mut self.meshes, Effect::ListMeshes(access.clone()));
        begin(&mut self.machines, Effect::ListMachines(access));
        begin(&mut self.agents, Effect::FindAgents);
        Next::ask_all(effects)
    }

    fn failed(&mut self, step: impl Fn(&mut Self) -> &mut Step, what: AppError) -> Next {
        *step(self) = Step::Failed(what);
        Next::stay()
    }

    /// On to the card, once everything is there.
    fn onward(&self) -> Next {
        let all = [&self.meshes, &self.machines, &self.agents];
        if all.into_iter().all(|step| *step == Step::Done) {
            return Next::start_over(To::Launch);
        }
        Next::stay()
    }

    /// What stands in the way, if anything does.
    fn fault(&self) -> Option<&AppError> {
        [&self.taking_up, &self.joining, &self.meshes, &self.machines].into_iter().find_map(
            |step| match step {
                Step::Failed(what) => Some(what),
                _ => None,
            },
        )
    }

    /// The server does not take this sign-in any more.
    fn is_rejected(&self) -> bool {
        self.fault().is_some_and(|what| what.kind == ErrorKind::NotSignedIn)
            && !self.is_in_keyring()
    }

    /// The keyring does not give it, and may yet.
    fn is_in_keyring(&self) -> bool {
        self.fault()
            .is_some_and(|what| what.code.starts_with("keyring_") && what.code != "keyring_lost")
    }

    fn keymap(&self, state: &WizardState) -> Keymap<Action> {
        let Some(what) = self.fault() else { return Keymap::new() };
        let anyway = state.last_launch.is_some() && what.kind == ErrorKind::Unreachable;
        let rejected = self.is_rejected();
        let joining = match &self.joining {
            Step::Failed(what) => Some(what),
            _ => None,
        };
        let keymap = if rejected {
            Keymap::new().key(ENTER, Action::SignIn, "key-sign-in")
        } else if let Some(what) = joining {
            // An invite that ended is no other one when it is tried again.
            let again = what.may_pass() || what.kind == ErrorKind::Internal;
            let without: &[Key] = if again { &[Key::char('s')] } else { ENTER };
            Keymap::new().key_if(again, ENTER, Action::Again, "key-try-again").key(
                without,
                Action::Without,
                "key-without-invite",
            )
        } else {
            Keymap::new().key(ENTER, Action::Again, "key-try-again").key_if(
                self.is_in_keyring(),
                &[Key::char('s')],
                Action::SignIn,
                "key-sign-in",
            )
        };
        keymap.key_if(anyway, &[Key::char('a')], Action::Anyway, "key-start-anyway").key(
            &[Key::char('i')],
            Action::Instance,
            "key-instance",
        )
    }

    fn table(&self, state: &WizardState) -> Vec<Row> {
        let mut rows = vec![if let Some(account) = &state.account {
            Row::new(Mark::Done, say("row-signed-in")).value(person(account))
        } else {
            let row = Row::new(mark(&self.taking_up), say("row-take-up"));
            Row { value: state.instance.as_ref().map(instance), ..row }
        }];
        match (&state.invite, &state.mesh, &self.joining) {
            (Some(invite), _, step) => {
                rows.push(Row::new(mark(step), say("row-join")).value(verbatim(&invite.mesh_name)));
            }
            (None, Some(mesh), Step::Done) => {
                rows.push(Row::new(Mark::Done, say("row-joined")).value(verbatim(&mesh.name)));
            }
            _ => {}
        }
        let found = |step: &Step, label: &'static str, count: Option<(&'static str, usize)>| {
            let mut row = Row::new(mark(step), say(label));
            row.value = count.map(|(id, count)| counted(id, count));
            row
        };
        let count = |list: Option<usize>, step: &Step, id: &'static str| {
            list.filter(|_| *step == Step::Done).map(|count| (id, count))
        };
        let meshes = count(state.meshes.as_ref().map(Vec::len), &self.meshes, "found-meshes");
        let machines =
            count(state.machines.as_ref().map(Vec::len), &self.machines, "found-machines");
        rows.push(found(&self.meshes, "row-find-meshes", meshes));
        rows.push(found(&self.machines, "row-find-machines", machines));
        rows.push(found(&self.agents, "row-find-agents", None));
        rows
    }
}

fn counted(id: &'static str, count: usize) -> Words {
    Message::new(id).with("count", i64::try_from(count).unwrap_or(i64::MAX)).into()
}

fn mark(step: &Step) -> Mark {
    match step {
        Step::Later => Mark::Later,
        Step::Now => Mark::Now,
        Step::Done => Mark::Done,
        Step::Failed(_) => Mark::Failed,
    }
}

impl Screen for Status {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        // It is the person's turn; a new sign-in begins a new page.
        if state.access.is_some() && self.is_rejected() {
            return Next::stay();
        }
        // Back from choosing an instance, perhaps with another one.
        if state.access.is_none() {
            *self = Self::new();
        }
        self.find(state)
    }

    fn proceed(&mut self, state: &WizardState, _: TimePoint) -> Next {
        self.find(state)
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match self.keymap(state).find(key) {
            Some(Action::Again) => self.find(state),
            Some(Action::SignIn) => Next::open(To::SignIn),
            Some(Action::Without) => {
                self.joining = Step::Done;
                let next =
                    if state.flags.sign_in_only { Next::exit(Exit::Done) } else { Next::proceed() };
                next.learn(Fact::Invite(None))
            }
            Some(Action::Instance) => Next::open(To::Instances),
            // The agent works without the mesh, and the person knows best.
            Some(Action::Anyway) => match state.last_launch.clone() {
                Some(plan) => Next::exit(Exit::Launch(Box::new(plan))),
                None => Next::stay(),
            },
            None => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::SignIn(Ok(Some((access, account)))) => {
                self.unlocking = None;
                Next::proceed().learn(Fact::SignedIn(access, account))
            }
            Reply::Account(Ok(account)) => {
                let Some(access) = state.access.clone() else { return Next::stay() };
                Next::proceed().learn(Fact::SignedIn(access, account))
            }
            Reply::Account(Err(what)) => self.failed(|status| &mut status.taking_up, what),
            Reply::SignIn(Ok(None)) if state.flags.sign_in_only => Next::replace(To::SignIn),
            Reply::SignIn(Ok(None)) => Next::replace(To::SignedOut),
            Reply::SignIn(Err(what))
                if keyring_question(&what).is_some() && self.unlocking.is_none() =>
            {
                self.unlocking = keyring_question(&what);
                state
                    .instance
                    .clone()
                    .map_or(Next::stay(), |locked| Next::ask(Effect::Unlock(locked)))
            }
            Reply::SignIn(Err(what)) => {
                self.unlocking = None;
                self.failed(|status| &mut status.taking_up, what)
            }
            Reply::Mesh(Ok(mesh)) => {
                self.joining = Step::Done;
                let next = if state.flags.sign_in_only {
                    Next::exit(Exit::Joined(mesh.clone()))
                } else {
                    Next::proceed()
                };
                next.learn(Fact::Invite(None)).learn(joined(&mesh)).learn(Fact::Mesh(mesh))
            }
            Reply::Mesh(Err(what)) => self.failed(|status| &mut status.joining, what),
            Reply::Meshes(Ok(meshes)) => {
                self.meshes = Step::Done;
                // What was joined just now is in use already.
                self.onward().learn(Fact::Meshes(meshes))
            }
            Reply::Meshes(Err(what)) => self.failed(|status| &mut status.meshes, what),
            Reply::Machines(Ok(machines)) => {
                self.machines = Step::Done;
                self.onward().learn(Fact::Machines(machines))
            }
            Reply::Machines(Err(what)) => self.failed(|status| &mut status.machines, what),
            Reply::Agents(agents) => {
                self.agents = Step::Done;
                self.onward().learn(Fact::Agents(agents))
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, state: &WizardState, _: TimePoint) -> Keys {
        self.keymap(state).keys()
    }

    fn error(&self) -> Option<&AppError> {
        self.fault()
    }

    /// Nobody joins before they are signed in.
    fn given_up(&self) -> Exit {
        match &self.joining {
            Step::Failed(what) => Exit::NotJoined { because: what.clone(), signed_in: true },
            _ => Exit::Cancelled,
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let title = if state.account.is_some() { "title-status" } else { "title-sign-in" };
        let mut page = Page::new(say(title));
        page.corner = instance_corner(state);
        page.blocks.push(Block::Rows(self.table(state)));
        if let Some(question) = self.unlocking {
            page.blocks.push(Block::toned(Tone::Tip, say(question)));
        }
        match (self.fault(), &state.instance) {
            // What its server said to a program is of no use to a person.
            (Some(what), Some(used)) if self.is_rejected() && what.is_rejection() => {
                let ended = Message::new("status-rejected").with("instance", instance(used));
                page.blocks.push(Block::toned(Tone::Bad, ended));
            }
            (Some(what), _) => page.blocks.extend(error(what)),
            (None, _) => {}
        }
        page
    }
}

#[cfg(test)]
mod tests;
