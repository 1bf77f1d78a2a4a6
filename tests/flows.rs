//! Journeys as scripts over the pure wizard, and what holds whatever happens.

mod pickers;
mod properties;
mod providers;
mod rejected;

use crewmesh::error::{AppError, ErrorKind};
use crewmesh::model::{Approval, Instance, Place, Poll, Source, StorePlace, StoreState};
use crewmesh::wire::NewMesh;
use crewmesh::wizard::draft;
use crewmesh::wizard::effect::{Effect, Exit};
use crewmesh::wizard::event::Reply;
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::{Flags, WizardState};

use crate::support::fixtures::{
    access, account, agent, approval_card, at_launch, code, first_run, first_run_remote, invite,
    local_access, local_account, local_code, machine, mesh, pending, remote, signed_in, slug_taken,
    token, unreachable,
};
use crate::support::script::Script;

fn with_keyring(state: WizardState) -> WizardState {
    WizardState { store: Some(StoreState::Keyring), ..state }
}

fn asks_for_code(effect: &Effect) -> bool {
    matches!(effect, Effect::AskDeviceCode(..))
}

fn polls(effect: &Effect) -> bool {
    matches!(effect, Effect::Poll { .. })
}

fn saves(effect: &Effect) -> bool {
    matches!(effect, Effect::Save { .. })
}

fn approved() -> Reply {
    Reply::Poll(Poll::Approved(Approval { access: access(), account: Some(account()) }))
}

/// Signed in on a team's instance by a code.
fn by_code(state: WizardState) -> Script {
    Script::begin(state)
        .sees("Welcome")
        .press("enter")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))))
        .shows("WDJB-MJPV")
        .shows("Waiting for your approval")
        .answer_where(polls, approved())
        .answer_where(saves, Reply::Saved(Ok(StorePlace::Keyring.into())))
}

fn found(script: Script, meshes: &[&str], this: bool) -> Script {
    let machines = vec![machine("build-box", false), machine("radiology-3", this)];
    script
        .sees("Status")
        .shows("Alejandro Gutiérrez")
        .answer_where(
            |effect| matches!(effect, Effect::ListMeshes(_)),
            Reply::Meshes(Ok(meshes.iter().map(|slug| mesh(slug)).collect())),
        )
        .answer_where(
            |effect| matches!(effect, Effect::ListMachines(_)),
            Reply::Machines(Ok(machines)),
        )
        .answer_where(
            |effect| *effect == Effect::FindAgents,
            Reply::Agents(vec![agent("claude"), agent("shell")]),
        )
}

fn lists_peers(effect: &Effect) -> bool {
    matches!(effect, Effect::ListPeers { .. })
}

#[test]
fn the_card_tells_who_is_at_work_and_waits_for_nobody() {
    let card = || found(by_code(with_keyring(first_run_remote())), &["ops", "lab"], true);
    let at_work = |mesh: &str, names: &[&str]| Reply::Peers {
        mesh: format!("m-{mesh}"),
        names: Ok(names.iter().map(|name| (*name).to_owned()).collect()),
    };
    // Enter goes on whether that was answered or not.
    let script = card().sees("Meshes").press("enter").sees("Launch").asks(lists_peers);
    assert!(matches!(script.press("enter").exit, Some(Exit::Launch(_))));
    let script = card()
        .sees("Meshes")
        .press("enter")
        .answer_where(lists_peers, at_work("lab", &["ana", "ben-2", "ida"]))
        .shows("3 at work in lab: ana, ben-2, ida");
    // Another mesh is asked about, and the answer about the first is forgotten.
    let script = (0..7).fold(script, |script, _| script.press("up")).press("enter").sees("Meshes");
    let script = script.press("down").press("enter").sees("Launch");
    assert_eq!(script.asked.iter().filter(|(_, effect)| lists_peers(effect)).count(), 1);
    assert!(!script.text().contains("at work"), "{}", script.text());
    let script = script.answer_where(lists_peers, at_work("ops", &[]));
    let script = script.shows("Nobody is at work in ops now.");
    assert!(matches!(script.press("enter").exit, Some(Exit::Launch(_))));
}

