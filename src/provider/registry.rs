//! Providers as whoever runs this has them: what is compiled in, over it the tables of a
//! file, and over those the environment.
//!
//! ```toml
//! [github.client]
//! id = "Ov23li0123456789abcd"
//! secret_file = "/etc/crewmesh/github.secret"
//! ```
//!
//! `CREWMESH_PROVIDER_GITHUB_CLIENT_ID` says the same as that `id`. The surprising
//! rule: a secret stands in a file of its own or in the environment, never among the
//! tables, which are passed around too easily.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::spec::{
    self, Client, NO_BASE, NO_CLIENT, NO_WEB_ADDRESS, ProviderSpec, is_base, is_client_id,
    is_web_address,
};
use crate::environment::{Environment, Variables};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::input::peel::peel_blanks;
use crate::regular_file;
use crate::secret::Secret;

/// The variable that names the file of tables.
pub const FILE: &str = "CREWMESH_PROVIDERS";

/// What the variables begin with that say something of a provider.
const PREFIX: &str = "CREWMESH_PROVIDER_";

/// What of a provider can be otherwise here. The rest is one for everybody who reads of it:
/// what it is called, say, stands in lists of people elsewhere.
const SAID_HERE: [&str; 7] =
    ["address", "check", "client", "device", "keys", "redirect", "renewal"];

/// The most that is read of a file, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Every provider that is known here.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Those of which something else is said than what is compiled in.
    changed: BTreeMap<String, ProviderSpec>,
}

/// What is wrong with what somebody said, and where that stands in the text.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    why: String,
    at: Option<Range<usize>>,
}

impl Registry {
    /// Nothing but what is compiled in.
    pub const COMPILED_IN: Self = Self { changed: BTreeMap::new() };

    /// As `file`, or the one that `CREWMESH_PROVIDERS` names, and the environment say.
    ///
    /// # Errors
    /// Exit code 3 where either makes no sense (`providers_unreadable`,
    /// `provider_variable`): by name, and of a file by its line.
    pub fn read(file: Option<&Path>, env: &Environment) -> Result<Self, AppError> {
        let named = || env.variables.get_os(FILE).map(Path::new);
        let mut changed = match file.or_else(named) {
            Some(path) => in_file(path)?,
            None => BTreeMap::new(),
        };
        let of_ours = env.variables.names().filter(|name| name.starts_with(PREFIX));
        for variable in of_ours {
            told_by(variable, &env.variables, &mut changed)?;
        }
        for (name, spec) in &changed {
            let Client { id, secret, secret_file, .. } = &spec.client;
            if id.is_none() && (secret.is_some() || secret_file.is_some()) {
                let variable = name.to_ascii_uppercase().replace('-', "_");
                let message = Message::new("provider-variable")
                    .with("variable", format!("{PREFIX}{variable}_CLIENT_SECRET"))
                    .with("why", "there is a secret, and no client that has it");
                return Err(AppError::new(ErrorKind::BadArguments, "provider_variable", message));
            }
        }
        Ok(Self { changed })
    }

    /// The same with the secrets of clients, which only an instance needs.
    ///
    /// # Errors
    /// Exit code 3 where one cannot be read.
    pub fn with_secrets(mut self) -> Result<Self, AppError> {
        for spec in self.changed.values_mut() {
            let client = &mut spec.client;
            if let (None, Some(path)) = (&client.secret, &client.secret_file) {
                client.secret = Some(secret_in(path, &spec.title)?);
            }
        }
        Ok(self)
    }

    /// The provider of this name, where it is known.
    pub fn find(&self, name: &str) -> Option<ProviderSpec> {
        self.changed.get(name).cloned().or_else(|| spec::find(name))
    }
}

fn in_file(path: &Path) -> Result<BTreeMap<String, ProviderSpec>, AppError> {
    let unusable = |why: String| {
        let message = Message::new("providers-unreadable")
            .with("path", path.display().to_string())
            .with("why", printable(&why));
        AppError::new(ErrorKind::BadArguments, "providers_unreadable", message)
            .hint(Message::new("providers-hint"))
    };
    let text =
        regular_file::read_text(path, LARGEST_FILE).map_err(|why| unusable(why.to_string()))?;
    tables(&text).map_err(|wrong| unusable(wrong.in_text(&text)))
}

