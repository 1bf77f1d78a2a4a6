//! The codes of an authenticator app (RFC 6238 as apps know it: HMAC-SHA-1, six
//! digits, 30 seconds), what an app is told to make them, and the recovery codes
//! beside them.
//!
//! Recovery codes are digits too, so that both are typed into one field on the
//! digits of a phone; their length tells them apart.

use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Totp};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::secret::{Secret, random_bytes};

/// Digits of an app's code.
pub const LENGTH: usize = 6;

/// Digits of a recovery code.
pub const RECOVERY_LENGTH: usize = 12;

/// Recovery codes that somebody has at first.
pub const RECOVERY_CODES: usize = 10;

/// What app and instance share: 160 bits, as RFC 4226 §4 recommends.
pub type SharedSecret = Zeroizing<[u8; 20]>;

/// The time step whose code `typed` is at `now` (Unix milliseconds): the step
/// that it is, the one before or the one after, because no two clocks agree.
pub fn step_of(shared: &SharedSecret, typed: &Secret, now: i64) -> Option<i64> {
    let digits = digits(typed);
    let step = app(shared)?.check(digits.expose(), u64::try_from(now / 1_000).ok()?)?;
    i64::try_from(step).ok()
}

/// `None` never: the secret has the length that is asked for.
fn app(shared: &SharedSecret) -> Option<Totp> {
    Builder::new().with_secret(**shared).build().ok()
}

/// The digits of what somebody typed, in whatever groups; none of what is no code.
pub fn digits(typed: &Secret) -> Secret {
    let typed = typed.expose();
    let is_code = typed.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || c == '-');
    let digits = typed.chars().filter(|c| is_code && c.is_ascii_digit());
    Secret::new(digits.collect::<String>())
}

/// Whether what somebody typed can be a recovery code.
pub fn is_recovery_code(typed: &Secret) -> bool {
    digits(typed).expose().len() == RECOVERY_LENGTH
}

/// New recovery codes as they are read, all different: `1234-5678-9012`.
pub fn new_recovery_codes() -> Vec<Secret> {
    let mut codes: Vec<Secret> = Vec::with_capacity(RECOVERY_CODES);
    while codes.len() < RECOVERY_CODES {
        // 64 bits leave no digit more likely than another.
        let number = u64::from_be_bytes(random_bytes()) % 1_000_000_000_000;
        let digits = Zeroizing::new(format!("{number:012}"));
        let code = Secret::new(format!("{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..]));
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// What an app is told where no camera looks: `ABCD EFGH …`.
pub fn spelled(shared: &SharedSecret) -> Secret {
    let text = Zeroizing::new(BASE32_NOPAD.encode(shared.as_ref()));
    let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..at + 4]).collect();
    Secret::new(groups.join(" "))
}

/// The same for a camera or a link, in the form that all apps read; `host` and
/// `account` are what it is called there.
pub fn address(shared: &SharedSecret, host: &str, account: &str) -> Secret {
    let encoded =
        |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (host, account) = (encoded(host), encoded(account));
    let text = Zeroizing::new(BASE32_NOPAD.encode(shared.as_ref()));
    Secret::new(format!("otpauth://totp/{host}:{account}?secret={}&issuer={host}", *text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B.
    const SHARED: &[u8; 20] = b"12345678901234567890";

    fn step(typed: &str, second: i64) -> Option<i64> {
        step_of(&Zeroizing::new(*SHARED), &Secret::new(typed), second * 1_000)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(step(code, second), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_clock_may_be_a_step_off_and_no_more() {
        let at = 1_234_567_890 / 30 * 30;
        for (off, taken) in [(-31, false), (-30, true), (-1, true), (59, true), (60, false)] {
            assert_eq!(step(" 005 924", at + off).is_some(), taken, "{off}");
        }
        for wrong in ["", "5924", "0059240", "00592a", "005925", "００５９２４"] {
            assert_eq!(step(wrong, at), None, "{wrong}");
        }
    }

    #[test]
    fn only_the_digits_of_three_steps_open() {
        let (at, shared) = (1_234_567_890_000, Zeroizing::new(*SHARED));
        let now = at / 30_000;
        let seeds: &'static [&'static str] =
            &["005924", "005 924", "980357", "1234-5678-9012", "279037", "x005924"];
        crate::cases::hold(crate::cases::texts(seeds), |text| {
            let typed = Secret::new(text.as_str());
            if let Some(step) = step_of(&shared, &typed, at) {
                assert!((now - 1..=now + 1).contains(&step), "{text:?}");
                let code = app(&shared).unwrap().generate(u64::try_from(step * 30).unwrap());
                let plain = |c: &char| !c.is_whitespace() && *c != '-';
                assert_eq!(text.chars().filter(plain).collect::<String>(), code.to_string());
                assert!(!is_recovery_code(&typed), "{text:?}");
            }
        });
        assert!(step_of(&shared, &Secret::new("x005924"), at).is_none());
    }

    #[test]
    fn recovery_codes_are_many_and_no_codes_of_an_app() {
        let codes = new_recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in &codes {
            assert_eq!(code.expose().len(), RECOVERY_LENGTH + 2, "{}", code.expose());
            assert!(is_recovery_code(code) && is_recovery_code(&digits(code)));
        }
        assert!(!is_recovery_code(&Secret::new("123456")));
    }

    #[test]
    fn an_app_is_told_whose_codes_it_makes() {
        let shared = Zeroizing::new(*SHARED);
        let text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(spelled(&shared).expose().replace(' ', ""), text);
        assert_eq!(
            address(&shared, "mesh.example.org", "Ana Gil+1@x").expose(),
            format!(
                "otpauth://totp/mesh.example.org:Ana%20Gil%2B1%40x?secret={text}\
                 &issuer=mesh.example.org"
            )
        );
    }
}
