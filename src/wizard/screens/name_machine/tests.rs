use super::*;
use crate::wizard::effect::Attempt;
use crate::wizard::event::Event;
use crate::wizard::testing::{
    DOWN, ENTER, UP, access, at, machine, signed_in, slug_taken, unreachable,
};

fn opened(state: &WizardState) -> NameMachine {
    let mut screen = NameMachine::new();
    assert_eq!(screen.open(state, at(0)), Next::stay());
    screen
}

fn reply(answer: Result<Machine, AppError>) -> Event {
    Event::Reply(Attempt(1), Reply::Machine(answer))
}

fn asked(slug: &str, location: Location) -> Next {
    let zone = match &location {
        Location::Zone(key) => Some(key.clone()),
        Location::Later => None,
    };
    let effect = Effect::RegisterMachine {
        access: access(),
        name: "radiology-3".into(),
        slug: Some(slug.into()),
        location: zone,
    };
    Next::ask(effect).learn(Fact::Location(location))
}

fn germany() -> Location {
    Location::Zone("DE".into())
}

/// As the server answers to what was asked.
fn made() -> Machine {
    Machine { name: "radiology-3".into(), ..machine("radiology-3", true) }
}

#[test]
fn enter_takes_the_host_s_name_and_the_likely_place() {
    let mut state = signed_in();
    let mut screen = opened(&state);
    assert_eq!(screen.on(ENTER, &state, at(0)), asked("radiology-3", germany()));
    state.location = Some(germany());
    assert_eq!(
        screen.on(reply(Ok(made())), &state, at(1)),
        Next::back().learn(Fact::Machine(made())).learn(Fact::Location(germany()))
    );
}

#[test]
fn a_place_is_set_later_only_when_somebody_says_so() {
    let mut state = signed_in();
    let mut screen = opened(&state);
    screen.on(UP, &state, at(0));
    assert_eq!(screen.on(ENTER, &state, at(0)), asked("radiology-3", Location::Later));
    state.host.zone = None;
    let places = Next::open(To::Places);
    assert_eq!(opened(&state).on(ENTER, &state, at(0)), places);
}

#[test]
fn another_place_is_chosen_above_and_confirmed_here() {
    let mut state = signed_in();
    let mut screen = opened(&state);
    screen.on(DOWN, &state, at(0));
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::open(To::Places));
    state.location = Some(Location::Zone("FR".into()));
    screen.open(&state, at(1));
    let france = Location::Zone("FR".into());
    assert_eq!(screen.on(ENTER, &state, at(1)), asked("radiology-3", france));
}

#[test]
fn a_taken_slug_is_one_key_from_a_free_one() {
    let state = signed_in();
    let mut screen = opened(&state);
    screen.on(ENTER, &state, at(0));
    screen.on(reply(Err(slug_taken("radiology-3-2"))), &state, at(1));
    assert_eq!(screen.on(ENTER, &state, at(2)), asked("radiology-3-2", germany()));
}

#[test]
fn trouble_leaves_what_was_typed_and_esc_takes_the_question_back() {
    let state = signed_in();
    let mut screen = opened(&state);
    screen.on(ENTER, &state, at(0));
    assert!(screen.close_inner());
    screen.on(ENTER, &state, at(0));
    screen.on(reply(Err(unreachable())), &state, at(1));
    assert!(!screen.close_inner());
    assert_eq!(screen.on(ENTER, &state, at(2)), asked("radiology-3", germany()));
}

#[test]
fn a_machine_that_was_known_keeps_its_name_and_that_is_said() {
    let state = WizardState { location: Some(germany()), ..signed_in() };
    let mut screen = opened(&state);
    screen.on(ENTER, &state, at(0));
    let old = Machine { location: Some("FR".into()), ..machine("old-name", true) };
    let france = Fact::Location(Location::Zone("FR".into()));
    assert_eq!(
        screen.on(reply(Ok(old.clone())), &state, at(1)),
        Next::stay().learn(Fact::Machine(old.clone())).learn(france)
    );
    assert_eq!(screen.stage, Stage::Adopted(old, None));
    assert_eq!(screen.on(ENTER, &state, at(2)), Next::back());
}

#[test]
fn a_machine_that_was_known_without_a_place_gets_the_one_confirmed() {
    let state = WizardState { location: Some(germany()), ..signed_in() };
    let mut screen = opened(&state);
    screen.on(ENTER, &state, at(0));
    let old = Machine { location: None, ..machine("old-name", true) };
    let locate =
        Effect::LocateMachine { access: access(), machine: old.id.clone(), location: "DE".into() };
    assert_eq!(
        screen.on(reply(Ok(old.clone())), &state, at(1)),
        Next::ask(locate).learn(Fact::Machine(old.clone()))
    );
    // It is known all the same when that fails.
    let next = screen.on(reply(Err(unreachable())), &state, at(2));
    assert_eq!(next, Next::stay().learn(Fact::Machine(old.clone())));
    assert_eq!(screen.stage, Stage::Adopted(old, Some(unreachable())));
}
