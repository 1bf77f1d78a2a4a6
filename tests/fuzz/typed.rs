//! What a person types or pastes.

use crewmesh::error::AppError;
use crewmesh::i18n::{Catalog, Language};
use crewmesh::input::address;
use crewmesh::input::invite::{self, InvalidInvite};
use crewmesh::input::peel::peel;
use crewmesh::input::token::check_token;
use crewmesh::model::Place;
use crewmesh::secret::{Secret, TokenKind, base32};
use crewmesh::slug::{LONGEST, is_slug, slugify};
use crewmesh::wire::{LONGEST_NAME, display_name, is_email};
use url::Url;

use crate::support::cases::{hold, is_shown_as_it_is, texts};

/// Everything that is said of `error`, in each language.
pub fn said(error: &AppError) -> String {
    let all = Language::ALL.map(|language| {
        let catalog = Catalog::new(language);
        let hint = error.hint.as_ref().map(|hint| catalog.words(hint).into_owned());
        format!("{} {}", catalog.words(&error.message), hint.unwrap_or_default())
    });
    all.join(" ")
}

const INVITES: [&str; 8] = [
    "https://mesh.example.org/i/abcd2efgh3ijkl4mnop5",
    "mesh.example.org/i/ABCD2-EFGH3-IJKL4-MNOP5?utm=x#top",
    "<http://localhost:7777/i/abcd2efgh3ijkl4mnop5>.",
    "https://[::1]:7437/I/abcd2efgh3ijkl4mnop5/",
    "abcd2-efgh3-ijkl4-mnop5",
    "abcd 2efg h3ij kl4m nop5",
    "https://münchen.example/i/abcd2efgh3ijkl4mnop5",
    "https://ana:hunter2@mesh.example.org/i/abcd2efgh3ijkl4mnop5",
];

#[test]
fn an_invite_is_a_bare_host_and_a_code_that_read_as_themselves() {
    hold(texts(&INVITES), |text| match invite::parse(&text) {
        Ok(read) => {
            let code = read.code.expose();
            assert!(
                code.len() == 20 && code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'))
            );
            let link = match &read.host {
                Some(host) => {
                    assert!(matches!(host.scheme(), "http" | "https"), "{host}");
                    assert_eq!((host.path(), host.query(), host.fragment()), ("/", None, None));
                    assert!(host.username().is_empty() && host.password().is_none(), "{host}");
                    format!("{host}i/{code}")
                }
                None => code.to_owned(),
            };
            assert_eq!(invite::parse(&link).as_ref(), Ok(&read), "{link}");
        }
        Err(fault) => {
            let said = said(&fault.into());
            assert!(is_shown_as_it_is(&said), "{said:?}");
            assert!(!said.contains("hunter2") && !said.contains("abcd2"), "{said}");
            match fault {
                InvalidInvite::CutShort { missing } => assert!((1..20).contains(&missing)),
                InvalidInvite::TooLong { surplus } => assert!((1..text.len()).contains(&surplus)),
                _ => {}
            }
        }
    });
}

const TOKENS: [&str; 4] = [
    "cm_session_abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst",
    "cm_pat_abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst",
    " cm_svc_abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst\n",
    "ghp_abcdefghijklmnopqrstuvwxyz234567abcd",
];

#[test]
fn a_token_is_whole_or_nothing_of_it_is_said() {
    hold(texts(&TOKENS), |text| match check_token(&Secret::new(text.as_str())) {
        Ok(token) => {
            let (kind, whole) = (TokenKind::of(token.expose()).expect("one"), token.expose());
            assert_eq!(whole.len(), kind.prefix().len() + 52);
            assert!(is_shown_as_it_is(whole) && text.contains(whole));
            assert_eq!(check_token(&token).as_ref(), Ok(&token));
        }
        Err(error) => {
            let said = said(&error);
            assert!(is_shown_as_it_is(&said), "{said:?}");
            assert!(!said.contains("abcdef") && !format!("{error:?}").contains("abcdef"), "{said}");
        }
    });
}

