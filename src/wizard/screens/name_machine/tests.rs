use super::*;
use crate::wizard::event::Event;
use crate::wizard::testing::{DOWN, ENTER, UP, at, signed_in};

fn opened(state: &WizardState) -> NameMachine {
    let mut screen = NameMachine::new();
    assert_eq!(screen.open(state, at(0)), Next::stay());
    screen
}

fn named(name: &str, slug: &str, location: Location) -> Next {
    let name = MachineName { name: name.into(), slug: Some(slug.into()) };
    Next::back().learn(Fact::MachineName(name)).learn(Fact::Location(location))
}

fn zone(key: &str) -> Location {
    Location::Zone(key.into())
}

#[test]
fn enter_takes_the_host_s_name_and_the_likely_place_and_makes_nothing() {
    let state = signed_in();
    let taken = named("radiology-3", "radiology-3", zone("DE"));
    assert_eq!(opened(&state).on(ENTER, &state, at(0)), taken);
}

#[test]
fn letters_go_where_the_cursor_is() {
    let state = signed_in();
    let mut screen = opened(&state);
    let key = |screen: &mut NameMachine, c| screen.on(Event::Key(Key::char(c)), &state, at(0));
    key(&mut screen, '7');
    screen.on(DOWN, &state, at(0));
    key(&mut screen, '8');
    screen.on(DOWN, &state, at(0));
    assert_eq!(key(&mut screen, 'x'), Next::stay());
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::open(To::Places));
    screen.on(DOWN, &state, at(0));
    let taken = named("radiology-37", "radiology-378", zone("DE"));
    assert_eq!(screen.on(ENTER, &state, at(0)), taken);
}

#[test]
fn a_place_that_nobody_guesses_is_asked_for_and_set_later_only_when_somebody_says_so() {
    let mut state = signed_in();
    state.host.zone = None;
    let mut screen = opened(&state);
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
    assert_eq!(screen.line, PLACE);
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::open(To::Places));
    state.location = Some(Location::Later);
    screen.open(&state, at(1));
    let taken = named("radiology-3", "radiology-3", Location::Later);
    assert_eq!(screen.on(ENTER, &state, at(1)), taken);
}

#[test]
fn what_was_given_before_stands_there_again() {
    let given = MachineName { name: "Lab".into(), slug: Some("lab-2".into()) };
    let state = WizardState { machine_name: Some(given), ..signed_in() };
    assert_eq!(opened(&state).on(ENTER, &state, at(0)), named("Lab", "lab-2", zone("DE")));
}

#[test]
fn nothing_goes_on_without_a_name() {
    let state = signed_in();
    let mut screen = opened(&state);
    screen.on(Event::Key(Key::ctrl('u')), &state, at(0));
    screen.on(UP, &state, at(0));
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
    assert_eq!(LINES[screen.line], Line::Part(Part::Name));
}
