//! What is known of each agent: one file under `assets/agents`, named after it
//! and compiled in, read when somebody asks for that agent. Its one surprising
//! rule: nothing in one is from memory; each says which version of the agent it
//! was measured with.
//!
//! In arguments and variables `{…}` stands for what is put in when the agent
//! is started:
//!
//! | in | placeholder | what it becomes |
//! | --- | --- | --- |
//! | `resume` | `{id}` | the id of a session |
//! | `words` | `{words}`, `{words_json}` | the words, the same as a JSON string |
//! | | `{words_file}`, `{words_folder}` | a private file with them, its folder |
//! | `task` | `{task}` | the first task |
//! | `mcp` | `{mcp_file}` | a private file in the section's `format` |
//! | | `{mcp_setting}` | each setting, its argument before it again |
//! | `push` | `{push_file}`, `{push_setting}` | the same for its hooks |
//! | | `{push_folder}` | the folder of that file |
//! | `settings` | `{settings_file}`, `{settings_json}` | a private file with its settings; their JSON |
//! | `provider` | `{secret}` | what opens the account; never among arguments |
//! | | `{secret_json}`, `{claim_json}` | the same in `files`; its `claim` |
//! | | `{key_file}` | a private file with it, or with what its `key_file` says |
//! | | `{key_file_quoted}`, `{key_file_json}` | the same for a shell, as a JSON string |
//! | | `{secret_or_none}`, `{secret_or_none_json}` | what opens the account, or `none` |
//! | | `{endpoint}`, `{v1_json}` | where models are asked for; a JSON string, `/v1` behind it |
//! | | `{model}` | which one, or its `model`; it may stand in the name of a setting |

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// The text of every file, by the agent's name, in order (build.rs).
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/agents.rs"));

/// How an agent is found, asked and started.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AgentSpec {
    /// The name of its program, without a folder.
    pub program: String,
    /// The command line that installs it.
    pub install: String,
    /// Without what it does not start.
    pub needs: Vec<Need>,
    /// What it asks of the person when it is started for the first time.
    pub first_start: Vec<FirstQuestion>,
    /// Options of the person's with which it is given no account, as they would have it use
    /// another, or send or show what opens this one.
    #[serde(default)]
    pub in_the_way: Vec<String>,
    /// What no model's name may have in it that it asks for with an account.
    #[serde(default)]
    pub not_models: Vec<String>,
    /// How its version is asked.
    pub version: VersionQuery,
    /// How an earlier session is taken up again.
    pub resume: Resume,
    /// How it is given settings for one session, which whatever needs them is put into.
    pub settings: Option<SettingsInjection>,
    /// How it is given words for one session, such as its role.
    pub words: Option<Injection>,
    /// How it is given its first task, after which the person goes on with it.
    pub task: Option<Injection>,
    /// How it is given an MCP server for one session.
    pub mcp: Option<McpInjection>,
    /// How what others write reaches it unasked, beside that server.
    pub push: Option<Push>,
    /// How it is given what opens an account at a provider, the provider it is made for
    /// first.
    #[serde(default)]
    pub provider: Vec<ProviderInjection>,
    /// A home of its own for one session, for what opens an account by files.
    pub home: Option<AgentHome>,
}

/// Something an agent does not start without.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    Terminal,
    /// A Git repository around the working directory.
    GitRepository,
}

/// A question of an agent's own. It is the person's to answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum FirstQuestion {
    /// How it is to look.
    Theme,
    /// Signing in to its vendor.
    SignIn,
    /// Whether the working directory is trusted.
    Trust,
    /// The same, in a Git repository only.
    TrustInGit,
}

/// How an agent is asked for its version.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct VersionQuery {
    pub args: Vec<String>,
    /// Variables that are set for it.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where it writes the answer.
    #[serde(default)]
    pub stream: Stream,
    /// What stands before the version, at the start of a line.
    #[serde(default)]
    pub before: String,
}

/// An output of a program.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    #[default]
    Stdout,
    Stderr,
}

/// The arguments that take up an earlier session.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The last one of the working directory.
    pub last: Vec<String>,
    /// The one with an id; empty where none can be named.
    #[serde(default)]
    pub id: Vec<String>,
}

/// Arguments and variables by which something is given to an agent.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What its settings say of it.
    pub settings: Option<Value>,
}

/// How an agent is given settings for one session.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SettingsInjection {
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// It reads them only where root starts it.
    #[serde(default)]
    pub only_root: bool,
}