#[test]
fn from_the_code_to_the_agent_with_one_mesh_and_a_machine_that_is_known() {
    let script = found(by_code(with_keyring(first_run_remote())), &["ops"], true)
        .sees("Launch")
        .press("enter");
    let plan = Box::new(draft::plan(script.state()).expect("everything is there"));
    assert_eq!((plan.mesh.as_str(), plan.machine.as_str()), ("ops", "radiology-3"));
    let remember = Effect::Remember { access: access(), account: account(), plan: plan.clone() };
    let script = script.asks(|asked| *asked == remember);
    assert_eq!(script.exit, Some(Exit::Launch(plan)));
}

#[test]
fn a_refusal_on_the_other_device_is_said_at_once_and_a_new_code_is_one_key_away() {
    Script::begin(with_keyring(first_run_remote()))
        .press("enter")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))))
        .answer_where(polls, Reply::Poll(Poll::Refused))
        .shows("was refused.")
        .press("enter")
        .asks(asks_for_code);
}

#[test]
fn a_code_that_ran_out_is_never_renewed_by_itself() {
    let script = Script::begin(with_keyring(first_run_remote()))
        .press("enter")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))))
        .wait(601)
        // Once more after the end: an approval may just have been given.
        .answer_where(polls, Reply::Poll(Poll::Expired))
        .shows("has run out");
    assert!(!script.asked.iter().any(|(_, effect)| asks_for_code(effect)), "{:?}", script.asked);
    script.press("enter").asks(asks_for_code);
}

#[test]
fn network_trouble_is_a_line_and_never_an_end() {
    let mut script = Script::begin(with_keyring(first_run_remote()))
        .press("enter")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))));
    for _ in 0..5 {
        script = script
            .answer_where(polls, Reply::Poll(Poll::Failed(unreachable())))
            .shows("Waiting for your approval")
            .shows("WDJB-MJPV");
    }
    script.answer_where(polls, approved()).asks(saves);
}

#[test]
fn an_approval_for_a_screen_that_was_left_is_revoked_and_not_dropped() {
    let script = Script::begin(with_keyring(first_run_remote()))
        .press("enter")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))));
    let (poll, _) = script.asked.iter().find(|(_, effect)| polls(effect)).expect("a poll").clone();
    let script = script.press("esc").sees("Welcome");
    let script = script.tell(crewmesh::wizard::event::Event::Reply(poll, approved()));
    script.asks(|effect| *effect == Effect::PutOff(access())).sees("Welcome");
}

#[test]
fn a_save_that_fails_loses_nothing() {
    let full = AppError::new(ErrorKind::Failed, "full", crewmesh::i18n::Message::new("test-full"));
    Script::begin(with_keyring(first_run_remote()))
        .press("enter")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))))
        .answer_where(polls, approved())
        .answer_where(saves, Reply::Saved(Err(full)))
        .shows("Nothing is lost")
        .press("enter")
        .answer_where(
            |effect| matches!(effect, Effect::Save { place: StorePlace::File, .. }),
            Reply::Saved(Ok(StorePlace::File.into())),
        )
        .sees("Status");
}

#[test]
fn a_server_that_lets_the_person_wait_is_named_after_two_seconds_with_a_running_clock() {
    let begin = || Script::begin(with_keyring(first_run_remote())).press("enter");
    let says = |script: &Script| script.text().contains("does not answer yet");
    assert!(!says(&begin()) && !says(&begin().wait(1)));
    let script = begin().wait(2).shows("mesh.example.org does not answer yet (2 s)");
    let wake = script.wizard.page(script.now()).wake.expect("a clock runs");
    assert_eq!(wake, script.now().after(std::time::Duration::from_secs(1)));
    let script = script.wait(5).shows("(7 s)");
    // It answered; a poll that is held is nothing to wait for.
    let waiting = script.answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))));
    assert!(!says(&waiting) && !says(&waiting.wait(9)));
}

/// Nobody was here before, over SSH.
fn far() -> WizardState {
    let mut state = WizardState { instance: None, instances: vec![], ..first_run() };
    (state.host.ssh, state.host.can_open_browser) = (true, false);
    with_keyring(state)
}

