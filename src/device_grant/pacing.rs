//! When to ask again. A [`Pacing`] is told each answer and says how long to
//! wait before the next question, whether to have it held, or that it is over.
//! Surprising rule: the code's deadline does not end the waiting by itself:
//! one more question is asked after it, because the approval may have been
//! given while nobody was listening.

use std::time::Duration;

use crate::device_grant::poll::Poll;
use crate::time_point::TimePoint;
use crate::wire::LONGEST_HOLD;

/// `slow_down` makes every later wait this much longer (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// No two questions are closer than this, held ones included.
const CLOSEST: Duration = Duration::from_secs(1);

/// The longest wait after network trouble.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The longest wait while connections are refused: asking costs nothing then.
const LONGEST_WHILE_REFUSED: Duration = Duration::from_secs(4);

/// Holds cut early, one after the other, before we stop asking for them: a
/// proxy in between does not bear them.
const CUT_HOLDS: u8 = 2;

/// How long after the deadline the last question may come, where the server's
/// own pace or Retry-After pushes it there.
const LAST_CHANCE: Duration = Duration::from_mins(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// First wait this long.
    pub after: Duration,
    /// Then ask the server to hold the answer this long.
    pub hold: Option<Duration>,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Poll once more, so.
    Ask(Ask),
    Stop(Verdict),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The token is there.
    Approved,
    /// The person said no.
    Refused,
    /// The code's time is over.
    Expired,
    /// Somebody else claimed it, or the server no longer knows it.
    Gone,
}

/// How often a server wants to be asked for one code, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two polls.
    pub interval: Duration,
    /// The longest hold the server offers, if any.
    pub longest_hold: Option<Duration>,
    /// When the code ends.
    pub deadline: TimePoint,
    /// Whether waits are a fifth longer than the server asks for, because this
    /// machine's clock is known to run ahead of the world's.
    pub margin: bool,
}

/// The polls of one device code: when the next may come, and when it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pacing {
    interval: Duration,
    /// Waits are a fifth longer than the server asks for.
    margin: bool,
    hold: Option<Duration>,
    deadline: TimePoint,
    /// Holds cut early since the last whole one.
    cut: u8,
    /// Answers lost to the network since the last that arrived.
    lost: u32,
    asked: OpenPoll,
}

/// The poll that no answer came to yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenPoll {
    at: TimePoint,
    ask: Ask,
    last: bool,
}

impl Pacing {
    /// Begins with the pace the server asked for.
    pub fn new(pace: impl Into<Pace>, now: TimePoint) -> Self {
        let pace = pace.into();
        let nothing = Ask { after: Duration::ZERO, hold: None };
        let mut pacing = Self {
            interval: pace.interval,
            margin: pace.margin,
            hold: pace
                .longest_hold
                .map(|wait| wait.min(LONGEST_HOLD))
                .filter(|wait| *wait >= CLOSEST),
            deadline: pace.deadline,
            cut: 0,
            lost: 0,
            asked: OpenPoll { at: now, ask: nothing, last: false },
        };
        let after = if pacing.hold.is_some() { Duration::ZERO } else { pacing.gap() };
        if let Some(asked) = pacing.plan(after, now) {
            pacing.asked = asked;
        } else {
            pacing.asked = OpenPoll { at: now, ask: Ask { after, hold: None }, last: true };
        }
        pacing
    }

    /// The first question: at once where the server holds it, else after one
    /// interval.
    pub fn first(&self) -> Ask {
        self.asked.ask
    }

    /// The next question, because the person does not wait for its time.
    pub fn at_once(&mut self, now: TimePoint) -> Ask {
        if let Some(asked) = self.plan(Duration::ZERO, now) {
            self.asked = asked;
        }
        self.asked.ask
    }

