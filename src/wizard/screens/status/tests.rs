use super::*;
use crate::wizard::draft;
use crate::wizard::event::Event;
use crate::wizard::screen::tests::proceeds;
use crate::wizard::testing::{
    ENTER, access, account, agent, at, at_launch, invite, machine, mesh, rejected, reply,
    signed_in, unreachable,
};

fn finding() -> Vec<Effect> {
    vec![Effect::ListMeshes(access()), Effect::ListMachines(access()), Effect::FindAgents]
}

#[test]
fn everything_is_looked_for_at_once_and_the_card_follows() {
    let state = signed_in();
    let mut status = Status::new();
    assert_eq!(status.open(&state, at(0)), Next::ask_all(finding()));
    let meshes = vec![mesh("ops")];
    let next = status.on(reply(Reply::Meshes(Ok(meshes.clone()))), &state, at(1));
    assert_eq!(next, Next::stay().learn(Fact::Meshes(meshes)));
    let agents = vec![agent("claude")];
    status.on(reply(Reply::Agents(agents)), &state, at(2));
    let machines = vec![machine("x", true)];
    let next = status.on(reply(Reply::Machines(Ok(machines.clone()))), &state, at(3));
    let card = Next::start_over(To::Launch);
    assert_eq!(next, card.learn(Fact::Machines(machines)));
}

#[test]
fn a_waiting_invite_is_accepted_first() {
    let mut state = signed_in();
    state.invite = Some(invite());
    let mut status = Status::new();
    let accept = Effect::AcceptInvite { access: access(), code: invite().code };
    assert_eq!(status.open(&state, at(0)), Next::ask(accept));
    let joined = mesh("platform-team");
    let next = status.on(reply(Reply::Mesh(Ok(joined.clone()))), &state, at(1));
    let seen = crate::wizard::words::joined(&joined);
    assert_eq!(next.facts, [Fact::Invite(None), seen, Fact::Mesh(joined)]);
    assert_eq!(proceeds(&mut status, &mut state, next), Next::ask_all(finding()));
}

#[test]
fn an_invite_that_is_over_can_be_left_behind() {
    let mut state = signed_in();
    state.invite = Some(invite());
    let mut status = Status::new();
    status.open(&state, at(0));
    status.on(reply(Reply::Mesh(Err(unreachable()))), &state, at(1));
    let not_joined = Exit::NotJoined { because: unreachable(), signed_in: true };
    assert_eq!(status.given_up(), not_joined);
    let next = status.on(Event::Key(Key::char('s')), &state, at(2));
    assert_eq!(next.facts, [Fact::Invite(None)]);
    assert_eq!(proceeds(&mut status, &mut state, next), Next::ask_all(finding()));
    assert_eq!(status.given_up(), Exit::Cancelled);
}

#[test]
fn only_what_failed_is_asked_for_again() {
    let state = signed_in();
    let mut status = Status::new();
    status.open(&state, at(0));
    status.on(reply(Reply::Meshes(Err(unreachable()))), &state, at(1));
    status.on(reply(Reply::Agents(vec![])), &state, at(2));
    let next = status.on(ENTER, &state, at(3));
    assert_eq!(next, Next::ask_all(vec![Effect::ListMeshes(access())]));
}

#[test]
fn a_token_that_was_given_is_asked_whose_it_is() {
    let mut state = signed_in();
    state.account = None;
    let mut status = Status::new();
    assert_eq!(status.open(&state, at(0)), Next::ask(Effect::identify(access())));
    let next = status.on(reply(Reply::Account(Ok(account()))), &state, at(1));
    assert_eq!(next.facts, [Fact::SignedIn(access(), account())]);
    assert_eq!(proceeds(&mut status, &mut state, next), Next::ask_all(finding()));
}

#[test]
fn without_the_instance_the_agent_of_last_time_can_start_anyway() {
    let mut state = at_launch();
    state.mesh = Some(mesh("ops"));
    state.machine = Some(machine("x", true));
    let plan = draft::plan(&state).expect("everything is there");
    let anyway = Event::Key(Key::char('a'));
    let mut status = Status::new();
    status.open(&state, at(0));
    status.on(reply(Reply::Meshes(Err(unreachable()))), &state, at(1));
    assert_eq!(status.on(anyway.clone(), &state, at(2)), Next::stay(), "nothing is remembered");
    state.last_launch = Some(plan.clone());
    let next = status.on(anyway, &state, at(2));
    assert_eq!(next, Next::exit(Exit::Launch(Box::new(plan))));
}

#[test]
fn a_sign_in_that_is_kept_is_taken_up_or_made_anew() {
    let mut state = signed_in();
    state.access = None;
    state.account = None;
    let instance = state.instance.clone().expect("an instance");
    let mut status = Status::new();
    assert_eq!(status.open(&state, at(0)), Next::ask(Effect::TakeUp(instance)));
    let found = Reply::SignIn(Ok(Some((access(), account()))));
    let mut taken_up = status.clone();
    let next = taken_up.on(reply(found), &state, at(1));
    assert_eq!(next.facts, [Fact::SignedIn(access(), account())]);
    assert_eq!(proceeds(&mut taken_up, &mut state.clone(), next), Next::ask_all(finding()));
    let none = status.clone().on(reply(Reply::SignIn(Ok(None))), &state, at(1));
    assert_eq!(none, Next::replace(To::SignedOut));
    // A rejected one stays until the next sign-in replaces it.
    status.on(reply(Reply::SignIn(Err(rejected()))), &state, at(1));
    assert_eq!(status.on(ENTER, &state, at(2)), Next::open(To::SignIn));
}
