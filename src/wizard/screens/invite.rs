//! Joining a mesh with an invite. The text is recognised while it is typed, the
//! instance says what it offers, and only then is the person asked. A link
//! decides which instance is meant, so one that leads to an instance nobody
//! here uses is asked about before anything is sent there; what was typed
//! stays, whatever becomes of it.

mod view;

use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::input::address;
use crate::input::invite::{self as invite_text, InviteText};
use crate::model::{Access, Instance, Invite, Mesh};
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::moved;
use crate::wizard::next::{Next, To};
use crate::wizard::page::Page;
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{joined, keyring_question};

/// Joining with an invite.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    field: TextField,
    stage: JoinStage,
    /// The person was asked for this instance and said yes.
    agreed: Option<Instance>,
    /// It came from outside: whoever does not want it goes back there.
    given: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum JoinStage {
    /// It came from outside, by a command or a paste, and is not looked at yet.
    Received,
    Typing {
        error: Option<AppError>,
        insisted: bool,
    },
    /// A bare code, and no instance in use: one is being chosen.
    Choosing,
    /// The link leads to an instance that is not known here. The cursor stands
    /// on No.
    Elsewhere(Instance, usize),
    /// Only plain http: does the person allow it? The cursor stands on No.
    Http(Instance, usize),
    /// The instance is looked at before it is used.
    Finding(Instance),
    /// The instance is asked what the invite offers.
    Looking(Instance),
    /// Join it? The cursor stands on Yes.
    Offered(Invite, usize),
    /// The sign-in kept for that instance is taken up.
    TakingUp(Invite),
    /// The keyring asks its owner.
    Unlocking(Invite, &'static str),
    /// Which meshes there are already, so that one is not joined twice unsaid.
    Comparing(Invite, Access),
    /// Joining. In `before` are the ids of the meshes known until then.
    Joining {
        invite: Invite,
        before: Vec<String>,
    },
    /// In it already: nothing changed.
    Already(Mesh),
}

impl Join {
    /// An empty field, or with a link or a code that was given or pasted
    /// elsewhere: looked at at once.
    pub(super) fn new(invite: Option<&Secret>) -> Self {
        let mut field = TextField::new();
        let stage = match invite {
            None => JoinStage::Typing { error: None, insisted: false },
            Some(invite) => {
                field.paste(invite);
                JoinStage::Received
            }
        };
        Self { field, stage, agreed: None, given: invite.is_some() }
    }

    fn read(&self) -> Result<InviteText, invite_text::InvalidInvite> {
        invite_text::parse(self.field.text())
    }

    fn keymap(&self) -> Keymap<ListAction> {
        let go = Keymap::new();
        match &self.stage {
            JoinStage::Typing { error: Some(_), .. } => {
                go.key(ENTER, ListAction::Choose, "key-try-again")
            }
            JoinStage::Typing { .. } | JoinStage::Already(_) => {
                go.key(ENTER, ListAction::Choose, "key-continue")
            }
            JoinStage::Elsewhere(..) | JoinStage::Http(..) | JoinStage::Offered(..) => {
                Keymap::of_list()
            }
            _ => go,
        }
    }

    fn typing(&mut self, error: Option<AppError>) -> Next {
        self.stage = JoinStage::Typing { error, insisted: false };
        Next::stay()
    }

    /// What was typed is meant: which instance, and may it be asked?
    fn begin(&mut self, state: &WizardState) -> Next {
        let Ok(invite) = self.read() else {
            self.stage = JoinStage::Typing { error: None, insisted: true };
            return Next::stay();
        };
        let instance = match &invite.host {
            None => state.instance.clone(),
            Some(host) => match address::parse(host.as_str()) {
                Ok(named) => {
                    let found = state.instance.iter().chain(&state.instances).chain(&self.agreed);
                    let mut found = found.filter(|own| is_there(own, host));
                    let Some(instance) = found.next().cloned() else {
                        self.stage = JoinStage::Elsewhere(named, 0);
                        return Next::stay();
                    };
                    Some(instance)
                }
                Err(what) => return self.typing(Some(what)),
            },
        };
        let Some(instance) = instance else {
            self.stage = JoinStage::Choosing;
            return Next::open(To::InstanceForInput);
        };
        self.look(instance, invite.code)
    }

    fn look(&mut self, instance: Instance, code: Secret) -> Next {
        self.stage = JoinStage::Looking(instance.clone());
        Next::ask(Effect::PreviewInvite { instance, code })
    }

    fn find(&mut self, named: Instance) -> Next {
        let typed = self.read().ok().and_then(|invite| invite.host);
        let typed = typed.map_or_else(|| named.name.clone(), |host| host.to_string());
        self.stage = JoinStage::Finding(named);
        Next::ask(Effect::FindInstance(typed))
    }

    /// The person wants in.
    fn join(&mut self, invite: Invite, state: &WizardState) -> Next {
        let same = |access: &&Access| access.instance.place == invite.instance.place;
        match state.access.as_ref().filter(same) {
            Some(access) => match &state.meshes {
                Some(meshes) => {
                    let before = meshes.iter().map(|mesh| mesh.id.clone()).collect();
                    self.accept(invite, access.clone(), before)
                }
                None => self.compare(invite, access.clone()),
            },
            None if invite.instance.signed_in => {
                let instance = invite.instance.clone();
                self.stage = JoinStage::TakingUp(invite);
                Next::ask(Effect::TakeUp(instance))
            }
            None => self.sign_in(invite),
        }
    }

    /// The sign-in comes first; the invite is accepted after it.
    fn sign_in(&mut self, invite: Invite) -> Next {
        self.stage = JoinStage::Offered(invite.clone(), 0);
        Next::open(To::SignIn)
            .learn(Fact::Instance(invite.instance.clone()))
            .learn(Fact::Invite(Some(invite)))
    }

    fn compare(&mut self, invite: Invite, access: Access) -> Next {
        self.stage = JoinStage::Comparing(invite, access.clone());
        Next::ask(Effect::ListMeshes(access))
    }

    fn accept(&mut self, invite: Invite, access: Access, before: Vec<String>) -> Next {
        let code = invite.code.clone();
        self.stage = JoinStage::Joining { invite, before };
        Next::ask(Effect::AcceptInvite { access, code })
    }
}

/// Whether `instance` is the one at `host`. The embedded one is meant by no
/// link: another may listen on the port beside it.
fn is_there(instance: &Instance, host: &Url) -> bool {
    !instance.is_embedded() && address::is_at(instance, host)
}

/// In the mesh: the rest of the walk.
fn onwards(mesh: &Mesh, state: &WizardState) -> Next {
    if state.flags.sign_in_only {
        Next::exit(Exit::Joined(mesh.clone()))
    } else {
        Next::start_over(To::Status)
    }
}

impl Screen for Join {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        match &self.stage {
            JoinStage::Received => self.begin(state),
            // Back from choosing an instance, with one or without.
            JoinStage::Choosing if state.instance.is_some() => self.begin(state),
            JoinStage::Choosing => self.typing(None),
            // Back from the sign-in: whoever walks away has not joined.
            JoinStage::Offered(..) if state.invite.is_some() => {
                Next::stay().learn(Fact::Invite(None))
            }
            _ => Next::stay(),
        }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let action = self.keymap().find(key);
        match (&mut self.stage, action) {
            (JoinStage::Typing { .. }, Some(ListAction::Choose)) => self.begin(state),
            (JoinStage::Typing { .. }, None) => {
                if self.field.on(key) {
                    return self.typing(None);
                }
                Next::stay()
            }
            (
                JoinStage::Elsewhere(_, cursor)
                | JoinStage::Http(_, cursor)
                | JoinStage::Offered(_, cursor),
                Some(ListAction::Move(how)),
            ) => {
                *cursor = moved(*cursor, 2, how);
                Next::stay()
            }
            // Whoever typed it may mend it; what was given would only be asked about
            // again.
            (JoinStage::Elsewhere(_, 0) | JoinStage::Http(_, 0), Some(ListAction::Choose)) => {
                if self.given {
                    Next::back()
                } else {
                    self.typing(None)
                }
            }
            (JoinStage::Elsewhere(named, _), Some(ListAction::Choose)) => {
                let named = named.clone();
                self.find(named)
            }
            (JoinStage::Http(named, _), Some(ListAction::Choose)) => {
                let named = named.clone();
                let allow = Effect::AllowHttp(named.clone());
                self.find(named).detach(allow)
            }
            (JoinStage::Offered(invite, 0), Some(ListAction::Choose)) => {
                let invite = invite.clone();
                self.join(invite, state)
            }
            (JoinStage::Offered(..), Some(ListAction::Choose)) => Next::back(),
            (JoinStage::Already(mesh), Some(ListAction::Choose)) => onwards(mesh, state),
            _ => Next::stay(),
        }
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if matches!(self.stage, JoinStage::Typing { .. }) {
            // A whole invite takes the place of whatever stood there.
            if invite_text::parse(pasted.expose()).is_ok() {
                self.field = TextField::new();
            }
            self.field.paste(pasted);
            self.stage = JoinStage::Typing { error: None, insisted: true };
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        match (reply, &self.stage) {
            (Reply::Instance(Ok(found)), JoinStage::Finding(_)) => {
                self.agreed = Some(found);
                self.begin(state)
            }
            (Reply::Instance(Err(what)), JoinStage::Finding(named))
            | (Reply::Invite(Err(what)), JoinStage::Looking(named))
                if what.code == "http_not_allowed" =>
            {
                self.stage = JoinStage::Http(named.clone(), 0);
                Next::stay()
            }
            (Reply::Invite(Ok(invite)), JoinStage::Looking(_)) => {
                self.stage = JoinStage::Offered(invite, 0);
                Next::stay()
            }
            (
                Reply::SignIn(Ok(Some((access, account)))),
                JoinStage::TakingUp(invite) | JoinStage::Unlocking(invite, _),
            ) => {
                let invite = invite.clone();
                let used = Fact::Instance(invite.instance.clone());
                let signed_in = Fact::SignedIn(access.clone(), account);
                self.compare(invite, access).learn(used).learn(signed_in)
            }
            (Reply::SignIn(Err(what)), JoinStage::TakingUp(invite))
                if keyring_question(&what).is_some() =>
            {
                let invite = invite.clone();
                let locked = invite.instance.clone();
                let question = keyring_question(&what).unwrap_or_default();
                self.stage = JoinStage::Unlocking(invite, question);
                Next::ask(Effect::Unlock(locked))
            }
            // Whoever is no longer signed in there signs in anew.
            (
                Reply::SignIn(Ok(None)),
                JoinStage::TakingUp(invite) | JoinStage::Unlocking(invite, _),
            ) => {
                let invite = invite.clone();
                self.sign_in(invite)
            }
            (Reply::SignIn(Err(what)), JoinStage::TakingUp(invite))
            | (Reply::Mesh(Err(what)), JoinStage::Joining { invite, .. })
                if what.kind == ErrorKind::NotSignedIn =>
            {
                let invite = invite.clone();
                self.sign_in(invite)
            }
            (Reply::Instance(Err(what)), JoinStage::Finding(_))
            | (Reply::Invite(Err(what)), JoinStage::Looking(_))
            | (Reply::SignIn(Err(what)), JoinStage::TakingUp(_) | JoinStage::Unlocking(..))
            | (Reply::Mesh(Err(what)), JoinStage::Joining { .. }) => self.typing(Some(what)),
            (Reply::Meshes(Ok(meshes)), JoinStage::Comparing(invite, access)) => {
                let before = meshes.iter().map(|mesh| mesh.id.clone()).collect();
                let accept = self.accept(invite.clone(), access.clone(), before);
                accept.learn(Fact::Meshes(meshes))
            }
            // Only what is said in the end hangs on it.
            (Reply::Meshes(Err(_)), JoinStage::Comparing(invite, access)) => {
                self.accept(invite.clone(), access.clone(), Vec::new())
            }
            (Reply::Mesh(Ok(mesh)), JoinStage::Joining { before, .. }) => {
                let then = if before.contains(&mesh.id) {
                    self.stage = JoinStage::Already(mesh.clone());
                    Next::stay()
                } else {
                    onwards(&mesh, state).learn(joined(&mesh))
                };
                then.learn(Fact::Invite(None)).learn(Fact::Mesh(mesh))
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    /// Whatever is asked or under way is taken back first, with the text still
    /// there. A mesh that is joined already stays joined.
    fn close_inner(&mut self) -> bool {
        let inner = !matches!(self.stage, JoinStage::Typing { .. } | JoinStage::Already(_));
        if inner {
            self.typing(None);
        }
        inner
    }

    fn given_up(&self) -> Exit {
        match &self.stage {
            JoinStage::Typing { error: Some(what), .. } => {
                Exit::NotJoined { because: what.clone(), signed_in: false }
            }
            _ => Exit::Cancelled,
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        self.look_of(state)
    }
}

#[cfg(test)]
mod tests;
