//! Joining and creating an account, in every state a person can meet, in both
//! languages; and the sign-in's rows beside the QR code.

use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::{Language, Message};
use crewmesh::model::{Instance, Invite, Role, SignUp, StoreState};
use crewmesh::secret::Secret;
use crewmesh::wizard::event::{Key, KeyCode, Reply};
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::WizardState;

use super::gallery::{Walk, refused, seen};
use crate::support::fixtures::{
    code, first_run, first_run_remote, invite, local_code, mesh, remote, signed_in,
};

const ENTER: Key = Key::plain(KeyCode::Enter);
const DOWN: Key = Key::plain(KeyCode::Down);
const LINK: &str = "https://mesh.example.org/i/ABCDE-23456-FGHIJ-67234";

fn said(kind: ErrorKind, code: &str, id: &'static str) -> AppError {
    AppError::new(kind, code, Message::new(id).with("host", "mesh.example.org"))
}

/// The link was given and the instance is asked.
fn given(language: Language, state: WizardState) -> Walk {
    Walk::on(language, state, To::Join(Some(Secret::new(LINK))))
}

#[test]
fn join() {
    let long = Invite {
        mesh_name: "Radiología de guardia, Hospital Universitario de Múnich".into(),
        inviter: "María Fernanda Gutiérrez de la Peña".into(),
        role: Role::Admin,
        member_count: 1,
        ..invite()
    };
    seen("join", |language| {
        let typed = |text: &str| Walk::on(language, first_run_remote(), To::Join(None)).write(text);
        let over = |state, code, id| {
            given(language, state).answer(Reply::Invite(Err(said(ErrorKind::NotFound, code, id))))
        };
        let gone = |code, id| over(signed_in(), code, id);
        let http = || said(ErrorKind::NotAllowed, "http_not_allowed", "reach-http-not-allowed");
        let offered = |state| given(language, state).answer(Reply::Invite(Ok(invite())));
        let elsewhere = || given(language, first_run());
        vec![
            ("empty", Walk::on(language, first_run_remote(), To::Join(None))),
            ("code", typed("ABCDE-23456-FGHIJ-67234")),
            ("link", typed(LINK)),
            ("cut-short", typed("ABCDE-23456-FG")),
            ("nonsense", typed("see you at the meeting")),
            ("elsewhere", elsewhere()),
            ("finding", elsewhere().press(DOWN).press(ENTER)),
            ("http", elsewhere().press(DOWN).press(ENTER).answer(Reply::Instance(Err(http())))),
            ("looking", given(language, first_run_remote())),
            (
                "unreachable",
                given(language, first_run_remote()).answer(Reply::Invite(Err(refused()))),
            ),
            ("unknown", gone("not_found", "api-invite-not-found")),
            ("expired", gone("expired", "api-invite-expired")),
            ("used-up", gone("exhausted", "api-invite-exhausted")),
            ("used-up-signed-out", over(first_run_remote(), "exhausted", "api-invite-exhausted")),
            ("revoked", gone("revoked", "api-invite-revoked")),
            ("offered-signed-out", offered(first_run_remote())),
            ("offered", offered(signed_in())),
            ("offered-long", given(language, signed_in()).answer(Reply::Invite(Ok(long.clone())))),
            ("joining", offered(signed_in()).press(ENTER)),
            (
                "already",
                offered(signed_in())
                    .press(ENTER)
                    .answer(Reply::Meshes(Ok(vec![mesh("platform-team")])))
                    .answer(Reply::Mesh(Ok(mesh("platform-team")))),
            ),
        ]
    });
}

#[test]
fn create_account() {
    seen("create-account", |language| {
        let on = || Walk::on(language, first_run_remote(), To::CreateAccount);
        let told = |answer| on().answer(Reply::SignUp(Ok(Some(answer))));
        vec![
            ("asking", on()),
            ("unreachable", on().answer(Reply::SignUp(Err(refused())))),
            ("by-invite", told(SignUp::Invite)),
            ("closed", told(SignUp::Closed)),
            ("own", Walk::on(language, first_run(), To::CreateAccount)),
        ]
    });
}

#[test]
fn sign_in_rows() {
    seen("sign-in", |language| {
        let kept = |store| WizardState { store: Some(store), ..first_run_remote() };
        let on =
            |state| Walk::on(language, state, To::SignIn).answer(Reply::Code(Ok(Box::new(code()))));
        let because = Message::new("keep-keyring-none");
        let file = StoreState::File { because };
        let own = WizardState { instance: Some(Instance::local()), ..kept(file.clone()) };
        assert_eq!(remote().name, "mesh.example.org");
        vec![
            ("sign-up", {
                let kept = WizardState { store: Some(StoreState::Keyring), ..first_run_remote() };
                let walk = Walk::on(language, kept, To::CreateAccount);
                let walk = walk.answer(Reply::SignUp(Ok(Some(SignUp::Open))));
                walk.answer(Reply::Code(Ok(Box::new(code()))))
            }),
            ("rows-keyring", on(kept(StoreState::Keyring))),
            ("rows-locked", on(kept(StoreState::KeyringLocked))),
            ("rows-file", on(WizardState { prefer_file: true, ..kept(StoreState::Keyring) })),
            ("rows-file-because", on(kept(file))),
            (
                "rows-own",
                Walk::on(language, own, To::SignIn).answer(Reply::Code(Ok(Box::new(local_code())))),
            ),
        ]
    });
}
