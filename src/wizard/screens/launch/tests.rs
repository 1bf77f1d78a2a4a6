mod works_with;

use super::*;
use crate::i18n::Words;
use crate::wire::Connection;
use crate::wizard::next::Go;
use crate::wizard::screen::tests::proceeds;
use crate::wizard::testing::{
    self, DOWN, ENTER, account, at, at_launch, first_run, local_access, local_account, machine,
    mesh, reply, slug_taken, unreachable,
};

fn alone() -> WizardState {
    WizardState {
        access: Some(local_access()),
        account: Some(local_account()),
        meshes: Some(vec![]),
        machines: Some(vec![]),
        agents: Some(vec![testing::agent("claude")]),
        ..first_run()
    }
}

fn settled() -> WizardState {
    let (mesh, machine) = (Some(mesh("ops")), Some(machine("radiology-3", true)));
    WizardState { mesh, machine, ..at_launch() }
}

/// The card stays, and asks who is at work in `ops`, and what is shared there.
fn asks() -> Next {
    asks_of("m-ops")
}

/// The same of this mesh.
fn asks_of(mesh: &str) -> Next {
    let (access, mesh) = (testing::access(), mesh.to_owned());
    let peers = Effect::ListPeers { access: access.clone(), mesh: mesh.clone() };
    Next::ask_all(vec![peers, Effect::ListShares { access, mesh }])
}

/// The card is seen for the first time, and asks who waits as well.
fn asks_first(next: Next) -> Next {
    let waiting = Effect::ListWaiting(testing::access());
    let connected = Effect::ListConnections(testing::access());
    let effects = std::iter::once(waiting).chain(next.effects.clone()).chain([connected]);
    Next { effects: effects.collect(), ..next }
}

fn with_role(next: Next) -> Next {
    next.learn(Fact::Role(None))
}

#[test]
fn alone_on_this_computer_enter_is_all_there_is_to_press() {
    let mut state = alone();
    let mut card = Launch::new();
    let asks = Next::ask(Effect::ListConnections(local_access()));
    assert_eq!(card.open(&state, at(0)), with_role(asks));
    let new = NewMesh { name: "alejandro's mesh".into(), slug: None };
    assert_eq!(card.on(ENTER, &state, at(1)), Next::ask(Effect::CreateMesh(local_access(), new)));
    let register = Effect::RegisterMachine {
        access: local_access(),
        name: "radiology-3".into(),
        slug: None,
        location: Some("DE".into()),
    };
    let made = mesh("alejandros-mesh");
    let next = card.on(reply(Reply::Mesh(Ok(made.clone()))), &state, at(2));
    assert_eq!(next.facts, [Fact::Mesh(made)]);
    assert_eq!(proceeds(&mut card, &mut state, next), Next::ask(register));
    let this = machine("radiology-3", true);
    let next = card.on(reply(Reply::Machine(Ok(this.clone()))), &state, at(3));
    assert_eq!(next.facts, [Fact::Machine(this)]);
    let launch = proceeds(&mut card, &mut state, next);
    let plan = Box::new(draft::plan(&state).expect("everything is there"));
    let remember =
        Effect::Remember { access: local_access(), account: local_account(), plan: plan.clone() };
    assert_eq!(launch, Next::exit(Exit::Launch(plan)).detach(remember));
}

#[test]
fn a_taken_name_makes_way_for_the_one_suggested() {
    let state = alone();
    let mut card = Launch::new();
    card.open(&state, at(0));
    card.on(ENTER, &state, at(1));
    let again = NewMesh { name: "alejandro's mesh".into(), slug: Some("a-2".into()) };
    assert_eq!(
        card.on(reply(Reply::Mesh(Err(slug_taken("a-2")))), &state, at(2)),
        Next::ask(Effect::CreateMesh(local_access(), again))
    );
    for _ in 0..TRIES {
        card.on(reply(Reply::Mesh(Err(slug_taken("a-3")))), &state, at(3));
    }
    // Not for ever.
    assert!(matches!(card.stage, Stage::Choosing { error: Some(_), .. }));
}

