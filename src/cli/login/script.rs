//! Signing in without a person at the wizard, for scripts and agents: `--start`
//! gives a code and returns, `--resume` goes on with it, `--wait` does both for
//! so many seconds, `--token` keeps a token that somebody made. The steps are
//! the wizard's own.
//!
//! `--start` gives a code that is being waited for already rather than a new
//! one, so that whoever lost the first answer does not lose the approval.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::cli::asking::nobody_to_ask;
use crate::cli::context::CommandContext;
use crate::cli::whoami::person;
use crate::cli::wizard_run::{base_state, over, unattended};
use crate::error::{AppError, ErrorKind};
use crate::home::pending;
use crate::i18n::{Message, printable};
use crate::model::{Audience, DeviceCode, Pending, Poll, StorePlace, Via};
use crate::run::Script;
use crate::time_point::TimePoint;
use crate::wizard::Wizard;
use crate::wizard::effect::Exit;
use crate::wizard::event::Reply;
use crate::wizard::next::To;
use crate::wizard::state::{Flags, Instance, WizardState};
use crate::wizard::words::{keyring_reason, why_in_file};

/// What is left of a code for it to be given again.
const WORTH_IT: Duration = Duration::from_mins(1);

/// A sign-in that nobody watches, and what came of it so far.
struct SignIn<'a> {
    context: &'a CommandContext,
    /// How long the approval is waited for; without end where there is none.
    limit: Option<Duration>,
    /// The code is all that is wanted.
    start_only: bool,
    code: Option<Box<DeviceCode>>,
    place: StorePlace,
    /// Why the keyring did not take it.
    refused: Option<Message>,
    /// The earlier session lives on: the server could not be told.
    not_ended: bool,
}

/// Gives a code and returns; nothing waits for it until `--resume` does.
///
/// # Errors
/// As for [`ask_code`].
pub(super) fn start(context: &CommandContext) -> Result<u8, AppError> {
    let mut sign_in = SignIn { start_only: true, ..SignIn::new(context, None) };
    let (exit, _) = sign_in.ask_code()?;
    let Exit::Started(code) = exit else { return Err(AppError::internal("no code was given")) };
    context.out.answer(object(&code), |lines| {
        for line in words(&code) {
            lines.say(&line);
        }
        lines.say(&Message::new("login-resume-next"));
    })?;
    Ok(0)
}

/// Begins with a code and waits for its approval: `seconds` at most, else for
/// as long as the code lives.
///
/// # Errors
/// Refused, expired; still pending after `seconds`; when no place here takes it.
pub(super) fn wait(context: &CommandContext, seconds: Option<u64>) -> Result<u8, AppError> {
    let mut sign_in = SignIn::new(context, seconds);
    let signed_in = sign_in.ask_code()?;
    sign_in.tell(signed_in)
}

/// Goes on with the code that an earlier run left.
///
/// # Errors
/// Exit code 5 where there is none; those of [`wait`].
pub(super) fn resume(context: &CommandContext, seconds: Option<u64>) -> Result<u8, AppError> {
    let meant = context.named()?;
    let place = meant.as_ref().map(|instance| &instance.place);
    let Some(found) = pending::find(&context.env, place, TimePoint::now()) else {
        return Err(nothing_pending(context, meant.as_ref()));
    };
    let mut sign_in = SignIn::new(context, seconds);
    let state = sign_in.state(found.instance.clone())?;
    let signed_in = unattended(context, state, To::ResumeSignIn(found), &mut sign_in)?;
    sign_in.tell(signed_in)
}

/// Nothing waits, or not on the instance that was named: then what does wait
/// is named.
fn nothing_pending(context: &CommandContext, meant: Option<&Instance>) -> AppError {
    let message = match meant {
        Some(instance) => {
            Message::new("login-nothing-pending-there").with("instance", printable(&instance.name))
        }
        None => Message::new("login-nothing-pending"),
    };
    let waiting = pending::waiting(&context.env, TimePoint::now());
    let names: Vec<_> = waiting
        .iter()
        .map(|found| format!("{} ({})", printable(&found.instance.name), found.user_code))
        .collect();
    let hint = if names.is_empty() {
        Message::new("login-nothing-pending-hint")
    } else {
        Message::new("login-nothing-pending-others").with("waiting", names.join(", "))
    };
    AppError::new(ErrorKind::NotFound, "nothing_pending", message).hint(hint)
}

