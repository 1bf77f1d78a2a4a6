use super::*;
use crate::agent::spec;
use crate::agent::spec::Makes;
use crate::wire::Connection;

fn plan(agent: &str) -> LaunchPlan {
    LaunchPlan {
        program: PathBuf::from("/usr/bin").join(agent),
        agent: agent.into(),
        arguments: Vec::new(),
        instance: "local".into(),
        mesh: "ops".into(),
        machine: "lab".into(),
        name: "Ana \"A\"".into(),
        role: Some("reviewer".into()),
        messages: Delivery::default(),
        provider: None,
        model: None,
        mcp: true,
        task: Some("say hello".into()),
    }
}

fn of(agent: &str, variables: &[(&str, &str)]) -> Injected {
    of_plan(&plan(agent), variables)
}

fn of_plan(plan: &LaunchPlan, variables: &[(&str, &str)]) -> Injected {
    let agent = &*plan.agent;
    let mut env = Environment::of(variables.iter().copied().collect());
    env.is_root = true;
    // As a launch has them.
    let launch = [("CREWMESH_MESH", "ops"), ("CREWMESH_AGENT", agent)];
    let launch = launch.map(|(name, value)| (name.to_owned(), Secret::new(value)));
    let spec = spec::find(agent).expect("it is known");
    let places = (Path::new("/s"), Path::new("/bin/crewmesh"));
    injected(&spec, plan, &launch, places, &env, None)
}

/// Those that take a server.
fn with_tools() -> impl Iterator<Item = &'static str> {
    spec::names().filter(|name| spec::find(name).is_some_and(|spec| spec.mcp.is_some()))
}

#[test]
fn each_agent_is_given_its_server_by_its_own_way() {
    for agent in with_tools() {
        let given = of(agent, &[("HOME", "/home/ana"), ("CREWMESH_TOKEN", "hunter2")]);
        let shown = format!("{:?} {:?}", given.before, given.after);
        assert!(!shown.contains("hunter2") && !shown.contains('{') || agent == "codex", "{shown}");
        let files: String = given.files.iter().map(|(_, text)| text.expose()).collect();
        assert!(!files.contains("hunter2"), "{agent}");
        if agent == "codex" {
            assert!(given.before.contains(&"--no-daemon".to_owned()), "{shown}");
            let env = given.before.iter().find(|setting| setting.contains(".env={")).expect("it");
            // Codex takes what is no TOML for a text, and ends.
            let setting: toml::Table = toml::from_str(env).expect("TOML");
            let env = &setting["mcp_servers"]["crewmesh"]["env"];
            assert_eq!(env["CREWMESH_MESH"].as_str(), Some("ops"), "{env}");
            assert_eq!(env["CREWMESH_AGENT"].as_str(), Some("codex"), "{env}");
            assert_eq!(env["HOME"].as_str(), Some("/home/ana"), "{env}");
            let named = "mcp_servers.crewmesh.env_vars=[\"CREWMESH_TOKEN\"]".to_owned();
            assert!(given.before.contains(&named), "{shown}");
        } else {
            let (path, text) = &given.files[0];
            let written: Value = serde_json::from_str(text.expose()).expect("JSON");
            assert!(written.to_string().contains("\"CREWMESH_AGENT\""), "{written}");
            let told = |text: &str| text.contains(path.to_str().expect("text"));
            let by_argument = given.before.iter().any(|argument| told(argument));
            assert!(by_argument || given.env.iter().any(|(_, text)| told(text.expose())));
        }
        let last = given.after.last().expect("a task");
        assert_eq!(last, "say hello", "{agent}");
    }
}

#[test]
fn each_agent_is_given_its_hooks_where_messages_are_to_be_pushed() {
    for agent in with_tools() {
        let env = [("HOME", "/home/ana")];
        let inbox = of_plan(&plan(agent), &env);
        let shown = |given: &Injected| {
            let files: String = given.files.iter().map(|(_, text)| text.expose()).collect();
            format!("{:?} {files}", given.before)
        };
        assert!(!shown(&inbox).contains("hook"), "{agent}");
        let push = of_plan(&LaunchPlan { messages: Delivery::Push, ..plan(agent) }, &env);
        assert!(shown(&push).contains("hook"), "{agent}: {}", shown(&push));
        // What the person sets stands behind it.
        assert_eq!(push.after, inbox.after, "{agent}");
        for (file, text) in &push.files {
            if file.extension().is_some_and(|ending| ending == "json") {
                let read: Result<Value, _> = serde_json::from_str(text.expose());
                assert!(read.is_ok(), "{agent}: {}", text.expose());
            }
        }
    }
    let off = of_plan(&LaunchPlan { messages: Delivery::Off, ..plan("claude") }, &[]);
    let words = off.before.last().expect("words");
    assert!(!words.contains("essage") && words.contains("share tasks"), "{words}");
}

