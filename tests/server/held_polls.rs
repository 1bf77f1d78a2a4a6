//! Polls that are held until something happens.

use std::time::Duration;

use crewmesh::server::Config;
use crewmesh::server::domain::device_code_state::Decision;

use super::TestServer;

const WAIT: (&str, &str) = ("Prefer", "wait=25");

#[tokio::test]
async fn the_poll_that_is_held_is_the_one_that_is_answered() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    let (answer, ()) = tokio::join!(server.poll(&codes, &[WAIT]), async {
        server.until_held(1).await;
        server.settle(&codes, &ana, Decision::Approve).await;
    });
    assert_eq!(answer.is(200).header("preference-applied"), Some("wait=25"));
    assert!(answer.text("access_token").starts_with("cm_session_"));
    server.until_held(0).await;
}

#[tokio::test]
async fn a_refusal_arrives_as_fast() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    let (answer, ()) = tokio::join!(server.poll(&codes, &[WAIT]), async {
        server.until_held(1).await;
        server.settle(&codes, &ana, Decision::Deny).await;
    });
    answer.refuses(400, "access_denied");
}

#[tokio::test]
async fn a_newer_poll_ends_the_older() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    let (older, newer, ()) = tokio::join!(
        server.poll(&codes, &[WAIT]),
        async {
            server.until_held(1).await;
            server.clock.advance(1_000);
            server.poll(&codes, &[WAIT]).await
        },
        async {
            server.until_held(1).await;
            // The newer one has been told apart by taking the older one's place.
            let wake = &server.running.state().wake;
            while wake.taken() < 2 {
                tokio::task::yield_now().await;
            }
            server.settle(&codes, &ana, Decision::Approve).await;
        }
    );
    older.refuses(400, "authorization_pending");
    newer.is(200);
}

#[tokio::test]
async fn a_hold_that_runs_out_says_pending_and_leaves_nothing() {
    let mut config = Config::in_memory();
    config.longest_hold = Duration::from_millis(20);
    let server = TestServer::of(config).await;
    let codes = server.ask().await;
    let answer = server.poll(&codes, &[WAIT]).await;
    answer.refuses(400, "authorization_pending");
    assert_eq!(answer.header("preference-applied"), Some("wait=1"));
    assert_eq!(server.running.state().wake.held(), 0);
    // After a hold a second is enough.
    server.clock.advance(1_000);
    server.poll(&codes, &[WAIT]).await.refuses(400, "authorization_pending");
    server.poll(&codes, &[WAIT]).await.refuses(400, "slow_down");
}

#[tokio::test]
async fn stopping_answers_what_is_held() {
    let server = TestServer::new().await;
    let codes = server.ask().await;
    let address = server.running.address();
    let body =
        format!("grant_type={}&device_code={}&client_id=crewmesh", super::GRANT, codes.device);
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: {address}\r\nPrefer: wait=25\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n"
    );
    let poll = tokio::spawn(async move { super::send(address, &head, &body).await });
    server.until_held(1).await;
    server.running.stop().await;
    poll.await.unwrap().refuses(400, "authorization_pending");
    super::until_nobody_listens(address).await;
}

#[tokio::test]
async fn a_poll_that_is_cut_leaves_its_place() {
    let server = TestServer::new().await;
    let codes = server.ask().await;
    let cut = tokio::time::timeout(Duration::MAX, server.poll(&codes, &[WAIT]));
    tokio::select! {
        _ = cut => panic!("nothing happened yet"),
        () = server.until_held(1) => {}
    }
    server.until_held(0).await;
}

super::on_postgres::on_postgres!(
    the_poll_that_is_held_is_the_one_that_is_answered,
    a_refusal_arrives_as_fast,
    a_newer_poll_ends_the_older,
    a_hold_that_runs_out_says_pending_and_leaves_nothing,
    stopping_answers_what_is_held,
    a_poll_that_is_cut_leaves_its_place,
);