    /// What follows this answer, which arrived now.
    pub fn after<T>(&mut self, poll: &Poll<T>, now: TimePoint) -> Step {
        let OpenPoll { at, ask, last } = self.asked;
        let since = now.boot.saturating_sub(at.boot);
        if matches!(poll, Poll::Failed(_)) {
            self.lost = self.lost.saturating_add(1);
        } else {
            self.lost = 0;
        }
        let wait = match poll {
            Poll::Approved(_) => return Step::Stop(Verdict::Approved),
            Poll::Refused => return Step::Stop(Verdict::Refused),
            Poll::Expired => return Step::Stop(Verdict::Expired),
            Poll::Gone => return Step::Stop(Verdict::Gone),
            Poll::Pending => match ask.hold {
                Some(hold) if since + CLOSEST >= hold => {
                    self.cut = 0;
                    CLOSEST.saturating_sub(since)
                }
                Some(_) => {
                    self.cut = self.cut.saturating_add(1);
                    if self.holds() { CLOSEST } else { self.gap() }
                }
                None => self.gap(),
            },
            // What ended that hold was the server, with something to say.
            Poll::Opened(_) => match ask.hold {
                Some(_) => {
                    self.cut = 0;
                    CLOSEST.saturating_sub(since)
                }
                None => self.gap(),
            },
            Poll::SlowDown { interval } => {
                let requested = Duration::from_secs(interval.unwrap_or_default().min(3600));
                self.interval = (self.interval + SLOWER).max(requested);
                self.gap()
            }
            // Nobody was there to ask: that was no poll, and the server may be
            // back at any moment.
            Poll::Failed(error) if error.is_refused() => {
                backoff(CLOSEST, self.lost).min(LONGEST_WHILE_REFUSED)
            }
            Poll::Failed(error) => {
                // Not answered at all within a second is a server that is
                // down, not a hold that something in between cut off.
                if ask.hold.is_some() && since >= CLOSEST {
                    self.cut = self.cut.saturating_add(1);
                }
                // One that was not held counts as asked, answered or not.
                let least = if ask.hold.is_some() { CLOSEST } else { self.gap() };
                self.backoff().max(least).max(error.retry_after.unwrap_or_default())
            }
        };
        if last {
            return Step::Stop(Verdict::Expired);
        }
        match self.plan(wait, now) {
            Some(asked) => {
                self.asked = asked;
                Step::Ask(asked.ask)
            }
            None => Step::Stop(Verdict::Expired),
        }
    }

    /// The question that comes after `wait`, or at the deadline if that is
    /// sooner than the wait ends: that one is the last. `None` when even the
    /// last would come too late.
    fn plan(&self, wait: Duration, now: TimePoint) -> Option<OpenPoll> {
        let left = now.until(self.deadline);
        let last = wait >= left;
        if last && wait > left + LAST_CHANCE {
            return None;
        }
        let hold = self.hold.filter(|_| self.holds() && !last);
        let hold = hold.map(|hold| hold.min(left.saturating_sub(wait)));
        let ask = Ask { after: wait, hold: hold.filter(|hold| *hold >= CLOSEST) };
        Some(OpenPoll { at: now.after(wait), ask, last })
    }

    fn holds(&self) -> bool {
        self.hold.is_some() && self.cut < CUT_HOLDS
    }

    fn gap(&self) -> Duration {
        if self.margin { self.interval + self.interval / 5 } else { self.interval }
    }

    /// 1, 2, 4, 8, 16, 30 s where answers are held; from the interval upwards
    /// elsewhere, because a request whose reply was lost was still a poll.
    fn backoff(&self) -> Duration {
        backoff(if self.holds() { CLOSEST } else { self.gap() }, self.lost)
    }
}

/// How long to wait after the `lost`th answer in a row was lost: `first`, then
/// twice as long each time, up to half a minute.
pub fn backoff(first: Duration, lost: u32) -> Duration {
    let doubled = first.saturating_mul(1 << lost.saturating_sub(1).min(8));
    doubled.min(LONGEST_BACKOFF.max(first))
}