/// The secret of a client at `provider` in the file at `path`.
fn secret_in(path: &Path, provider: &str) -> Result<Secret, AppError> {
    let unusable = |why: String| {
        let message = Message::new("provider-secret-unreadable")
            .with("path", path.display().to_string())
            .with("provider", provider)
            .with("why", why);
        AppError::new(ErrorKind::BadArguments, "providers_unreadable", message)
    };
    let text =
        regular_file::read_text(path, LARGEST_FILE).map_err(|why| unusable(why.to_string()))?;
    let secret = peel_blanks(&text);
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        return Err(unusable("a secret is one word".to_owned()));
    }
    Ok(Secret::new(secret))
}

/// The tables of `text` laid over what is compiled in.
fn tables(text: &str) -> Result<BTreeMap<String, ProviderSpec>, Wrong> {
    let mut all = BTreeMap::new();
    for (name, value) in DeTable::parse(text)?.into_inner() {
        let Some(compiled) = spec::text(name.get_ref()) else {
            let known = spec::names().collect::<Vec<_>>().join(", ");
            let why = format!("there is no provider `{}`: {known}", name.get_ref());
            return Err(Wrong { why, at: Some(name.span()) });
        };
        let at = value.span();
        let DeValue::Table(over) = value.into_inner() else {
            let why = format!("`{}` is no table", name.get_ref());
            return Err(Wrong { why, at: Some(at) });
        };
        if let Some((other, _)) = over.iter().find(|(member, _)| !is_said_here(member.get_ref())) {
            let why = format!("`{}` is none of {}", other.get_ref(), SAID_HERE.join(", "));
            return Err(Wrong { why, at: Some(other.span()) });
        }
        let mut table = DeTable::parse(compiled)?.into_inner();
        lay_over(&mut table, over);
        let spec = ProviderSpec::deserialize(Deserializer::from(Spanned::new(at.clone(), table)))?;
        if spec.client != Client::default() && !takes_client(&spec) {
            return Err(Wrong { why: NO_USE.to_owned(), at: Some(at) });
        }
        let device = spec.device.iter().map(|device| &device.kind);
        let brought = device.chain(spec.redirect.iter().map(|redirect| &redirect.kind));
        for kind in brought {
            if !spec.credential.iter().any(|one| one.kind == *kind) {
                let why = format!("`{}` gives out nothing of that kind", name.get_ref());
                return Err(Wrong { why, at: Some(at) });
            }
        }
        all.insert(name.into_inner().into_owned(), spec);
    }
    Ok(all)
}

/// What is said where nobody signs in at a provider by a client of anybody's.
const NO_USE: &str = "nobody signs in there for a client of yours";

/// Whether somebody signs in there for a client that is registered.
fn takes_client(spec: &ProviderSpec) -> bool {
    let redirect = spec.redirect.as_ref();
    spec.device.is_some() || redirect.is_some_and(|way| way.without_client.is_none())
}

fn is_said_here(member: &str) -> bool {
    SAID_HERE.contains(&member)
}

/// Puts each member of `over` in the place of what `table` has there.
fn lay_over<'i>(table: &mut DeTable<'i>, over: DeTable<'i>) {
    for (name, value) in over {
        let there = table.get_mut(&**name.get_ref()).map(Spanned::get_mut);
        match (there, value.get_ref()) {
            (Some(DeValue::Table(below)), DeValue::Table(_)) => {
                if let DeValue::Table(above) = value.into_inner() {
                    lay_over(below, above);
                }
            }
            _ => {
                table.insert(name, value);
            }
        }
    }
}

