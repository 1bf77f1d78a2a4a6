//! Which of an account's things somebody means by what they typed: by its id,
//! else by a name that only one has. A name that several have means none of
//! them, because what is done to a thing by its name is hard to take back.

use super::asking::typed;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;

/// What is said where it is not clear which.
#[derive(Clone, Copy, Debug)]
pub(super) struct PickErrors {
    /// None is called so.
    pub(super) unknown: &'static str,
    /// More than one is.
    pub(super) several: &'static str,
    /// What to do then.
    pub(super) several_hint: &'static str,
}

/// The one of `all` that is meant; `of` gives its id and its name.
pub(super) fn pick_unique<T>(
    mut all: Vec<T>,
    text: &str,
    of: impl Fn(&T) -> (&str, &str),
    errors: PickErrors,
) -> Result<T, AppError> {
    let by_id = all.iter().position(|one| of(one).0 == text);
    let mut named = (0..all.len()).filter(|&at| of(&all[at]).1 == text);
    let found = match (by_id, named.next(), named.next()) {
        (Some(at), ..) | (None, Some(at), None) => at,
        (None, None, _) => {
            let known: Vec<_> = all.iter().map(|one| of(one).1.to_owned()).collect();
            return Err(unknown(errors.unknown, text, &known));
        }
        (None, Some(_), Some(_)) => {
            let message = Message::new(errors.several).with("name", typed(text));
            return Err(AppError::new(ErrorKind::BadArguments, "ambiguous", message)
                .hint(Message::new(errors.several_hint)));
        }
    };
    Ok(all.swap_remove(found))
}

/// Nothing of this name or id is among the account's things.
pub(super) fn unknown(id: &'static str, text: &str, known: &[String]) -> AppError {
    let message = Message::new(id).with("name", typed(text));
    let error = AppError::new(ErrorKind::NotFound, "not_found", message);
    if known.is_empty() {
        return error;
    }
    error.hint(Message::new("there-are").with("names", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_first_and_a_name_means_the_only_one() {
        let errors = PickErrors { unknown: "u", several: "s", several_hint: "h" };
        let pick = |text| {
            let all = vec![("1", "ci"), ("2", "ci"), ("3", "board"), ("ci2", "1")];
            pick_unique(all, text, |one| *one, errors).map_err(|error| error.code)
        };
        assert_eq!(pick("1"), Ok(("1", "ci")), "though another is called that");
        assert_eq!(pick("board"), Ok(("3", "board")));
        assert_eq!(pick("ci"), Err("ambiguous".to_owned()));
        assert_eq!(pick("CI"), Err("not_found".to_owned()));
        assert_eq!(pick(""), Err("not_found".to_owned()));
    }
}