#[test]
fn words_say_where_it_is_as_whom_and_with_which_role() {
    let claude = of("claude", &[]);
    let words = claude.before.last().expect("words");
    assert!(words.contains("mesh ops as Ana \"A\", with the role reviewer"), "{words}");
    let codex = of("codex", &[]).before.join(" ");
    assert!(codex.contains("developer_instructions=\"You work") && codex.contains("\\\"A\\\""));
    let opencode = of("opencode", &[]);
    assert!(opencode.files.iter().any(|(path, _)| path.ends_with(WORDS_FILE)));
}

#[test]
fn what_the_person_has_set_stays_theirs() {
    let own = [("OPENCODE_CONFIG", "/own.json")];
    assert!(of("opencode", &own).files.is_empty());
    let own = [("OPENCODE_CONFIG_CONTENT", "{}")];
    let given = of("opencode", &own);
    assert_eq!(given.env.len(), 1, "the server, and no words");
    // Somebody's own file is nothing to Gemini, which would say so each time.
    let env = Environment::of([("HOME", "/home/ana")].into_iter().collect());
    let spec = spec::find("gemini").expect("it is known");
    let places = (Path::new("/s"), Path::new("/bin/crewmesh"));
    let given = injected(&spec, &plan("gemini"), &[], places, &env, None);
    assert!(given.env.is_empty() && given.files.is_empty(), "{given:?}");
    let mut plan = plan("claude");
    (plan.mcp, plan.task) = (false, None);
    let env = Environment::of(Vec::<(&str, &str)>::new().into_iter().collect());
    let spec = spec::find("claude").expect("it is known");
    let places = (Path::new("/s"), Path::new("/bin/crewmesh"));
    assert_eq!(injected(&spec, &plan, &[], places, &env, None), Injected::default());
}

fn lease(provider: &str, kind: &str) -> Lease {
    serde_json::from_value(json!({
        "id": "c1", "provider": provider, "way": "token", "kind": kind, "default": true,
        "created_at": "2026-11-30T00:00:00Z", "expires_at": "2026-11-30T12:00:00Z",
        "secret": "hunter2-\"'",
    }))
    .expect("a lease")
}

fn with_lease(agent: &str, plan: &LaunchPlan, lease: &Lease) -> Injected {
    let env = Environment {
        is_root: true,
        ..Environment::of([("HOME", "/home/ana")].into_iter().collect())
    };
    let spec = spec::find(agent).expect("it is known");
    let places = (Path::new("/s/o'ne"), Path::new("/bin/crewmesh"));
    injected(&spec, plan, &[], places, &env, Some(lease))
}

#[test]
fn what_opens_an_account_is_in_variables_and_private_files_alone() {
    for agent in spec::names() {
        let by = spec::find(agent).expect("it is known").provider;
        let each = by.iter().flat_map(|by| by.names.iter().map(move |name| (name, &by.kinds[0])));
        for (name, kind) in each {
            let mut lease = lease(name, kind);
            lease.connection.endpoint = Some("http://10.0.0.7:8000".into());
            lease.connection.model = Some("qwen3:8b".into());
            let given = with_lease(agent, &plan(agent), &lease);
            let shown = format!("{:?} {:?} {:?}", given.before, given.after, given.links);
            assert!(!shown.contains("hunter2") && !shown.contains("{secret"), "{shown}");
            let files = given.files.iter().filter(|(_, text)| text.expose().contains("hunter2"));
            let variables = given.env.iter().filter(|(_, text)| text.expose().contains("hunter2"));
            assert_eq!(files.count() + variables.count(), 1, "{agent} {name}: once");
            let all = format!("{:?} {:?} {:?}", given.before, given.env, given.files);
            assert!(!all.contains("{model") && !all.contains("{endpoint") && !all.contains("{v1"));
            for (file, text) in &given.files {
                let is_json = file.extension().is_some_and(|ending| ending == "json");
                assert!(!text.expose().contains("{key_file") && !text.expose().contains("{secret"));
                let read: Result<Value, _> = serde_json::from_str(text.expose());
                assert!(!is_json || read.is_ok(), "{agent}: {}", text.expose());
            }
            // Without our server as well.
            let alone = LaunchPlan { mcp: false, task: None, ..plan(agent) };
            let alone = with_lease(agent, &alone, &lease);
            assert!(!alone.has_server && (!alone.env.is_empty() || !alone.before.is_empty()));
            // Of another kind nothing is given.
            let other = Lease {
                connection: Connection { kind: "other".into(), ..lease.connection },
                ..lease
            };
            assert_eq!(with_lease(agent, &plan(agent), &other), of_root(agent), "{agent}");
        }
    }
}

