//! From the launch card to what connects a provider, and back: what was connected is on the
//! card, what went wrong is where it can be done again, and a code that is left is given up.

use crewmesh::connect::KeptIn;
use crewmesh::connect::ProviderHere;
use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::Message;
use crewmesh::secret::Secret;
use crewmesh::wire::{Connection, DeviceFlowState, Share, Way};
use crewmesh::wizard::Wizard;
use crewmesh::wizard::effect::{Brings, Effect, Exit};
use crewmesh::wizard::event::{Event, Reply};
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::WizardState;

use crate::support::fixtures::{
    access, agent, at, at_launch, connection, machine, mesh, provider_flow, provider_here, token,
    unreachable,
};
use crate::support::script::Script;

fn state() -> WizardState {
    WizardState {
        agent: Some(agent("claude")),
        mesh: Some(mesh("ops")),
        machine: Some(machine("radiology-3", true)),
        ..at_launch()
    }
}

fn all() -> Vec<ProviderHere> {
    vec![
        provider_here("github", "GitHub", &[Way::Device, Way::Token]),
        provider_here("anthropic", "Anthropic", &[Way::Vendor, Way::Import, Way::Token]),
        provider_here("mistral", "Mistral", &[Way::Token]),
        provider_here("ollama", "Ollama", &[Way::Endpoint]),
    ]
}

/// At the list, with `connected`.
fn at_the_list(connected: Vec<Connection>) -> Script {
    let asks = |effect: &Effect| matches!(effect, Effect::ListProviders(_));
    Script::on(state(), To::Launch)
        .press("p")
        .sees("Providers")
        .answer_where(asks, Reply::Providers(Ok((all(), connected))))
}

fn connects(provider: &str, brings: Brings) -> Effect {
    Effect::Connect { access: access(), provider: provider.into(), brings }
}

fn kept(connection: Connection, what: &str) -> Reply {
    let said = Message::new("provider-connected").with("what", what);
    Reply::Connected(Ok((Box::new(connection), said)))
}

fn wrong() -> AppError {
    AppError::new(ErrorKind::Failed, "credential_wrong", Message::new("test-rejected"))
}

fn stands(change: impl FnOnce(&mut crewmesh::wire::DeviceFlow)) -> Reply {
    let mut known = provider_flow();
    change(&mut known.flow);
    Reply::ProviderFlow(Ok(Box::new(known)))
}

fn is_waited_for(effect: &Effect) -> bool {
    matches!(effect, Effect::AwaitProviderFlow { .. })
}

fn at_the_code() -> Script {
    let begins = |effect: &Effect| matches!(effect, Effect::StartProviderFlow { .. });
    at_the_list(vec![])
        .press("3")
        .sees("ConnectProvider")
        .press("enter")
        .sees("ProviderCode")
        .answer_where(begins, stands(|_| {}))
        .shows("WDJB-MJPV")
}

#[test]
fn a_key_that_is_refused_stays_and_one_that_is_good_is_what_the_agent_works_with() {
    let key = || connects("anthropic", Brings::Key(Secret::new("sk-ant-api03-abc")));
    let walk = at_the_list(vec![])
        .shows("1  Anthropic (claude works with it)")
        .press("enter")
        .press("3")
        .sees("ProviderKey")
        .paste("sk-ant-api03-abc\n")
        .press("enter")
        .answer(&key(), Reply::Connected(Err(wrong())))
        .sees("ProviderKey")
        .press("enter")
        .answer(&key(), kept(connection("anthropic", ""), "Anthropic (…4711)"))
        .sees("Launch")
        .shows("Anthropic (…4711) is connected")
        .shows("Works with: Anthropic (…4711)");
    assert_eq!(walk.state().provider.as_deref(), Some("anthropic"));
    assert_eq!(walk.state().connected, None, "said once");
}

#[test]
fn what_the_agent_does_not_take_is_connected_and_changes_nothing_else() {
    let walk = at_the_list(vec![])
        .press("4")
        .sees("ProviderKey")
        .paste("abc")
        .press("enter")
        .answer(
            &connects("mistral", Brings::Key(Secret::new("abc"))),
            kept(connection("mistral", ""), "Mistral"),
        )
        .sees("Launch")
        .shows("Mistral is connected (claude does not work with it)")
        .shows("Works with: its own sign-in");
    assert_eq!(walk.state().provider, None);
}

