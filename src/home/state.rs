//! `state.json`: what was chosen, so that it need not be chosen again. Per
//! instance and directory: mesh, machine, name, role, agent; per instance the
//! meshes seen; and the language and where sign-ins are kept.
//!
//! Nothing in it is secret and nothing in it is precious: a broken one counts
//! as empty and is quarantined.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::home::Home;
use crate::home::disk::to_json;
use crate::home::folder::Folder;
use crate::home::lock::NamedLock;
use crate::home::quarantine::quarantine;
use crate::home::unknown_members::UnknownMembers;
use crate::i18n::{Language, Message};
use crate::model::{Delivery, LaunchPlan, Remembered};

/// Directories remembered for one instance; the oldest choice gives way.
const MAX_DIRECTORIES: usize = 200;

/// Its name in the folder.
pub(crate) const STATE: &str = "state.json";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateFile {
    /// Version of the format.
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
    /// Tokens of sign-ins that are over, still in a keyring that was locked then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_in_keyring: Vec<LeftInKeyring>,
    /// Members this build does not know, written back as they were.
    #[serde(flatten)]
    pub other: UnknownMembers,
}

impl Default for StateFile {
    fn default() -> Self {
        Self {
            version: 1,
            language: None,
            store: None,
            instances: BTreeMap::new(),
            directory_files: BTreeMap::new(),
            left_in_keyring: Vec::new(),
            other: UnknownMembers::default(),
        }
    }
}

/// Where a token is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenStore {
    /// The operating system's keyring.
    Keyring,
    /// `auth.json`, of mode 0600.
    File,
}

/// Where sign-ins are kept, and who decided that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreChoice {
    /// Where the last one was kept.
    pub place: TokenStore,
    /// The person said so; otherwise it was the only place there was, and a
    /// keyring that turns up later is taken.
    #[serde(default)]
    pub chosen: bool,
}

/// A token in a keyring that belongs to no sign-in any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftInKeyring {
    /// The instance's name.
    pub instance: String,
    /// What the keyring knows it by.
    pub user: String,
}

/// What is remembered of one instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceState {
    /// Slugs, as last listed; `None` until they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meshes: Option<Vec<String>>,
    /// By absolute path.
    #[serde(default)]
    pub directories: BTreeMap<String, LaunchChoice>,
    /// Members this build does not know, written back as they were.
    #[serde(flatten)]
    pub other: UnknownMembers,
}

/// One launch, as it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchChoice {
    /// Mesh slug.
    pub mesh: String,
    /// Machine slug.
    pub machine: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How messages reached the agent.
    #[serde(default, skip_serializing_if = "Delivery::is_default")]
    pub messages: Delivery,
    /// What the agent worked with, where that was not its own affair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model it asked for there, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    pub agent: String,
    /// The agent's program, absolute.
    pub program: PathBuf,
    /// When it was launched.
    pub at: Timestamp,
}

impl StateFile {
    /// Reads the file's bytes; `None` when they are no state of ours.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The choice for exactly this directory.
    pub fn choice(&self, instance: &str, directory: &Path) -> Option<&LaunchChoice> {
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
                messages: Some(choice.messages),
                agent: Some(choice.agent.clone()),
                provider: choice.provider.clone(),
                model: choice.model.clone(),
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
        let choice = LaunchChoice {
            mesh: plan.mesh.clone(),
            machine: plan.machine.clone(),
            name: plan.name.clone(),
            role: plan.role.clone(),
            messages: plan.messages,
            provider: plan.provider.clone(),
            model: plan.model.clone(),
            agent: plan.agent.clone(),
            program: plan.program.clone(),
            at: now,
        };
        directories.insert(directory.to_owned(), choice);
        while directories.len() > MAX_DIRECTORIES {
            let oldest = directories.iter().min_by_key(|(_, choice)| choice.at);
            let Some(oldest) = oldest.map(|(directory, _)| directory.clone()) else { break };
            directories.remove(&oldest);
        }
    }
}

impl Home {
    /// `state.json` as it is now. A missing or broken one is empty, and so is
    /// one in a folder that has to be repaired: whoever repairs it says so.
    pub fn state(&self) -> StateFile {
        let read =
            Folder::in_order(self.env()).and_then(|folder| folder.read(STATE).ok().flatten());
        read.and_then(|(bytes, _)| StateFile::parse(&bytes)).unwrap_or_default()
    }