const ADDRESSES: [&str; 10] = [
    "mesh.example.org",
    "Mesh.Example.org:8443",
    "https://mesh.example.org/",
    "http://127.0.0.1:7437",
    "localhost:80",
    "[::1]:443",
    "local",
    "münchen.example",
    "https://ana:hunter2@mesh.example.org",
    "ana:hunter2@mesh.example.org/x?y#z",
];

#[test]
fn an_address_is_a_bare_origin_that_reads_as_itself_and_tells_no_password() {
    hold(texts(&ADDRESSES), |text| match address::parse(&text) {
        Ok(instance) => {
            assert!(is_shown_as_it_is(&instance.name), "{:?}", instance.name);
            let Place::At(url) = &instance.place else {
                return assert_eq!(peel(&text), "local");
            };
            assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "{url}");
            assert_eq!((url.path(), url.query(), url.fragment()), ("/", None, None), "{url}");
            assert!(url.username().is_empty() && url.password().is_none(), "{url}");
            let again = address::parse(url.as_str()).expect("what was read");
            assert_eq!(again, instance, "{url}");
        }
        Err(error) => {
            let said = said(&error);
            assert!(is_shown_as_it_is(&said), "{said:?}");
            assert!(said.chars().count() < 1_200, "{said}");
            let named = text.rsplit_once('@').is_some_and(|(before, _)| before.contains("hunter2"));
            assert!(
                !named || !said.contains("hunter2") || text.matches("hunter2").count() > 1,
                "{said}"
            );
        }
    });
}

const NAMES: [&str; 7] =
    ["Ana Gil", "Night\r\n shift\tA", "東京", "e\u{301}", "Straße 42", "team-2", "ana@example.org"];

#[test]
fn a_name_and_its_short_name_are_what_they_become() {
    hold(texts(&NAMES), |text| {
        if let Some(name) = display_name(&text) {
            assert_eq!(display_name(&name).as_deref(), Some(name.as_str()));
            assert!((1..=LONGEST_NAME).contains(&name.chars().count()));
            assert!(is_shown_as_it_is(&name) && name.trim() == name, "{name:?}");
        }
        let slug = slugify(&text);
        assert!(slug.len() <= LONGEST && (slug.is_empty() || is_slug(&slug)), "{slug}");
        if is_email(&text) {
            assert!(is_shown_as_it_is(&text) && text.len() <= 254, "{text:?}");
            assert_eq!(text.matches('@').count(), 1, "{text:?}");
        }
    });
}

/// What is given out is read as what it is, whatever its bytes are.
#[test]
fn every_token_that_can_be_made_is_read() {
    use proptest::prelude::*;
    hold((any::<[u8; 32]>(), 0..3_usize), |(bytes, kind)| {
        let token = Secret::token_from(TokenKind::ALL[kind], &bytes);
        assert_eq!(check_token(&token).as_ref(), Ok(&token));
        let body = &token.expose()[TokenKind::ALL[kind].prefix().len()..];
        assert_eq!(base32().decode(body.as_bytes()).as_deref(), Ok(&bytes[..]));
    });
}

#[test]
fn a_link_for_a_person_leads_where_it_says() {
    hold(texts(&ADDRESSES), |text| {
        let Ok(url) = Url::parse(&text) else { return };
        let told = crewmesh::http::url_without_secrets(&url);
        // What stands before an `@` behind the host may be anybody's password.
        if url[url::Position::BeforePath..].contains('@') {
            return assert_eq!(told, format!("{}://…", url.scheme()));
        }
        let again = Url::parse(&told).expect("an address still");
        assert!(again.username().is_empty() && again.password().is_none(), "{told}");
        assert!(again.query().is_none() && again.fragment().is_none(), "{told}");
        assert_eq!(again.host_str(), url.host_str());
    });
}