#[test]
fn the_first_open_row_opens_by_itself_and_only_once() {
    let mut state = at_launch();
    let mut card = Launch::new();
    assert_eq!(card.open(&state, at(0)), with_role(Next::open(To::Meshes)));
    // Esc: the card itself, not the next question.
    assert_eq!(card.open(&state, at(1)), asks_first(Next::stay()));
    assert_eq!(card.cursor, Line::Mesh);
    // Answered: the next one that is open.
    state.mesh = Some(mesh("ops"));
    assert_eq!(card.open(&state, at(2)), Next::open(To::Machines));
    assert_eq!(card.open(&state, at(2)), asks());
    assert_eq!(card.cursor, Line::Machine);
    state.mesh = None;
    // Continue goes where something is missing.
    card.cursor = Line::Continue;
    assert_eq!(card.on(ENTER, &state, at(3)), Next::open(To::Meshes));
}

#[test]
fn continue_is_chosen_when_nothing_is_missing() {
    let state = settled();
    let mut card = Launch::new();
    assert_eq!(card.open(&state, at(0)), with_role(asks_first(asks())));
    assert_eq!(card.cursor, Line::Continue);
    let plan = Box::new(draft::plan(&state).expect("everything is there"));
    let access = state.access.clone().expect("signed in");
    let remember = Effect::Remember { access, account: account(), plan: plan.clone() };
    let launch = Next::exit(Exit::Launch(plan)).detach(remember);
    assert_eq!(card.on(ENTER, &state, at(1)), launch);
}

#[test]
fn yes_goes_on_without_a_key() {
    let mut state = settled();
    state.flags.yes = true;
    let mut card = Launch::new();
    let next = card.open(&state, at(0));
    assert_eq!((&next.facts[..], &next.effects[..]), (&[Fact::Role(None)][..], &[][..]));
    let next = proceeds(&mut card, &mut state, next);
    // Not one frame of the card is seen.
    assert!(matches!(next.go, Go::Exit(Exit::Launch(_))), "{next:?}");
    // What is missing is still asked.
    let mut state = at_launch();
    state.flags.yes = true;
    let next = Launch::new().open(&state, at(0));
    assert_eq!(next, with_role(Next::open(To::Meshes)));
}

#[test]
fn a_mesh_that_is_not_there_is_said_before_another_is_offered() {
    let mut state = at_launch();
    state.flags.mesh = Some("gone".into());
    state.flags.yes = true;
    let mut card = Launch::new();
    assert_eq!(card.open(&state, at(0)), with_role(asks_first(Next::stay())));
    assert_eq!(card.cursor, Line::Mesh);
    assert_eq!(card.on(ENTER, &state, at(1)), Next::open(To::Meshes));
    assert_eq!(card.open(&state, at(2)), Next::stay(), "Esc from the picker");
    state.mesh = Some(mesh("ops"));
    state.flags.yes = false;
    assert_eq!(card.open(&state, at(3)), Next::open(To::Machines));
}

#[test]
fn what_was_started_here_before_is_started_again_if_all_of_it_is_there() {
    let mut state = settled();
    state.last_launch = draft::plan(&state);
    let mut card = Launch::new();
    let next = card.open(&state, at(0));
    assert_eq!(next.effects, [], "nobody waits for who is at work");
    let next = proceeds(&mut card, &mut state, next);
    assert!(matches!(next.go, Go::Exit(Exit::Launch(_))), "{next:?}");
    state.machine = Some(machine("another", true));
    assert_eq!(Launch::new().open(&state, at(0)), with_role(asks_first(asks())));
}

