//! What holds whatever anybody does and whatever the outside answers: there is
//! always a page, it can be drawn at any size, and an answer to a question
//! that is over changes nothing on it.

use crewmesh::error::AppError;
use crewmesh::i18n::{Catalog, Language, Message};
use crewmesh::input::user_code;
use crewmesh::model::{
    Approval, Clipboard, Instance, OpenedOn, Opening, OpeningStep, Poll, StorePlace, StoreState,
};
use crewmesh::plain;
use crewmesh::secret::Secret;
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::theme::TerminalStyle;
use crewmesh::wire::{Connection, DeviceFlowState, Share, Way};
use crewmesh::wizard::effect::Effect;
use crewmesh::wizard::event::{Event, Key, KeyCode, Reply};
use crewmesh::wizard::state::WizardState;
use proptest::prelude::*;

use crate::support::fixtures::{
    access, account, agent, approval_card, at_launch, code, connection, first_run,
    first_run_remote, invite, local_code, machine, member, mesh, pending, provider_flow,
    provider_here, rejected, remote, signed_in, slug_taken, unreachable,
};
use crate::support::script::Script;

/// Something that happens.
#[derive(Clone, Debug)]
enum Happening {
    Key(Key),
    Paste(String),
    Wait(u64),
    /// One of the questions that are open is answered, well or badly.
    Answer {
        which: usize,
        well: bool,
        variant: usize,
    },
    /// One that is over is answered.
    Late {
        which: usize,
        variant: usize,
    },
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let code = prop_oneof![
        4 => Just(KeyCode::Enter),
        2 => Just(KeyCode::Down),
        1 => Just(KeyCode::Up),
        1 => Just(KeyCode::Tab),
        1 => Just(KeyCode::Esc),
        1 => Just(KeyCode::Backspace),
        1 => Just(KeyCode::PageDown),
        1 => Just(KeyCode::End),
        1 => Just(KeyCode::F(1)),
        2 => prop::sample::select("acfiklnoprsuw?".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
    ];
    let happening = prop_oneof![
        6 => code.prop_map(|code| Happening::Key(Key::plain(code))),
        1 => prop::sample::select(vec![
            "cm_pat_abc", "https://mesh.example.org/i/ABCDE-23456-FGHIJ-67234", "ABCDE23456FGHIJ67234",
            "mesh.example.org", "hello\nworld", "日本 — ñ", "",
        ]).prop_map(|text| Happening::Paste(text.to_owned())),
        1 => (0_u64..700).prop_map(Happening::Wait),
        6 => (any::<usize>(), any::<bool>(), any::<usize>())
            .prop_map(|(which, well, variant)| Happening::Answer { which, well, variant }),
        2 => (any::<usize>(), any::<usize>())
            .prop_map(|(which, variant)| Happening::Late { which, variant }),
    ];
    prop::collection::vec(happening, 0..60)
}

fn either<T, E>(well: bool, good: T, bad: E) -> Result<T, E> {
    if well { Ok(good) } else { Err(bad) }
}

fn connections(count: usize) -> Vec<Connection> {
    ["anthropic", "openai"].into_iter().take(count).map(|name| connection(name, "")).collect()
}

/// What the outside might answer.
fn answer(effect: &Effect, well: bool, variant: usize) -> Option<Reply> {
    let error = || match variant % 3 {
        0 => unreachable(),
        1 => rejected(),
        _ => slug_taken("another-2"),
    };
    let polls = [
        Poll::Pending,
        Poll::Opened(Opening {
            changes: 1,
            step: OpeningStep::Opened,
            on: OpenedOn::Browser,
            network: None,
        }),
        Poll::SlowDown { interval: None },
        Poll::Refused,
        Poll::Expired,
        Poll::Gone,
        Poll::Failed(unreachable()),
    ];
    let card = serde_json::json!({
        "user_code": "WDJB-MJPV", "device_name": "x", "device_os": "linux",
        "device_arch": "x86_64", "ip": null, "expires_in": 10,
    });
    Some(match effect {
        Effect::FindInstance(_) => Reply::Instance(either(well, remote(), error())),
        Effect::TakeUp(_) => {
            let kept = (variant.is_multiple_of(2)).then(|| (access(), account()));
            Reply::SignIn(either(well, kept, error()))
        }
        Effect::ProbeStore => Reply::Store(match variant % 3 {
            0 => StoreState::Keyring,
            1 => StoreState::KeyringLocked,
            _ => StoreState::File { because: crewmesh::i18n::Message::new("keep-keyring-none") },
        }),
        Effect::AskDeviceCode(instance, _)
        | Effect::Resume(crewmesh::model::Pending { instance, .. }) => {
            let given = if instance.is_embedded() { local_code() } else { code() };
            Reply::Code(either(well, Box::new(given), error()))
        }
        Effect::Poll { .. } if well => {
            Reply::Poll(Poll::Approved(Approval { access: access(), account: Some(account()) }))
        }
        Effect::Poll { .. } => Reply::Poll(polls[variant % polls.len()].clone()),
        Effect::LookAtCard(_) => {
            let card = serde_json::from_value(card).expect("a card");
            Reply::Card(either(well, card, error()))
        }
        Effect::Settle { .. } => Reply::Settled(either(well, (), error())),
        Effect::OpenNearby(_) => Reply::Nearby(either(well, local_code().links, error())),
        Effect::Identify { .. } => Reply::Account(either(well, account(), error())),
        Effect::Save { .. } => Reply::Saved(either(well, StorePlace::File.into(), error())),
        Effect::Revoke(_) => Reply::Revoked(either(well, (), error())),
        Effect::ListMeshes(_) => {
            let few = vec![mesh("ops"), mesh("platform-team")];
            let meshes = if variant.is_multiple_of(2) { few } else { vec![] };
            Reply::Meshes(either(well, meshes, error()))
        }
        Effect::CreateMesh(..) | Effect::AcceptInvite { .. } => {
            Reply::Mesh(either(well, mesh("ops"), error()))
        }
        Effect::ListMembers { .. } => {
            Reply::Members(either(well, vec![member("Ana"), member("Eva")], error()))
        }
        Effect::ListWaiting(_) => {
            let code = |_| user_code::parse("WDJB-MJPV").expect("a code");
            Reply::Waiting((0..variant % 3).map(code).collect())
        }
        Effect::ListPeers { mesh, .. } => {
            let names = (0..variant % 20).map(|number| format!("ana-{number}")).collect();
            Reply::Peers { mesh: mesh.clone(), names: either(well, names, error()) }
        }
        Effect::ChangeMember { .. } | Effect::RemoveMember { .. } | Effect::SettleCode { .. } => {
            if matches!(effect, Effect::SettleCode { .. }) {
                Reply::Settled(either(well, (), error()))
            } else {
                Reply::MemberChanged(either(well, (), error()))
            }
        }
        Effect::LookAtCode { .. } => Reply::Card(either(well, approval_card(), error())),
        Effect::Unlock(_) => Reply::SignIn(either(well, Some((access(), account())), error())),
        Effect::PreviewInvite { .. } => Reply::Invite(either(well, invite(), error())),
        Effect::ListMachines(_) => {
            let machines = vec![machine("radiology-3", variant.is_multiple_of(2))];
            Reply::Machines(either(well, machines, error()))
        }
        Effect::RegisterMachine { .. } => {
            Reply::Machine(either(well, machine("radiology-3", true), error()))
        }
        Effect::AskAgentVersion(asked) => Reply::AgentVersion(asked.clone()),
        Effect::FindAgents => Reply::Agents(vec![agent("claude"), agent("shell")]),
        Effect::FindAgent(_) => Reply::Agent(either(well, agent("aider"), error())),
        Effect::FindPending => Reply::Pending(well.then(pending)),
        Effect::Copy(_) => Reply::Copied(either(well, Clipboard::Terminal, error())),
        Effect::Open(_) => Reply::Opened(either(well, (), error())),
        Effect::KeepLanguage(language) => Reply::Language(*language),
        Effect::SetAside => Reply::SetAside(either(well, "auth.json.corrupt".into(), error())),
        effect => return answer_of_providers(effect, well, variant, error()),
    })
}

fn answer_of_providers(
    effect: &Effect,
    well: bool,
    variant: usize,
    error: AppError,
) -> Option<Reply> {
    Some(match effect {
        Effect::ListConnections(_) => Reply::Connections(connections(variant % 3)),
        Effect::ListShares { mesh, .. } => {
            let share = |connection| Share { connection, daily: None, used_today: 0, yours: false };
            let shares = connections(variant % 3).into_iter().map(share).collect();
            Reply::Shares { mesh: mesh.clone(), shares }
        }
        Effect::ListProviders(_) => {
            let all = Way::ALL.map(|way| provider_here(way.word(), "P", &[way, Way::Token]));
            let all = (all.to_vec(), connections(variant % 3));
            Reply::Providers(either(well, all, error))
        }
        Effect::Connect { .. } => {
            let said = Message::new("provider-connected").with("what", "P");
            let kept = (Box::new(connection("anthropic", "")), said);
            Reply::Connected(either(well, kept, error))
        }
        Effect::StartProviderFlow { .. } | Effect::AwaitProviderFlow { .. } => {
            let mut flow = provider_flow();
            flow.flow.state = DeviceFlowState::ALL[variant % DeviceFlowState::ALL.len()];
            if flow.flow.state == DeviceFlowState::Connected {
                flow.flow.connection = Some(connection("github", ""));
            }
            Reply::ProviderFlow(either(well, Box::new(flow), error))
        }
        _ => return None,
    })
}

fn begin(which: usize) -> Script {
    let state = match which % 5 {
        0 => first_run(),
        1 => first_run_remote(),
        2 => signed_in(),
        3 => WizardState { instance: None, instances: vec![Instance::local()], ..first_run() },
        _ => at_launch(),
    };
    Script::begin(state)
}

fn go_on(script: Script, happening: &Happening) -> Script {
    match happening {
        Happening::Key(key) => script.tell(Event::Key(*key)),
        Happening::Paste(text) => script.tell(Event::Paste(Secret::new(text.as_str()))),
        Happening::Wait(seconds) => script.wait(*seconds),
        Happening::Answer { which, well, variant } => {
            if script.asked.is_empty() {
                return script;
            }
            let (attempt, effect) = script.asked[which % script.asked.len()].clone();
            let Some(reply) = answer(&effect, *well, *variant) else { return script };
            let mut script = script;
            script.asked.retain(|(asked, _)| *asked != attempt);
            script.over.push(attempt);
            script.tell(Event::Reply(attempt, reply))
        }
        Happening::Late { which, variant } => {
            if script.over.is_empty() {
                return script;
            }
            let attempt = script.over[which % script.over.len()];
            let replies = [
                Reply::Poll(Poll::Approved(Approval {
                    access: access(),
                    account: Some(account()),
                })),
                Reply::Code(Ok(Box::new(code()))),
                Reply::Meshes(Ok(vec![mesh("late")])),
                Reply::Mesh(Ok(mesh("late"))),
                Reply::Account(Ok(account())),
                Reply::Saved(Ok(StorePlace::File.into())),
                Reply::Machines(Err(unreachable())),
                Reply::Revoked(Ok(())),
            ];
            let before = script.wizard.page(script.now());
            let screen = script.wizard.screen();
            let script =
                script.tell(Event::Reply(attempt, replies[variant % replies.len()].clone()));
            assert_eq!(script.wizard.page(script.now()), before, "a late answer on {screen}");
            assert_eq!(script.wizard.screen(), screen);
            script
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    /// Whatever happens there is a page, a way on or out, and nothing panics;
    /// and what comes too late is not seen.
    #[test]
    fn whatever_happens_there_is_a_page(first in 0..5_usize, happenings in happenings()) {
        let mut script = begin(first);
        for happening in &happenings {
            script = go_on(script, happening);
            if script.exit.is_some() {
                break;
            }
            let page = script.wizard.page(script.now());
            prop_assert!(!page.blocks.is_empty(), "{} shows nothing", script.wizard.screen());
            prop_assert!(!page.hints.is_empty(), "{} has no way out", script.wizard.screen());
        }
    }

    /// And the page can be drawn at any size and said in any language.
    #[test]
    fn whatever_happens_it_can_be_drawn(
        first in 0..5_usize,
        happenings in happenings(),
        columns in 1..150_u16,
        rows in 1..50_u16,
        spanish in any::<bool>(),
    ) {
        let mut script = begin(first);
        for happening in &happenings {
            script = go_on(script, happening);
        }
        let page = script.wizard.page(script.now());
        let language = if spanish { Language::ALL[1] } else { Language::ENGLISH };
        let catalog = Catalog::new(language);
        Canvas::of(&page, &catalog, TerminalStyle::full(), columns, rows);
        plain::whole(&page, &catalog);
    }
}
