//! What a token has to be allowed for the wizard to come to its end with it, and
//! where tokens are made.

use crate::api::scopes::{MACHINE_READ, MACHINE_WRITE, MESH_READ, MESH_WRITE};
use crate::i18n::Message;
use crate::model::{Account, Place, Via};
use crate::wizard::list::{answers, choice};
use crate::wizard::page::{Block, Tone};
use crate::wizard::state::WizardState;
use crate::wizard::words::{say, verbatim};

/// What is needed, and what for.
const NEEDED: [(&str, &str); 4] = [
    (MESH_READ, "right-mesh-read"),
    (MESH_WRITE, "right-mesh-write"),
    (MACHINE_READ, "right-machine-read"),
    (MACHINE_WRITE, "right-machine-write"),
];

/// What the token of `account` lacks. One whose rights nobody told lacks nothing.
pub(super) fn missing(account: &Account) -> Vec<(&'static str, &'static str)> {
    if account.via == Via::Session || account.scopes.is_empty() {
        return Vec::new();
    }
    let is_missing = |scope: &str| !account.scopes.iter().any(|held| held == scope);
    NEEDED.into_iter().filter(|(scope, _)| is_missing(scope)).collect()
}

/// What is said and asked of a token that lacks something.
pub(super) fn blocks(account: &Account, cursor: usize) -> Vec<Block> {
    let name = verbatim(&account.token_name);
    let facts = missing(account).into_iter().map(|(scope, id)| (verbatim(scope), say(id)));
    vec![
        Block::toned(Tone::Bad, Message::new("token-lacks").with("name", name)),
        Block::facts(facts.collect()),
        answers(vec![choice(say("token-another")), choice(say("token-all-the-same"))], cursor),
    ]
}

/// The page of the instance in use on which a token is made.
pub(super) fn made_at(state: &WizardState) -> Option<Block> {
    let Place::At(base) = &state.instance.as_ref()?.place else { return None };
    let link = format!("{}/settings/tokens", base.as_str().trim_end_matches('/'));
    Some(Block::toned(Tone::Dim, Message::new("token-made-at").with("link", link)))
}
