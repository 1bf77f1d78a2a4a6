//! From the sign-in to the agent: what is found, the card and what its rows
//! open, in every state a person can meet, in both languages.

use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::Message;
use crewmesh::input::user_code;
use crewmesh::model::{Access, Agent, Clipboard, Delivery, Machine};
use crewmesh::wire::{Connection, Health, NewMesh};
use crewmesh::wizard::draft;
use crewmesh::wizard::effect::Effect;
use crewmesh::wizard::event::{Event, Key, KeyCode, Reply};
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::WizardState;

use super::gallery::{Walk, refused, seen};
use crate::support::fixtures::{
    agent, at_launch, connection, first_run, invite, local_access, local_account, machine, mesh,
    signed_in, slug_taken,
};

const ENTER: Key = Key::plain(KeyCode::Enter);
const UP: Key = Key::plain(KeyCode::Up);
const END: Key = Key::plain(KeyCode::End);

fn rejected() -> AppError {
    let message = Message::new("api-token-expired").with("host", "mesh.example.org");
    AppError::new(ErrorKind::NotSignedIn, "invalid_token", message)
}

/// Everything is there.
pub(super) fn settled() -> WizardState {
    let machine = Machine { name: "Radiology 3".into(), ..machine("radiology-3", true) };
    WizardState { mesh: Some(mesh("platform-team")), machine: Some(machine), ..at_launch() }
}

/// Just signed in, and joined.
fn receipt() -> WizardState {
    let who = Message::new("receipt-keyring").with("person", "Ana García <a@example.org>");
    let joined = Message::new("receipt-joined").with("mesh", "Platform team");
    WizardState { receipt: vec![who.into(), joined.into()], ..settled() }
}

/// A mesh was named and is not made yet.
fn new_mesh() -> WizardState {
    let new = NewMesh { name: "Ops".into(), slug: Some("ops".into()) };
    WizardState { mesh: None, new_mesh: Some(new), ..settled() }
}

/// The first run on the embedded instance, right after the sign-in.
fn alone() -> WizardState {
    let local = Access { token: local_access().token, ..local_access() };
    WizardState {
        access: Some(local),
        account: Some(local_account()),
        meshes: Some(vec![]),
        machines: Some(vec![]),
        agents: Some(vec![agent("claude"), agent("shell")]),
        ..first_run()
    }
}

/// These are at work in the mesh on the card.
pub(super) fn at_work(names: &[&str]) -> Reply {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Reply::Peers { mesh: "m-platform-team".into(), names: Ok(names) }
}

#[test]
fn status() {
    seen("status", |language| {
        let on = |state: WizardState| Walk::on(language, state, To::Status);
        let joining = WizardState { invite: Some(invite()), ..signed_in() };
        let mut kept = signed_in();
        kept.access = None;
        kept.account = None;
        let mut before = kept.clone();
        before.last_launch = draft::plan(&settled());
        let expired = Message::new("api-invite-expired");
        let expired = AppError::new(ErrorKind::NotFound, "expired", expired);
        vec![
            ("looking", on(signed_in())),
            ("joining", on(joining.clone())),
            ("joining-failed", on(joining).answer(Reply::Mesh(Err(expired)))),
            ("taking-up", on(kept.clone())),
            ("rejected", on(kept).answer(Reply::SignIn(Err(rejected())))),
            ("unreachable", on(before).answer(Reply::SignIn(Err(refused())))),
        ]
    });
}

