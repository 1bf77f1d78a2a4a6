//! A PostgreSQL server that crashes, and the standby that is promoted in its place:
//! at the same address, as an operator's tools do it, because no more than one is
//! named. Nobody is started anew.

use crewmesh::server::domain::device_code_state::Decision;

use super::TestServer;
use super::faults::{on_server, works, write};
use crate::support::balancer::Balancer;
use crate::support::postgres::Cluster;
use crate::support::{PATIENCE, need};

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_is_promoted_is_found_without_a_restart() {
    if !need("postgres") {
        return;
    }
    let primary = Cluster::start_with("-c fsync=off");
    primary.ask("CREATE DATABASE own");
    let standby = primary.standby();
    // From now on what is acknowledged is on both.
    primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.ask("SELECT pg_reload_conf()");
    let address = Balancer::bind().await;
    address.over(vec![primary.host().parse().expect("an address")]);
    let url = primary.url("own").replace(&primary.host(), &address.address.to_string());
    let server = TestServer::of(on_server(&url)).await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let mut given = Vec::new();
    for _ in 0..20 {
        given.push(server.ask().await);
    }
    // One that waits for an approval all the while.
    let codes = given.pop().expect("there is one");
    let poll = async { server.poll(&codes, &[("Prefer", "wait=25")]).await };
    let meanwhile = async {
        server.until_held(1).await;
        primary.crash();
        address.over(vec![standby.host().parse().expect("an address")]);
        standby.ask("SELECT pg_promote()");
        let back = async {
            loop {
                let answer = write(&server).await;
                if answer.status == 200 {
                    return;
                }
                answer.refuses(503, "temporarily_unavailable");
            }
        };
        tokio::time::timeout(PATIENCE, back).await.expect("it is back");
        works(&server).await;
        server.settle(&codes, &ana, Decision::Approve).await;
    };
    let (answer, ()) = tokio::join!(poll, meanwhile);
    answer.is(200);
    server.with(&session, "GET /api/my/profile", "").await.is(200);
    for codes in given {
        server.poll(&codes, &[]).await.refuses(400, "authorization_pending");
    }
}
