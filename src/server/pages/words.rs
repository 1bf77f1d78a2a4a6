//! Words on a page: which language, and texts with their arguments.
//!
//! A language is named by `ui_locales` in the address, else by the choice the
//! browser keeps, else by its Accept-Language.

use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use jiff::Timestamp;

use crate::i18n::{Argument, Catalog, Language, Message};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::scopes;

thread_local! {
    // Fluent's bundles cannot be shared between threads.
    static CATALOGS: [Catalog; Language::ALL.len()] = Language::ALL.map(Catalog::new);
}

/// `message` in `language`.
pub(super) fn say(language: Language, message: &Message) -> String {
    CATALOGS.with(|catalogs| catalogs[language.index()].say(message))
}

/// A text on its way into a template: `page.t("id").text("name", name)`.
pub(super) struct LocalizedText {
    language: Language,
    message: Message,
}

impl LocalizedText {
    /// The text with this id.
    pub(super) fn new(language: Language, id: &'static str) -> Self {
        Self { language, message: Message::new(id) }
    }

    /// With a text put into it.
    pub(super) fn text(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.message = self.message.with(name, value.to_string());
        self
    }

    /// With a number put into it, which may choose a plural.
    pub(super) fn number<N: Copy + TryInto<i64>>(mut self, name: &'static str, value: &N) -> Self {
        self.message = self.message.with(name, (*value).try_into().unwrap_or(i64::MAX));
        self
    }
}

impl fmt::Display for LocalizedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&say(self.language, &self.message))
    }
}

/// What lets whoever holds it do what; `None` for a scope of another time.
pub(super) fn scope(scope: &str) -> Option<&'static str> {
    Some(match scope {
        scopes::PROFILE_READ => "page-scope-profile-read",
        scopes::MESH_READ => "page-scope-mesh-read",
        scopes::MESH_WRITE => "page-scope-mesh-write",
        scopes::INVITE_CREATE => "page-scope-invite-create",
        scopes::MACHINE_READ => "page-scope-machine-read",
        scopes::MACHINE_WRITE => "page-scope-machine-write",
        "presence:write" => "page-scope-presence-write",
        "provider:use" => "page-scope-provider-use",
        scopes::TOKEN_MANAGE => "page-scope-token-manage",
        scopes::TOKEN_INTROSPECT => "page-scope-token-introspect",
        scopes::ADMIN => "page-scope-admin",
        _ => return None,
    })
}

/// What an action of the audit is, said of whoever did it.
pub(super) fn action(action: AuditAction) -> &'static str {
    match action {
        AuditAction::DeviceApproved => "page-did-device-approved",
        AuditAction::DeviceDenied => "page-did-device-denied",
        AuditAction::SessionCreated => "page-did-session-created",
        AuditAction::SessionRevoked => "page-did-session-revoked",
        AuditAction::PatCreated => "page-did-pat-created",
        AuditAction::PatRevoked => "page-did-pat-revoked",
        AuditAction::CodeApproved => "page-did-code-approved",
        AuditAction::CodeDenied => "page-did-code-denied",
        AuditAction::CodeRepeated => "page-did-code-repeated",
        AuditAction::RefreshRepeated => "page-did-refresh-repeated",
        AuditAction::UpstreamConnected => "page-did-upstream-connected",
        AuditAction::UpstreamDisconnected => "page-did-upstream-disconnected",
        AuditAction::SignedIn => "page-did-web-login",
        AuditAction::SignInFailed => "page-did-web-failed",
        AuditAction::PasswordChanged => "page-did-password-changed",
        AuditAction::ResetLinkMade => "page-did-password-link",
        AuditAction::SecondFactorSetUp => "page-did-second-set-up",
        AuditAction::SecondFactorRemoved => "page-did-second-removed",
        AuditAction::SecondFactorFailed => "page-did-second-failed",
        AuditAction::RecoveryCodesMade => "page-did-recovery-made",
        AuditAction::RecoveryCodeUsed => "page-did-recovery-used",
        AuditAction::SecondFactorTaken => "page-did-second-taken",
        AuditAction::MeshCreated => "page-did-mesh-created",
        AuditAction::MeshRenamed => "page-did-mesh-renamed",
        AuditAction::MeshRemoved => "page-did-mesh-removed",
        AuditAction::MeshLeft => "page-did-mesh-left",
        AuditAction::MemberAdded => "page-did-member-added",
        AuditAction::MemberChanged => "page-did-member-changed",
        AuditAction::MemberRemoved => "page-did-member-removed",
        AuditAction::MemberBlocked => "page-did-member-blocked",
        AuditAction::MemberUnblocked => "page-did-member-unblocked",
        AuditAction::PeerBegan => "page-did-peer-began",
        AuditAction::PeerEnded => "page-did-peer-ended",
        AuditAction::TaskCreated => "page-did-task-created",
        AuditAction::TaskClaimed => "page-did-task-claimed",
        AuditAction::TaskFinished => "page-did-task-finished",
        AuditAction::TaskDropped => "page-did-task-dropped",
        AuditAction::InviteCreated => "page-did-invite-created",
        AuditAction::InviteAccepted => "page-did-invite-accepted",
        AuditAction::InviteRevoked => "page-did-invite-revoked",
        AuditAction::MachineRegistered => "page-did-machine-registered",
        AuditAction::MachineChanged => "page-did-machine-changed",
        AuditAction::MachineRemoved => "page-did-machine-removed",
        AuditAction::ProviderConnected => "page-did-provider-connected",
        AuditAction::ProviderDisconnected => "page-did-provider-disconnected",
        AuditAction::ProviderLeased => "page-did-provider-leased",
        AuditAction::ProviderRevoked => "page-did-provider-revoked",
        AuditAction::ProviderShared => "page-did-provider-shared",
        AuditAction::ProviderUnshared => "page-did-provider-unshared",
        AuditAction::VaultKeyRotated => "page-did-vault-key-rotated",
        AuditAction::AdminGiven => "page-did-admin-given",
        AuditAction::AdminTaken => "page-did-admin-taken",
        AuditAction::PlanChanged => "page-did-plan-changed",
        AuditAction::ServiceClientCreated => "page-did-service-created",
        AuditAction::ServiceClientRevoked => "page-did-service-revoked",
        AuditAction::ServiceTokenCreated => "page-did-service-token-created",
        AuditAction::ServiceTokenRevoked => "page-did-service-token-revoked",
    }
}

