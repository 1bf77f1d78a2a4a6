//! What somebody was in the middle of when the sign-in, the keyring or the
//! instance was not there: nothing that was given is lost, and no page is a
//! dead end.

use crewmesh::error::{AppError, ErrorKind};
use crewmesh::model::{Approval, Instance, Invite, Poll, StorePlace};
use crewmesh::secret::Secret;
use crewmesh::wire::NewMesh;
use crewmesh::wizard::effect::{Effect, Exit};
use crewmesh::wizard::event::Reply;
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::{Location, MachineName, WizardState};

use super::{asks_for_code, found, polls, saves, with_keyring};
use crate::support::fixtures::{
    access, account, agent, at_launch, code, first_run_remote, invite, machine, mesh, rejected,
    remote, signed_in, token,
};
use crate::support::script::Script;

fn makes_mesh(effect: &Effect) -> bool {
    matches!(effect, Effect::CreateMesh(..))
}

/// A new code, approved.
fn signs_in_again(script: Script) -> Script {
    script
        .press("enter")
        .sees("SignIn")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))))
        .answer_where(
            polls,
            Reply::Poll(Poll::Approved(Approval { access: access(), account: Some(account()) })),
        )
        .answer_where(saves, Reply::Saved(Ok(StorePlace::Keyring.into())))
}

#[test]
fn a_sign_in_that_is_rejected_in_the_middle_is_made_again_from_there() {
    let ready = WizardState {
        new_mesh: Some(NewMesh { name: "Ops".into(), slug: Some("ops".into()) }),
        machine: Some(machine("radiology-3", true)),
        agent: Some(agent("claude")),
        ..at_launch()
    };
    let rejected = Script::on(ready, To::Launch)
        .press("enter")
        .answer_where(makes_mesh, Reply::Mesh(Err(rejected())))
        .sees("Status")
        .shows("was ended there");
    // Walking away leads back to what was chosen.
    rejected.clone().press("esc").sees("Launch").shows("Ops (new)");
    // Away from the sign-in too: the page waits and asks nothing by itself.
    let script = rejected.press("enter").sees("SignIn").press("esc").sees("Status");
    found(signs_in_again(script), &["platform-team"], true).sees("Launch").shows("Ops (new)");
}

#[test]
fn so_it_is_wherever_something_of_the_account_is_asked_for() {
    Script::on(signed_in(), To::Meshes)
        .answer_where(
            |effect| matches!(effect, Effect::ListMeshes(_)),
            Reply::Meshes(Err(rejected())),
        )
        .sees("Status");
    let named = MachineName { name: "Lab".into(), slug: Some("lab".into()) };
    let named = WizardState {
        mesh: Some(mesh("ops")),
        machine_name: Some(named),
        location: Some(Location::Later),
        agent: Some(agent("claude")),
        ..at_launch()
    };
    Script::on(named, To::Launch)
        .press("enter")
        .answer_where(
            |effect| matches!(effect, Effect::RegisterMachine { .. }),
            Reply::Machine(Err(rejected())),
        )
        .sees("Status");
    // An invite waits for the new sign-in.
    let script = Script::on(at_launch(), To::Join(Some(Secret::new("ABCDE-23456-FGHIJ-67234"))))
        .answer_where(|e| matches!(e, Effect::PreviewInvite { .. }), Reply::Invite(Ok(invite())))
        .press("enter")
        .answer_where(|e| matches!(e, Effect::AcceptInvite { .. }), Reply::Mesh(Err(rejected())))
        .sees("SignIn");
    assert_eq!(script.state().invite, Some(invite()));
}

/// No instance is in use; somebody is signed in to one that is known.
fn undecided() -> WizardState {
    let there = Instance { signed_in: true, ..remote() };
    with_keyring(WizardState { instance: None, instances: vec![there], ..first_run_remote() })
}

#[test]
fn an_invite_waits_while_its_instance_is_chosen() {
    let took_up = Reply::SignIn(Ok(Some((access(), account()))));
    let there = Instance { signed_in: true, ..remote() };
    let offered = Invite { instance: there, ..invite() };
    let script = Script::on(undecided(), To::Join(Some(Secret::new("ABCDE-23456-FGHIJ-67234"))))
        .sees("Instances")
        .press("enter")
        .sees("Join")
        .answer_where(|e| matches!(e, Effect::PreviewInvite { .. }), Reply::Invite(Ok(offered)))
        .press("enter")
        .answer_where(|e| matches!(e, Effect::TakeUp(_)), took_up)
        .answer_where(|e| matches!(e, Effect::ListMeshes(_)), Reply::Meshes(Ok(vec![])))
        .answer_where(
            |e| matches!(e, Effect::AcceptInvite { .. }),
            Reply::Mesh(Ok(mesh("platform-team"))),
        );
    assert_eq!(script.state().mesh, Some(mesh("platform-team")));
}

#[test]
fn a_pasted_token_waits_too() {
    Script::on(undecided(), To::Token(Some(token())))
        .press("enter")
        .sees("Instances")
        .press("enter")
        .sees("Token")
        .asks(
            |effect| matches!(effect, Effect::Identify { access, .. } if access.token == token()),
        );
}

#[test]
fn a_token_that_is_rejected_is_to_be_pasted_again_not_signed_in_for() {
    let script = Script::on(with_keyring(first_run_remote()), To::Token(Some(token())))
        .press("enter")
        .answer_where(|e| matches!(e, Effect::Identify { .. }), Reply::Account(Err(rejected())))
        .sees("Token")
        .shows("mesh.example.org does not take this token")
        .shows("Copy it again, whole");
    assert!(!script.text().contains("crewmesh login"), "{}", script.text());
}

fn locked() -> AppError {
    let message = crewmesh::i18n::Message::new("keep-keyring-locked").with("instance", "x");
    AppError::new(ErrorKind::NotSignedIn, "keyring_locked", message)
}

#[test]
fn a_locked_keyring_asks_its_owner_and_is_asked_again() {
    let mut state = first_run_remote();
    state.instance.as_mut().expect("an instance").signed_in = true;
    let unlocks = |effect: &Effect| matches!(effect, Effect::Unlock(_));
    let script = Script::begin(state)
        .sees("Status")
        .answer_where(|e| matches!(e, Effect::TakeUp(_)), Reply::SignIn(Err(locked())))
        .shows("asks to be unlocked")
        .answer_where(unlocks, Reply::SignIn(Err(locked())))
        .shows("the keyring is locked");
    // The owner did not want to; signing in anew is offered beside it.
    assert!(!script.text().contains("nothing else is lost"), "{}", script.text());
    let script = script
        .press("enter")
        .answer_where(|e| matches!(e, Effect::TakeUp(_)), Reply::SignIn(Err(locked())))
        .answer_where(unlocks, Reply::SignIn(Ok(Some((access(), account())))));
    let script = found(script, &["ops"], true).sees("Launch").press("enter");
    assert!(matches!(script.exit, Some(Exit::Launch(_))), "{:?}", script.exit);
}