    /// Changes `state.json` under its lock.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn change_state<T>(&self, change: impl FnOnce(&mut StateFile) -> T) -> Result<T, AppError> {
        let folder = self.open()?;
        let _lock = NamedLock::take(&folder, "state")?;
        let mut before = None;
        if let Some((bytes, note)) = folder.read(STATE)? {
            self.note(note);
            before = StateFile::parse(&bytes);
            if before.is_none() {
                let name = quarantine(&folder, STATE)?;
                self.note([Message::new("keep-state-set-aside").with("name", name)]);
            }
        }
        let mut after = before.clone().unwrap_or_default();
        let answer = change(&mut after);
        if before.as_ref() != Some(&after) {
            folder.write(STATE, &to_json(&after)?)?;
        }
        Ok(answer)
    }

    /// What was chosen last for this instance: in this directory, else
    /// anywhere.
    pub fn remembered(&self, instance: &str, directory: Option<&Path>) -> Remembered {
        self.state().remembered(instance, directory)
    }

    /// Remembers a launch for this directory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember(&self, directory: &Path, plan: &LaunchPlan) -> Result<(), AppError> {
        self.change_state(|state| state.remember(directory, plan, Timestamp::now()))
    }

    /// The slugs of the meshes last listed on this instance.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn saw_meshes(&self, instance: &str, slugs: Vec<String>) -> Result<(), AppError> {
        self.change_state(|state| {
            state.instances.entry(instance.to_owned()).or_default().meshes = Some(slugs);
        })
    }

    /// A mesh that this account has no more to do with.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_mesh(&self, instance: &str, slug: &str) -> Result<(), AppError> {
        self.change_state(|state| {
            let Some(known) = state.instances.get_mut(instance) else { return };
            known.directories.retain(|_, choice| choice.mesh != slug);
            if let Some(seen) = &mut known.meshes {
                seen.retain(|other| other != slug);
            }
        })
    }

    /// Whether a directory file of this fingerprint is to be heard, as it was
    /// answered; `None` when it was never asked about.
    pub fn directory_answer(&self, fingerprint: &str) -> Option<bool> {
        self.state().directory_files.get(fingerprint).copied()
    }

    /// Keeps that answer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_directory_answer(&self, fingerprint: &str, yes: bool) -> Result<(), AppError> {
        self.change_state(|state| {
            state.directory_files.insert(fingerprint.to_owned(), yes);
        })
    }

    /// The language somebody chose.
    pub fn language(&self) -> Option<Language> {
        self.state().language.as_deref().and_then(Language::parse)
    }

    /// Keeps the language somebody chose.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_language(&self, language: Language) -> Result<(), AppError> {
        self.change_state(|state| state.language = Some(language.tag().to_owned()))
    }

    /// Keeps where sign-ins go, as the person chose it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_store_choice(&self, place: TokenStore) -> Result<(), AppError> {
        self.change_state(|state| state.store = Some(StoreChoice { place, chosen: true }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::home::tests::{Desk, ids};

    #[test]
    fn broken_choices_are_put_aside_and_count_as_none() {
        let desk = Desk::new();
        desk.write("state.json", "{half");
        assert_eq!(desk.home.language(), None);
        desk.home.keep_language(Language::ALL[1]).expect("kept");
        assert_eq!(desk.home.language(), Language::parse("es"));
        assert_eq!(ids(desk.home.take_notes()), ["keep-state-set-aside"]);
        let aside = fs::read_dir(desk.path())
            .expect("a folder")
            .flatten()
            .find(|entry| entry.file_name().to_string_lossy().starts_with("state.json.corrupt-"));
        assert_eq!(fs::read_to_string(aside.expect("put aside").path()).expect("text"), "{half");
    }

    #[test]
    fn choices_are_remembered_per_instance_and_directory() {
        let desk = Desk::new();
        let plan = |instance: &str, mesh: &str| LaunchPlan {
            program: "/bin/sh".into(),
            agent: "shell".into(),
            arguments: vec!["-c".into()],
            instance: instance.into(),
            mesh: mesh.into(),
            machine: "radiology-3".into(),
            name: "Alejandro".into(),
            role: None,
            messages: Delivery::default(),
            provider: None,
            model: None,
            mcp: true,
            task: None,
        };
        let (one, two) = (Path::new("/work/one"), Path::new("/work/two"));
        desk.home.remember(one, &plan("a.example", "first")).expect("kept");
        desk.home.remember(two, &plan("a.example", "second")).expect("kept");
        desk.home.remember(one, &plan("b.example", "third")).expect("kept");
        let mesh = |instance, directory| desk.home.remembered(instance, directory).mesh;
        assert_eq!(mesh("a.example", Some(one)).as_deref(), Some("first"));
        assert_eq!(mesh("a.example", Some(two)).as_deref(), Some("second"));
        assert_eq!(mesh("a.example", Some(Path::new("/new"))).as_deref(), Some("second"));
        assert_eq!(mesh("b.example", Some(two)).as_deref(), Some("third"));
        assert_eq!(mesh("c.example", Some(one)), None);
        assert!(!desk.text("state.json").contains("-c"), "arguments are given each time");

        let many = |state: &mut StateFile| {
            for number in 0..250 {
                let directory = format!("/work/{number}");
                let at = Timestamp::from_second(1_700_000_000 + number).expect("in range");
                state.remember(Path::new(&directory), &plan("d.example", "m"), at);
            }
        };
        desk.home.change_state(many).expect("kept");
        let state = desk.home.state();
        assert_eq!(state.instances["d.example"].directories.len(), 200);
        assert!(state.choice("d.example", Path::new("/work/249")).is_some());
    }
}