/// Checks a token with its instance and keeps it.
///
/// # Errors
/// Rejected, unreachable; when no place here takes it.
pub(super) fn token(context: &CommandContext) -> Result<u8, AppError> {
    let chosen = context.online(async |_| context.choose().await)?;
    let Some((token, _)) = chosen.token else {
        return Err(AppError::internal("no token was given"));
    };
    let mut sign_in = SignIn::new(context, None);
    let state = sign_in.state(chosen.instance)?;
    let signed_in = unattended(context, state, To::Token(Some(token)), &mut sign_in)?;
    sign_in.tell(signed_in)
}

impl<'a> SignIn<'a> {
    fn new(context: &'a CommandContext, seconds: Option<u64>) -> Self {
        let limit = seconds.map(Duration::from_secs);
        Self {
            context,
            limit,
            start_only: false,
            code: None,
            place: StorePlace::File,
            refused: None,
            not_ended: false,
        }
    }

    /// What is known before the first step.
    fn state(&self, instance: Instance) -> Result<WizardState, AppError> {
        let flags = Flags {
            start_only: self.start_only,
            wait: self.limit,
            sign_in_only: true,
            no_browser: true,
            ..Flags::headless(self.context.can_ask())
        };
        let state = base_state(self.context, flags)?;
        Ok(WizardState { instance: Some(instance), ..state })
    }

    /// Walks with the code that is waited for on this instance already, else
    /// with a new one.
    ///
    /// # Errors
    /// Unreachable; an instance without a sign-in by code; those of [`wait`].
    fn ask_code(&mut self) -> Result<(Exit, Wizard), AppError> {
        let context = self.context;
        let instance = context.online(async |_| context.choose().await)?.instance;
        let now = TimePoint::now();
        let worth_it = |found: &Pending| now.until(found.deadline) > WORTH_IT;
        let state = self.state(instance.clone())?;
        let found = pending::find(&context.env, Some(&instance.place), now);
        if let Some(found) = found.filter(worth_it) {
            let resumed = unattended(context, state.clone(), To::ResumeSignIn(found), self);
            // Somebody else goes on with it by now, or it is over.
            if resumed.is_ok() || self.code.is_some() {
                return resumed;
            }
        }
        unattended(context, state, To::SignIn, self)
    }

    /// Says who signed in, where it is kept, and what it replaced.
    ///
    /// # Errors
    /// When stdout does not take it.
    fn tell(&self, (exit, wizard): (Exit, Wizard)) -> Result<u8, AppError> {
        let state = wizard.state();
        let (Some(access), Some(account)) = (&state.access, &state.account) else {
            return Err(AppError::internal("signed in as nobody"));
        };
        let replaced = exit == Exit::Replaced && !self.not_ended;
        let in_keyring = self.place == StorePlace::Keyring;
        let why = self.refused.clone().or_else(|| why_in_file(state)).filter(|_| !in_keyring);
        let object = json!({
            "id": account.id,
            "instance": access.instance.name,
            "user": { "id": account.id, "name": account.name, "email": account.email },
            "via": account.via,
            "token": { "name": account.token_name, "expires_at": account.expires_at },
            "store": if in_keyring { "keyring" } else { "file" },
            "store_why": why.as_ref().map(|why| self.context.out.catalog().say(why)),
            "replaced": replaced,
        });
        self.context.out.answer(object, |lines| {
            lines.say(
                &Message::new("login-signed-in")
                    .with("person", person(account))
                    .with("instance", printable(&access.instance.name)),
            );
            if account.via != Via::Session {
                lines
                    .say(&Message::new("login-by-token").with("name", account.token_name.as_str()));
            }
            lines.say(&match why {
                _ if in_keyring => Message::new("login-kept-in-keyring"),
                Some(because) => {
                    Message::new("login-kept-in-file-because").with("because", because)
                }
                None => Message::new("login-kept-in-file"),
            });
            if replaced {
                lines.say(&Message::new("login-replaced"));
            }
        })?;
        Ok(0)
    }

