use super::*;
use crate::error::ErrorKind;
use crate::wizard::event::Event;
use crate::wizard::testing::{
    DOWN, ENTER, access, account, at, first_run, remote, reply, unreachable,
};

fn nothing_chosen() -> WizardState {
    WizardState { instance: None, instances: Vec::new(), ..first_run() }
}

/// Somebody typed an address and pressed Enter.
fn typed(state: &WizardState) -> Instances {
    let mut screen = Instances::team();
    screen.open(state, at(0));
    screen.on(Event::Paste(crate::secret::Secret::new("mesh.example.org")), state, at(0));
    let next = screen.on(ENTER, state, at(0));
    assert_eq!(next, Next::ask(Effect::FindInstance("mesh.example.org".into())));
    screen
}

#[test]
fn where_nothing_is_known_it_is_one_field_and_esc_goes_back() {
    let mut state = nothing_chosen();
    let mut screen = Instances::team();
    screen.open(&state, at(0));
    assert_eq!(screen.stage, Stage::Typing(None));
    assert!(!screen.close_inner());
    state.instances = vec![remote()];
    let mut screen = Instances::team();
    screen.open(&state, at(0));
    assert_eq!(screen.entries(&state), [Entry::Use(remote()), Entry::Address]);
    screen.on(DOWN, &state, at(0));
    screen.on(ENTER, &state, at(0));
    assert_eq!(screen.stage, Stage::Typing(None));
    assert!(screen.close_inner());
}

#[test]
fn what_follows_is_what_it_was_asked_for() {
    let mut state = nothing_chosen();
    state.instances = vec![remote()];
    let learned = |then: Next| then.learn(Fact::Instance(remote()));
    assert_eq!(Instances::team().on(ENTER, &state, at(0)), learned(Next::replace(To::SignIn)));
    assert_eq!(Instances::new().on(ENTER, &state, at(0)), learned(Next::back()));
    assert_eq!(Instances::for_input().on(ENTER, &state, at(0)), learned(Next::back()));
}

#[test]
fn what_was_said_elsewhere_is_looked_at_at_once() {
    let state = nothing_chosen();
    let mut screen = Instances::at("mesh.example.org");
    let find = Next::ask(Effect::FindInstance("mesh.example.org".into()));
    assert_eq!(screen.open(&state, at(0)), find);
    let local = Instance::local();
    let next = Instances::chosen_already(local.clone()).open(&state, at(0));
    assert_eq!(next, Next::replace(To::SignIn).learn(Fact::Instance(local)));
    let kept = Instance { signed_in: true, ..Instance::local() };
    let next = Instances::chosen_already(kept.clone()).open(&state, at(0));
    assert_eq!(next, Next::ask(Effect::TakeUp(kept)));
}

#[test]
fn an_address_that_does_not_answer_can_be_mended() {
    let state = nothing_chosen();
    let mut screen = typed(&state);
    screen.on(reply(Reply::Instance(Err(unreachable()))), &state, at(1));
    assert_eq!(screen.field.trimmed(), "mesh.example.org");
    let next = screen.on(ENTER, &state, at(2));
    assert_eq!(next, Next::ask(Effect::FindInstance("mesh.example.org".into())));
}

#[test]
fn plain_http_is_asked_for_and_enter_says_no() {
    let state = nothing_chosen();
    let what =
        || AppError::new(ErrorKind::NotAllowed, "http_not_allowed", Message::new("test-http"));
    let mut screen = typed(&state);
    screen.on(reply(Reply::Instance(Err(what()))), &state, at(1));
    assert_eq!(screen.on(ENTER, &state, at(2)), Next::stay());
    assert_eq!(screen.stage, Stage::Typing(None));
    let mut screen = typed(&state);
    screen.on(reply(Reply::Instance(Err(what()))), &state, at(1));
    screen.on(DOWN, &state, at(2));
    let next = screen.on(ENTER, &state, at(2));
    assert!(matches!(next.detached[..], [Effect::AllowHttp(_)]));
    let find = Next::ask(Effect::FindInstance("mesh.example.org".into()));
    assert_eq!(Next { detached: Vec::new(), ..next }, find);
}

#[test]
fn a_kept_sign_in_is_taken_up() {
    let kept = Instance { signed_in: true, ..remote() };
    let mut state = nothing_chosen();
    state.host.can_open_browser = false;
    state.instances = vec![kept.clone()];
    let mut screen = Instances::new();
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::ask(Effect::TakeUp(kept.clone())));
    let next = screen.on(reply(Reply::SignIn(Ok(Some((access(), account()))))), &state, at(1));
    assert_eq!(
        next,
        Next::start_over(To::Status)
            .learn(Fact::Instance(kept))
            .learn(Fact::SignedIn(access(), account()))
    );
}