#[test]
fn launch() {
    seen("launch", |language| {
        let on = |state: WizardState| Walk::on(language, state, To::Launch);
        let at_work = |names: &[&str]| on(settled()).answer(at_work(names));
        let many: Vec<_> = (1..=40).map(|number| format!("alejandro-{number}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let waits = |count| {
            let codes = ["WDJB-MJPV", "WDJB-MJPX", "WDJB-MJPZ"].into_iter().take(count);
            let codes = codes.map(|code| user_code::parse(code).expect("a code")).collect();
            let asked = |effect: &Effect| matches!(effect, Effect::ListWaiting(_));
            at_work(&["ana"]).answer_where(asked, Reply::Waiting(codes))
        };
        let esc = Key::plain(KeyCode::Esc);
        let mut none = at_launch();
        none.agents = Some(vec![agent("shell")]);
        none.meshes = Some(vec![]);
        let mut unknown = at_launch();
        unknown.flags.mesh = Some("radiografía".into());
        let mut role = settled();
        let pushed = |name| {
            let messages = Some(Delivery::Push);
            WizardState { agent: Some(agent(name)), messages, ..settled() }
        };
        let works_with = |provider: &str| {
            let connections = Some(vec![connection("anthropic", "work"), connection("openai", "")]);
            let provider = Some(provider.to_owned());
            WizardState { agent: Some(agent("claude")), connections, provider, ..settled() }
        };
        let told = |change: &dyn Fn(&mut Connection)| {
            let mut state = works_with("anthropic");
            for one in state.connections.iter_mut().flatten() {
                change(one);
            }
            on(state).press(UP).press(UP)
        };
        role.role = Some("reviewer".into());
        role.flags.agent = Some("claude".into());
        vec![
            ("settled", on(settled())),
            ("leave", on(settled()).press(esc)),
            ("at-work", at_work(&["ana", "ben-2", "ida"])),
            ("at-work-many", at_work(&many)),
            ("at-work-nobody", at_work(&[])),
            ("waiting", waits(1)),
            ("waiting-many", waits(3)),
            ("receipt", on(receipt())),
            ("taken", on(new_mesh()).press(ENTER).answer(Reply::Mesh(Err(slug_taken("ops-2"))))),
            ("role", on(role).press(UP).press(UP)),
            ("push", on(pushed("claude")).press(UP)),
            ("push-asked", on(pushed("codex")).press(UP)),
            ("no-push", on(pushed("shell")).press(UP)),
            ("provider-own", on(works_with("none")).press(UP).press(UP)),
            ("provider", on(works_with("anthropic")).press(UP).press(UP)),
            ("provider-poor", told(&|one| one.health = Some(Health::Poor))),
            ("provider-over", told(&|one| one.revoked_at = Some(one.created_at))),
            ("provider-left", told(&|one| one.left = Some("12.5".into()))),
            ("alone", on(alone())),
            ("creating", on(alone()).press(ENTER)),
            ("open", on(at_launch()).press(esc)),
            ("nothing-here", on(none).press(esc)),
            ("unknown-mesh", on(unknown)),
            ("trouble", on(alone()).press(ENTER).answer(Reply::Mesh(Err(refused())))),
        ]
    });
}

#[test]
fn agents() {
    seen("agents", |language| {
        let on = |agents: Vec<Agent>| {
            Walk::on(language, WizardState { agents: Some(agents), ..at_launch() }, To::Agents)
        };
        let found = || on(vec![agent("claude"), agent("codex"), agent("shell")]);
        let missing = Message::new("trouble-agent-not-found").with("agent", "aider");
        let missing = AppError::new(ErrorKind::AgentNotFound, "agent_not_found", missing).hint(
            Message::new("trouble-agent-not-found-hint")
                .with("agents", "claude, codex, gemini, opencode"),
        );
        vec![
            ("found", found()),
            ("none", on(vec![agent("shell")])),
            (
                "copied",
                on(vec![agent("shell")]).press(ENTER).answer(Reply::Copied(Ok(Clipboard::Desktop))),
            ),
            ("gone", {
                let mut state = WizardState { agents: Some(vec![agent("shell")]), ..at_launch() };
                state.remembered.agent = Some("gemini".into());
                Walk::on(language, state, To::Agents)
            }),
            ("typing", on(vec![agent("shell")]).press(END).press(UP).press(ENTER)),
            ("looking", found().write("aider").press(ENTER)),
            ("missing", found().write("aider").press(ENTER).answer(Reply::Agent(Err(missing)))),
        ]
    });
}

#[test]
fn display_name() {
    seen("display-name", |language| {
        let on = || Walk::on(language, settled(), To::DisplayName);
        let clear = || on().tell(Event::Key(Key::ctrl('u')));
        vec![
            ("as-it-is", on()),
            ("empty", clear()),
            ("too-long", clear().write(&"Alejandro ".repeat(11))),
        ]
    });
}

#[test]
fn role_tag() {
    seen("role-tag", |language| {
        let on = || Walk::on(language, settled(), To::RoleTag);
        let long = "reviewer of everything that anybody ever wrote";
        vec![("none", on()), ("typed", on().write("reviewer")), ("too-long", on().write(long))]
    });
}
