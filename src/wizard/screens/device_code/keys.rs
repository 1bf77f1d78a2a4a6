//! What can be done on the sign-in screen in each of its stages.

use super::{Card, SignIn, SignInStage, is_out_of_sight, link_to_open, opens_here, poll, tunnel};
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::Effect;
use crate::wizard::event::Key;
use crate::wizard::keymap::{ENTER, Keymap};
use crate::wizard::next::{LargeQr, Next, To};
use crate::wizard::page::Tone;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{can_change_place, say};

/// Its id is known here at another address, and nobody is believed to be it.
pub(super) const KNOWN_ELSEWHERE: &str = "instance_known_elsewhere";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    Again,
    Moved,
    CopyCode,
    CopyLink,
    OpenBrowser,
    BigQr,
    Plain,
    /// Yes to what this page says of the code.
    ApproveHere,
    /// The card did not come: it is asked for again.
    LookAgain,
    /// The card on a page of its own.
    LookAtCard,
    Nearby,
    CopyTunnel,
    PollNow,
    Place,
}

impl SignIn {
    pub(super) fn keymap(&self, state: &WizardState, now: TimePoint) -> Keymap<Action> {
        let key = |c: char| [Key::char(c)];
        match &self.stage {
            SignInStage::Waiting { code, error, card, .. } => {
                let is_embedded = code.instance.is_embedded();
                let reads_card = self.approves_here(code, state, now);
                let link = link_to_open(self.sign_up, &code.links).is_some();
                // The link of a page that nobody here can see is of no use.
                let far = is_out_of_sight(code, state);
                let qr = state.host.draws_qr && code.links.complete.is_some() && !far;
                let failed = far && matches!(card, Card::Failed(_));
                let keymap = Keymap::new()
                    .key_if(failed, ENTER, Action::LookAgain, "key-try-again")
                    .key_if(reads_card, ENTER, Action::ApproveHere, "key-approve-here")
                    .key_if(error.is_some(), &key('r'), Action::PollNow, "key-try-now")
                    .key_if(is_embedded && far, &key('w'), Action::Nearby, "key-nearby")
                    .key_if(far && state.host.ssh, &key('s'), Action::CopyTunnel, "key-copy-tunnel")
                    .key_if(!far, &key('c'), Action::CopyCode, "key-copy-code")
                    .key_if(link && !far, &key('u'), Action::CopyLink, "key-copy-link")
                    .key_if(
                        link && opens_here(state),
                        &key('o'),
                        Action::OpenBrowser,
                        "key-open-browser",
                    )
                    .key_if(qr, &key('f'), Action::BigQr, "key-big-qr")
                    .key_if(is_embedded && !far, &key('a'), Action::LookAtCard, "key-approve-here")
                    .key_if(is_embedded && !far, &key('w'), Action::Nearby, "key-nearby");
                let keymap = if can_change_place(state) {
                    keymap.quiet(&key('k'), Action::Place, "key-change-place")
                } else {
                    keymap
                };
                keymap.key(&key('p'), Action::Plain, "key-plain")
            }
            SignInStage::Over { .. } => Keymap::new().key(ENTER, Action::Again, "key-new-code"),
            SignInStage::NoCode(what) => Keymap::new()
                .key(ENTER, Action::Again, "key-try-again")
                .key_if(what.code == KNOWN_ELSEWHERE, &key('m'), Action::Moved, "key-moved"),
            SignInStage::Identifying { step, .. } => {
                Keymap::new().key_if(step.error().is_some(), ENTER, Action::Again, "key-try-again")
            }
            SignInStage::Asking => Keymap::new().key_if(
                can_change_place(state),
                &key('k'),
                Action::Place,
                "key-change-place",
            ),
            SignInStage::Fresh | SignInStage::Saving { .. } => Keymap::new(),
        }
    }

    pub(super) fn pressed(&mut self, key: Key, state: &WizardState, now: TimePoint) -> Next {
        if let SignInStage::Saving { step, .. } = &mut self.stage {
            return step.key(key, state);
        }
        let Some(action) = self.keymap(state, now).find(key) else { return Next::stay() };
        if action == Action::Place {
            return Next::stay().learn(Fact::PreferFile(!state.prefer_file));
        }
        if let (SignInStage::Identifying { step, .. }, Action::Again) = (&mut self.stage, action) {
            return Next::restart(vec![step.again()]);
        }
        match (&mut self.stage, action) {
            (_, Action::Again) => self.ask(state),
            (_, Action::Moved) => match state.instance.clone() {
                Some(instance) => Next::ask(Effect::Moved(instance)),
                None => Next::stay(),
            },
            (_, Action::Plain) => Next::plain(),
            // What else was asked for is forgotten with the poll: it is asked for
            // again, and an answer that was on its way may be given again.
            (SignInStage::Waiting { code, pacing, error, card, settling }, Action::PollNow) => {
                (*error, *settling) = (None, false);
                let look = is_out_of_sight(code, state) && !matches!(card, Card::Read { .. });
                let look = look.then(|| Effect::LookAtCard(code.clone()));
                let poll = poll(code, pacing.at_once(now));
                Next::restart([poll].into_iter().chain(look).collect())
            }
            (SignInStage::Waiting { code, card, .. }, Action::LookAgain) => {
                *card = Card::Looking;
                Next::ask(Effect::LookAtCard(code.clone()))
            }
            (SignInStage::Waiting { settling, code, .. }, Action::ApproveHere) => {
                *settling = true;
                self.note = None;
                Next::ask(Effect::Settle { code: code.clone(), approve: true })
            }
            (SignInStage::Waiting { code, .. }, action) => match action {
                Action::CopyTunnel => {
                    self.copying = "tunnel";
                    Next::ask(Effect::Copy(Secret::new(tunnel(state, &code.links))))
                }
                Action::CopyCode => {
                    let copy = Effect::Copy(Secret::new(code.user_code.clone()));
                    self.copying = "code";
                    Next::ask(copy)
                }
                Action::CopyLink => match link_to_open(self.sign_up, &code.links) {
                    Some(link) => {
                        self.copying = "link";
                        Next::ask(Effect::Copy(Secret::new(link.as_str())))
                    }
                    None => Next::stay(),
                },
                Action::OpenBrowser => link_to_open(self.sign_up, &code.links)
                    .map_or(Next::stay(), |link| Next::ask(Effect::Open(link))),
                Action::BigQr => code.links.complete.clone().map_or(Next::stay(), |content| {
                    let (user_code, deadline) = (code.user_code.clone(), code.deadline);
                    let title = say("title-sign-in");
                    let qr = LargeQr { title, content, user_code, deadline };
                    Next::open(To::BigQr(Box::new(qr)))
                }),
                Action::LookAtCard => Next::open(To::ApproveHere(code.clone())),
                Action::Nearby => {
                    let open = Effect::OpenNearby(code.clone());
                    self.note = Some((Tone::Dim, say("nearby-opening")));
                    Next::ask(open)
                }
                _ => Next::stay(),
            },
            _ => Next::stay(),
        }
    }
}