#[test]
fn trouble_stops_on_the_row_it_belongs_to_and_loses_nothing() {
    let state = alone();
    let mut card = Launch::new();
    card.open(&state, at(0));
    card.on(ENTER, &state, at(1));
    card.on(reply(Reply::Mesh(Err(unreachable()))), &state, at(2));
    assert_eq!(card.stage, Stage::Choosing { error: Some(unreachable()), tip: None });
    assert_eq!(card.cursor, Line::Mesh);
}

#[test]
fn esc_stops_the_making_and_a_late_answer_is_still_learned() {
    let state = alone();
    let mut card = Launch::new();
    card.open(&state, at(0));
    card.on(ENTER, &state, at(1));
    assert!(card.close_inner());
    assert_eq!(card.stage, Stage::CHOOSING);
    let made = mesh("alejandros-mesh");
    let next = card.on(reply(Reply::Mesh(Ok(made.clone()))), &state, at(2));
    assert_eq!(next, Next::stay().learn(Fact::Mesh(made)));
}

#[test]
fn every_row_opens_its_screen() {
    let state = settled();
    let mut card = Launch::new();
    card.open(&state, at(0));
    let mut opened = Vec::new();
    for _ in lines(&state) {
        card.on(DOWN.clone(), &state, at(1));
        if let Go::Open(to) = card.on(ENTER, &state, at(2)).go {
            opened.push(to);
        }
        card.stage = Stage::CHOOSING;
    }
    let screens =
        [To::Meshes, To::Machines, To::DisplayName, To::RoleTag, To::Agents, To::Providers];
    assert_eq!(opened, screens);
}

#[test]
fn how_messages_reach_the_agent_is_changed_on_its_row() {
    let mut state = settled();
    let mut card = Launch::new();
    card.open(&state, at(0));
    card.cursor = Line::Messages;
    let mut seen = Vec::new();
    for _ in Delivery::ALL {
        seen.push((draft::messages(&state), row_of(&state)));
        let next = card.on(ENTER, &state, at(1));
        assert_eq!(next.go, Go::Stay);
        let [Fact::Messages(messages)] = next.facts[..] else { panic!("{next:?}") };
        state.messages = Some(messages);
    }
    assert_eq!(seen[0].0, Delivery::Inbox, "that of who says nothing");
    let rows: Vec<_> = seen.into_iter().map(|(_, row)| row).collect();
    let push = if cfg!(unix) { "messages-push" } else { "messages-no-push" };
    assert!(rows[0].contains("messages-inbox") && rows[1].contains("messages-off"), "{rows:?}");
    assert!(rows[2].contains(push), "{rows:?}");
    state.agent = Some(testing::agent("shell"));
    state.messages = Some(Delivery::Push);
    assert!(row_of(&state).contains("messages-no-push"), "{}", row_of(&state));
}

/// What the card says of messages.
fn row_of(state: &WizardState) -> String {
    let rows = rows(state, &Stage::CHOOSING, None);
    format!("{:?}", rows.last().expect("rows"))
}

#[test]
fn esc_on_the_card_leads_to_the_line_that_leaves_and_loses_nothing() {
    let state = settled();
    let mut card = Launch::new();
    card.open(&state, at(0));
    assert!(card.close_inner());
    assert_eq!(card.cursor, Line::Leave);
    assert!(!card.close_inner(), "from there it leaves");
    assert_eq!(card.on(ENTER, &state, at(1)), Next::exit(Exit::Cancelled));
}

#[test]
fn a_short_name_the_person_saw_is_not_changed_unsaid() {
    let named = NewMesh { name: "Ops".into(), slug: Some("ops".into()) };
    let mut state = WizardState { new_mesh: Some(named.clone()), ..settled() };
    state.mesh = None;
    let mut card = Launch::new();
    card.open(&state, at(0));
    let access = state.access.clone().expect("signed in");
    let create = |new: NewMesh| Next::ask(Effect::CreateMesh(access.clone(), new));
    assert_eq!(card.on(ENTER, &state, at(1)), create(named));
    let free = NewMesh { name: "Ops".into(), slug: Some("ops-2".into()) };
    let next = card.on(reply(Reply::Mesh(Err(slug_taken("ops-2")))), &state, at(2));
    assert_eq!(next, Next::stay().learn(Fact::NewMesh(free.clone())));
    assert!(matches!(&card.stage, Stage::Choosing { error: Some(_), tip: Some(_) }));
    state.new_mesh = Some(free.clone());
    assert_eq!(card.on(ENTER, &state, at(3)), create(free), "one key takes it");
}

