//! Asking whose a new token is, with one rule for all who ask: what may pass by
//! itself is asked again, as the server wants it or ever later, for as long as
//! anybody waits. Nothing in here ends a token: one that was approved is good
//! whether its server has the time to say whose it is or not.

use std::time::Duration;

use crate::device_grant::backoff;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::model::{Access, Account, Instance};
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::page::{Block, Tone};
use crate::wizard::words::{error, say, whole_seconds};

/// How long to wait after the first answer that was lost.
const FIRST: Duration = Duration::from_secs(1);

/// However late it is, an approval has this long to be told whose it is.
const AT_LEAST: Duration = Duration::from_secs(3);

/// A token whose owner is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentifyStep {
    access: Access,
    /// Who, as the token came with it.
    named: Option<Account>,
    /// When whoever waits goes without an answer; a person never does.
    until: Option<TimePoint>,
    lost: u32,
    trouble: Option<Trouble>,
}

#[derive(Clone, Debug, PartialEq)]
struct Trouble {
    what: AppError,
    /// When it is asked again; only a person does where there is no such time.
    again: Option<TimePoint>,
}

/// What follows an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Identified {
    /// This is who.
    Account(Account),
    /// It is asked again.
    Ask(Effect),
    /// The token is none: the server said so.
    Rejected(AppError),
    /// Nobody knows, and it is not asked again by itself.
    Unknown,
    /// It was not for this.
    Nothing,
}

impl IdentifyStep {
    /// Begins to ask. `until` is where a script ends its waiting.
    pub fn begin(
        access: Access,
        named: Option<Account>,
        until: Option<TimePoint>,
        now: TimePoint,
    ) -> (Self, Effect) {
        let ask = Effect::identify(access.clone());
        let least = now.after(AT_LEAST);
        let until = until.map(|until| if until.wall < least.wall { least } else { until });
        (Self { access, named, until, lost: 0, trouble: None }, ask)
    }

    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Why it is not known, where that is so.
    pub fn error(&self) -> Option<&AppError> {
        self.trouble.as_ref().map(|trouble| &trouble.what)
    }

    /// When the page is to be looked at again.
    pub fn wake(&self, now: TimePoint) -> Option<TimePoint> {
        let again = self.trouble.as_ref().and_then(|trouble| trouble.again);
        let second =
            again.map(|again| now.until(again)).filter(|left| !left.is_zero()).map(|left| {
                let whole = Duration::from_secs(whole_seconds(left).saturating_sub(1));
                now.after(left.saturating_sub(whole))
            });
        self.until.or(second)
    }

    /// The server answered, or could not be asked.
    pub fn answered(&mut self, answer: Result<Account, AppError>, now: TimePoint) -> Identified {
        match answer {
            Ok(account) => Identified::Account(account),
            Err(what) if what.is_rejection() => Identified::Rejected(what),
            Err(what) if what.may_pass() => {
                self.lost = self.lost.saturating_add(1);
                let after = backoff(FIRST, self.lost).max(what.retry_after.unwrap_or_default());
                let again = now.after(after);
                if self.until.is_some_and(|until| again.is_past(until)) {
                    return self.given_up(what);
                }
                self.trouble = Some(Trouble { what, again: Some(again) });
                Identified::Ask(Effect::Identify { access: self.access.clone(), after })
            }
            Err(what) => self.given_up(what),
        }
    }

    /// Time passed: nobody may be waiting any more.
    pub fn tick(&mut self, now: TimePoint) -> Identified {
        if !self.until.is_some_and(|until| now.is_past(until)) {
            return Identified::Nothing;
        }
        let what = match &self.trouble {
            Some(Trouble { again: None, .. }) => return Identified::Nothing,
            Some(trouble) => trouble.what.clone(),
            None => {
                let host = printable(&self.access.instance.name);
                let host = Message::new("reach-timed-out").with("host", host);
                AppError::new(ErrorKind::Unreachable, "timed_out", host)
            }
        };
        self.given_up(what)
    }

    /// The person does not wait for the next time.
    pub fn again(&mut self) -> Effect {
        self.trouble = None;
        Effect::identify(self.access.clone())
    }

    /// Whoever waits here is a script: what the token came with must do, or
    /// the next run goes on.
    fn given_up(&mut self, what: AppError) -> Identified {
        if let Some(account) = self.named.take() {
            return Identified::Account(account);
        }
        let what = if self.until.is_some() { unnamed(&self.access.instance, &what) } else { what };
        self.trouble = Some(Trouble { what, again: None });
        Identified::Unknown
    }

    /// What is said of it.
    pub fn blocks(&self, now: TimePoint) -> Vec<Block> {
        match &self.trouble {
            None => vec![Block::toned(Tone::Dim, say("sign-in-who"))],
            Some(Trouble { what, again: Some(again) }) => vec![
                Block::toned(Tone::Bad, what.message.clone()),
                Block::toned(Tone::Tip, trying_again(now, *again)),
            ],
            Some(Trouble { what, again: None }) => error(what),
        }
    }
}

/// Approved, and kept in the pending file until its server answers.
fn unnamed(instance: &Instance, what: &AppError) -> AppError {
    let place = instance.as_named();
    let message = Message::new("login-not-named")
        .with("instance", place.as_str())
        .with("why", what.message.clone());
    AppError::new(ErrorKind::Unreachable, "not_named_yet", message)
        .hint(Message::new("login-not-named-hint").with("instance", place))
}

/// Seconds until then, a begun one counted as whole.
pub fn trying_again(now: TimePoint, then: TimePoint) -> Words {
    let seconds = i64::try_from(whole_seconds(now.until(then))).unwrap_or(i64::MAX);
    Message::new("trying-again").with("seconds", seconds).into()
}
