//! An authenticator app, as far as codes go.

/// What it shows at `now` (Unix milliseconds) that was given `address`, the
/// `otpauth://` link of the page, as it stands there or in its HTML.
pub fn code(address: &str, now: i64) -> String {
    let (_, secret) = address.split_once("secret=").expect("a secret");
    let secret = secret.get(..32).expect("160 bits");
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("base 32");
    let bytes: [u8; 20] = bytes.try_into().expect("160 bits");
    let app = totp_rs::Builder::new().with_secret(bytes).build().expect("of the right length");
    app.generate(u64::try_from(now / 1_000).expect("after 1970")).to_string()
}