#[test]
fn where_a_machine_stands_can_wait_with_nobody_to_ask() {
    let mut state = WizardState { machine: None, ..settled() };
    (state.flags.yes, state.flags.headless) = (true, true);
    let mut card = Launch::new();
    let next = card.open(&state, at(0));
    proceeds(&mut card, &mut state, next);
    let known = Machine { location: None, ..machine("radiology-3", true) };
    let next = card.on(reply(Reply::Machine(Ok(known.clone()))), &state, at(1));
    assert!(matches!(next.effects[..], [Effect::LocateMachine { .. }]), "{next:?}");
    state.machine = Some(known);
    assert_eq!(card.on(reply(Reply::Machine(Err(unreachable()))), &state, at(2)), Next::proceed());
}

#[test]
fn a_code_that_waited_for_the_sign_in_has_its_card_first() {
    let code = crate::input::user_code::UserCode { code: "WDJB-MJPV".into(), host: None };
    let state = WizardState { to_approve: Some(code.clone()), ..settled() };
    let next = Launch::new().open(&state, at(0));
    assert_eq!(next, Next::open(To::ApproveCode(code)).learn(Fact::ToApprove(None)));
}

#[test]
fn a_machine_that_was_known_keeps_its_name_and_that_is_said_before_it_is_used() {
    let name = MachineName { name: "Lab".into(), slug: Some("lab".into()) };
    let location = Some(crate::wizard::state::Location::Zone("ES".into()));
    let mut state = WizardState { machine: None, machine_name: Some(name), location, ..settled() };
    let mut card = Launch::new();
    card.open(&state, at(0));
    let register = card.on(ENTER, &state, at(1)).effects;
    assert!(
        matches!(&register[..], [Effect::RegisterMachine { slug: Some(slug), .. }] if slug == "lab")
    );
    let known = machine("old-lab", true);
    let next = card.on(reply(Reply::Machine(Ok(known.clone()))), &state, at(2));
    // It stood elsewhere, and the person said where it stands.
    assert!(
        matches!(&next.effects[..], [Effect::LocateMachine { location, .. }] if location == "ES")
    );
    state.machine = Some(known.clone());
    let next = card.on(reply(Reply::Machine(Ok(known.clone()))), &state, at(3));
    assert_eq!(next, Next::stay().learn(Fact::Machine(known)));
    assert!(matches!(&card.stage, Stage::Choosing { error: None, tip: Some(_) }));
    assert!(matches!(card.on(ENTER, &state, at(4)).go, Go::Exit(Exit::Launch(_))));
}

fn told(card: &Launch, state: &WizardState) -> Option<(Tone, Words)> {
    card.page(state, at(9)).notice
}

fn peers(mesh: &str, names: Result<Vec<String>, AppError>) -> crate::wizard::event::Event {
    reply(Reply::Peers { mesh: mesh.into(), names })
}

