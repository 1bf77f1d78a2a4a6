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
    let mut screen = Instances::first();
    screen.on(Event::Paste(crate::secret::Secret::new("mesh.example.org")), state, at(0));
    let next = screen.on(ENTER, state, at(0));
    assert_eq!(next, Next::ask(Effect::FindInstance("mesh.example.org".into())));
    screen
}

#[test]
fn without_a_browser_the_teams_instance_leads() {
    let mut state = nothing_chosen();
    state.host.can_open_browser = false;
    assert_eq!(Instances::entries(&state)[0], Entry::Address);
    state.host.can_open_browser = true;
    assert_eq!(Instances::entries(&state)[0], Entry::Use(Instance::local()));
}

#[test]
fn the_first_choice_leads_to_the_welcome_and_a_later_one_back() {
    let mut state = nothing_chosen();
    state.host.can_open_browser = true;
    let learned = |then: Next| then.learn(Fact::Instance(Instance::local()));
    assert_eq!(Instances::first().on(ENTER, &state, at(0)), learned(Next::replace(To::Welcome)));
    assert_eq!(Instances::new().on(ENTER, &state, at(0)), learned(Next::back()));
    state.flags.sign_in_only = true;
    assert_eq!(Instances::first().on(ENTER, &state, at(0)), learned(Next::replace(To::SignIn)));
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
        Next::start_over(To::Status { replaced: false })
            .learn(Fact::Instance(kept))
            .learn(Fact::SignedIn(access(), account()))
    );
}
