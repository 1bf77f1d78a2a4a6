#!/usr/bin/env bash
# A token that says "alg": "Ed25519" is the same as one that says "EdDSA", and
# half of the libraries refuse it.
#
# Guess: Ed25519 signatures in a JWT are "EdDSA" (RFC 8037), and whoever verifies
#   those verifies all of them.
# Is: RFC 9864 (2025) gives them the name "Ed25519" and calls "EdDSA" deprecated:
#   the key and the signature stay as they were. jose (npm), joserfc and jwcrypto
#   verify both. PyJWT, Authlib, fast-jwt (npm) and jsonwebtoken (Rust) verify the
#   old name and refuse the new one, as an algorithm they do not know.
# Who meets it: whoever signs people in by an issuer that follows the RFC, or makes
#   tokens with a library that can and has them verified by one that cannot. The
#   list of what an issuer signs by tells it before the first token does
#   (id_token_signing_alg_values_supported, OpenID Connect Discovery §3).
# Source: RFC 9864 §2.2 and §4.1; the packages below, as run.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund jose@6.2.18 fast-jwt@6.3.6 >/dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check \
    PyJWT==2.15.1 Authlib==1.9.10 joserfc==1.8.0 jwcrypto==1.6.1 cryptography==50.0.2
cargo new --quiet --bin rust
cat >>rust/Cargo.toml <<'TOML'
jsonwebtoken = { version = "=11.1.0", default-features = false, features = ["aws_lc_rs"] }
serde_json = "1"
TOML

cat >sign.mjs <<'JS'
import { writeFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

for (const alg of ['EdDSA', 'Ed25519']) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const until = Math.floor(Date.now() / 1000) + 3600
    const token = await new SignJWT({ sub: 'ana', exp: until })
        .setProtectedHeader({ alg })
        .sign(privateKey)
    const { alg: _, ...jwk } = await exportJWK(publicKey)
    writeFileSync(`${alg}.json`, JSON.stringify({ token, jwk }))
}
JS
node sign.mjs

cat >verify.mjs <<'JS'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createVerifier } from 'fast-jwt'
import { importJWK, jwtVerify } from 'jose'

const alg = process.argv[2]
const { token, jwk } = JSON.parse(readFileSync(`${alg}.json`))
const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
const ways = {
    'jose 6.2.18': async () => jwtVerify(token, await importJWK(jwk, alg)),
    'fast-jwt 6.3.6': async () => createVerifier({ key, algorithms: ['EdDSA'] })(token),
}
for (const [name, verify] of Object.entries(ways)) {
    const said = await verify().then(() => 'verified', fault => `refused: ${fault.code}`)
    console.log(`${alg}: ${name}: ${said}`)
}
JS

cat >verify.py <<'PYTHON'
import json
import sys
from importlib.metadata import version


import jwt
from authlib.jose import JsonWebToken
from joserfc import jwt as joserfc
from joserfc.jwk import OKPKey
from jwcrypto import jwk as jwcrypto_key
from jwcrypto import jwt as jwcrypto

alg = sys.argv[1]
with open(f"{alg}.json") as file:
    made = json.load(file)
token, key = made["token"], made["jwk"]
names = ["EdDSA", "Ed25519"]
ways = {
    "PyJWT": lambda: jwt.decode(
        token, jwt.algorithms.OKPAlgorithm.from_jwk(json.dumps(key)), algorithms=names
    ),
    "Authlib": lambda: JsonWebToken(names).decode(token, key),
    "joserfc": lambda: joserfc.decode(token, OKPKey.import_key(key), algorithms=names),
    "jwcrypto": lambda: jwcrypto.JWT(jwt=token, key=jwcrypto_key.JWK(**key), algs=names),
}
for name, verify in ways.items():
    try:
        verify()
        said = "verified"
    except Exception as fault:
        said = f"refused: {type(fault).__name__}"
    print(f"{alg}: {name} {version(name)}: {said}")
PYTHON

cat >rust/src/main.rs <<'RUST'
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

fn main() {
    let alg = std::env::args().nth(1).unwrap();
    let made = std::fs::read_to_string(format!("{alg}.json")).unwrap();
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let token = made["token"].as_str().unwrap();
    let key = DecodingKey::from_ed_components(made["jwk"]["x"].as_str().unwrap()).unwrap();
    let verified = decode_header(token).and_then(|_| {
        decode::<serde_json::Value>(token, &key, &Validation::new(Algorithm::EdDSA))
    });
    match verified {
        Ok(_) => println!("{alg}: jsonwebtoken 11.1.0: verified"),
        Err(_) => println!("{alg}: jsonwebtoken 11.1.0: refused"),
    }
}
RUST

for alg in EdDSA Ed25519; do
    node verify.mjs "$alg"
    python/bin/python -W ignore verify.py "$alg"
    cargo run --quiet --manifest-path rust/Cargo.toml -- "$alg"
done | tee seen

cat >expected <<'TEXT'
EdDSA: jose 6.2.18: verified
EdDSA: fast-jwt 6.3.6: verified
EdDSA: PyJWT 2.15.1: verified
EdDSA: Authlib 1.9.10: verified
EdDSA: joserfc 1.8.0: verified
EdDSA: jwcrypto 1.6.1: verified
EdDSA: jsonwebtoken 11.1.0: verified
Ed25519: jose 6.2.18: verified
Ed25519: fast-jwt 6.3.6: refused: FAST_JWT_INVALID_ALGORITHM
Ed25519: PyJWT 2.15.1: refused: InvalidAlgorithmError
Ed25519: Authlib 1.9.10: refused: UnsupportedAlgorithmError
Ed25519: joserfc 1.8.0: verified
Ed25519: jwcrypto 1.6.1: verified
Ed25519: jsonwebtoken 11.1.0: refused
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