/// How an agent is given what opens an account at a provider.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ProviderInjection {
    /// The providers'.
    pub names: Vec<String>,
    /// The kinds of credential that it takes so.
    pub kinds: Vec<String>,
    /// Before the person's own; what opens the account is in none of them.
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Variables of the person's that would be used in its place.
    #[serde(default)]
    pub unset: Vec<String>,
    /// What its settings say of it.
    pub settings: Option<Value>,
    /// What stands in the private file in place of what opens the account alone.
    pub key_file: Option<String>,
    /// Which model it asks for where nobody says.
    pub model: Option<String>,
    /// Where a claim stands in what opens the account (RFC 6901, RFC 7519).
    pub claim: Option<String>,
    /// What stands in a home of its own for this session.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl ProviderInjection {
    /// Whether it has to be said which model it asks for.
    pub fn wants_model(&self) -> bool {
        if self.model.is_some() {
            return false;
        }
        let settings = self.settings.as_ref().map(Value::to_string);
        let texts = self.args.iter().chain(self.env.values()).chain(&settings);
        texts.into_iter().any(|text| text.contains("{model}"))
    }
}

/// A home of an agent's own for one session, in which most leads to the person's.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AgentHome {
    /// The variable that says where it is.
    pub variable: String,
    /// The person's own, below their home.
    pub own: String,
    /// What leads to the same there, where there is such.
    pub links: Vec<String>,
    /// Which of these are folders, made where there are none, so that what is put there
    /// stays.
    #[serde(default)]
    pub folders: Vec<String>,
    /// Which are files, made empty for the same reason.
    #[serde(default)]
    pub files: Vec<String>,
}

/// What is made where a link leads to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Makes {
    /// Not even the link.
    Nothing,
    Folder,
    /// An empty one.
    File,
}

impl AgentHome {
    /// What is made for the link called `name`.
    pub fn makes(&self, name: &String) -> Makes {
        if self.folders.contains(name) {
            Makes::Folder
        } else if self.files.contains(name) {
            Makes::File
        } else {
            Makes::Nothing
        }
    }
}

/// How an agent is given an MCP server.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct McpInjection {
    /// How the server is written down.
    pub format: McpFormat,
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where it takes one so from root alone: how anybody else gives it.
    pub by_hand: Option<ByHand>,
}

/// What a person does once to give an agent a server, by the agent's own command.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    pub command: String,
    /// The file in which it then stands, below the person's home.
    pub kept: String,
}

/// How an agent is given hooks, by which it comes for what others wrote.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// How they are written down.
    pub format: PushFormat,
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// By the agent's own words for what happens to it: what is done then.
    pub on: BTreeMap<String, Moment>,
    /// `NAME=VALUE`: what one at rest has in its environment where it can be woken.
    /// Elsewhere it would wait for its hook.
    pub rest_where: Option<String>,
    /// It asks its person once whether these hooks may run.
    #[serde(default)]
    pub asks: bool,
}

impl Push {
    /// Whether words reach it while it does nothing, too.
    pub fn at_rest(&self) -> bool {
        self.on.values().any(|moment| *moment == Moment::Rest)
    }
}

/// How hooks are written down for an agent.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum PushFormat {
    /// `{"hooks":{EVENT:[{"hooks":[{"type":"command","command":"…"}]}]}}`.
    Hooks,
    /// The same among its settings.
    Settings,
    /// A plugin of two files, `{"hooks":{EVENT:[{"type":"command","bash":"…"}]}}` one.
    CopilotPlugin,
    /// A plugin, named in the file that names the server.
    OpencodePlugin,
    /// TOML, a setting each: `hooks.EVENT=[{hooks=[{type="command",command="…"}]}]`.
    Codex,
}

/// What an agent is at when it runs a hook of ours.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// It begins or rests: the hook waits beside it, and wakes it by exit code 2.
    Rest,
    /// It is about to rest: with words it goes on instead.
    Stop,
    /// It does something: words are put beside that.
    Work,
    /// The same, of which it reads less.
    Plain,
}

impl Moment {
    /// Its word in a command.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Stop => "stop",
            Self::Work => "work",
            Self::Plain => "plain",
        }
    }

    /// The one of this word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Rest, Self::Stop, Self::Work, Self::Plain]
            .into_iter()
            .find(|moment| moment.word() == word)
    }
}

/// How an MCP server called N is written down for an agent.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum McpFormat {
    /// `{"mcpServers":{N:{command,args,env}}}`.
    McpServers,
    /// The same among its settings.
    Settings,
    /// The same with `"type":"local"` and `"tools":["*"]`.
    Copilot,
    /// `{"mcp":{N:{"type":"local","command":[…],"environment":{}}}}`.
    Opencode,
    /// TOML, a setting each: `mcp_servers.N.command="…"`, `.args=[…]`,
    /// `.env={K="v"}`.
    Codex,
}