#[test]
fn only_this_computer_over_ssh_is_three_keys_and_three_pages() {
    let approved =
        Poll::Approved(Approval { access: local_access(), account: Some(local_account()) });
    let script = Script::begin(far())
        .sees("Welcome")
        .press("2")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(local_code()))))
        .answer_where(
            |effect| matches!(effect, Effect::LookAtCard(_)),
            Reply::Card(Ok(approval_card())),
        )
        .sees("SignIn")
        .shows("radiology-3")
        .shows("ssh -L 7437:127.0.0.1:7437 alejandro@radiology-3")
        .wait(1)
        .press("enter")
        .answer_where(
            |effect| matches!(effect, Effect::Settle { approve: true, .. }),
            Reply::Settled(Ok(())),
        )
        .answer_where(polls, Reply::Poll(approved))
        .answer_where(saves, Reply::Saved(Ok(StorePlace::Keyring.into())))
        .answer_where(|e| matches!(e, Effect::ListMeshes(_)), Reply::Meshes(Ok(vec![])))
        .answer_where(|e| matches!(e, Effect::ListMachines(_)), Reply::Machines(Ok(vec![])))
        .answer_where(|e| *e == Effect::FindAgents, Reply::Agents(vec![agent("claude")]))
        .sees("Launch")
        .shows("alejandro's mesh (new)")
        .shows("Signed in as alejandro, kept in this computer's keyring")
        .press("enter")
        .answer_where(
            |effect| matches!(effect, Effect::CreateMesh(..)),
            Reply::Mesh(Ok(mesh("alejandros-mesh"))),
        )
        .answer_where(
            |effect| matches!(effect, Effect::RegisterMachine { .. }),
            Reply::Machine(Ok(machine("radiology-3", true))),
        )
        .asks(|effect| matches!(effect, Effect::Remember { .. }));
    assert!(matches!(script.exit, Some(Exit::Launch(_))), "{:?}", script.exit);
}

#[test]
fn with_a_display_this_computer_is_where_the_cursor_stands_and_one_browser_opens() {
    let mut state = far();
    (state.host.ssh, state.host.can_open_browser) = (false, true);
    Script::begin(state)
        .press("enter")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(local_code()))))
        .asks(|effect| matches!(effect, Effect::Open(_)))
        .shows("On this computer, open")
        .press("a")
        .sees("ApproveHere");
}

#[test]
fn whatever_is_pasted_leads_to_its_page_from_wherever_somebody_is() {
    let invite = "https://mesh.example.org/i/ABCDE-23456-FGHIJ-67234";
    let token = token();
    let begins =
        [(None, "Welcome"), (Some("1"), "Instances"), (Some("3"), "Token"), (Some("4"), "Join")];
    for (key, name) in begins {
        let begin = || Script::begin(far());
        let at = || key.map_or_else(begin, |key| begin().press(key)).sees(name);
        at().paste(&format!("Join us: {invite} please")).sees("Join").shows("mesh.example.org");
        at().paste(&format!("crewmesh join {invite}")).sees("Join");
        at().paste("WDJB-MJPV").sees("ApproveCode").shows("WDJB-MJPV");
        at().paste("we are at https://mesh.example.org now").sees("Instances");
        let masked = at().paste(&format!("use {} then", token.expose())).sees("Token");
        let text = masked.text();
        assert!(!text.contains(token.expose()) && text.contains("Recognised: "), "{text}");
    }
    Script::begin(far()).paste("see you at the meeting").sees("Welcome").shows("none of these");
    // What is pasted into a name is a name, and what is asked for as a password
    // is nothing else.
    for to in [To::DisplayName, To::RoleTag, To::NameMachine] {
        let named = Script::on(at_launch(), to);
        let screen = named.wizard.screen();
        let named = named.paste("ana.lopez").sees(screen);
        assert_eq!(named.asked, vec![], "nobody is asked about it");
    }
    let new = NewMesh { name: String::new(), slug: None };
    let named = || Script::on(at_launch(), To::CreateMesh(new.clone()));
    named().paste("mesh.example.org").sees("CreateMesh").shows("mesh.example.org");
    named().paste(token.expose()).sees("Token");
}

