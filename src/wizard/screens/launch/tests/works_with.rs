//! What the agent works with: its own sign-in, or something that is connected.

use super::*;

/// What is connected at `provider`; `default` there, or not.
fn connected(provider: &str, kind: &str, default: bool) -> Connection {
    serde_json::from_value(serde_json::json!({
        "id": format!("c-{provider}-{default}"), "provider": provider, "way": "token",
        "kind": kind, "label": if default { "" } else { "work" }, "last_four": "4711",
        "default": default, "created_at": "2026-11-30T00:00:00Z",
    }))
    .expect("a connection")
}

#[test]
fn what_the_agent_works_with_is_chosen_where_there_is_something_to_choose() {
    let mut state = WizardState { agent: Some(testing::agent("claude")), ..settled() };
    let mut card = Launch::new();
    card.open(&state, at(0));
    // The line is there before anything is known of it: nothing moves for news.
    for connections in [None, Some(vec![])] {
        state.connections = connections;
        card.cursor = Line::Provider;
        assert_eq!(card.on(ENTER, &state, at(0)), Next::open(To::Providers));
        assert_eq!(draft::provider(&state, "claude"), None);
    }
    card.cursor = Line::Continue;
    let before = lines(&state);
    assert!(before.contains(&Line::Provider));
    let all = vec![
        connected("anthropic", "api_key", true),
        connected("anthropic", "api_key", false),
        connected("openai", "api_key", true),
    ];
    // The cursor stays where it was when the row comes.
    let next = card.on(reply(Reply::Connections(all.clone())), &state, at(1));
    assert_eq!(next, Next::stay().learn(Fact::Connections(all)));
    state.apply(next.facts[0].clone());
    assert_eq!(card.cursor, Line::Continue);
    assert_eq!(lines(&state), before);
    card.cursor = Line::Provider;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let plan = draft::plan(&state).expect("everything is there");
        let rows = rows(&state, &Stage::CHOOSING, None);
        seen.push((plan.provider, format!("{:?}", rows[6].value)));
        let next = card.on(ENTER, &state, at(2));
        let [Fact::Provider(_)] = next.facts[..] else { panic!("{next:?}") };
        state.apply(next.facts[0].clone());
    }
    let chosen: Vec<_> = seen.iter().map(|(provider, _)| provider.as_deref()).collect();
    assert_eq!(chosen, [None, Some("anthropic"), Some("c-anthropic-false")]);
    assert!(
        seen[0].1.contains("provider-own") && seen[1].1.contains("Anthropic (…4711)"),
        "{seen:?}"
    );
    assert!(seen[2].1.contains("Anthropic (work, …4711)"), "{seen:?}");
    assert_eq!(draft::plan(&state).expect("everything is there").provider, None, "and again");

    // Another agent begins with its own.
    state.apply(Fact::Provider("anthropic".into()));
    state.apply(Fact::Agent(testing::agent("codex")));
    assert_eq!(draft::provider(&state, "codex"), None);
    assert_eq!(draft::providers(&state, "codex").len(), 2);
    state.apply(Fact::Agent(testing::agent("shell")));
    assert!(!lines(&state).contains(&Line::Provider), "it takes none");
    // The cursor that was on the row is on the next one that is seen.
    assert_eq!(lines(&state)[index_of(Line::Provider, &state)], Line::Messages);
}

#[test]
fn what_it_worked_with_the_last_time_is_offered_to_the_same_agent() {
    let mut state = WizardState { agent: Some(testing::agent("claude")), ..settled() };
    state.remembered.agent = Some("claude".into());
    state.remembered.provider = Some("anthropic".into());
    assert_eq!(draft::provider(&state, "claude").as_deref(), Some("anthropic"));
    assert!(lines(&state).contains(&Line::Provider), "told before anybody knows of it");
    assert_eq!(draft::provider(&state, "codex"), None);
    state.flags.provider = Some("none".into());
    assert_eq!(draft::provider(&state, "claude"), None);
    state.flags.provider = Some("openai".into());
    assert_eq!(draft::provider(&state, "codex").as_deref(), Some("openai"));
}