#[test]
fn who_is_at_work_is_asked_once_for_each_mesh_that_is_seen_and_told_beside_the_card() {
    let mut state = settled();
    let mut card = Launch::new();
    assert_eq!(card.open(&state, at(0)), with_role(asks_first(asks())));
    assert_eq!(card.open(&state, at(1)), Next::stay(), "back from a row");
    assert_eq!(told(&card, &state), None);
    let names = || Ok(vec!["ana".to_owned(), "ben-2".to_owned()]);
    assert_eq!(card.on(peers("m-ops", names()), &state, at(2)), Next::stay());
    let words = Message::new("launch-at-work")
        .with("count", 2)
        .with("mesh", verbatim("ops"))
        .with("names", verbatim("ana, ben-2"));
    assert_eq!(told(&card, &state), Some((Tone::Dim, words.into())));

    state.mesh = Some(mesh("lab"));
    assert_eq!(told(&card, &state), None, "that was another mesh");
    assert_eq!(card.open(&state, at(3)), asks_of("m-lab"));
    card.on(peers("m-ops", names()), &state, at(4));
    assert_eq!(told(&card, &state), None, "a late answer about another");
    card.on(peers("m-lab", Err(unreachable())), &state, at(5));
    assert_eq!((told(&card, &state), card.error()), (None, None), "that is no reason to stop");
    state.mesh = Some(mesh("ops"));
    assert_eq!(card.open(&state, at(6)), asks(), "it is seen again");
}

#[test]
fn of_many_at_work_some_are_named() {
    let state = settled();
    let mut card = Launch::new();
    card.open(&state, at(0));
    let names = (1..=40).map(|number| format!("p{number}")).collect();
    card.on(peers("m-ops", Ok(names)), &state, at(1));
    let told = told(&card, &state).expect("told").1;
    let told = crate::i18n::Catalog::new(crate::i18n::Language::ENGLISH).words(&told).into_owned();
    assert_eq!(told, "40 at work in ops: p1, p2, p3, p4, p5, p6, p7, p8, …");
}

#[test]
fn with_nobody_to_tell_nobody_is_asked() {
    let mut state = settled();
    state.flags.headless = true;
    state.agents = Some(Vec::new());
    state.agent = None;
    let next = Launch::new().open(&state, at(0));
    assert_eq!(next.effects, []);
}

#[test]
fn who_waits_to_be_let_in_is_told_and_one_key_away() {
    let code = |text: &str| crate::input::user_code::parse(text).expect("a code");
    let a = crate::wizard::event::Event::Key(Key::char('a'));
    let (state, waiting) = (settled(), |codes: &[&str]| {
        reply(Reply::Waiting(codes.iter().map(|text| code(text)).collect()))
    });
    let mut card = Launch::new();
    card.open(&state, at(0));
    assert_eq!(card.on(a.clone(), &state, at(1)), Next::stay(), "nobody is known to wait");
    card.on(peers("m-ops", Ok(vec!["ana".into()])), &state, at(1));
    card.on(waiting(&["WDJB-MJPV", "WDJB-MJPX"]), &state, at(2));
    let words = Message::new("launch-waiting").with("count", 2);
    assert_eq!(told(&card, &state), Some((Tone::Tip, words.into())), "before who is at work");
    // Whoever leaves the first as it is sees the other, and then the first again.
    let looks = |text: &str| Next::open(To::ApproveCode(code(text)));
    let again = Next::ask(Effect::ListWaiting(testing::access()));
    for text in ["WDJB-MJPV", "WDJB-MJPX", "WDJB-MJPV"] {
        assert_eq!(card.on(a.clone(), &state, at(3)), looks(text));
        assert_eq!(card.open(&state, at(4)), again, "it is seen again");
    }
    card.on(waiting(&[]), &state, at(5));
    assert_eq!(told(&card, &state).expect("told").0, Tone::Dim, "who is at work");
    assert_eq!(card.on(a, &state, at(6)), Next::stay());
}

#[test]
fn whoever_could_let_nobody_in_is_not_told_who_waits() {
    let asks = |state: &WizardState| {
        let effects = Launch::new().open(state, at(0)).effects;
        effects.iter().any(|effect| matches!(effect, Effect::ListWaiting(_)))
    };
    let mut state = settled();
    assert!(asks(&state));
    state.access = Some(Access { token: testing::token(), ..testing::access() });
    assert!(!asks(&state), "an access token");
    state.access = Some(local_access());
    assert!(!asks(&state), "alone on this computer");
}
