//! What the sign-in screen looks like in each of its stages.

use super::{Card, READ, SignIn, SignInStage, is_out_of_sight, link_to_open, sign_up_link, tunnel};
use crate::device_grant::Verdict;
use crate::error::AppError;
use crate::http::address;
use crate::i18n::{Message, Words};
use crate::model::{Audience, DeviceCode, OpenedOn, Opening, OpeningStep};
use crate::time_point::TimePoint;
use crate::wire::ApprovalCard;
use crate::wizard::identify::trying_again;
use crate::wizard::page::{Block, Mark, Page, Row, Tone};
use crate::wizard::screens::approve_here::about;
use crate::wizard::state::WizardState;
use crate::wizard::words::{
    countdown, error, instance_corner, kept_row, place_in_short, say, verbatim,
};

impl SignIn {
    pub(super) fn view(&self, state: &WizardState, now: TimePoint) -> Page {
        let mut page = Page::new(say(if self.sign_up { "title-sign-up" } else { "title-sign-in" }));
        page.corner = instance_corner(state);
        match &self.stage {
            SignInStage::Fresh | SignInStage::Asking => {
                let rows = vec![kept_row(state), Row::new(Mark::Now, say("row-asking"))];
                page.blocks.push(Block::Rows(rows));
            }
            SignInStage::NoCode(what) => {
                let rows = vec![Row::new(Mark::Failed, say("row-asking"))];
                page.blocks.push(Block::Rows(rows));
                page.blocks.extend(error(what));
            }
            SignInStage::Waiting { code, error, .. } => {
                (page.corner, page.wake) = countdown(code.deadline, state, now);
                page.consent = self.approves_here(code, state, now).then_some(true);
                self.waiting(&mut page, code, state, now);
                // What was just done is said until the next trouble.
                let trouble = || Some(trouble(error.as_ref()?, now));
                page.notice = self.note.clone().or_else(trouble).or_else(|| opened_from(code));
            }
            SignInStage::Identifying { step, .. } => {
                page.blocks.push(Block::Rows(rows(Mark::Done, Mark::Later, state)));
                page.blocks.extend(step.blocks(now));
                page.wake = step.wake(now);
            }
            SignInStage::Saving { step, .. } => {
                let mut table = rows(Mark::Done, Mark::Now, state);
                table.truncate(2);
                table.push(step.row(state));
                table.push(Row::new(Mark::Later, say("row-find-meshes")));
                page.blocks.push(Block::Rows(table));
                page.blocks.extend(step.blocks(state));
            }
            SignInStage::Over { code, verdict } => {
                page.blocks.push(Block::Rows(vec![
                    Row::new(Mark::Done, say("row-code")),
                    Row::new(Mark::Failed, say(not_approved(*verdict))),
                ]));
                page.blocks.extend(ended(*verdict, code));
            }
        }
        page
    }

    fn waiting(&self, page: &mut Page, code: &DeviceCode, state: &WizardState, now: TimePoint) {
        let links = &code.links;
        let blocks = &mut page.blocks;
        if is_out_of_sight(code, state) {
            return self.waiting_here(page, code, state, now);
        }
        blocks.push(Block::text(say(match links.audience {
            Audience::Anywhere => "sign-in-open",
            Audience::ThisComputer => "sign-in-open-here",
            Audience::ThisNetwork => "sign-in-open-nearby",
        })));
        blocks.push(Block::Link {
            shown: links.uri.to_string(),
            target: link_to_open(self.sign_up, links).unwrap_or_else(|| links.uri.clone()),
        });
        if code.foreign {
            let address = Message::new("sign-in-foreign").with("host", address(&links.uri));
            blocks.push(Block::toned(Tone::Tip, address));
        }
        blocks.push(Block::text(say("sign-in-enter")));
        blocks.push(Block::Code(code.user_code.clone()));
        if let Some(words) = &code.words {
            blocks.push(Block::text(Message::new("sign-in-words").with("words", words.as_str())));
        }
        if let Some(complete) = &links.complete {
            blocks.push(Block::Qr {
                content: complete.clone(),
                caption: audience(links.audience).map(say),
                alone: false,
            });
        }
        if self.sign_up {
            let known_page = sign_up_link(links).is_some();
            let first = if known_page { "sign-up-first" } else { "sign-up-if-offered" };
            blocks.push(Block::toned(Tone::Dim, say(first)));
        } else {
            blocks.push(Block::toned(Tone::Tip, say("sign-in-only-you")));
        }
        blocks.push(Block::Rows(waiting_rows(code, state)));
    }