#[test]
fn esc_gives_up_what_is_asked_and_what_was_typed_stays() {
    let asks = |effect: &Effect| matches!(effect, Effect::Connect { .. });
    let walk = at_the_list(vec![])
        .press("enter")
        .press("3")
        .paste("sk-ant-api03-abc")
        .press("enter")
        .asks(asks)
        .press("esc")
        .sees("ProviderKey");
    assert!(!walk.asked.iter().any(|(_, effect)| asks(effect)), "nobody waits for it");
    let (late, kept) = (*walk.over.last().expect("forgotten"), connection("anthropic", ""));
    let walk = walk.tell(Event::Reply(late, self::kept(kept, "A"))).sees("ProviderKey");
    let walk = walk.write("d").press("enter");
    let key = || Brings::Key(Secret::new("sk-ant-api03-abcd"));
    walk.asks(|effect| *effect == connects("anthropic", key()));
}

#[test]
fn what_is_there_already_is_told_before_it_makes_way() {
    at_the_list(vec![connection("mistral", "")])
        .shows("4  Mistral ✔ (connected: …4711)")
        .press("4")
        .sees("ProviderKey")
        .shows("Mistral (…4711) is connected. What you connect now takes its place")
        .press("esc")
        .sees("Providers")
        .asks(|effect| matches!(effect, Effect::ListProviders(_)));
    // Under another name it stays.
    let walk = at_the_list(vec![connection("mistral", "work")]).press("4");
    assert!(!walk.text().contains("takes its place"), "{}", walk.text());
}

#[test]
fn a_token_connects_nothing_and_is_told_so_before_anybody_signs_in() {
    let mut state = state();
    let access = crewmesh::model::Access { token: token(), ..access() };
    state.access = Some(access);
    let asks = |effect: &Effect| matches!(effect, Effect::ListProviders(_));
    Script::on(state, To::Launch)
        .press("p")
        .answer_where(asks, Reply::Providers(Ok((all(), vec![]))))
        .shows("An access token connects nothing")
        .press("enter")
        .sees("Providers");
}

fn set_here() -> Brings {
    Brings::Here(KeptIn::Variable("ANTHROPIC_API_KEY".into()))
}

#[test]
fn what_is_set_here_takes_one_key() {
    at_the_list(vec![])
        .press("enter")
        .press("2")
        .answer(&connects("anthropic", set_here()), Reply::Connected(Err(wrong())))
        .sees("ConnectProvider")
        .press("enter")
        .answer(&connects("anthropic", set_here()), kept(connection("anthropic", ""), "A"))
        .sees("Launch");
}

#[test]
fn a_model_server_is_asked_for_its_key_only_if_it_wants_one() {
    let server = |key: Option<&str>| {
        let key = key.map(Secret::new);
        connects(
            "ollama",
            Brings::Server { address: "http://127.0.0.1:11434".into(), key, model: None },
        )
    };
    let wanted = AppError::new(ErrorKind::Failed, "key_wanted", Message::new("test-rejected"));
    at_the_list(vec![])
        .press("2")
        .sees("ModelServer")
        .press("enter")
        .answer(&server(None), Reply::Connected(Err(wanted)))
        .shows("http://127.0.0.1:11434 wants a key.")
        .press("esc")
        .sees("ModelServer")
        .shows("Where is your model server")
        .press("enter")
        .answer(&server(None), Reply::Models(vec!["llama3.3".into(), "qwen3:8b".into()]))
        .shows("Which model do agents ask for there?")
        .press("2")
        .answer(
            &connects(
                "ollama",
                Brings::Server {
                    address: "http://127.0.0.1:11434".into(),
                    key: None,
                    model: Some("qwen3:8b".into()),
                },
            ),
            kept(connection("ollama", ""), "Ollama"),
        )
        .sees("Launch");
}