    fn note(&self, id: &'static str, error: &AppError) {
        self.context.out.note(&Message::new(id).with("why", error.message.clone()));
    }
}

impl Script for SignIn<'_> {
    fn replied(&mut self, reply: &Reply) {
        match reply {
            Reply::Code(Ok(code)) => {
                if !self.start_only && code.approved.is_none() {
                    for line in &words(code) {
                        self.context.out.note(line);
                    }
                }
                self.code = Some(code.clone());
            }
            Reply::Poll(Poll::Failed(error)) => self.note("login-trying-again", error),
            Reply::Account(Err(error)) if self.code.is_some() && error.may_pass() => {
                self.note("login-trying-again", error);
            }
            Reply::Saved(Ok(saved)) => {
                self.place = saved.place.clone();
                // It cannot be read, so it cannot be ended either.
                if let Some(error) = &saved.unreadable {
                    self.note("login-earlier-not-ended", error);
                }
            }
            Reply::Saved(Err(error)) if error.code == "keyring_asks" && self.context.can_ask() => {
                self.context.out.note(&Message::new("keyring-asks"));
            }
            Reply::Saved(Err(error)) => self.refused = keyring_reason(error),
            Reply::Revoked(Err(error)) => {
                self.note("login-earlier-not-ended", error);
                self.not_ended = true;
            }
            _ => {}
        }
    }

    fn needs_person(&self, wizard: &Wizard) -> AppError {
        match wizard.given_up() {
            Exit::Over(verdict) => over(verdict),
            _ => nobody_to_ask("login-nobody-to-ask-hint"),
        }
    }

    fn time_limit(&self) -> Option<(Duration, AppError)> {
        let (limit, code) = (self.limit?, self.code.as_ref()?);
        let message = Message::new("login-still-waiting").with("code", code.user_code.as_str());
        let error = AppError::new(ErrorKind::Failed, "still_pending", message).hint(
            Message::new("login-still-waiting-hint").with("instance", code.instance.as_named()),
        );
        Some((limit, error))
    }
}

/// A code and where to enter it, for a person.
fn words(code: &DeviceCode) -> Vec<Message> {
    if code.approved.is_some() {
        let instance = printable(&code.instance.name);
        return vec![Message::new("login-approved-already").with("instance", instance)];
    }
    let mut words = vec![
        Message::new(match code.links.audience {
            Audience::ThisComputer => "login-open-here",
            Audience::Anywhere | Audience::ThisNetwork => "login-open",
        })
        .with("link", code.links.uri.as_str()),
        Message::new("login-enter").with("code", code.user_code.as_str()),
    ];
    words.extend(code.words.as_deref().map(|two| Message::new("login-words").with("words", two)));
    if let Some(complete) = &code.links.complete {
        // Capitals are for the QR code, where they take less room.
        let link = Url::parse(complete).map_or_else(|_| complete.clone(), String::from);
        words.push(Message::new("login-or-open").with("link", printable(&link)));
    }
    if code.foreign {
        words.push(Message::new("login-foreign").with("instance", printable(&code.instance.name)));
    }
    words.push(Message::new("login-only-if"));
    words
}

/// The same, for a program.
fn object(code: &DeviceCode) -> Value {
    let expires_in = TimePoint::now().until(code.deadline).as_secs();
    json!({
        "pending": true,
        "approved": code.approved.is_some(),
        "instance": code.instance.name,
        "user_code": code.user_code,
        "words": code.words,
        "verification_uri": code.links.uri.as_str(),
        "verification_uri_complete": code.links.complete,
        "expires_at": code.deadline.wall,
        "expires_in": expires_in,
        "interval": code.interval.as_secs(),
    })
}
