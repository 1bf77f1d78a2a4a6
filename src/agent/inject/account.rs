//! What opens the account that an agent works with, as it is given it: in variables and in
//! files for the person alone, never among arguments. What would be used in its place is
//! left out of this start, and left as it is.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{Injected, merge, settings_way, with_texts};
use crate::agent::push;
use crate::agent::spec::{AgentHome, AgentSpec, Makes, ProviderInjection};
use crate::environment::Environment;
use crate::model::LaunchPlan;
use crate::provider::claims;
use crate::secret::Secret;
use crate::wire::{Connection, Lease};

/// The file with what opens an account.
const KEY_FILE: &str = "key";
/// The home of its own.
const HOME: &str = "home";

/// A name in a private folder that leads to something of the person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub from: PathBuf,
    pub to: PathBuf,
    /// What is made where there is nothing, so that what is put there stays.
    pub makes: Makes,
}

/// How an agent is given what opens this connection, where it can be here.
pub(in crate::agent) fn taken_by<'s>(
    spec: &'s AgentSpec,
    connection: &Connection,
    env: &Environment,
) -> Option<&'s ProviderInjection> {
    let has_settings = settings_way(spec, env).is_some();
    spec.provider.iter().find(|by| {
        let is_given = by.settings.is_none() || has_settings;
        by.names.contains(&connection.provider) && by.kinds.contains(&connection.kind) && is_given
    })
}

fn secret_of(lease: &Lease) -> &str {
    lease.secret.as_ref().map_or("", |secret| secret.expose())
}

impl Injected {
    /// What opens the account that `lease` is of.
    pub(super) fn provider(
        &mut self,
        by: &ProviderInjection,
        plan: &LaunchPlan,
        lease: &Lease,
        folder: &Path,
        settings: &mut Map<String, Value>,
    ) {
        let secret = secret_of(lease);
        // Most ask for something, and what asks for nothing passes over it.
        let or_none = if secret.is_empty() { "none" } else { secret };
        let key_file = folder.join(KEY_FILE);
        let path = key_file.display().to_string();
        let quoted = push::quoted(&path);
        let endpoint = lease.connection.endpoint.as_deref().unwrap_or_default();
        let model = plan.model.as_ref().or(lease.connection.model.as_ref()).or(by.model.as_ref());
        let model = model.map_or("", String::as_str);
        let open = |text: &str| {
            text.replace("{key_file_quoted}", &quoted)
                .replace("{key_file_json}", &json!(path).to_string())
                .replace("{key_file}", &path)
                .replace("{v1_json}", &json!(format!("{endpoint}/v1")).to_string())
                .replace("{endpoint}", endpoint)
                .replace("{model}", model)
        };
        let filled = |text: &str| {
            open(text)
                .replace("{secret_or_none_json}", &json!(or_none).to_string())
                .replace("{secret_json}", &json!(secret).to_string())
                .replace("{secret_or_none}", or_none)
                .replace("{secret}", secret)
        };
        let of_settings = by.settings.as_ref().map(Value::to_string);
        let is_in_file = |text: &String| text.contains("{key_file");
        if by.args.iter().chain(by.env.values()).chain(&of_settings).any(is_in_file) {
            let text = by.key_file.as_ref().map_or_else(|| or_none.to_owned(), |text| filled(text));
            self.files.push((key_file, Secret::new(text)));
        }
        // Some end where an option that stands alone is given twice.
        let given = self.before.clone();
        let is_there = |text: &&String| text.starts_with("--") && given.contains(text);
        self.before.extend(by.args.iter().filter(|text| !is_there(text)).map(|text| open(text)));
        self.env_remove.extend(by.unset.iter().cloned());
        for (name, text) in &by.env {
            self.env.push((name.clone(), Secret::new(filled(text))));
        }
        if let Some(said) = &by.settings {
            merge(settings, with_texts(said, &filled));
        }
    }

    /// The home of its own in which that stands.
    pub(super) fn home(
        &mut self,
        home: &AgentHome,
        by: &ProviderInjection,
        lease: &Lease,
        folder: &Path,
        env: &Environment,
    ) {
        let place = folder.join(HOME);
        let here =
            |own| env.directory.as_ref().map_or_else(|| PathBuf::from(own), |here| here.join(own));
        let own = env.variables.get_os(&home.variable).map(here);
        if let Some(own) = own.or_else(|| Some(env.user_home.as_ref()?.join(&home.own))) {
            self.links.extend(home.links.iter().map(|name| Link {
                from: place.join(name),
                to: own.join(name),
                makes: home.makes(name),
            }));
        }
        let claims = lease.secret.as_ref().and_then(claims::of).unwrap_or_default();
        let claim = by.claim.as_ref().and_then(|claim| claims.pointer(claim));
        let (secret, claim) = (json!(secret_of(lease)).to_string(), json!(claim).to_string());
        for (name, text) in &by.files {
            let text = text.replace("{claim_json}", &claim).replace("{secret_json}", &secret);
            self.files.push((place.join(name), Secret::new(text)));
        }
        self.env.push((home.variable.clone(), Secret::new(place.display().to_string())));
    }
}
