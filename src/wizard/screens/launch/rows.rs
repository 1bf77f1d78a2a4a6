//! What the card says of each line of a launch.

use super::lines::{Line, lines};
use super::stage::Stage;
use crate::agent::spec;
use crate::i18n::{Message, Words};
use crate::provider::spec as spec_of_provider;
use crate::wire::Health;
use crate::wizard::draft::{self, CardRow};
use crate::wizard::page::{Mark, Row};
use crate::wizard::state::{Agent, Delivery, WizardState};
use crate::wizard::words::{person, say, verbatim};

/// The rows of the card, where a launch is `at`; one may be `chosen`.
pub(super) fn rows(state: &WizardState, at: &Stage, chosen: Option<Line>) -> Vec<Row> {
    let account = state.account.as_ref().map(person);
    let mut rows = vec![Row { value: account, ..Row::new(Mark::Done, say("row-account")) }];
    let mut push = |line: Line, label: &'static str, (mark, value): (Mark, Words)| {
        let row = Row::new(mark, say(label)).value(value);
        rows.push(Row { chosen: chosen == Some(line), ..row });
    };
    push(Line::Mesh, "row-mesh", mesh(state, at));
    push(Line::Machine, "row-machine", machine(state, at));
    push(Line::Name, "row-name", (Mark::Done, verbatim(&draft::name(state))));
    let role = state
        .role
        .as_ref()
        .map_or((Mark::Optional, say("role-optional")), |role| (Mark::Done, verbatim(role)));
    push(Line::Role, "row-role", role);
    push(Line::Agent, "row-agent", agent(state));
    if lines(state).contains(&Line::Provider) {
        push(Line::Provider, "row-provider", provider(state));
    }
    push(Line::Messages, "row-messages", (Mark::Done, messages(state)));
    rows
}

fn mesh(state: &WizardState, at: &Stage) -> (Mark, Words) {
    match draft::mesh(state) {
        CardRow::Existing(mesh) => (Mark::Done, verbatim(&mesh.name)),
        CardRow::ToCreate(new) => {
            let making = matches!(at, Stage::CreatingMesh { .. });
            let value = Message::new("mesh-new").with("name", new.name).into();
            (if making { Mark::Now } else { Mark::Done }, value)
        }
        CardRow::Undecided if draft::asks_for_unknown_mesh(state) => {
            let named = state.flags.mesh.clone().unwrap_or_default();
            (Mark::Failed, Message::new("mesh-unknown").with("mesh", named).into())
        }
        CardRow::Undecided => {
            let count = state.meshes.as_ref().map_or(0, Vec::len);
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            (Mark::Now, Message::new("mesh-pick").with("count", count).into())
        }
    }
}

fn machine(state: &WizardState, at: &Stage) -> (Mark, Words) {
    match draft::machine(state) {
        CardRow::Existing(machine) => (Mark::Done, verbatim(&machine.name)),
        CardRow::ToCreate(new) => {
            let making = matches!(at, Stage::Registering { .. });
            let value = match new.location {
                Some(zone) => Message::new("machine-new").with("zone", zone),
                None => Message::new("machine-new-nowhere"),
            };
            let mark = if making { Mark::Now } else { Mark::Done };
            (mark, value.with("name", new.name).into())
        }
        CardRow::Undecided => (Mark::Now, say("machine-name-this")),
    }
}

/// What the agent works with, and how that was when its provider was asked last.
fn provider(state: &WizardState) -> (Mark, Words) {
    let agent = draft::agent(state).map(|agent| agent.name).unwrap_or_default();
    let all = draft::providers(state, &agent);
    let Some(chosen) = draft::provider(state, &agent) else {
        let others = i64::try_from(all.len() - 1).unwrap_or_default();
        let own = match others {
            0 => say("provider-own"),
            others => Message::new("provider-own-of").with("count", others).into(),
        };
        return (Mark::Done, own);
    };
    let known = all.into_iter().find(|(name, _)| name.as_ref() == Some(&chosen));
    let known = known.and_then(|(_, connection)| connection);
    // One that is over is not among those that can be chosen.
    let mut mine = state.connections.iter().flatten();
    let Some(connection) = known.or_else(|| mine.find(|one| draft::name_of(one) == chosen)) else {
        return (Mark::Done, verbatim(&spec_of_provider::title(&chosen)));
    };
    let called = verbatim(&spec_of_provider::called(connection));
    let (mark, how) = match connection.health {
        _ if connection.revoked_at.is_some() => (Mark::Failed, say("provider-revoked")),
        Some(Health::Poor) => (Mark::Failed, say("provider-health-poor")),
        Some(Health::Down) => (Mark::Done, say("provider-health-down")),
        _ => match &connection.left {
            Some(left) => {
                let left = verbatim(left);
                (Mark::Done, Message::new("provider-left").with("left", left).into())
            }
            None => return (Mark::Done, called),
        },
    };
    (mark, Message::new("provider-and-how").with("what", called).with("how", how).into())
}

/// How messages reach the agent; where it is to be pushed and cannot, that too.
fn messages(state: &WizardState) -> Words {
    let name = draft::agent(state).map(|agent| agent.name).unwrap_or_default();
    match (draft::messages(state), spec::push_of(&name, state.host.is_root)) {
        (Delivery::Push, Some(push)) if push.at_rest() => say("messages-push"),
        (Delivery::Push, Some(push)) if push.asks => {
            Message::new("messages-push-asked").with("agent", verbatim(&name)).into()
        }
        (Delivery::Push, Some(_)) => say("messages-push-at-work"),
        (Delivery::Push, None) => {
            Message::new("messages-no-push").with("agent", verbatim(&name)).into()
        }
        (Delivery::Inbox, _) => say("messages-inbox"),
        (Delivery::Off, _) => say("messages-off"),
    }
}

fn agent(state: &WizardState) -> (Mark, Words) {
    let missing = |id: &'static str| (Mark::Now, say(id));
    match draft::agent(state) {
        Some(Agent { name, version, .. }) => {
            let shown = version.map_or_else(|| name.clone(), |version| format!("{name} {version}"));
            let named = state.agents.iter().flatten().any(|agent| agent.name == name);
            let id = match (named, name.as_str()) {
                (_, draft::SHELL) => "agent-shell",
                (true, _) => "agent-found",
                (false, _) => "agent-named",
            };
            (Mark::Done, Message::new(id).with("agent", shown).into())
        }
        None => match &state.flags.agent {
            Some(named) => {
                let words = Message::new("agent-unknown").with("agent", named.clone());
                (Mark::Failed, words.into())
            }
            None => missing("agent-none"),
        },
    }
}
