//! The walk through the wizard, from any command that needs one. Its one
//! surprising rule: everything the first frame needs is read from files and
//! the environment; runtime, HTTP client, keyring and server are made only when
//! the page stands.

use std::sync::Arc;

use super::Globals;
use super::asking::nobody_to_ask;
use super::ground::Ground;
use crate::credentials::Credentials;
use crate::credentials::pending;
use crate::credentials::resolve::{Given, choose};
use crate::i18n::{Catalog, Message};
use crate::instance::Reach;
use crate::machine::{facts, location};
use crate::model::{Access, Agent, LaunchPlan};
use crate::moment::Moment;
use crate::run::{self, EventSender};
use crate::runner::Runner;
use crate::sign_in::device_grant::Verdict;
use crate::sign_in::known;
use crate::surroundings::Surroundings;
use crate::trouble::{Kind, Trouble};
use crate::wizard::Wizard;
use crate::wizard::effect::Exit;
use crate::wizard::known::{Flags, Here, Known};

/// What a walk begins with.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// What was said on the command line.
    pub flags: Flags,
    /// Which instance and which token were named, if any.
    pub given: Given,
    /// The agent that was named, found already.
    pub agent: Option<Agent>,
    /// What was started here the last time.
    pub again: Option<LaunchPlan>,
}

/// Walks through the wizard.
///
/// # Errors
/// Exit code 3 where nobody can be asked; those of reading what is kept.
pub(super) fn walk(globals: &Globals, asked: Walk, here: &Surroundings) -> Result<Exit, Trouble> {
    if !here.can_ask() {
        return Err(nobody_to_ask("login-nobody-to-ask-hint"));
    }
    let credentials = Credentials::new(here);
    mend(globals, &credentials, here)?;
    let look = globals.look(here);
    let plain = globals.plain || here.is_dumb();
    let known = know(globals, asked, &credentials, here, plain || look.calm)?;
    let now = Moment::now();
    let first = Wizard::first_screen(&known, now);
    let (wizard, commands) = Wizard::start(known, first, now);
    let shared = Arc::new(here.clone());
    let hands = move |events: EventSender| {
        let reach = Arc::new(Reach::new(shared.clone()));
        Runner::new(reach, credentials, shared, events)
    };
    let exit = if plain {
        run::plain(wizard, commands, here, look, hands)
    } else {
        run::full_screen(wizard, commands, here, look, hands)
    };
    match exit? {
        Exit::Over(verdict) => Err(over(verdict)),
        exit => Ok(exit),
    }
}

/// A sign-in that ended with nobody signed in.
pub(super) fn over(verdict: Verdict) -> Trouble {
    let (code, message) = match verdict {
        Verdict::Refused => ("refused", "login-refused"),
        Verdict::Expired => ("expired", "login-expired"),
        // Approved is no end without a sign-in.
        Verdict::Gone | Verdict::Approved => ("gone", "login-gone"),
    };
    Trouble::new(Kind::Failed, code, Message::new(message)).hint(Message::new("login-again-hint"))
}

/// A damaged `auth.json` is put aside if the person says so: nothing can be
/// kept beside it, and nothing in it can be told apart.
fn mend(globals: &Globals, credentials: &Credentials, here: &Surroundings) -> Result<(), Trouble> {
    let Err(damaged) = credentials.auth() else { return Ok(()) };
    if damaged.code != "auth_corrupt" {
        return Err(damaged);
    }
    let ground = Ground::new(globals, here, Catalog::new(globals.language(here)));
    let question = Message::new("auth-set-aside-ask").with("what", damaged.message.clone());
    let yes = ground.confirm_in_person(&question, false, "auth-set-aside-ask");
    if !ground.offline(yes)? {
        return Err(damaged);
    }
    let file = credentials.set_aside()?;
    ground.out.note(&Message::new("auth-set-aside").with("file", file));
    Ok(())
}

/// The exit code of a walk that ended so. A launch has none of its own.
pub(super) fn code(exit: &Exit) -> u8 {
    match exit {
        Exit::Done | Exit::Replaced | Exit::Joined(_) | Exit::Launch(_) | Exit::Cancelled => 0,
        Exit::Over(_) => Kind::Failed.exit_code(),
        Exit::Interrupted => Kind::Interrupted.exit_code(),
        Exit::HungUp => Kind::HungUp.exit_code(),
        Exit::Terminated => Kind::Terminated.exit_code(),
    }
}

/// Everything that is known before the first question.
fn know(
    globals: &Globals,
    asked: Walk,
    credentials: &Credentials,
    here: &Surroundings,
    calm: bool,
) -> Result<Known, Trouble> {
    let Walk { mut flags, given, agent, again } = asked;
    let directory = given.directory.clone();
    flags.mesh = flags.mesh.or_else(|| directory.and_then(|choice| choice.mesh));
    let mut known = Known {
        language: globals.language(here),
        here: surroundings(here, calm),
        flags,
        instances: known::list(credentials)?.into_iter().map(|known| known.instance).collect(),
        prefer_file: here.variables.get("CREWMESH_STORE") == Some("file"),
        agent,
        again,
        ..Known::default()
    };
    if is_settled(&given, credentials, here)? {
        let chosen = choose(credentials, here, &given)?;
        known.remembered = credentials.remembered(&chosen.instance.name, here.directory.as_deref());
        known.access = chosen.given.map(|(token, source)| Access {
            instance: chosen.instance.clone(),
            token,
            expires_at: None,
            source,
        });
        known.instance = Some(chosen.instance);
    }
    // Welcome looks for one itself, once it stands; a walk that begins with
    // the sign-in, or with which instance, would be past the question by then.
    let past = known.flags.sign_in_only || known.instance.is_none();
    if past && known.flags.invite.is_none() {
        let place = known.instance.as_ref().map(|instance| &instance.place);
        known.pending = pending::find(here, Moment::now())
            .filter(|pending| place.is_none_or(|place| *place == pending.instance.place));
    }
    Ok(known)
}

/// Whether it is clear which instance is meant. Where nothing was chosen yet
/// and no browser can be opened the person had better be asked: the embedded
/// one's page would open where nobody looks.
fn is_settled(
    given: &Given,
    credentials: &Credentials,
    here: &Surroundings,
) -> Result<bool, Trouble> {
    let named = given.instance.is_some()
        || given.token.is_some()
        || given.directory.is_some()
        || ["CREWMESH_INSTANCE", "CREWMESH_API_URL", "CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
            .into_iter()
            .any(|name| here.variables.has(name));
    Ok(named
        || credentials.auth()?.default_instance.is_some()
        || (here.can_open_browser() && cfg!(feature = "server")))
}

fn surroundings(here: &Surroundings, calm: bool) -> Here {
    Here {
        can_open_browser: here.can_open_browser(),
        ssh: here.desktop.ssh,
        draws_qr: false,
        has_embedded: cfg!(feature = "server"),
        calm,
        user: here.user.clone(),
        host: facts::device(here).device_name,
        person: here.user.clone(),
        zone: location::guess(here),
    }
}
