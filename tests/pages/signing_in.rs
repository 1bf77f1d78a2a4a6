//! From nothing to a sign-in: the ways in, the instance, the code and what can
//! become of it, the card in the terminal, a token; in every state a person
//! can meet, in both languages.

use std::time::Duration;

use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::{Language, Message};
use crewmesh::input::user_code::UserCode;
use crewmesh::model::{
    Account, Approval, Clipboard, DeviceCode, Instance, OpenedOn, Opening, OpeningStep, Poll,
    StoreState, Via,
};
use crewmesh::secret::Secret;
use crewmesh::wizard::event::{Key, KeyCode, Reply};
use crewmesh::wizard::next::{LargeQr, To};
use crewmesh::wizard::state::WizardState;
use crewmesh::wizard::words::say;

use super::gallery::{Walk, refused, seen};
use crate::support::fixtures::{
    access, account, approval_card, code, first_run, first_run_remote, local_code, pending, remote,
    signed_in, token,
};

const ENTER: Key = Key::plain(KeyCode::Enter);
const DOWN: Key = Key::plain(KeyCode::Down);

/// Nobody was here before.
pub(super) fn nothing_known() -> WizardState {
    let mut state = WizardState { instance: None, instances: vec![], ..first_run() };
    state.host.can_open_browser = true;
    state
}

/// Over SSH, where no browser opens.
pub(super) fn far(mut state: WizardState) -> WizardState {
    (state.host.ssh, state.host.can_open_browser) = (true, false);
    state
}

#[test]
fn welcome() {
    seen("welcome", |language| {
        let on = |state: WizardState| Walk::on(language, state, To::Welcome);
        let waiting = WizardState { pending: Some(pending()), ..first_run_remote() };
        vec![
            ("first", on(nothing_known())),
            ("far", on(far(nothing_known()))),
            ("at-home", on(first_run())),
            ("remote", on(first_run_remote()).press(DOWN)),
            ("waiting", on(waiting)),
            ("signed-out", Walk::on(language, first_run_remote(), To::SignedOut)),
            ("unknown-paste", on(first_run()).write("see you at the meeting")),
            ("keys", on(first_run()).press(Key::char('?'))),
            (
                "keys-further",
                on(first_run()).press(Key::char('?')).press(Key::plain(KeyCode::PageDown)),
            ),
        ]
    });
}

#[test]
fn resume() {
    seen("resume", |language| {
        let on = || Walk::on(language, first_run_remote(), To::Resume(pending()));
        vec![("alive", on()), ("expired", on().later(500))]
    });
}

#[test]
fn instances() {
    seen("instances", |language| {
        let first = || Walk::on(language, nothing_known(), To::Team);
        let signed_in = Instance { signed_in: true, ..remote() };
        let several =
            WizardState { instances: vec![signed_in, Instance::local()], ..first_run_remote() };
        let typed = || first().write("mesh.example.org").press(ENTER);
        let http = Message::new("reach-http-not-allowed").with("host", "mesh.example.org");
        let http = AppError::new(ErrorKind::NotAllowed, "http_not_allowed", http);
        vec![
            ("first", first()),
            ("several", Walk::on(language, several, To::Instances)),
            ("typing", first().write("mesh.exam")),
            ("looking", typed()),
            ("unreachable", typed().answer(Reply::Instance(Err(refused())))),
            ("http", typed().answer(Reply::Instance(Err(http)))),
        ]
    });
}

/// A code came.
pub(super) fn with_code(language: Language, state: WizardState, code: DeviceCode) -> Walk {
    let state = WizardState { store: Some(StoreState::Keyring), ..state };
    Walk::on(language, state, To::SignIn).answer(Reply::Code(Ok(Box::new(code))))
}

#[test]
fn sign_in() {
    seen("sign-in", |language| {
        let remote = || with_code(language, first_run_remote(), code());
        let mut home = first_run();
        home.host.can_open_browser = true;
        let local = || with_code(language, home.clone(), local_code());
        let here = |state| {
            let state = WizardState { store: Some(StoreState::Keyring), ..state };
            let walk = Walk::on(language, state, To::SignIn);
            let walk = walk.answer(Reply::Code(Ok(Box::new(local_code()))));
            walk.answer(Reply::Card(Ok(approval_card()))).later(3)
        };
        let asking = || {
            let state = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
            Walk::on(language, state, To::SignIn)
        };
        let slow = Poll::Failed(refused());
        let opened = |step| {
            let network = Some("203.0.113.x".to_owned());
            Poll::Opened(Opening { changes: 1, step, on: OpenedOn::Phone, network })
        };
        let approved = || Poll::Approved(Approval { access: access(), account: Some(account()) });
        let full = AppError::new(
            ErrorKind::Failed,
            "full",
            Message::new("keep-disk-full").with("path", "/home/ana/.crewmesh/auth.json"),
        );
        vec![
            ("asking", asking()),
            ("no-code", asking().answer(Reply::Code(Err(refused())))),
            ("waiting", remote()),
            (
                "copied",
                remote().press(Key::char('u')).answer(Reply::Copied(Ok(Clipboard::Terminal))),
            ),
            (
                "copied-in-tmux",
                remote().press(Key::char('c')).answer(Reply::Copied(Ok(Clipboard::Tmux))),
            ),
            ("at-home", local()),
            ("over-ssh", here(far(first_run()))),
            ("headless", here(first_run())),
            ("approving", here(far(first_run())).press(ENTER)),
            ("opened", remote().answer(Reply::Poll(opened(OpeningStep::Opened)))),
            ("opened-card", remote().answer(Reply::Poll(opened(OpeningStep::SignedIn)))),
            ("network-trouble", remote().answer(Reply::Poll(slow))),
            ("refused", remote().answer(Reply::Poll(Poll::Refused))),
            ("expired", remote().answer(Reply::Poll(Poll::Expired))),
            ("saving", remote().answer(Reply::Poll(approved()))),
            ("not-saved", remote().answer(Reply::Poll(approved())).answer(Reply::Saved(Err(full)))),
        ]
    });
}