/// The push of the agent of this name, where it has one for whoever starts it.
pub fn push_of(name: &str, is_root: bool) -> Option<Push> {
    let spec = find(name)?;
    let is_given_server = spec.mcp.is_some_and(|mcp| is_root || mcp.by_hand.is_none());
    spec.push.filter(|_| is_given_server && cfg!(unix))
}

/// The agents known, by name.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The agents known, in the order in which they are offered: those that have the mesh as
/// tools first.
pub fn offered() -> Vec<&'static str> {
    let mut all: Vec<_> = names().collect();
    all.sort_by_key(|name| find(name).is_none_or(|spec| spec.mcp.is_none()));
    all
}

/// How each is installed, by name, in the order in which they are offered.
pub fn installs() -> &'static [(&'static str, String)] {
    static INSTALLS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
        offered().into_iter().filter_map(|name| Some((name, find(name)?.install))).collect()
    });
    &INSTALLS
}

/// The names for a sentence: `claude, codex, …`.
pub fn names_listed() -> String {
    names().collect::<Vec<_>>().join(", ")
}

/// The agent of this name, where it is known.
pub fn find(name: &str) -> Option<AgentSpec> {
    let (_, text) = FILES.iter().find(|(known, _)| *known == name)?;
    // A test keeps a file that cannot be read out of a release. By way of JSON,
    // which is read for much else: TOML of so many types is much code.
    serde_json::from_value(toml::from_str(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider;

    /// What may stand in a section.
    fn placeholders(section: &str) -> &'static [&'static str] {
        match section {
            "[resume]" => &["id"],
            "[words]" => &["words", "words_json", "words_file", "words_folder"],
            "[task]" => &["task"],
            "[mcp]" => &["mcp_file", "mcp_setting"],
            "[push]" => &["push_file", "push_folder", "push_setting"],
            "[settings]" => &["settings_file", "settings_json"],
            provider if provider.contains("[provider") => &[
                "secret",
                "secret_json",
                "secret_or_none",
                "secret_or_none_json",
                "claim_json",
                "key_file",
                "key_file_quoted",
                "key_file_json",
                "endpoint",
                "v1_json",
                "model",
            ],
            _ => &[],
        }
    }

    /// The names in `{…}` of a line.
    fn used(line: &str) -> impl Iterator<Item = &str> {
        line.split('{').skip(1).filter_map(|rest| {
            let (name, _) = rest.split_once('}')?;
            let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
            (!name.is_empty() && name.chars().all(is_name)).then_some(name)
        })
    }

    #[test]
    fn every_file_is_whole() {
        for (name, text) in FILES {
            let file = format!("assets/agents/{name}.toml");
            let spec: AgentSpec =
                toml::from_str(text).unwrap_or_else(|fault| panic!("{file}: {fault}"));
            assert!(text.starts_with("# ") && text.contains("Measured with "), "{file}: line 1");
            assert!(!spec.program.contains(['/', '\\']), "{file}: program");
            assert!(!spec.version.args.is_empty(), "{file}: version.args");
            let mut section = "";
            for (number, line) in text.lines().enumerate() {
                if line.starts_with('[') {
                    section = line;
                }
                for name in used(line) {
                    let known = placeholders(section).contains(&name);
                    assert!(known, "{file}: line {}: no {{{name}}} in {section}", number + 1);
                }
            }
        }
        assert!(names().is_sorted());
    }

    #[test]
    fn each_provider_of_an_agent_is_one_that_is_known() {
        for agent in names() {
            let spec = find(agent).expect("it is known");
            let has_files = spec.provider.iter().any(|by| !by.files.is_empty());
            assert_eq!(spec.home.is_some(), has_files, "{agent}: a home, and what stands in it");
            for by in spec.provider {
                for name in &by.names {
                    let provider = provider::spec::find(name).expect("it is known");
                    let mut kinds: Vec<_> =
                        provider.credential.iter().map(|one| &one.kind).collect();
                    kinds.extend(provider.vendor.iter().map(|vendor| &vendor.kind));
                    assert!(by.kinds.iter().all(|kind| kinds.contains(&kind)), "{agent}: {name}");
                    let has_endpoint = provider.server.is_some() || provider.endpoint.is_some();
                    let asks = format!("{by:?}").contains("{endpoint}");
                    assert!(has_endpoint || !asks, "{agent}: {name} is nowhere");
                }
            }
        }
    }

    #[test]
    fn a_wrong_file_is_told_by_its_line() {
        let (_, text) = FILES.iter().find(|(name, _)| *name == "claude").expect("it is known");
        let wrong = text.replace("needs = []", "needs = [\"luck\"]");
        let fault = toml::from_str::<AgentSpec>(&wrong).expect_err("not a need").to_string();
        assert!(fault.contains("line 4") && fault.contains("luck"), "{fault}");
    }
}
