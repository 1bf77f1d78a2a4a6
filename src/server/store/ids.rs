//! Ids of rows, and what is kept of secrets.

use data_encoding::{BASE32_DNSSEC, HEXLOWER};

use crate::secret::{Secret, random_bytes};

/// A new id: sorts by `now` (Unix milliseconds), 80 random bits behind it.
pub fn new_id(now: i64) -> String {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&now.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random_bytes::<10>());
    BASE32_DNSSEC.encode(&bytes)
}

/// What is kept of a secret of 256 random bits.
pub fn hash(secret: &Secret) -> String {
    HEXLOWER.encode(&secret.sha256())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let (early, late) = (new_id(1_000), new_id(1_001));
        assert!(early < late && early.len() == 26, "{early} {late}");
        assert_ne!(new_id(5), new_id(5));
    }
}
