//! Whatever an instance answers: what comes through the door can be shown, sent and
//! put into an address.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::cases::{hold, is_shown_as_it_is, json, texts_in};

/// Every reply like one of `seeds`, as a `T` that came through.
fn holds<T: DeserializeOwned + Checked + Serialize>(
    seeds: &'static [&'static str],
    more: impl Fn(&T),
) {
    let is_read = serde_json::from_str::<T>(seeds[0]).expect("a seed has its shape").checked();
    assert!(is_read.is_ok(), "a seed is a reply");
    hold(json(seeds), |text| {
        let Ok(read) = serde_json::from_str::<T>(&text) else { return };
        let Ok(read) = read.checked() else { return };
        more(&read);
        let written = serde_json::to_value(&read).expect("JSON");
        for one in texts_in(&written) {
            assert!(is_shown_as_it_is(one), "{one:?}: {text}");
        }
        // It reads as itself, and the door changes nothing more.
        let again: T = serde_json::from_value(written.clone()).expect("what was written");
        let Ok(again) = again.checked() else { panic!("refused the second time: {text}") };
        assert_eq!(serde_json::to_value(&again).expect("JSON"), written);
    });
}

const TIMES: &str = "\"2026-11-21T08:00:00Z\"";

macro_rules! reply {
    ($test:ident, $type:ty, $seeds:expr, $more:expr) => {
        #[test]
        fn $test() {
            let all: Vec<&'static str> = $seeds
                .iter()
                .map(|seed: &&str| &*Box::leak(seed.replace("TIME", TIMES).into_boxed_str()))
                .collect();
            holds::<$type>(Box::leak(all.into_boxed_slice()), $more);
        }
    };
}

reply!(
    a_profile,
    Profile,
    [r#"{"id":"u1","name":"Ana","email":"ana@example.org","via":"pat",
        "token":{"name":"ci","expires_at":TIME,"scopes":["profile:read"]}}"#],
    |read| assert!(is_id(&read.user.id))
);
reply!(
    a_list_of_meshes,
    Listing<Mesh>,
    [r#"{"data":[{"id":"m1","name":"Team","slug":"team","role":"admin","member_count":2,
        "created_at":TIME}],"total":1,"next_cursor":"m1"}"#],
    |read| assert!(read.data.iter().all(|mesh| is_slug(&mesh.slug) && is_id(&mesh.id)))
);
reply!(
    a_machine,
    Machine,
    [r#"{"id":"m1","name":"Laptop","slug":"laptop","location":"Europe/Berlin","this":true,
        "liveness":"online","created_at":TIME,"last_seen_at":null}"#],
    |read| assert!(is_slug(&read.slug) && is_id(&read.id))
);
reply!(
    a_service_client,
    MintedServiceClient,
    [r#"{"id":"s1","name":"CI","scopes":["mesh:read"],"redirect_uris":["https://a.example/b"],
        "meshes":["team"],"created_at":TIME,"last_used_at":null,"client_id":"s1",
        "client_secret":"hunter2"}"#],
    |read| {
        assert!(!format!("{read:?}").contains("hunter2") && is_token(&read.client_secret));
        assert!(read.facts.meshes.iter().all(|mesh| is_slug(mesh)));
    }
);
reply!(
    a_session,
    Session,
    [
        r#"{"id":"s1","name":"Laptop","os":"linux","arch":"x86_64","ip":"192.0.2.1","created_at":TIME,
        "last_used_at":TIME,"expires_at":null,"current":true}"#
    ],
    |read| assert!(is_id(&read.id))
);
reply!(
    an_agent_session,
    AgentSession,
    [r#"{"id":"s2","token":"cm_agent_x","expires_at":TIME,"scopes":["mesh:read"]}"#],
    |read| assert!(is_id(&read.id) && is_token(&read.token))
);
reply!(
    an_event,
    AuditEvent,
    [r#"{"id":"e1","ts":TIME,"actor":"u1","via":"pat","action":"mesh.created","target":"m1",
        "source_ip":"192.0.2.1","meta":{"name":"Team","all":["a",1]}}"#],
    |read| assert!(is_id(&read.id))
);
reply!(
    an_access_token,
    MintedAccessToken,
    [r#"{"id":"t1","name":"ci","last_four":"abcd","scopes":["admin"],"created_at":TIME,
        "last_used_at":null,"expires_at":TIME,"token":"hunter2"}"#],
    |read| assert!(!format!("{read:?}").contains("hunter2") && is_token(&read.token))
);
reply!(
    an_invite,
    MintedInvite,
    [r#"{"id":"i1","code":"abcd2efgh3ijkl4mnop5","url":"https://mesh.example.org/i/x",
        "expires_at":TIME,"emailed":false}"#],
    |read| assert!(is_token(&read.code) && is_token(&read.url))
);
reply!(
    an_open_invite,
    OpenInvite,
    [r#"{"id":"i1","role":"member","email":"bo@example.org","max_uses":1,"uses":0,
        "created_by":"a1","inviter":"Ana","created_at":TIME,"expires_at":TIME}"#],
    |read| assert!(is_id(&read.id))
);
reply!(
    what_an_invite_leads_to,
    InvitePreview,
    [r#"{"id":"m1","mesh_name":"Team","mesh_slug":"team","inviter":"Ana","role":"member",
        "member_count":2,"expires_at":TIME}"#],
    |read| assert!(is_slug(&read.mesh_slug))
);
reply!(
    a_card,
    ApprovalCard,
    [r#"{"id":"d1","user_code":"WDJB-MJPV","device_name":"Laptop","device_os":"linux",
        "device_arch":"x86_64","ip":null,"expires_in":900}"#],
    |read| assert!(!read.user_code.is_empty())
);

/// What was found that way.
#[test]
fn nothing_that_moves_a_terminal_comes_through_the_door() {
    fn read<T: DeserializeOwned + Checked>(text: &str) -> Option<T> {
        let text = text.replace("TIME", TIMES).replace("ESC", "\\u001b[31m");
        serde_json::from_str::<T>(&text).expect("its shape").checked().ok()
    }
    assert!(read::<Listing<Mesh>>(r#"{"data":[],"total":0,"next_cursor":"ESC"}"#).is_none());
    let card = r#"{"id":"1\u009b1m","user_code":"WDJB-MJPV","ip":null,"expires_in":9}"#;
    assert!(read::<ApprovalCard>(card).is_none());
    let preview = r#"{"id":"m1\u0000","mesh_name":"T","mesh_slug":"t","inviter":"A","role":"admin",
        "member_count":2,"expires_at":TIME}"#;
    assert!(read::<InvitePreview>(preview).is_none());
    let older = preview.replace(r#""id":"m1\u0000","#, "");
    assert_eq!(read::<InvitePreview>(&older).expect("an older instance says none").id, "");
    let profile = r#"{"id":"u1","name":"Ana","via":"pat",
        "token":{"name":"ci","expires_at":null,"scopes":["ESCadmin"]}}"#;
    assert_eq!(read::<Profile>(profile).expect("a profile").token.scopes, ["admin"]);
    let event = r#"{"id":"e1","ts":TIME,"actor":"u1","via":"pat","action":"a","target":"m1",
        "meta":{"ESCname":["ESCTeam",1]}}"#;
    let meta = read::<AuditEvent>(event).expect("an event").meta;
    assert_eq!(meta, serde_json::json!({ "name": ["Team", 1] }));
}
