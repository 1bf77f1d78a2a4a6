//! The AI providers and what connects one, in every state a person can meet, in both
//! languages.

use crewmesh::connect::ProviderHere;
use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::Message;
use crewmesh::model::Clipboard;
use crewmesh::wire::{DeviceFlowState, Way};
use crewmesh::wizard::effect::ProviderFlow;
use crewmesh::wizard::event::{Key, KeyCode, Reply};
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::WizardState;

use super::gallery::{Walk, refused, seen};
use super::launching::settled;
use crate::support::fixtures::{agent, connection, provider_flow, provider_here, time};

const ENTER: Key = Key::plain(KeyCode::Enter);

/// With an agent on the card that is made for one of them.
fn state() -> WizardState {
    WizardState { agent: Some(agent("claude")), ..settled() }
}

fn anthropic() -> ProviderHere {
    provider_here("anthropic", "Anthropic", &[Way::Vendor, Way::Import, Way::Token])
}

fn ollama() -> ProviderHere {
    provider_here("ollama", "Ollama", &[Way::Endpoint])
}

fn github() -> ProviderHere {
    provider_here("github", "GitHub", &[Way::Device, Way::Token])
}

fn all() -> Vec<ProviderHere> {
    let openai = provider_here("openai", "OpenAI", &[Way::Token]);
    let google = provider_here("google", "Google", &[Way::Token]);
    vec![google, openai, github(), anthropic(), ollama()]
}

#[test]
fn providers() {
    seen("providers", |language| {
        let on = || Walk::on(language, state(), To::Providers);
        let over = {
            let mut over = connection("google", "");
            over.revoked_at = Some(time("2026-11-29T00:00:00Z"));
            over
        };
        let mut second = connection("openai", "lab");
        (second.id, second.default) = ("c-2".into(), false);
        let connections = vec![connection("openai", "work"), second, over];
        vec![
            ("looking", on()),
            ("none", on().answer(Reply::Providers(Ok((all(), vec![]))))),
            ("some", on().answer(Reply::Providers(Ok((all(), connections))))),
            ("unreachable", on().answer(Reply::Providers(Err(refused())))),
        ]
    });
}

fn wrong() -> AppError {
    let message = Message::new("provider-key-wrong").with("provider", "Anthropic");
    let hint = Message::new("provider-key-hint").with("page", "https://keys.example.org/anthropic");
    AppError::new(ErrorKind::Failed, "credential_wrong", message).hint(hint)
}

#[test]
fn connect_provider() {
    seen("connect-provider", |language| {
        let on = |provider| Walk::on(language, state(), To::ConnectProvider(Box::new(provider)));
        let import = || on(anthropic()).press(Key::plain(KeyCode::Down)).press(ENTER);
        let missing = Message::new("provider-way-vendor-missing")
            .with("agent", "claude")
            .with("install", "npm install -g @anthropic-ai/claude-code");
        let without = ProviderHere {
            missing: Some(missing),
            ..provider_here("anthropic", "Anthropic", &[Way::Token])
        };
        vec![
            ("ways", on(anthropic())),
            ("program-missing", on(without)),
            ("taking", import()),
            ("wrong", import().answer(Reply::Connected(Err(wrong())))),
        ]
    });
}

#[test]
fn provider_key() {
    seen("provider-key", |language| {
        let on = || Walk::on(language, state(), To::ProviderKey(Box::new(anthropic())));
        let typed = || on().write("sk-ant-api03-abcdefghijkl");
        vec![
            ("empty", on()),
            ("typed", typed()),
            ("checking", typed().press(ENTER)),
            ("wrong", typed().press(ENTER).answer(Reply::Connected(Err(wrong())))),
        ]
    });
}

#[test]
fn model_server() {
    seen("model-server", |language| {
        let on = || Walk::on(language, state(), To::ModelServer(Box::new(ollama())));
        let own = provider_here("self-hosted", "Self-hosted", &[Way::Endpoint]);
        let own = ProviderHere { endpoint: None, ..own };
        let own = Walk::on(language, state(), To::ModelServer(Box::new(own)));
        let told = |code, id| {
            let message = Message::new(id).with("address", "http://127.0.0.1:11434");
            AppError::new(ErrorKind::Failed, code, message)
        };
        let wants =
            || on().press(ENTER).answer(Reply::Connected(Err(told("key_wanted", "test-rejected"))));
        let refuses = told("credential_wrong", "provider-server-key-wrong");
        let keyed = || wants().write("sk-secretsecret");
        vec![
            ("usual", on()),
            ("own", own),
            ("asking", on().press(ENTER)),
            ("away", on().press(ENTER).answer(Reply::Connected(Err(refused())))),
            (
                "models",
                on().press(ENTER).answer(Reply::Models(vec!["llama3.3".into(), "qwen3:8b".into()])),
            ),
            ("key-wanted", wants()),
            ("key-wrong", keyed().press(ENTER).answer(Reply::Connected(Err(refuses)))),
        ]
    });
}

#[test]
fn provider_code() {
    seen("provider-code", |language| {
        let on = || Walk::on(language, state(), To::ProviderCode(Box::new(github())));
        let told = |change: fn(&mut ProviderFlow)| {
            let mut flow = provider_flow();
            change(&mut flow);
            Reply::ProviderFlow(Ok(Box::new(flow)))
        };
        let waiting = || on().answer(told(|_| {}));
        let none = AppError::new(
            ErrorKind::BadArguments,
            "way_not_offered",
            Message::new("test-rejected"),
        );
        vec![
            ("asking", on()),
            ("no-client", on().answer(Reply::ProviderFlow(Err(none)))),
            ("waiting", waiting()),
            (
                "copied",
                waiting().press(Key::char('c')).answer(Reply::Copied(Ok(Clipboard::Desktop))),
            ),
            ("trouble", waiting().answer(told(|known| known.flow.trouble = Some("503".into())))),
            ("away", waiting().answer(Reply::ProviderFlow(Err(refused())))),
            ("denied", waiting().answer(told(|known| known.flow.state = DeviceFlowState::Denied))),
        ]
    });
}
