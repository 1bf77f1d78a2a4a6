use super::*;
use crate::i18n::Message;
use crate::wizard::event::Event;
use crate::wizard::testing::{
    DOWN, ENTER, access, account, at, first_run, first_run_remote, invite, mesh, remote, reply,
    signed_in, unreachable,
};

const CODE: &str = "abcde23456fghij67234";
const LINK: &str = "https://mesh.example.org/i/ABCDE-23456-FGHIJ-67234";

fn preview(instance: Instance) -> Next {
    Next::ask(Effect::PreviewInvite { instance, code: Secret::new(CODE) })
}

fn accept(access: Access) -> Effect {
    Effect::AcceptInvite { access, code: Secret::new(CODE) }
}

/// Asked whether to join.
fn offered(state: &WizardState) -> Join {
    let mut screen = Join::new(Some(&Secret::new(LINK)));
    assert_eq!(screen.open(state, at(0)), preview(remote()));
    assert_eq!(screen.on(reply(Reply::Invite(Ok(invite()))), state, at(1)), Next::stay());
    screen
}

#[test]
fn a_bare_code_belongs_to_the_instance_in_use_and_is_asked_for_on_enter() {
    let state = first_run_remote();
    let mut screen = Join::new(None);
    assert_eq!(screen.open(&state, at(0)), Next::stay());
    screen.on(Event::Paste(Secret::new("ABCDE-23456-FGHIJ-67234")), &state, at(0));
    assert_eq!(screen.on(ENTER, &state, at(0)), preview(remote()));
}

#[test]
fn what_is_no_invite_is_never_sent() {
    let state = first_run_remote();
    for text in ["", "abcde", "https://mesh.example.org/", "cm_pat_x", "what is this?"] {
        let mut screen = Join::new(None);
        screen.field.set(text);
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay(), "{text}");
        assert_eq!(screen.stage, JoinStage::Typing { error: None, insisted: true });
        assert_eq!(screen.field.text(), text);
    }
}

#[test]
fn a_link_to_another_instance_asks_before_anything_is_sent_and_enter_says_no() {
    let state = first_run();
    let elsewhere = |screen: &Join| matches!(&screen.stage, JoinStage::Elsewhere(named, 0) if named.place == remote().place);
    // What was given would only be asked about again.
    let mut screen = Join::new(Some(&Secret::new(LINK)));
    assert_eq!(screen.open(&state, at(0)), Next::stay());
    assert!(elsewhere(&screen));
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::back());

    let mut screen = Join::new(None);
    screen.on(Event::Paste(Secret::new(LINK)), &state, at(0));
    screen.on(ENTER, &state, at(0));
    assert!(elsewhere(&screen));
    assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
    assert_eq!(screen.stage, JoinStage::Typing { error: None, insisted: false });
    assert_eq!(screen.field.text(), LINK);

    screen.on(ENTER, &state, at(1));
    screen.on(DOWN, &state, at(1));
    let find = Next::ask(Effect::FindInstance("https://mesh.example.org/".into()));
    assert_eq!(screen.on(ENTER, &state, at(1)), find);
    let found = reply(Reply::Instance(Ok(remote())));
    assert_eq!(screen.on(found, &state, at(2)), preview(remote()));
    // Once is enough.
    screen.on(reply(Reply::Invite(Err(unreachable()))), &state, at(3));
    assert_eq!(screen.on(ENTER, &state, at(4)), preview(remote()));
}

#[test]
fn plain_http_is_asked_for_and_enter_says_no() {
    let state = first_run();
    let http =
        || AppError::new(ErrorKind::NotAllowed, "http_not_allowed", Message::new("test-http"));
    let find = Next::ask(Effect::FindInstance("http://mesh.example.org/".into()));
    let mut screen = Join::new(Some(&Secret::new(LINK.replace("https", "http"))));
    screen.open(&state, at(0));
    screen.on(DOWN, &state, at(0));
    assert_eq!(screen.on(ENTER, &state, at(0)), find);
    screen.on(reply(Reply::Instance(Err(http()))), &state, at(1));
    assert!(matches!(screen.stage, JoinStage::Http(_, 0)));
    screen.on(DOWN, &state, at(2));
    let next = screen.on(ENTER, &state, at(2));
    assert!(matches!(next.detached[..], [Effect::AllowHttp(_)]));
    assert_eq!(Next { detached: Vec::new(), ..next }, find);
    screen.on(reply(Reply::Instance(Err(http()))), &state, at(3));
    assert_eq!(screen.on(ENTER, &state, at(4)), Next::back());
}

#[test]
fn whoever_is_not_signed_in_signs_in_first_and_the_invite_waits() {
    let state = first_run_remote();
    let mut screen = offered(&state);
    assert_eq!(
        screen.on(ENTER, &state, at(2)),
        Next::open(To::SignIn).learn(Fact::Instance(remote())).learn(Fact::Invite(Some(invite())))
    );
    // Back from there, and nothing waits any more.
    let waiting = WizardState { invite: Some(invite()), ..state.clone() };
    assert_eq!(screen.open(&waiting, at(3)), Next::stay().learn(Fact::Invite(None)));
    screen.on(DOWN, &state, at(4));
    assert_eq!(screen.on(ENTER, &state, at(4)), Next::back());
}