#[test]
fn what_takes_the_terminal_ends_the_walk_and_it_goes_on_with_what_came_of_it() {
    let walk = at_the_list(vec![]).press("enter").press("1");
    let exit = Exit::Connect { provider: "anthropic".into(), way: Way::Vendor };
    assert_eq!(walk.exit, Some(exit));
    let go_on = |came| Wizard::go_on(walk.state().clone(), came, at(9)).0;
    let connected = Message::new("provider-connected").with("what", "Anthropic");
    let wizard = go_on(Ok((connection("anthropic", ""), connected.into())));
    assert_eq!(wizard.screen(), "Launch");
    assert_eq!(wizard.state().provider.as_deref(), Some("anthropic"));
    let failed = go_on(Err(wrong()));
    assert_eq!((failed.screen(), failed.error()), ("Launch", Some(&wrong())));
    let stopped =
        AppError::new(ErrorKind::Interrupted, "interrupted", Message::new("test-rejected"));
    assert_eq!(go_on(Err(stopped)).error(), None, "whoever stopped it knows");
}

#[test]
fn a_launch_that_would_go_on_by_itself_waits_after_that() {
    let mut state = state();
    state.last_launch = crewmesh::wizard::draft::plan(&state);
    let (wizard, _) = Wizard::go_on(state, Err(wrong()), at(0));
    assert_eq!(wizard.screen(), "Launch");
}

#[test]
fn a_code_is_waited_for_through_an_outage_and_ends_on_the_card() {
    let walk = at_the_code()
        .answer_where(is_waited_for, Reply::ProviderFlow(Err(unreachable())))
        .shows("WDJB-MJPV")
        .answer_where(is_waited_for, stands(|flow| flow.trouble = Some("503".into())))
        .shows("GitHub does not answer as it should")
        .answer_where(
            is_waited_for,
            stands(|flow| {
                flow.state = DeviceFlowState::Connected;
                flow.connection = Some(connection("github", ""));
            }),
        )
        .sees("Launch")
        .shows("GitHub (…4711) is connected, not verified");
    let dropped = |effect: &Effect| matches!(effect, Effect::DropProviderFlow { .. });
    assert!(!walk.asked.iter().any(|(_, effect)| dropped(effect)), "it is over by itself");
}

#[test]
fn a_code_that_is_left_is_given_up_and_one_that_is_over_is_asked_for_anew() {
    let dropped = Effect::DropProviderFlow { access: access(), id: "flow-1".into() };
    let walk = at_the_code().press("esc").sees("ConnectProvider");
    assert!(walk.asked.iter().any(|(_, effect)| *effect == dropped));
    let walk = at_the_code().press("ctrl+c");
    assert!(walk.asked.iter().any(|(_, effect)| *effect == dropped));

    let begins = |effect: &Effect| matches!(effect, Effect::StartProviderFlow { .. });
    at_the_code()
        .answer_where(is_waited_for, stands(|flow| flow.state = DeviceFlowState::Denied))
        .shows("refused at GitHub")
        .press("enter")
        .asks(begins);
    // A server that is away for as long as the code lives.
    at_the_code()
        .wait(1_000)
        .answer_where(is_waited_for, Reply::ProviderFlow(Err(unreachable())))
        .sees("ProviderCode")
        .press("enter")
        .asks(begins);
}

#[test]
fn what_is_shared_in_the_mesh_on_the_card_can_be_worked_with_there_alone() {
    let shared = Connection {
        id: "c-shared".into(),
        holder: Some("Ana".into()),
        last_four: String::new(),
        default: false,
        ..connection("anthropic", "team")
    };
    let share = Share { connection: shared, daily: None, used_today: 0, yours: false };
    let asks =
        |effect: &Effect| matches!(effect, Effect::ListShares { mesh, .. } if mesh == "m-ops");
    let told = Reply::Shares { mesh: "m-ops".into(), shares: vec![share] };
    let walk = Script::on(state(), To::Launch)
        .answer_where(asks, told)
        .shows("Works with: its own sign-in (1 connected)")
        .press("up")
        .press("up")
        .press("enter")
        .shows("Works with: Anthropic (team, Ana)");
    assert_eq!(walk.state().provider.as_deref(), Some("c-shared"));
    let elsewhere = WizardState { mesh: Some(mesh("lab")), ..walk.state().clone() };
    let all = crewmesh::wizard::draft::providers(&elsewhere, "claude");
    assert!(all.iter().all(|(_, connection)| connection.is_none()), "{all:?}");
}