/// What it is given without an account.
fn of_root(agent: &str) -> Injected {
    let env = Environment {
        is_root: true,
        ..Environment::of([("HOME", "/home/ana")].into_iter().collect())
    };
    let places = (Path::new("/s/o'ne"), Path::new("/bin/crewmesh"));
    injected(&spec::find(agent).expect("it is known"), &plan(agent), &[], places, &env, None)
}

#[test]
fn what_it_has_in_its_settings_stands_in_one_file() {
    let push = LaunchPlan { messages: Delivery::Push, ..plan("claude") };
    let given = with_lease("claude", &push, &lease("anthropic", "api_key"));
    let settings = given.before.iter().filter(|one| one.starts_with("--settings")).count();
    assert_eq!(settings, 1, "of two it reads the last alone: {:?}", given.before);
    let (_, text) =
        given.files.iter().find(|(file, _)| file.ends_with("settings.json")).expect("it");
    let written: Value = serde_json::from_str(text.expose()).expect("JSON");
    assert_eq!(written["apiKeyHelper"], "cat '/s/o'\\''ne/key'");
    assert_eq!(written["env"]["ANTHROPIC_AUTH_TOKEN"], "");
    assert!(written["hooks"]["Stop"].is_array(), "{written}");
    assert!(given.env_remove.contains(&"ANTHROPIC_API_KEY".to_owned()));

    let given = with_lease("opencode", &plan("opencode"), &lease("openai", "api_key"));
    let config = given.env.iter().find(|(name, _)| name == "OPENCODE_CONFIG_CONTENT").expect("it");
    let config: Value = serde_json::from_str(config.1.expose()).expect("JSON");
    assert_eq!(config["provider"]["openai"]["options"]["apiKey"], "{file:/s/o'ne/key}");
    assert_eq!(config["instructions"][0], "/s/o'ne/AGENTS.md");
    // A key alone chooses no model: it would go on with another provider's.
    assert_eq!(config["enabled_providers"], json!(["openai"]));
    assert_eq!(config["disabled_providers"], json!([]));

    let given = with_lease("gemini", &plan("gemini"), &lease("google", "api_key"));
    let (_, text) = &given.files[0];
    let written: Value = serde_json::from_str(text.expose()).expect("JSON");
    assert_eq!(written["security"]["auth"]["selectedType"], "gemini-api-key");
    assert!(written["mcpServers"]["crewmesh"].is_object(), "{written}");
}

#[test]
fn an_agent_with_a_home_of_its_own_keeps_what_is_the_persons() {
    let given = with_lease("codex", &plan("codex"), &lease("openai", "api_key"));
    let sessions =
        given.links.iter().find(|link| link.from.ends_with("home/sessions")).expect("it");
    assert_eq!(sessions.to, Path::new("/home/ana/.codex/sessions"));
    assert!(
        sessions.makes == Makes::Folder
            && !given.links.iter().any(|link| link.from.ends_with("auth.json"))
    );
    let (_, auth) = given.files.iter().find(|(file, _)| file.ends_with("auth.json")).expect("it");
    let auth: Value = serde_json::from_str(auth.expose()).expect("JSON");
    assert_eq!(auth, json!({ "auth_mode": "apikey", "OPENAI_API_KEY": "hunter2-\"'" }));
}

