//! The code of an invite: 100 random bits, 20 letters and digits in groups of
//! five for reading; it is found again without the groups and in any case.

use crate::secret::{Secret, base32, random_bytes};
use crate::wire::INVITE_CODE_LENGTH;

/// A new code, without groups.
pub fn new_code() -> Secret {
    let text = base32().encode(&random_bytes::<13>());
    Secret::new(&text[..INVITE_CODE_LENGTH])
}

/// A code as it is read: `abcde-fghij-klmno-pqrst`.
pub fn grouped(code: &Secret) -> Secret {
    let letters: Vec<char> = code.expose().chars().collect();
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}

/// A code as somebody typed it, as it is kept.
pub fn normalize(typed: &str) -> Secret {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    Secret::new(letters.map(|c| c.to_ascii_lowercase()).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_again_however_it_is_typed() {
        let code = new_code();
        assert_eq!(code.expose().len(), INVITE_CODE_LENGTH);
        assert_eq!(grouped(&code).expose().len(), INVITE_CODE_LENGTH + 3);
        assert_eq!(normalize(grouped(&code).expose()), code);
        assert_eq!(normalize(&format!(" {} ", code.expose().to_uppercase())), code);
    }
}