    /// On the embedded instance where no browser opens: what works here leads,
    /// and a link that only this computer opens is not shown as if it did.
    fn waiting_here(
        &self,
        page: &mut Page,
        code: &DeviceCode,
        state: &WizardState,
        now: TimePoint,
    ) {
        let SignInStage::Waiting { card, settling, .. } = &self.stage else { return };
        let blocks = &mut page.blocks;
        blocks.push(Block::text(say("sign-in-here")));
        blocks.push(Block::Code(code.user_code.clone()));
        match card {
            Card::Read { card, since } => {
                // Both screens that the words are for are this one.
                blocks.extend(about(&ApprovalCard { words: None, ..(**card).clone() }));
                let enter = if *settling { "card-sending" } else { "sign-in-here-enter" };
                blocks.push(Block::toned(Tone::Tip, say(enter)));
                // The key that approves comes when somebody can have read this.
                let comes = since.after(READ);
                let sooner = page.wake.filter(|wake| wake.boot <= comes.boot);
                if !now.is_past(comes) {
                    page.wake = Some(sooner.unwrap_or(comes));
                }
            }
            Card::Failed(what) => blocks.extend(error(what)),
            Card::Looking => blocks.push(Block::toned(Tone::Dim, say("card-looking"))),
        }
        blocks.push(Block::Rows(waiting_rows(code, state)));
        if state.host.ssh {
            let line = verbatim(&tunnel(state, &code.links));
            blocks.push(Block::toned(Tone::Dim, say("sign-in-forward")));
            blocks.push(Block::Text { words: line, tone: Tone::Dim });
        }
    }
}

/// What went wrong on the way to the server, and when it is tried again: where
/// nothing moves for it.
fn trouble((what, again): &(AppError, TimePoint), now: TimePoint) -> (Tone, Words) {
    let told = Message::new("trouble-and-again").with("what", what.message.clone());
    (Tone::Bad, told.with("again", trying_again(now, *again)).into())
}

/// The status rows while the approval is waited for; how far it got elsewhere is
/// said in its own.
fn waiting_rows(code: &DeviceCode, state: &WizardState) -> Vec<Row> {
    let mut table = rows(Mark::Now, Mark::Later, state);
    if let (Some(opening), Some(waiting)) = (&code.opening, table.get_mut(1)) {
        waiting.instead_of = Some(std::mem::replace(&mut waiting.label, opened(opening)));
    }
    table
}

/// The status rows: the approval, then the save.
fn rows(approval: Mark, save: Mark, state: &WizardState) -> Vec<Row> {
    let mut save = Row::new(save, say("row-save"));
    save.value = place_in_short(state);
    vec![
        Row::new(Mark::Done, say("row-code")),
        Row::new(approval, say("row-waiting")),
        save,
        Row::new(Mark::Later, say("row-find-meshes")),
    ]
}

/// That somebody opened the page, where, and how far they came.
fn opened(opening: &Opening) -> Words {
    let on = match opening.on {
        OpenedOn::Phone => "opened-on-phone",
        OpenedOn::Computer => "opened-on-computer",
        OpenedOn::Browser => "opened-on-browser",
    };
    let id = match opening.step {
        OpeningStep::Opened => "row-opened",
        OpeningStep::SignedIn => "row-opened-card",
    };
    Message::new(id).with("on", Message::new(on)).into()
}

/// The network of whoever opened it: beside the way, where there is a row for it.
fn opened_from(code: &DeviceCode) -> Option<(Tone, Words)> {
    let network = code.opening.as_ref()?.network.as_deref()?;
    Some((Tone::Dim, Message::new("opened-from").with("network", network).into()))
}

fn audience(audience: Audience) -> Option<&'static str> {
    match audience {
        Audience::Anywhere => None,
        Audience::ThisComputer => Some("opens-this-computer"),
        Audience::ThisNetwork => Some("opens-this-network"),
    }
}

/// What became of the approval.
fn not_approved(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Refused => "row-refused",
        Verdict::Expired => "row-ran-out",
        Verdict::Gone | Verdict::Approved => "row-used-up",
    }
}

fn ended(verdict: Verdict, code: &DeviceCode) -> Vec<Block> {
    let (what, hint) = match verdict {
        Verdict::Refused => ("sign-in-refused", "sign-in-refused-hint"),
        Verdict::Expired => ("sign-in-expired", "sign-in-expired-hint"),
        // Approved never ends here.
        Verdict::Gone | Verdict::Approved => ("sign-in-gone", "sign-in-gone-hint"),
    };
    let what: Words = Message::new(what).with("code", code.user_code.clone()).into();
    vec![Block::toned(Tone::Bad, what), Block::toned(Tone::Tip, say(hint))]
}