/// Takes in what `variable` says.
fn told_by(
    variable: &str,
    variables: &Variables,
    changed: &mut BTreeMap<String, ProviderSpec>,
) -> Result<(), AppError> {
    let wrong = |why: &str| {
        let message = Message::new("provider-variable")
            .with("variable", printable(variable))
            .with("why", why);
        AppError::new(ErrorKind::BadArguments, "provider_variable", message)
    };
    let rest = &variable[PREFIX.len()..];
    // `LM_STUDIO_ADDRESS`: what it is of is the longest name that it begins with.
    let named = |name: &&str| {
        let upper = name.to_ascii_uppercase().replace('-', "_");
        rest.strip_prefix(&upper).is_some_and(|what| what.starts_with('_'))
    };
    let name = spec::names().filter(|name| named(name)).max_by_key(|name| name.len());
    let name = name.ok_or_else(|| wrong("no provider is called so"))?;
    let Some(value) = variables.get(variable).map(str::trim).filter(|value| !value.is_empty())
    else {
        // Set to nothing is not set.
        let is_text = variables.get_os(variable).is_none_or(|value| value.to_str().is_some());
        return if is_text { Ok(()) } else { Err(wrong("no text")) };
    };
    let compiled = || spec::find(name).ok_or_else(|| wrong("no provider is called so"));
    let mut spec = match changed.remove(name) {
        Some(spec) => spec,
        None => compiled()?,
    };
    let address = || {
        if is_web_address(value) { Ok(value.to_owned()) } else { Err(wrong(NO_WEB_ADDRESS)) }
    };
    let no_use = !takes_client(&spec);
    let (client, device, redirect) = (&mut spec.client, &mut spec.device, &mut spec.redirect);
    match &rest[name.len() + 1..] {
        "ADDRESS" if is_base(value) => spec.address = Some(value.to_owned()),
        "ADDRESS" => return Err(wrong(NO_BASE)),
        "CLIENT_ID" | "CLIENT_SECRET" | "SCOPE" | "TOKEN_ENDPOINT" if no_use => {
            return Err(wrong(NO_USE));
        }
        "CLIENT_ID" if is_client_id(value) => client.id = Some(value.to_owned()),
        "CLIENT_ID" => return Err(wrong(NO_CLIENT)),
        "CLIENT_SECRET" => client.secret = Some(Secret::new(value)),
        "SCOPE" => client.scope = Some(value.to_owned()),
        "TOKEN_ENDPOINT" => {
            let token = address()?;
            for own in device.iter_mut().map(|way| &mut way.token) {
                own.clone_from(&token);
            }
            for own in redirect.iter_mut().map(|way| &mut way.token) {
                own.clone_from(&token);
            }
        }
        "DEVICE_ENDPOINT" => match device {
            Some(device) => device.authorization = address()?,
            None => return Err(wrong("nobody signs in there with a device code")),
        },
        "AUTHORIZATION_ENDPOINT" => match redirect {
            Some(redirect) => redirect.authorization = address()?,
            None => return Err(wrong("nobody signs in there in a browser")),
        },
        _ => return Err(wrong("nothing is called so")),
    }
    changed.insert(name.to_owned(), spec);
    Ok(())
}

impl Wrong {
    /// With the line of `text` in which it stands.
    fn in_text(self, text: &str) -> String {
        let before = self.at.and_then(|at| text.get(..at.start));
        match before.map(|before| before.matches('\n').count() + 1) {
            Some(line) => format!("line {line}: {}", self.why),
            None => self.why,
        }
    }
}

