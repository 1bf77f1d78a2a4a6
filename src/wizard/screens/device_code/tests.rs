use super::keys::KNOWN_ELSEWHERE;
use super::*;
use crate::error::ErrorKind;
use crate::i18n::Message;
use crate::model::{
    Approval, Audience, Instance, Invite, OpenedOn, Opening, OpeningStep, StorePlace, StoreState,
};
use crate::secret::Secret;
use crate::wizard::event::{Event, Key};
use crate::wizard::next::Go;
use crate::wizard::page::Block;
use crate::wizard::testing::{
    ENTER, access, account, approval_card, at, code, first_run_remote, invite, local_code, reply,
    unreachable,
};
use std::time::Duration;

fn state() -> WizardState {
    WizardState { store: Some(StoreState::Keyring), ..first_run_remote() }
}

fn approved() -> Poll {
    Poll::Approved(Approval { access: access(), account: Some(account()) })
}

/// Waiting for the approval of `code`.
fn waiting(code: DeviceCode) -> SignIn {
    waiting_in(code, &state())
}

fn waiting_in(code: DeviceCode, state: &WizardState) -> SignIn {
    let mut screen = SignIn::new();
    screen.open(state, at(0));
    screen.on(reply(Reply::Code(Ok(Box::new(code)))), state, at(0));
    screen
}

fn save(place: StorePlace) -> Effect {
    Effect::Save { access: access(), account: account(), place, ask: false }
}

fn says(page: &Page, id: &str) -> bool {
    page.blocks.iter().any(|block| match block {
        Block::Text { words: Words::Message(message), .. } => message.id == id,
        _ => false,
    })
}

#[test]
fn the_code_and_the_keyring_are_asked_for_at_once() {
    let state = first_run_remote();
    let instance = state.instance.clone().expect("an instance");
    assert_eq!(
        SignIn::new().open(&state, at(0)),
        Next::restart(vec![Effect::AskDeviceCode(instance, None), Effect::ProbeStore])
    );
}

#[test]
fn a_code_is_polled_for_at_once_where_the_server_holds_the_answer() {
    let mut screen = SignIn::new();
    screen.open(&state(), at(0));
    assert_eq!(
        screen.on(reply(Reply::Code(Ok(Box::new(code())))), &state(), at(0)),
        Next::ask_all(vec![Effect::Poll {
            code: Box::new(code()),
            after: Duration::ZERO,
            hold: code().wait,
        }])
    );
}