#[test]
fn whoever_is_signed_in_joins_at_once() {
    let mut state = signed_in();
    state.meshes = Some(vec![mesh("ops")]);
    let mut screen = offered(&state);
    assert_eq!(screen.on(ENTER, &state, at(2)), Next::ask(accept(access())));
    let seen = || joined(&mesh("platform-team"));
    let learned = |then: Next| {
        then.learn(seen()).learn(Fact::Invite(None)).learn(Fact::Mesh(mesh("platform-team")))
    };
    let joins = || reply(Reply::Mesh(Ok(mesh("platform-team"))));
    let before = screen.clone();
    assert_eq!(screen.on(joins(), &state, at(3)), learned(Next::start_over(To::Status)));
    state.flags.sign_in_only = true;
    assert_eq!(
        before.clone().on(joins(), &state, at(3)),
        learned(Next::exit(Exit::Joined(mesh("platform-team"))))
    );
}

#[test]
fn a_member_already_is_told_so() {
    let state = signed_in();
    let mut screen = offered(&state);
    let list = Next::ask(Effect::ListMeshes(access()));
    assert_eq!(screen.on(ENTER, &state, at(2)), list);
    let meshes = vec![mesh("platform-team")];
    assert_eq!(
        screen.on(reply(Reply::Meshes(Ok(meshes.clone()))), &state, at(3)),
        Next::ask(accept(access())).learn(Fact::Meshes(meshes))
    );
    let facts = vec![Fact::Invite(None), Fact::Mesh(mesh("platform-team"))];
    assert_eq!(
        screen.on(reply(Reply::Mesh(Ok(mesh("platform-team")))), &state, at(4)),
        Next::stay().learn_all(facts)
    );
    assert_eq!(screen.stage, JoinStage::Already(mesh("platform-team")));
    let onwards = Next::start_over(To::Status);
    assert_eq!(screen.on(ENTER, &state, at(5)), onwards);
}

#[test]
fn a_kept_sign_in_for_the_link_s_instance_is_taken_up() {
    let mut state = first_run();
    let kept = Instance { signed_in: true, ..remote() };
    state.instances.push(kept.clone());
    let mut screen = Join::new(Some(&Secret::new(LINK)));
    assert_eq!(screen.open(&state, at(0)), preview(kept.clone()));
    let theirs = Invite { instance: kept.clone(), ..invite() };
    screen.on(reply(Reply::Invite(Ok(theirs.clone()))), &state, at(1));
    assert_eq!(screen.on(ENTER, &state, at(2)), Next::ask(Effect::TakeUp(kept.clone())));
    let refused = screen.clone();
    assert_eq!(
        screen.on(reply(Reply::SignIn(Ok(Some((access(), account()))))), &state, at(3)),
        Next::ask(Effect::ListMeshes(access()))
            .learn(Fact::Instance(kept.clone()))
            .learn(Fact::SignedIn(access(), account()))
    );
    for answer in [Ok(None), Err(crate::wizard::testing::rejected())] {
        let next = refused.clone().on(reply(Reply::SignIn(answer)), &state, at(3));
        let facts = vec![Fact::Instance(kept.clone()), Fact::Invite(Some(theirs.clone()))];
        assert_eq!(next, Next::open(To::SignIn).learn_all(facts));
    }
}

#[test]
fn whatever_is_wrong_with_it_the_text_stays() {
    let state = signed_in();
    let gone = || AppError::new(ErrorKind::NotFound, "expired", Message::new("api-invite-expired"));
    let mut screen = Join::new(Some(&Secret::new(LINK)));
    screen.open(&state, at(0));
    assert_eq!(screen.on(reply(Reply::Invite(Err(gone()))), &state, at(1)), Next::stay());
    let told = JoinStage::Typing { error: Some(gone()), insisted: false };
    assert_eq!((screen.field.text(), &screen.stage), (LINK, &told));
    assert_eq!(screen.given_up(), Exit::NotJoined { because: gone(), signed_in: false });
    // Another invite takes its place.
    screen.on(Event::Paste(Secret::new(CODE)), &state, at(2));
    assert_eq!(screen.field.text(), CODE);
    assert_eq!(screen.given_up(), Exit::Cancelled);

    let mut screen = offered(&state);
    screen.on(ENTER, &state, at(2));
    screen.on(reply(Reply::Meshes(Err(unreachable()))), &state, at(3));
    assert_eq!(screen.on(reply(Reply::Mesh(Err(gone()))), &state, at(4)), Next::stay());
    assert_eq!((screen.field.text(), &screen.stage), (LINK, &told));
}

#[test]
fn without_an_instance_one_is_chosen_first() {
    let none = WizardState { instance: None, instances: Vec::new(), ..first_run() };
    let mut screen = Join::new(Some(&Secret::new(CODE)));
    assert_eq!(screen.open(&none, at(0)), Next::open(To::InstanceForInput));
    let back_without = screen.clone().open(&none, at(1));
    assert_eq!(back_without, Next::stay());
    assert_eq!(screen.open(&first_run_remote(), at(1)), preview(remote()));
}

#[test]
fn esc_takes_back_what_is_asked_and_a_late_answer_changes_nothing() {
    let state = signed_in();
    let mut screen = offered(&state);
    assert!(screen.close_inner());
    let before = screen.clone();
    screen.on(reply(Reply::Mesh(Ok(mesh("a")))), &state, at(2));
    assert_eq!(screen, before);
    assert!(!screen.close_inner());
}