#[test]
fn an_address_pasted_on_the_card_is_no_way_out_of_the_sign_in() {
    let state = WizardState {
        mesh: Some(mesh("ops")),
        machine: Some(machine("radiology-3", true)),
        agent: Some(agent("claude")),
        ..at_launch()
    };
    let elsewhere = Instance {
        name: "b.example".into(),
        place: Place::At("https://b.example/".parse().expect("a URL")),
        ..remote()
    };
    let script = Script::on(state.clone(), To::Launch)
        .paste("https://b.example")
        .answer_where(
            |effect| matches!(effect, Effect::FindInstance(_)),
            Reply::Instance(Ok(elsewhere)),
        )
        .sees("SignIn")
        .press("esc")
        .sees("Launch");
    assert_eq!((&script.state().access, &script.state().mesh), (&state.access, &state.mesh));
}

#[test]
fn digits_tab_and_the_letters_of_other_programs_move_in_lists() {
    let begin = || Script::begin(far());
    begin().press("5").sees("Instances").shows("Which instance does it belong to?");
    begin().press("tab").press("enter").asks(asks_for_code);
    begin().press("j").press("k").press("enter").sees("Instances");
    assert_eq!(begin().press("6").exit, Some(Exit::Cancelled));
    begin().press("9").sees("Welcome");
    // Where somebody types a digit is text.
    begin().press("1").sees("Instances").write("10.0.0.7").shows("10.0.0.7");
}

#[test]
fn somebody_who_is_signed_in_goes_straight_to_what_is_theirs() {
    let mut state = first_run_remote();
    state.instance.as_mut().expect("an instance").signed_in = true;
    let script = Script::begin(state).sees("Status").answer_where(
        |effect| matches!(effect, Effect::TakeUp(_)),
        Reply::SignIn(Ok(Some((access(), account())))),
    );
    found(script, &["ops"], true).sees("Launch").press("esc");
}

#[test]
fn what_was_left_unfinished_is_offered_again() {
    let state = WizardState { pending: Some(pending()), ..with_keyring(first_run_remote()) };
    Script::begin(state)
        .sees("Resume")
        .shows("WDJB-MJPV")
        .press("enter")
        .answer_where(
            |effect| matches!(effect, Effect::Resume(_)),
            Reply::Code(Ok(Box::new(code()))),
        )
        .sees("SignIn")
        .asks(polls);
}

#[test]
fn an_invite_pasted_on_the_first_screen_is_joined_after_the_sign_in() {
    let script = Script::begin(with_keyring(first_run_remote()))
        .paste("https://mesh.example.org/i/ABCDE-23456-FGHIJ-67234")
        .sees("Join")
        .answer_where(
            |effect| matches!(effect, Effect::PreviewInvite { .. }),
            Reply::Invite(Ok(invite())),
        )
        .shows("Platform team")
        .press("enter")
        .sees("SignIn")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))))
        .answer_where(polls, approved())
        .answer_where(saves, Reply::Saved(Ok(StorePlace::Keyring.into())))
        .sees("Status")
        .answer_where(
            |effect| matches!(effect, Effect::AcceptInvite { .. }),
            Reply::Mesh(Ok(mesh("platform-team"))),
        );
    let script = found(script, &["ops", "platform-team"], true).sees("Launch");
    assert_eq!(script.state().mesh, Some(mesh("platform-team")), "the one just joined");
}

#[test]
fn a_token_pasted_on_the_first_screen_is_checked_and_kept() {
    let owner = account();
    let script = Script::begin(with_keyring(first_run_remote()))
        .paste(token().expose())
        .sees("Token")
        .press("enter")
        .answer_where(|effect| matches!(effect, Effect::Identify { .. }), Reply::Account(Ok(owner)))
        .answer_where(saves, Reply::Saved(Ok(StorePlace::Keyring.into())))
        .sees("Status");
    assert_eq!(script.state().access.as_ref().map(|access| access.source), Some(Source::Pasted));
}

#[test]
fn a_new_sign_in_ends_the_one_before_after_it_is_kept() {
    let mut state = signed_in();
    state.flags.sign_in_only = true;
    let mut old = access();
    old.token = token();
    old.source = Source::Stored;
    let session = token().expose().replace("cm_pat_", "cm_session_");
    old.token = crewmesh::secret::Secret::new(session);
    state.access = Some(old.clone());
    let script = Script::begin(state)
        .sees("SignIn")
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))))
        .answer_where(polls, approved());
    assert!(!script.asked.iter().any(|(_, effect)| matches!(effect, Effect::Revoke(_))));
    let script = script
        .answer_where(saves, Reply::Saved(Ok(StorePlace::Keyring.into())))
        .asks(|effect| *effect == Effect::Revoke(old.clone()));
    assert_eq!(script.exit, Some(Exit::Replaced));
}