#[test]
fn an_invite_to_the_instance_goes_along_and_one_to_another_does_not() {
    let asked = |invited: Invite| {
        let state = WizardState { invite: Some(invited), ..state() };
        let next = SignIn::new().open(&state, at(0));
        match next.effects.into_iter().next() {
            Some(Effect::AskDeviceCode(_, invite)) => invite,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(asked(invite()), Some(invite().code));
    assert_eq!(asked(Invite { instance: Instance::local(), ..invite() }), None);
}

#[test]
fn a_browser_opens_by_itself_once_and_only_where_one_can() {
    let mut state = state();
    state.host.can_open_browser = true;
    let opens = |next: &Next| next.effects.iter().any(|effect| matches!(effect, Effect::Open(_)));
    let mut screen = SignIn::new();
    screen.open(&state, at(0));
    assert!(opens(&screen.on(reply(Reply::Code(Ok(Box::new(code())))), &state, at(0))));
    screen.on(reply(Reply::Poll(Poll::Expired)), &state, at(600));
    screen.on(ENTER, &state, at(601));
    assert!(!opens(&screen.on(reply(Reply::Code(Ok(Box::new(code())))), &state, at(602))));
    state.flags.no_browser = true;
    let mut screen = SignIn::new();
    screen.open(&state, at(0));
    assert!(!opens(&screen.on(reply(Reply::Code(Ok(Box::new(code())))), &state, at(0))));
}

#[test]
fn an_approval_is_kept_before_the_pending_file_goes() {
    let mut screen = waiting(code());
    let state = state();
    let next = screen.on(reply(Reply::Poll(approved())), &state, at(9));
    assert_eq!(next, Next::ask(save(StorePlace::Keyring)));
    let next = screen.on(reply(Reply::Saved(Ok(StorePlace::Keyring.into()))), &state, at(10));
    assert_eq!(next.detached, [Effect::DropPending(Box::new(code()))]);
    assert_eq!(next.facts[0], Fact::SignedIn(access(), account()));
    assert!(matches!(next.facts[1..], [Fact::Receipt(_)]), "{:?}", next.facts);
}

#[test]
fn a_refusal_is_said_at_once_and_enter_asks_for_a_new_code() {
    let mut screen = waiting(code());
    assert_eq!(screen.given_up(), Exit::Cancelled, "it may still be approved");
    let next = screen.on(reply(Reply::Poll(Poll::Refused)), &state(), at(9));
    assert_eq!(next, Next::uncover().detach(Effect::DropPending(Box::new(code()))));
    assert!(says(&screen.page(&state(), at(9)), "sign-in-refused"));
    assert_eq!(screen.given_up(), Exit::Over(Verdict::Refused));
    let again = screen.on(ENTER, &state(), at(10));
    assert_eq!(again.go, Go::Restart);
    assert!(matches!(again.effects[..], [Effect::AskDeviceCode(..)]));
}

#[test]
fn the_network_is_a_line_and_never_an_end() {
    let mut screen = waiting(code());
    let next = screen.on(reply(Reply::Poll(Poll::Failed(unreachable()))), &state(), at(5));
    assert!(matches!(next.effects[..], [Effect::Poll { .. }]));
    let page = screen.page(&state(), at(5));
    let told = Message::new("trouble-and-again").with("what", Message::new("test-unreachable"));
    let told = told.with("again", Message::new("trying-again").with("seconds", 1));
    assert_eq!(page.notice, Some((Tone::Bad, told.into())), "where nothing moves for it");
    screen.on(reply(Reply::Poll(Poll::Pending)), &state(), at(8));
    assert_eq!(screen.page(&state(), at(8)).notice, None);
    let next = screen.on(reply(Reply::Poll(approved())), &state(), at(9));
    assert_eq!(next, Next::ask(save(StorePlace::Keyring)));
}

#[test]
fn that_somebody_opened_the_page_stands_in_the_row_and_is_asked_about_no_more() {
    let mut screen = waiting(code());
    let network = Some("203.0.113.x".to_owned());
    let (step, on) = (OpeningStep::Opened, OpenedOn::Phone);
    let opening = Opening { changes: 1, step, on, network };
    let next = screen.on(reply(Reply::Poll(Poll::Opened(opening.clone()))), &state(), at(5));
    let [Effect::Poll { code: asked, .. }] = &next.effects[..] else { panic!("{next:?}") };
    assert_eq!(asked.opening, Some(opening));
    let row = |screen: &SignIn| {
        let page = screen.page(&state(), at(6));
        let rows = page.blocks.iter().find_map(|block| match block {
            Block::Rows(rows) => Some(rows.clone()),
            _ => None,
        });
        match &rows.expect("rows")[1].label {
            Words::Message(message) => message.id,
            words @ Words::Verbatim(_) => panic!("{words:?}"),
        }
    };
    assert_eq!(row(&screen), "row-opened");
    let network = Message::new("opened-from").with("network", "203.0.113.x");
    let notice = screen.page(&state(), at(6)).notice;
    assert_eq!(notice, Some((Tone::Dim, network.into())), "beside the way");
    // Nothing that comes in between takes it back.
    screen.on(reply(Reply::Poll(Poll::Failed(unreachable()))), &state(), at(6));
    screen.on(reply(Reply::Poll(Poll::Pending)), &state(), at(30));
    assert_eq!(row(&screen), "row-opened");
}

#[test]
fn who_signed_in_is_asked_where_the_server_did_not_say() {
    let mut screen = waiting(code());
    let poll = Poll::Approved(Approval { access: access(), account: None });
    let next = screen.on(reply(Reply::Poll(poll)), &state(), at(9));
    assert_eq!(next, Next::ask(Effect::identify(access())));
    let again = |after| Effect::Identify { access: access(), after: Duration::from_secs(after) };
    let lost = |screen: &mut SignIn, error, now| {
        screen.on(reply(Reply::Account(Err(error))), &state(), at(now))
    };
    // It is asked again by itself, ever later, and as the server wants it.
    assert_eq!(lost(&mut screen, unreachable(), 12), Next::ask(again(1)));
    assert!(says(&screen.page(&state(), at(12)), "trying-again"));
    assert_eq!(lost(&mut screen, unreachable(), 14), Next::ask(again(2)));
    let too_many = AppError::new(ErrorKind::Failed, "too_many_requests", say("test-unreachable"));
    let too_many = AppError { retry_after: Some(Duration::from_secs(45)), ..too_many };
    assert_eq!(lost(&mut screen, too_many, 16), Next::ask(again(45)));
    // Or when the person wants it.
    assert_eq!(screen.on(ENTER, &state(), at(17)), Next::restart(vec![Effect::identify(access())]));
    // Leaving now loses nothing: the pending file stays.
    assert_eq!(screen.leave(true), [Effect::PutOff(access())]);
    let next = screen.on(reply(Reply::Account(Ok(account()))), &state(), at(14));
    assert_eq!(next, Next::ask(save(StorePlace::Keyring)));
}

#[test]
fn an_instance_that_is_known_elsewhere_is_gone_on_with_only_if_the_person_says_it_moved() {
    let moved = AppError::new(ErrorKind::AlreadyExists, KNOWN_ELSEWHERE, say("test-unreachable"));
    let mut screen = SignIn::new();
    screen.open(&state(), at(0));
    screen.on(reply(Reply::Code(Err(moved))), &state(), at(0));
    // Enter asks the same again, and is told the same.
    let ask = |next: &Next| matches!(next.effects[..], [Effect::AskDeviceCode(..)]);
    assert!(ask(&screen.clone().on(ENTER, &state(), at(1))));
    let instance = state().instance.expect("an instance");
    assert_eq!(
        screen.on(Event::Key(Key::char('m')), &state(), at(1)),
        Next::ask(Effect::Moved(instance))
    );
    assert!(ask(&screen.on(reply(Reply::Moved(Ok(()))), &state(), at(2))));
}

#[test]
fn what_an_earlier_run_was_given_is_gone_on_with_and_not_asked_for_again() {
    let approval = Approval { access: access(), account: Some(account()) };
    let mut screen = SignIn::new();
    screen.open(&state(), at(0));
    let code = DeviceCode { approved: Some(approval), ..code() };
    let next = screen.on(reply(Reply::Code(Ok(Box::new(code)))), &state(), at(900));
    assert_eq!(next, Next::ask(save(StorePlace::Keyring)));
}

#[test]
fn a_script_goes_without_an_answer_when_its_time_is_over() {
    let mut state = state();
    state.flags.headless = true;
    state.flags.wait = Some(Duration::from_secs(20));
    let approved_at = |now, account| {
        let mut screen = SignIn::new();
        screen.open(&state, at(0));
        screen.on(reply(Reply::Code(Ok(Box::new(code())))), &state, at(0));
        let poll = Poll::Approved(Approval { access: access(), account });
        screen.on(reply(Reply::Poll(poll)), &state, at(now));
        screen
    };
    // Who it is came with the token: that will do.
    let mut screen = approved_at(9, Some(account()));
    screen.on(reply(Reply::Account(Err(unreachable()))), &state, at(12));
    assert_eq!(screen.on(Event::Tick, &state, at(19)), Next::stay());
    assert_eq!(screen.on(Event::Tick, &state, at(20)), Next::ask(save(StorePlace::Keyring)));
    // It did not, and nothing was heard since; a late approval is asked once.
    let mut screen = approved_at(20, None);
    assert_eq!(screen.on(Event::Tick, &state, at(22)), Next::stay());
    assert_eq!(screen.on(Event::Tick, &state, at(23)), Next::restart(vec![]));
    assert_eq!(screen.error().map(|error| error.code.as_str()), Some("not_named_yet"));
    assert_eq!(screen.leave(true), [Effect::PutOff(access())]);
}

#[test]
fn where_a_browser_opens_the_card_is_a_page_of_its_own() {
    let mut state = state();
    state.host.can_open_browser = true;
    let mut screen = waiting_in(local_code(), &state);
    let code = Box::new(local_code());
    let pressed = |screen: &mut SignIn, c| screen.on(Event::Key(Key::char(c)), &state, at(1));
    assert_eq!(pressed(&mut screen, 'a'), Next::open(To::ApproveHere(code.clone())));
    assert_eq!(pressed(&mut screen, 'w'), Next::ask(Effect::OpenNearby(code)));
    let mut remote = waiting_in(crate::wizard::testing::code(), &state);
    assert_eq!(pressed(&mut remote, 'a'), Next::stay());
    assert_eq!(pressed(&mut remote, 'w'), Next::stay());
}

#[test]
fn where_none_opens_enter_approves_once_the_card_is_read() {
    let mut state = state();
    (state.host.ssh, state.host.can_open_browser) = (true, false);
    let code = Box::new(local_code());
    let mut screen = SignIn::new();
    screen.open(&state, at(0));
    let next = screen.on(reply(Reply::Code(Ok(code.clone()))), &state, at(0));
    assert_eq!(next.effects.last(), Some(&Effect::LookAtCard(code.clone())));
    assert_eq!(screen.on(ENTER, &state, at(1)), Next::stay(), "nobody has read the card");
    screen.on(reply(Reply::Card(Err(unreachable()))), &state, at(1));
    let again = screen.on(ENTER, &state, at(1));
    assert_eq!(again, Next::ask(Effect::LookAtCard(code.clone())), "it did not come");
    screen.on(reply(Reply::Card(Ok(approval_card()))), &state, at(1));
    assert_eq!(screen.on(ENTER, &state, at(1)), Next::stay(), "a key that was held");
    let approve = Next::ask(Effect::Settle { code: code.clone(), approve: true });
    assert_eq!(screen.on(ENTER, &state, at(2)), approve);
    assert_eq!(screen.on(ENTER, &state, at(2)), Next::stay(), "one answer is on its way");
    screen.on(reply(Reply::Settled(Err(unreachable()))), &state, at(3));
    assert_eq!(screen.on(ENTER, &state, at(4)), approve);
    // No link is drawn that only this computer opens; its page is one line away.
    let page = screen.page(&state, at(4));
    assert!(
        !page.blocks.iter().any(|block| matches!(block, Block::Qr { .. } | Block::Link { .. }))
    );
    let tunnel = "ssh -L 7437:127.0.0.1:7437 alejandro@radiology-3";
    let copied = screen.on(Event::Key(Key::char('s')), &state, at(4));
    assert_eq!(copied, Next::ask(Effect::Copy(Secret::new(tunnel))));
    // Once a phone can open it there is one, in the place of the card, which
    // is then a page of its own.
    let nearby = Links { audience: Audience::ThisNetwork, ..code.links.clone() };
    screen.on(reply(Reply::Settled(Err(unreachable()))), &state, at(5));
    screen.on(reply(Reply::Nearby(Ok(nearby.clone()))), &state, at(5));
    let page = screen.page(&state, at(5));
    assert!(page.blocks.iter().any(|block| matches!(block, Block::Qr { .. })));
    assert_eq!(screen.on(ENTER, &state, at(6)), Next::stay());
    let opened = Box::new(DeviceCode { links: nearby, ..local_code() });
    let a = Event::Key(Key::char('a'));
    assert_eq!(screen.on(a, &state, at(6)), Next::open(To::ApproveHere(opened)));
}

#[test]
fn asking_at_once_leaves_nothing_half_asked() {
    let mut state = state();
    (state.host.ssh, state.host.can_open_browser) = (true, false);
    let mut screen = waiting_in(local_code(), &state);
    screen.on(reply(Reply::Card(Ok(approval_card()))), &state, at(1));
    screen.on(ENTER, &state, at(2));
    screen.on(reply(Reply::Poll(Poll::Failed(unreachable()))), &state, at(2));
    screen.on(Event::Key(Key::char('r')), &state, at(2));
    let approve = Next::ask(Effect::Settle { code: Box::new(local_code()), approve: true });
    assert_eq!(screen.on(ENTER, &state, at(3)), approve, "the answer may have been forgotten");
}

#[test]
fn while_nobody_answers_the_person_may_ask_at_once() {
    let mut screen = waiting(code());
    let r = Event::Key(Key::char('r'));
    assert_eq!(screen.on(r.clone(), &state(), at(1)), Next::stay(), "nothing is wrong");
    screen.on(reply(Reply::Poll(Poll::Failed(unreachable()))), &state(), at(1));
    let asks = screen.on(r.clone(), &state(), at(2));
    let at_once = |effect: &Effect| matches!(effect, Effect::Poll { after, .. } if after.is_zero());
    assert!(asks.go == crate::wizard::next::Go::Restart && asks.effects.iter().all(at_once));
    assert_eq!(screen.on(r, &state(), at(2)), Next::stay(), "it is being asked");
}

#[test]
fn without_an_account_the_browser_is_sent_to_the_page_that_makes_one_and_comes_back() {
    let mut state = state();
    state.host.can_open_browser = true;
    let signing_up = |code: DeviceCode| {
        let mut screen = SignIn::sign_up();
        screen.open(&state, at(0));
        screen.on(reply(Reply::Code(Ok(Box::new(code)))), &state, at(0));
        screen
    };
    let opened = |mut screen: SignIn| screen.on(Event::Key(Key::char('o')), &state, at(1));
    let open = |link: &str| Next::ask(Effect::Open(link.parse().expect("a URL")));
    assert_eq!(
        opened(signing_up(code())),
        open("https://mesh.example.org/register?next=%2FD%2FWDJBMJPV")
    );
    // Another server's page is not known: the link it gave is all there is.
    for complete in ["https://mesh.example.org/device?user_code=WDJB", "https://a.org/D/../x"] {
        let links = Links { complete: Some(complete.into()), ..code().links };
        let code = DeviceCode { links, ..code() };
        assert_eq!(opened(signing_up(code)), open(complete));
    }
    // What is scanned is the server's own link, byte for byte.
    let page = signing_up(code()).page(&state, at(1));
    let is_whole = |block: &Block| matches!(block, Block::Qr { content, .. } if Some(content) == code().links.complete.as_ref());
    assert!(page.blocks.iter().any(is_whole) && says(&page, "sign-up-first"));
}