/// The id of the words for how somebody came, an audit event's `via`.
pub(super) fn via(via: &str) -> Option<&'static str> {
    Some(match via {
        "web" => "page-via-web",
        "session" => "page-via-session",
        "agent" => "page-via-agent",
        "pat" => "page-via-pat",
        "mcp" => "page-via-mcp",
        "service" => "page-via-service",
        // A program that showed a code, a token or a secret, whoever's it is.
        "client" => "page-via-client",
        "ticket" => "page-via-ticket",
        "terminal" => "page-via-terminal",
        "mail" | "reset" => "page-via-mail",
        "admin" => "page-via-admin",
        _ => return None,
    })
}

/// The first language of ours in `ui_locales` (OpenID Connect Core §3.1.2.1:
/// separated by spaces, the best first).
pub(super) fn of_locales(locales: &str) -> Option<Language> {
    locales.split([' ', '+', ',']).filter(|tag| !tag.is_empty()).find_map(Language::parse)
}

/// The best language of ours in an Accept-Language header (RFC 9110 §12.5.4).
pub(super) fn accepted(headers: &HeaderMap) -> Option<Language> {
    let header = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for part in header.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let Some(language) = pieces.next().and_then(Language::parse) else { continue };
        let weight = pieces
            .find_map(|piece| piece.strip_prefix("q=")?.parse().ok())
            .unwrap_or(1.0_f32)
            .clamp(0.0, 1.0);
        // The first of equals wins; nought means "anything but this".
        if weight > 0.0 && best.is_none_or(|(other, _)| weight > other) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long before `now` something was.
pub(super) fn ago(now: Timestamp, then: Timestamp) -> Message {
    let seconds = now.as_second() - then.as_second();
    match seconds {
        ..MINUTE => Message::new("page-ago-now"),
        MINUTE..HOUR => Message::new("page-ago-minutes").with("count", seconds / MINUTE),
        HOUR..DAY => Message::new("page-ago-hours").with("count", seconds / HOUR),
        DAY.. => Message::new("page-ago-days").with("count", seconds / DAY),
    }
}

/// How long after `now` something is to be. Rounded, so that what was just
/// made for thirty days ends in thirty.
pub(super) fn within(now: Timestamp, then: Timestamp) -> Message {
    let seconds = then.as_second() - now.as_second();
    let rounded = |unit: i64| (seconds + unit / 2) / unit;
    match seconds {
        ..HOUR => Message::new("page-in-minutes").with("count", rounded(MINUTE).max(1)),
        HOUR..DAY => Message::new("page-in-hours").with("count", rounded(HOUR)),
        DAY.. => Message::new("page-in-days").with("count", rounded(DAY)),
    }
}

/// How long a code can still be answered. Said roughly: a page without a
/// script cannot count down, and must not be wrong a second later.
pub(super) fn left(seconds: u64) -> Message {
    match i64::try_from(seconds).unwrap_or(i64::MAX) {
        ..MINUTE => Message::new("page-left-seconds"),
        seconds => {
            let minutes: Argument = (seconds.saturating_add(MINUTE / 2) / MINUTE).into();
            Message::new("page-left-minutes").with("count", minutes)
        }
    }
}

/// An operating system as it writes its own name.
pub(super) fn os_name(os: &str) -> String {
    match os {
        "linux" => "Linux".to_owned(),
        "macos" => "macOS".to_owned(),
        "windows" => "Windows".to_owned(),
        "freebsd" => "FreeBSD".to_owned(),
        other => other.to_owned(),
    }
}

/// What a browser is called in a list: "Firefox · Android", as far as it says.
pub(super) fn browser_name(user_agent: &str) -> Option<String> {
    // Everybody claims to be Safari, and Chromium's children to be Chrome.
    const BROWSERS: [(&str, &str); 7] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let parts: Vec<_> = find(&BROWSERS).into_iter().chain(find(&SYSTEMS)).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(header: &str) -> Option<Language> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
        accepted(&headers)
    }

    #[test]
    fn the_heaviest_language_we_speak_wins() {
        assert_eq!(asked("es-MX,es;q=0.9,en;q=0.8"), Language::parse("es"));
        assert_eq!(asked("de, en;q=0.5, es;q=0.7"), Language::parse("es"));
        assert_eq!(asked("en, es"), Some(Language::ENGLISH));
        assert_eq!(asked("es;q=0, en;q=0.1"), Some(Language::ENGLISH));
        assert_eq!(asked("qaa, qab"), None);
        assert_eq!(of_locales("de es-AR en"), Language::parse("es"));
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let english = |message| say(Language::ENGLISH, &message);
        assert_eq!(english(ago(at(30), at(0))), "just now");
        assert_eq!(english(ago(at(3 * HOUR), at(0))), "3 hours ago");
        assert_eq!(english(ago(at(DAY), at(0))), "yesterday");
        assert_eq!(english(within(at(5), at(30 * DAY))), "in 30 days");
        assert_eq!(english(within(at(0), at(1))), "in 1 minute");
        assert_eq!(english(left(597)), "About 10 minutes");
        assert_eq!(english(left(59)), "Less than a minute");
        assert_eq!(say(Language::ALL[1], &ago(at(120), at(0))), "hace 2 minutos");
    }

    #[test]
    fn a_browser_says_roughly_what_it_is() {
        let pixel = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
        assert_eq!(browser_name(pixel).as_deref(), Some("Chrome · Android"));
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(browser_name(iphone).as_deref(), Some("Safari · iPhone"));
        assert_eq!(browser_name("curl/8"), None);
    }

    #[test]
    fn a_terminal_that_showed_its_code_is_no_service_client() {
        let said = |language, way| say(language, &Message::new(via(way).unwrap()));
        assert_eq!(said(Language::ENGLISH, "client"), "by the program itself");
        assert_eq!(said(Language::ALL[1], "client"), "por el propio programa");
        assert_eq!(said(Language::ENGLISH, "service"), "by a service client");
    }

    /// Every text that a page asks for is there, and every one that is there
    /// is asked for.
    #[test]
    fn the_pages_and_their_words_belong_together() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut asked = String::new();
        for folder in ["assets/pages", "src/server", "src/server/pages"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|end| end == "html" || end == "rs") {
                    asked.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let texts = include_str!("../../../assets/locales/en/pages.ftl");
        let ids = |text: &str| {
            let quoted = text.split('"').filter(|part| part.len() > 5 && part.starts_with("page-"));
            quoted.map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
        };
        let there: std::collections::BTreeSet<_> = texts
            .lines()
            .filter_map(|line| line.split_once(" ="))
            .filter(|(id, _)| id.starts_with("page-"))
            .map(|(id, _)| id.to_owned())
            .collect();
        let asked = ids(&asked);
        let apart: Vec<_> = asked.symmetric_difference(&there).collect();
        assert!(apart.is_empty(), "only in one of pages.ftl and the pages: {apart:?}");
    }
}
