//! Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): a
//! program whose id is an https address, at which a document says what it is. Read
//! from a folder, fetched from the internet, or not at all, as whoever runs the
//! instance said.
//!
//! The surprising rule: a document is asked for before anybody is signed in, by
//! whoever sends a browser here. So what is fetched is small, from a public address
//! alone, one at a time from each host, few a minute, and kept for a while.

mod document;
mod fetch;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};

use tokio::sync::Mutex;
use url::Url;

pub use self::document::{Document, id_of};
use self::document::{LARGEST, read};
pub use self::fetch::Fetcher;
use super::clock::{DAY, HOUR, MINUTE};
use crate::regular_file;

/// Where documents come from.
#[derive(Clone, Debug, Default)]
pub enum ClientDocuments {
    /// From nowhere: no program is known by one.
    #[default]
    Off,
    /// From the files of this folder, each known by the `client_id` inside.
    Folder(PathBuf),
    /// From the address itself.
    Fetched(Fetcher),
}

impl ClientDocuments {
    /// Whether a program may be known by a document at all.
    pub fn are_read(&self) -> bool {
        !matches!(self, Self::Off)
    }
}

/// Files of a folder that are looked at.
const MOST_FILES: usize = 1_000;

/// Documents that are kept.
const MOST_KEPT: usize = 256;

/// Milliseconds for which one is kept at least, so that what a card showed is what is
/// allowed on it, and at most; and where its headers say nothing.
const SHORTEST: i64 = 5 * MINUTE;
const LONGEST: i64 = DAY;
const USUAL: i64 = HOUR;

/// Milliseconds for which it is kept that there was none.
const MISSING: i64 = MINUTE;

/// What was found lately, and whose turn it is to look.
#[derive(Debug)]
pub struct Documents {
    kept: std::sync::Mutex<HashMap<String, Kept>>,
    turns: [Mutex<()>; 16],
    numbers: RandomState,
}

#[derive(Clone, Debug)]
struct Kept {
    document: Option<Document>,
    /// Unix milliseconds.
    until: i64,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            kept: std::sync::Mutex::default(),
            turns: std::array::from_fn(|_| Mutex::default()),
            numbers: RandomState::new(),
        }
    }
}

impl Documents {
    /// The document at `id`, by `from`; `None` where there is none. `may_fetch` is
    /// asked before anything goes out, and refuses.
    ///
    /// # Errors
    /// Those of `may_fetch`.
    pub async fn get<E>(
        &self,
        from: &ClientDocuments,
        id: &Url,
        now: i64,
        may_fetch: impl AsyncFnOnce(&str) -> Result<(), E>,
    ) -> Result<Option<Document>, E> {
        let fetcher = match from {
            ClientDocuments::Off => return Ok(None),
            ClientDocuments::Folder(folder) => return Ok(in_folder(folder.clone(), id).await),
            ClientDocuments::Fetched(fetcher) => fetcher,
        };
        if let Some(kept) = self.kept(id, now) {
            return Ok(kept.document);
        }
        let host = id.host_str().unwrap_or_default();
        // Before the turn: nobody makes a line of those who were not let through.
        may_fetch(host).await?;
        let place = usize::try_from(self.numbers.hash_one(host) % 16).unwrap_or(0);
        let _turn = self.turns[place].lock().await;
        // Whoever had the turn may have looked for the same.
        if let Some(kept) = self.kept(id, now) {
            return Ok(kept.document);
        }
        let (document, lives) = match fetcher.fetch(id).await {
            Ok((text, lives)) => {
                let document = read(id, &text);
                let lives = lives.unwrap_or(USUAL).clamp(SHORTEST, LONGEST);
                let lives = if document.is_some() { lives } else { MISSING };
                (document, lives)
            }
            Err(why) => {
                tracing::info!(host, why, "a program's document was not had");
                (None, MISSING)
            }
        };
        self.keep(id, Kept { document: document.clone(), until: now + lives }, now);
        Ok(document)
    }

    /// What is known of `id` at `now`.
    fn kept(&self, id: &Url, now: i64) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.get(id.as_str()).filter(|kept| kept.until > now).cloned()
    }

    fn keep(&self, id: &Url, new: Kept, now: i64) {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, kept| kept.until > now);
        }
        // Full of what lives: the one that ends first goes.
        if kept.len() >= MOST_KEPT
            && let Some(first) = kept.iter().min_by_key(|(_, kept)| kept.until)
        {
            let first = first.0.clone();
            kept.remove(&first);
        }
        kept.insert(id.as_str().to_owned(), new);
    }
}

/// The document of `id` among the files of `folder`.
async fn in_folder(folder: PathBuf, id: &Url) -> Option<Document> {
    let id = id.clone();
    let found = tokio::task::spawn_blocking(move || {
        let files = files(&folder)?;
        Ok(files.into_iter().find_map(|file| read(&id, &regular_file::read(&file, LARGEST).ok()?)))
    });
    match found.await {
        Ok(Ok(document)) => document,
        Ok(Err(why)) => {
            let why: std::io::Error = why;
            tracing::warn!(%why, "the folder of programs' documents cannot be read");
            None
        }
        Err(_) => None,
    }
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(MOST_FILES) {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{Environment, Variables};
    use crate::http::Pinned;

    #[tokio::test]
    async fn what_is_not_kept_is_asked_for_only_by_whoever_may() {
        let documents = Documents::default();
        let env = Environment::of(Variables::default());
        let fetched = ClientDocuments::Fetched(Fetcher::new(Pinned::new(&env)));
        let id = Url::parse("https://example.org/program").unwrap();
        let no = async |host: &str| Err(format!("not from {host}"));
        let refused = documents.get(&fetched, &id, 0, no).await;
        assert_eq!(refused, Err("not from example.org".to_owned()));
        documents.keep(&id, Kept { document: None, until: 10 }, 0);
        assert_eq!(documents.get(&fetched, &id, 9, no).await, Ok(None));
        assert!(documents.get(&fetched, &id, 10, no).await.is_err());
        assert_eq!(documents.get(&ClientDocuments::Off, &id, 10, no).await, Ok(None));
    }

    #[test]
    fn what_is_kept_has_a_bound_and_an_end() {
        let documents = Documents::default();
        let id = |number: usize| Url::parse(&format!("https://example.org/{number}")).unwrap();
        for number in 0..MOST_KEPT + 10 {
            let until = 1_000 + i64::try_from(number).unwrap();
            documents.keep(&id(number), Kept { document: None, until }, 0);
        }
        assert_eq!(documents.kept.lock().unwrap().len(), MOST_KEPT);
        assert!(documents.kept(&id(0), 0).is_none());
        let last = id(MOST_KEPT + 9);
        assert!(documents.kept(&last, 0).is_some());
        assert!(documents.kept(&last, 5_000).is_none());
    }
}
