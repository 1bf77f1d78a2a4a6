//! `state.json`: what was chosen, so that it need not be chosen again. Per
//! instance and directory: mesh, machine, name, role, agent; per instance the
//! meshes seen; and the language and where sign-ins are kept.
//!
//! Nothing in it is secret and nothing in it is precious: a broken one counts
//! as empty, is put aside under a new name and never deleted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::credentials::file::KeptIn;
use crate::model::{LaunchPlan, Remembered};

/// Directories remembered for one instance; the oldest choice gives way.
const MOST_DIRECTORIES: usize = 200;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateFile {
    /// Of the format.
    pub version: u32,
    /// BCP 47, where the person chose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where the last sign-in was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreChoice>,
    /// By the instance's name.
    #[serde(default)]
    pub instances: BTreeMap<String, InstanceState>,
    /// By fingerprint: whether a directory's `.crewmesh.toml` is heard.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub directory_files: BTreeMap<String, bool>,
    /// What we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Default for StateFile {
    fn default() -> Self {
        Self {
            version: 1,
            language: None,
            store: None,
            instances: BTreeMap::new(),
            directory_files: BTreeMap::new(),
            other: Map::new(),
        }
    }
}

/// Where sign-ins are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreChoice {
    /// Where.
    pub place: KeptIn,
    /// The person said so; otherwise it was the only place there was, and a
    /// keyring that turns up later is taken.
    #[serde(default)]
    pub chosen: bool,
}

/// What is remembered of one instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceState {
    /// Slugs, as last listed; `None` until they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meshes: Option<Vec<String>>,
    /// By absolute path.
    #[serde(default)]
    pub directories: BTreeMap<String, Choice>,
    /// What we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One launch, as it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Mesh slug.
    pub mesh: String,
    /// Machine slug.
    pub machine: String,
    /// Display name.
    pub name: String,
    /// Role tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Agent name.
    pub agent: String,
    /// The agent's program, absolute.
    pub program: PathBuf,
    /// When.
    pub at: Timestamp,
}

impl StateFile {
    /// Reads the file's bytes; `None` when they are no state of ours.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The choice for exactly this directory.
    pub fn choice(&self, instance: &str, directory: &Path) -> Option<&Choice> {
        self.instances.get(instance)?.directories.get(directory.to_str()?)
    }

    /// What to offer: this directory's choice, else the instance's newest.
    pub fn remembered(&self, instance: &str, directory: Option<&Path>) -> Remembered {
        let newest =
            || self.instances.get(instance)?.directories.values().max_by_key(|choice| choice.at);
        directory
            .and_then(|directory| self.choice(instance, directory))
            .or_else(newest)
            .map_or_else(Remembered::default, |choice| Remembered {
                mesh: Some(choice.mesh.clone()),
                name: Some(choice.name.clone()),
                role: choice.role.clone(),
                agent: Some(choice.agent.clone()),
            })
    }

    /// Remembers a launch. A directory or program whose path is not Unicode
    /// cannot be written down truthfully and is not.
    pub fn remember(&mut self, directory: &Path, plan: &LaunchPlan, now: Timestamp) {
        let (Some(directory), Some(_)) = (directory.to_str(), plan.program.to_str()) else {
            return;
        };
        let instance = self.instances.entry(plan.instance.clone()).or_default();
        // A mesh that was made for this launch was not there when they were listed.
        if let Some(seen) = instance.meshes.as_mut().filter(|seen| !seen.contains(&plan.mesh)) {
            seen.push(plan.mesh.clone());
        }
        let directories = &mut instance.directories;
        let choice = Choice {
            mesh: plan.mesh.clone(),
            machine: plan.machine.clone(),
            name: plan.name.clone(),
            role: plan.role.clone(),
            agent: plan.agent.clone(),
            program: plan.program.clone(),
            at: now,
        };
        directories.insert(directory.to_owned(), choice);
        while directories.len() > MOST_DIRECTORIES {
            let oldest = directories.iter().min_by_key(|(_, choice)| choice.at);
            let Some(oldest) = oldest.map(|(directory, _)| directory.clone()) else { break };
            directories.remove(&oldest);
        }
    }
}