/// `launch -y`, and a launch where nobody is there: as the card does.
#[test]
fn with_nobody_to_ask_a_name_that_is_taken_makes_way_for_the_free_one() {
    let state = WizardState {
        access: Some(local_access()),
        account: Some(local_account()),
        flags: Flags::headless(false),
        ..first_run()
    };
    let mesh_as = |slug: Option<&str>| {
        let slug = slug.map(ToOwned::to_owned);
        move |effect: &Effect| matches!(effect, Effect::CreateMesh(_, new) if new.slug == slug)
    };
    let machine_as = |slug: Option<&str>| {
        let wanted = slug.map(ToOwned::to_owned);
        move |effect: &Effect| matches!(effect, Effect::RegisterMachine { slug, .. } if *slug == wanted)
    };
    let script = Script::on(state, To::Status)
        .answer_where(|e| matches!(e, Effect::ListMeshes(_)), Reply::Meshes(Ok(vec![])))
        .answer_where(|e| matches!(e, Effect::ListMachines(_)), Reply::Machines(Ok(vec![])))
        .answer_where(|e| *e == Effect::FindAgents, Reply::Agents(vec![agent("claude")]))
        .answer_where(mesh_as(None), Reply::Mesh(Err(slug_taken("a-2"))))
        .answer_where(mesh_as(Some("a-2")), Reply::Mesh(Ok(mesh("a-2"))))
        .answer_where(machine_as(None), Reply::Machine(Err(slug_taken("radiology-3-2"))))
        .answer_where(
            machine_as(Some("radiology-3-2")),
            Reply::Machine(Ok(machine("radiology-3-2", true))),
        )
        .asks(|effect| matches!(effect, Effect::Remember { .. }));
    let Some(Exit::Launch(plan)) = script.exit else { panic!("{:?}", script.exit) };
    assert_eq!((plan.mesh.as_str(), plan.machine.as_str()), ("a-2", "radiology-3-2"));
}

/// `login --start`: an approval belongs to whoever goes on with the code.
#[test]
fn where_a_code_is_all_nobody_polls_for_it() {
    let mut state = first_run_remote();
    state.flags = Flags { sign_in_only: true, start_only: true, ..Flags::headless(false) };
    let script = Script::on(state, To::SignIn)
        .answer_where(asks_for_code, Reply::Code(Ok(Box::new(code()))));
    assert_eq!(script.exit, Some(Exit::Started(Box::new(code()))));
    assert!(!script.asked.iter().any(|(_, effect)| polls(effect)), "{:?}", script.asked);
}

/// `login --token`: a keyring that fails is no question.
#[test]
fn with_nobody_to_ask_a_token_is_checked_at_once_and_kept_where_it_can_be() {
    let mut state = with_keyring(first_run_remote());
    state.flags = Flags { sign_in_only: true, ..Flags::headless(true) };
    let failed = AppError::new(
        ErrorKind::NotSignedIn,
        "keyring_failed",
        crewmesh::i18n::Message::new("test-full"),
    );
    let script = Script::on(state, To::Token(Some(token())))
        .answer_where(|e| matches!(e, Effect::Identify { .. }), Reply::Account(Ok(account())))
        .answer_where(saves, Reply::Saved(Err(failed)))
        .answer_where(
            |effect| matches!(effect, Effect::Save { place: StorePlace::File, .. }),
            Reply::Saved(Ok(StorePlace::File.into())),
        );
    assert_eq!(script.exit, Some(Exit::Done));
}

#[test]
fn ctrl_c_leaves_from_everywhere_and_esc_leads_back_to_the_door() {
    for depth in 0..3 {
        let mut script = Script::begin(with_keyring(first_run_remote()));
        for _ in 0..depth {
            script = script.press("down").press("enter");
        }
        assert_eq!(script.clone().press("ctrl+c").exit, Some(Exit::Interrupted));
        for _ in 0..6 {
            if script.exit.is_none() {
                script = script.press("esc");
            }
        }
        assert_eq!(script.exit, Some(Exit::Cancelled), "{}", script.text());
    }
}
