//! Signing in: the wizard on the whole screen or in plain lines. Its one
//! surprising rule: everything the first frame needs is read from files and
//! the environment; runtime, HTTP client, keyring and server are made only when
//! the page stands.

mod keep;
mod token;
mod waiting;

use std::sync::Arc;

use clap::Args;

use super::ground::Ground;
use super::{Globals, say};
use crate::credentials::Credentials;
use crate::credentials::resolve::{Given, choose};
use crate::i18n::{Catalog, Message};
use crate::instance::{Reach, known};
use crate::machine::{facts, location};
use crate::model::Instance;
use crate::moment::Moment;
use crate::run::{self, EventSender};
use crate::runner::Runner;
use crate::secret::Secret;
use crate::surroundings::Surroundings;
use crate::trouble::{Kind, Trouble};
use crate::wizard::Wizard;
use crate::wizard::effect::Exit;
use crate::wizard::known::{Flags, Here, Known};

/// Interrupted by the person (128 + SIGINT), as shells count it.
const INTERRUPTED: u8 = Kind::Interrupted.exit_code();

/// The terminal went away (128 + SIGHUP).
const HUNG_UP: u8 = 129;

/// Sign in with a code, on this or any other device
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  crewmesh login                                 on the instance in use
  crewmesh login --instance mesh.example.org     on your team's
  crewmesh login --plain                         in lines, for a screen reader
  crewmesh login --token - < FILE                with an access token
  crewmesh login --start --json                  for a script: a code, at once
  crewmesh login --resume --json --wait 120      and go on with it later")]
pub(crate) struct Login {
    /// Do not open a browser; the link and the QR code are shown all the same
    #[arg(long)]
    no_browser: bool,
    /// Give a code and return at once; --resume goes on with it
    #[arg(long, conflicts_with_all = ["resume", "wait"])]
    start: bool,
    /// Go on with the code that --start or a closed terminal left
    #[arg(long)]
    resume: bool,
    /// Wait at most this long for the approval, without a terminal; begins
    /// with a code unless --resume is given
    #[arg(long, value_name = "SECS")]
    wait: Option<u64>,
    /// Begin with the ways in: `crewmesh` and nothing else.
    #[arg(skip)]
    welcome: bool,
    /// Begin with this invite: `crewmesh join LINK`.
    #[arg(skip)]
    invite: Option<Secret>,
}

impl Login {
    /// What `crewmesh` and nothing else does while nobody is signed in.
    pub(super) fn bare() -> Self {
        Self { welcome: true, ..Self::default() }
    }

    /// What `crewmesh join LINK` does while nobody is signed in there.
    pub(super) fn joining(invite: Secret) -> Self {
        Self { invite: Some(invite), ..Self::default() }
    }
}

/// Signs in: with a token that was given, by a code for a script, or else
/// through the wizard.
pub(super) fn run(
    login: &Login,
    globals: &Globals,
    ground: &Ground,
    here: Surroundings,
) -> Result<u8, Trouble> {
    if login.start {
        waiting::start(ground)
    } else if login.resume || login.wait.is_some() {
        waiting::wait(ground, !login.resume, login.wait)
    } else if globals.token.is_some() {
        token::run(ground)
    } else {
        walk(globals, login, here)
    }
}

/// Walks through the wizard until somebody is signed in.
pub(super) fn walk(globals: &Globals, login: &Login, here: Surroundings) -> Result<u8, Trouble> {
    if !here.can_ask() {
        return Err(Trouble::new(
            Kind::BadArguments,
            "nobody_to_ask",
            Message::new("login-nobody-to-ask"),
        )
        .hint(Message::new("login-nobody-to-ask-hint")));
    }
    let credentials = Credentials::new(&here);
    let language = globals.language(&here);
    let look = globals.look(&here);
    let plain = globals.plain || here.is_dumb();
    let mut known = Known {
        language,
        here: surroundings(&here, plain || look.calm),
        flags: Flags {
            no_browser: login.no_browser,
            invite: login.invite.clone(),
            ..Flags::default()
        },
        instances: known::list(&credentials)?.into_iter().map(|known| known.instance).collect(),
        instance: instance(globals, &credentials, &here)?,
        prefer_file: here.variables.get("CREWMESH_STORE") == Some("file"),
        ..Known::default()
    };
    let now = Moment::now();
    known.flags.sign_in_only = !login.welcome;
    let first = Wizard::first_screen(&known, now);
    // The walk ends with the sign-in until the launch card follows it.
    known.flags.sign_in_only = true;
    let (wizard, commands) = Wizard::start(known, first, now);
    let shared = Arc::new(here.clone());
    let kept = credentials.clone();
    let hands = move |events: EventSender| {
        let reach = Arc::new(Reach::new(shared.clone()));
        Runner::new(reach, kept, shared, events)
    };
    let exit = if plain {
        run::plain(wizard, commands, &here, look, hands)?
    } else {
        run::full_screen(wizard, commands, &here, look, hands)?
    };
    Ok(match exit {
        Exit::Done | Exit::Launch(_) => {
            signed_in(&credentials, &Catalog::new(language))?;
            0
        }
        Exit::Cancelled => 0,
        Exit::Interrupted => INTERRUPTED,
        Exit::HungUp => HUNG_UP,
    })
}

/// The instance in use, or `None` where nothing was chosen yet and the person
/// had better be asked: without a browser here the embedded one's page would
/// open where nobody looks.
fn instance(
    globals: &Globals,
    credentials: &Credentials,
    here: &Surroundings,
) -> Result<Option<Instance>, Trouble> {
    let given = Given { instance: globals.instance.clone(), ..Given::default() };
    let named = given.instance.is_some()
        || here.variables.has("CREWMESH_INSTANCE")
        || here.variables.has("CREWMESH_API_URL");
    let settled = named || credentials.auth()?.default_instance.is_some();
    if settled || (here.can_open_browser() && cfg!(feature = "server")) {
        return Ok(Some(choose(credentials, here, &given)?.instance));
    }
    Ok(None)
}

fn surroundings(here: &Surroundings, calm: bool) -> Here {
    Here {
        can_open_browser: here.can_open_browser(),
        ssh: here.desktop.ssh,
        has_embedded: cfg!(feature = "server"),
        calm,
        user: here.user.clone(),
        host: facts::device(here).device_name,
        person: here.user.clone(),
        zone: location::guess(here),
    }
}

/// Says who signed in where, once it is kept.
fn signed_in(credentials: &Credentials, catalog: &Catalog) -> Result<(), Trouble> {
    let auth = credentials.auth()?;
    let Some(name) = auth.default_instance else { return Ok(()) };
    let Some(user) = auth.instances.get(&name).and_then(|kept| kept.user.clone()) else {
        return Ok(());
    };
    let person =
        if user.email.is_empty() { user.name } else { format!("{} <{}>", user.name, user.email) };
    say(catalog, &Message::new("login-signed-in").with("person", person).with("instance", name));
    for note in credentials.notes() {
        say(catalog, &note);
    }
    Ok(())
}