#[test]
fn approve_here() {
    seen("approve-here", |language| {
        let on = || Walk::on(language, first_run(), To::ApproveHere(Box::new(local_code())));
        let card = || {
            serde_json::from_value(serde_json::json!({
                "user_code": "WDJB-MJPV", "words": "coral piano", "program": "crewmesh", "device_name": "radiology-3",
                "device_os": "linux", "device_arch": "x86_64", "ip": "127.0.0.1",
                "scopes": crewmesh::api::scopes::ALL, "expires_in": 587,
            }))
            .expect("a card")
        };
        vec![
            ("looking", on()),
            ("card", on().answer(Reply::Card(Ok(card())))),
            ("approve", on().answer(Reply::Card(Ok(card()))).press(DOWN)),
            ("trouble", on().answer(Reply::Card(Err(refused())))),
        ]
    });
}

#[test]
fn approve_code() {
    seen("approve-code", |language| {
        let code = || UserCode { code: "WDJB-MJPV".into(), host: None };
        let on = |state| Walk::on(language, state, To::ApproveCode(code()));
        let card = || on(signed_in()).answer(Reply::Card(Ok(approval_card())));
        let yes = || card().press(DOWN).press(ENTER);
        let asks = |code: &str, id| {
            let what = AppError::new(ErrorKind::NotAllowed, code, Message::new(id));
            yes().answer(Reply::Settled(Err(what)))
        };
        vec![
            ("looking", on(signed_in())),
            ("signed-out", on(first_run_remote())),
            ("card", card()),
            ("password", asks("password_required", "test-rejected").write("hunter2")),
            ("wrong-password", asks("wrong_password", "test-rejected")),
            ("approved", yes().answer(Reply::Settled(Ok(())))),
            ("trouble", on(signed_in()).answer(Reply::Card(Err(refused())))),
        ]
    });
}

#[test]
fn big_qr() {
    seen("big-qr", |language| {
        let DeviceCode { links, user_code, deadline, .. } = code();
        let (title, content) = (say("title-sign-in"), links.complete.expect("a link"));
        let qr = LargeQr { title, content, user_code, deadline };
        vec![("alone", Walk::on(language, first_run_remote(), To::BigQr(Box::new(qr))))]
    });
}

#[test]
fn pasted_token() {
    seen("token", |language| {
        let state = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
        let on = |text: &str| Walk::on(language, state.clone(), To::Token(Some(Secret::new(text))));
        let whole = || on(token().expose());
        let service = token().expose().replace("cm_pat_", "cm_svc_");
        let owner = Account { token_name: "nightly".into(), ..account() };
        let scopes = vec!["profile:read".into(), "mesh:read".into()];
        let narrow = Account { via: Via::Pat, scopes, ..owner.clone() };
        vec![
            ("empty", on("")),
            ("recognised", whole()),
            ("cut-short", on("cm_pat_abcdef").press(ENTER)),
            ("nonsense", on("ghp_16C7e42F292c6912E7710c838347Ae178B4a").press(ENTER)),
            ("service", on(&service)),
            ("checking", whole().press(ENTER)),
            ("unreachable", whole().press(ENTER).answer(Reply::Account(Err(refused())))),
            ("lacking", whole().press(ENTER).answer(Reply::Account(Ok(narrow)))),
            ("saving", whole().press(ENTER).answer(Reply::Account(Ok(owner)))),
        ]
    });
}

/// A minute is left when a person looks up again.
#[test]
fn the_countdown_is_the_corner() {
    let walk = with_code(Language::ENGLISH, first_run_remote(), code()).later(540);
    let page = walk.page();
    let left = crewmesh::wizard::page::Corner::Remaining(Duration::from_mins(1));
    assert_eq!(page.corner, Some(left));
}