impl From<toml::de::Error> for Wrong {
    /// The message alone, without what it quotes: the line, and a value of a wrong type,
    /// may be a secret that does not belong there.
    fn from(fault: toml::de::Error) -> Self {
        let message = fault.message().lines().collect::<Vec<_>>().join(", ");
        let quoted = message.split('"').enumerate();
        let why: Vec<_> = quoted.map(|(at, part)| if at % 2 == 0 { part } else { "…" }).collect();
        let mut why = why.join("\"");
        if let Some((_, expected)) =
            why.split_once("unknown variant").and_then(|_| why.split_once(", "))
        {
            why = format!("no such word, {expected}");
        }
        Self { why, at: fault.span() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Registry, String> {
        let env = Environment::of(pairs.iter().copied().collect());
        Registry::read(None, &env).map_err(|error| {
            let catalog = crate::i18n::Catalog::new(crate::i18n::Language::ENGLISH);
            catalog.words(&error.message).into_owned()
        })
    }

    #[test]
    fn a_table_stands_over_what_is_compiled_in_member_by_member() {
        let text = "[github.client]\nid = \"Iv1.a\"\nscope = \"read:user\"\n\n\
            [openai]\naddress = \"https://gate.example/openai\"\n";
        let all = tables(text).expect("it makes sense");
        let (github, compiled) = (&all["github"], spec::find("github").expect("it is known"));
        let (device, client_id) = github.by_device().expect("somebody's client");
        assert_eq!((client_id, github.client.scope.as_deref()), ("Iv1.a", Some("read:user")));
        assert_eq!(device.token, compiled.device.as_ref().expect("it has one").token);
        assert_eq!(
            (github.check.clone(), github.vendor.clone()),
            (compiled.check, compiled.vendor)
        );
        let address = all["openai"].address().map(String::from);
        assert_eq!(address.as_deref(), Some("https://gate.example/openai"));
        assert_eq!(all.len(), 2);
    }

    #[test]
    fn what_makes_no_sense_is_told_by_name_and_line() {
        let told = |text: &str| tables(text).expect_err(text).in_text(text);
        for (text, line, name) in [
            ("\n[githb]\n", 2, "`githb`: anthropic"),
            ("github = 1\n", 1, "`github` is no table"),
            ("[github]\n\ntitel = \"x\"\n", 3, "`titel`"),
            ("[github]\ntitle = \"x\"\n", 2, "`title`"),
            ("[github.device]\ncode = \"x\"\n", 2, "`code`"),
            ("[github.client]\nid = 7\n", 2, "integer `7`"),
            ("[openai]\n\n[openai.device]\nkind = \"x\"\n", 3, "missing field"),
            ("[openai.client]\nid = \"x\"\n", 1, NO_USE),
            ("[github.device]\ntoken = \"ftp://u:hunter2@h\"\n", 2, NO_WEB_ADDRESS),
            ("[github]\naddress = \"https://u:hunter2@h\"\n", 2, NO_BASE),
            ("[github]\n\n[github.client]\nid = \"a b\"\n", 4, NO_CLIENT),
            ("[github]\ndevice = \"hunter2\"\n", 2, "expected struct"),
            ("[github]\naddress = \"https://h/?hunter2\"\n", 2, NO_BASE),
            ("[github.device]\nkind = \"hunter2\"\n", 1, "nothing of that kind"),
            ("[openai.renewal]\nbody = \"hunter2\"\n", 2, "no such word"),
            ("[github.client]\nsecret = \"hunter2\"\n", 2, "`secret`"),
            ("[github]\n[github]\n", 2, "duplicate"),
            ("[github\n", 1, ""),
        ] {
            let told = told(text);
            assert!(told.starts_with(&format!("line {line}: ")) && told.contains(name), "{told}");
            assert!(!told.contains("hunter2") && !told.contains('\n'), "{told}");
        }
    }

    #[test]
    fn the_environment_stands_over_all() {
        let registry = of(&[
            ("CREWMESH_PROVIDER_OPENAI_ADDRESS", "http://127.0.0.1:9/"),
            ("CREWMESH_PROVIDER_LM_STUDIO_ADDRESS", "https://lm.example"),
            ("CREWMESH_PROVIDER_GITHUB_CLIENT_ID", " Iv1.b\n"),
            ("CREWMESH_PROVIDER_GITHUB_CLIENT_SECRET", "hunter2"),
            ("CREWMESH_PROVIDER_GROQ_ADDRESS", ""),
        ])
        .expect("it makes sense");
        let address = |name| registry.find(name)?.address().map(String::from);
        assert_eq!(address("openai").as_deref(), Some("http://127.0.0.1:9/"));
        assert_eq!(address("lm-studio").as_deref(), Some("https://lm.example/"));
        assert_eq!((address("groq"), registry.find("anthropic")), (None, spec::find("anthropic")));
        let github = registry.find("github").expect("it is known");
        assert_eq!(github.by_device().map(|(_, id)| id), Some("Iv1.b"));
        assert_eq!(github.client_secret("Iv1.b"), Some(&Secret::new("hunter2")));
        assert_eq!(github.client_secret("Iv1.a"), None, "another client's");
        for (variable, value) in [
            ("CREWMESH_PROVIDER_GROQ_ADDRESS", "file:///etc/passwd"),
            ("CREWMESH_PROVIDER_GROQ_CLIENT_ID", "a"),
            ("CREWMESH_PROVIDER_GITHUB_CLIENT_ID", "a b"),
            ("CREWMESH_PROVIDER_GROQ_ADDRESS", "https://h/?a=b"),
            ("CREWMESH_PROVIDER_GITHUB_CLIENT", "a"),
            ("CREWMESH_PROVIDER_GITHB_CLIENT_ID", "a"),
            ("CREWMESH_PROVIDER_GITHUB_CLIENT_SECRET", "of-no-client"),
        ] {
            let told = of(&[(variable, value)]).expect_err(variable);
            assert!(told.contains(variable), "{told}");
        }
    }
}