#[test]
fn aider_is_given_a_file_that_says_which_key_goes_where_and_each_model() {
    let mut lease = lease("anthropic", "api_key");
    let given = |lease: &Lease| {
        let given = with_lease("aider", &plan("aider"), lease);
        let (file, text) = &given.files[0];
        let written: Value = serde_json::from_str(text.expose()).expect("JSON");
        let told = given.before.windows(2).find(|two| two[0] == "--model-settings-file");
        assert_eq!(told.expect("an option")[1], file.display().to_string());
        let models = given.before.windows(2).filter(|two| two[0].ends_with("model"));
        let models: Vec<_> = models.map(|two| two[1].clone()).collect();
        (written[0]["extra_params"].clone(), models)
    };
    let (written, models) = given(&lease);
    assert_eq!(
        written,
        json!({ "api_key": "hunter2-\"'", "api_base": "https://api.anthropic.com",
            "base_url": "https://api.anthropic.com", "custom_llm_provider": "anthropic" })
    );
    // Where nobody says, and where somebody does.
    assert_eq!(models, ["anthropic/claude-sonnet-4-5"; 3]);
    lease.connection.model = Some("claude-opus-4-6".into());
    assert_eq!(given(&lease).1, ["anthropic/claude-opus-4-6"; 3]);
    // At a server that asks for nothing.
    lease.connection.provider = "self-hosted".into();
    lease.connection.endpoint = Some("http://10.0.0.7:8000/llm".into());
    lease.secret = None;
    let (written, models) = given(&lease);
    assert_eq!(
        (&written["api_key"], models[0].as_str()),
        (&json!("none"), "openai/claude-opus-4-6")
    );
    assert_eq!(written["api_base"], "http://10.0.0.7:8000/llm/v1");
}

/// A server of the person's own, with a key or without one.
fn of_server(agent: &str, plan: &LaunchPlan, secret: Option<&str>) -> Injected {
    let mut lease = lease("self-hosted", "api_key");
    lease.connection.endpoint = Some("http://10.0.0.7:8000/llm".into());
    lease.connection.model = Some("qwen3:8b".into());
    lease.secret = secret.map(Secret::new);
    with_lease(agent, plan, &lease)
}

#[test]
fn at_a_server_of_the_persons_own_it_asks_for_the_model_that_was_said() {
    let text = |given: &Injected, name: &str| {
        let of = given.env.iter().find(|(one, _)| one == name).expect("it is set");
        of.1.expose().to_owned()
    };
    let given = of_server("claude", &plan("claude"), None);
    assert_eq!(text(&given, "ANTHROPIC_BASE_URL"), "http://10.0.0.7:8000/llm");
    assert_eq!(text(&given, "ANTHROPIC_AUTH_TOKEN"), "none", "a sign-in would go there");
    assert_eq!(text(&given, "ANTHROPIC_MODEL"), "qwen3:8b");
    assert!(given.env_remove.contains(&"ANTHROPIC_API_KEY".to_owned()));
    let other = LaunchPlan { model: Some("other/one".into()), ..plan("claude") };
    assert_eq!(text(&of_server("claude", &other, Some("k")), "ANTHROPIC_MODEL"), "other/one");
    assert_eq!(text(&of_server("claude", &other, Some("k")), "ANTHROPIC_AUTH_TOKEN"), "k");

    let given = of_server("codex", &plan("codex"), Some("k"));
    let url = "model_providers.crewmesh-endpoint.base_url=\"http://10.0.0.7:8000/llm/v1\"";
    assert!(given.before.iter().any(|one| one == url), "{:?}", given.before);
    assert!(given.before.ends_with(&["-m".into(), "qwen3:8b".into()]), "{:?}", given.before);
    assert!(given.links.is_empty(), "its home is the person's");
    for mcp in [true, false] {
        let given = of_server("codex", &LaunchPlan { mcp, ..plan("codex") }, Some("k"));
        let daemon = given.before.iter().filter(|one| *one == "--no-daemon").count();
        assert_eq!(daemon, 1, "given twice it ends: {:?}", given.before);
    }

    let given = of_server("opencode", &plan("opencode"), None);
    let config: Value =
        serde_json::from_str(&text(&given, "OPENCODE_CONFIG_CONTENT")).expect("JSON");
    assert_eq!(config["model"], "crewmesh-endpoint/qwen3:8b");
    let own = &config["provider"]["crewmesh-endpoint"];
    assert!(own["models"]["qwen3:8b"].is_object(), "{config}");
    assert_eq!(own["options"]["baseURL"], "http://10.0.0.7:8000/llm/v1");
    let key = given.files.iter().find(|(file, _)| file.ends_with("key")).expect("a file");
    assert_eq!(key.1.expose(), "none");

    let given = of_server("qwen", &plan("qwen"), Some("a\"b"));
    let (_, written) =
        given.files.iter().find(|(file, _)| file.ends_with("settings.json")).expect("a file");
    let written: Value = serde_json::from_str(written.expose()).expect("JSON");
    assert_eq!(written["security"]["auth"]["apiKey"], "a\"b");
    assert_eq!(written["modelProviders"]["openai"][0]["id"], "qwen3:8b");
}
