//! Messages of a mesh on several nodes, and what becomes of them when a node is
//! killed and the database crashes: what was acknowledged is there, once, in the
//! order of its numbers.
//!
//! `CREWMESH_MESSAGES=10000` writes so many.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::{Config, Database};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::nodes::config;
use super::{Answer, TestServer, parsed};
use crate::support::balancer::Balancer;
use crate::support::postgres::{Cluster, KEY, cluster};
use crate::support::server::Instance;
use crate::support::{PATIENCE, need};

/// Written together, unless it is said otherwise.
const USUAL: usize = 400;

const WRITERS: usize = 4;

const LIMITS: [&str; 4] = ["--limit-messages", "1000000", "--limit-requests", "1000000000"];

/// Where an instance is reached, and a mesh of it.
#[derive(Clone)]
struct Place {
    address: SocketAddr,
    /// What it is called by those who ask.
    host: String,
    mesh: String,
}

impl Place {
    /// One request about what is in the mesh, and the answer where a whole one came.
    async fn ask(&self, who: &Secret, line: &str, more: &str, body: &str) -> Option<Answer> {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let Self { address, host, mesh } = self;
        let request = format!(
            "{method} /api/my/meshes/{mesh}/{path} HTTP/1.1\r\nHost: {host}\r\n\
             Connection: close\r\nAuthorization: Bearer {}\r\n{more}Content-Length: {}\r\n\r\n\
             {body}",
            who.expose(),
            body.len()
        );
        let exchange = async {
            let mut stream = TcpStream::connect(address).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut text = String::new();
            stream.read_to_string(&mut text).await.ok()?;
            // Cut off it is none.
            let (head, body) = text.split_once("\r\n\r\n")?;
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            (length.parse() == Ok(body.len())).then(|| parsed(&text))
        };
        tokio::time::timeout(PATIENCE, exchange).await.expect("an answer, or none, in time")
    }

    /// Writes until it is acknowledged; the number and id it got.
    async fn write(&self, who: &Secret, text: &str, faults: &AtomicUsize) -> (i64, String) {
        let body = json!({ "to": "*", "text": text }).to_string();
        let key = format!("Idempotency-Key: {}\r\n", text.replace(' ', "-"));
        loop {
            let answer = self.ask(who, "POST messages", &key, &body).await;
            if let Some(answer) = answer.filter(|answer| answer.status < 500) {
                let number = answer.is(201).json()["number"].as_i64().expect("a number");
                return (number, answer.text("id"));
            }
            faults.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    }

    /// Reads so many messages, and waits for the next; number, id and text of each.
    async fn read(&self, who: &Secret, all: usize) -> Vec<(i64, String, String)> {
        let (mut found, mut after) = (Vec::new(), 0);
        while found.len() < all {
            let line = format!("GET inbox?after={after}");
            let answer = self.ask(who, &line, "Prefer: wait=25\r\n", "").await;
            let Some(answer) = answer.filter(|answer| answer.status < 500) else {
                tokio::task::yield_now().await;
                continue;
            };
            let inbox = answer.is(200).json();
            for message in inbox["data"].as_array().expect("a list") {
                let number = message["number"].as_i64().expect("a number");
                assert!(number > after, "{number} comes after {after}");
                after = number;
                let text = |member: &str| message[member].as_str().expect("text").to_owned();
                found.push((number, text("id"), text("text")));
            }
        }
        found
    }
}

/// A mesh with somebody who reads and some who write, made at `desk`.
struct People {
    mesh: String,
    reader: Secret,
    writers: Vec<Secret>,
}

impl People {
    async fn new(desk: &TestServer) -> Self {
        let reader = desk.session(&desk.account("Reader").await).await;
        let mesh = desk.with(&reader, "POST /api/my/meshes", "{\"name\":\"Team\"}").await;
        let mesh = mesh.is(201).text("id");
        let invites = format!("POST /api/my/meshes/{mesh}/invites");
        let mut writers = Vec::new();
        for number in 0..WRITERS {
            let writer = desk.session(&desk.account(&format!("Writer{number}")).await).await;
            let invite = desk.with(&reader, &invites, "{}").await;
            let accept = format!("POST /api/invites/{}/accept", invite.is(201).text("code"));
            desk.with(&writer, &accept, "").await.is(200);
            writers.push(writer);
        }
        Self { mesh, reader, writers }
    }

    /// All write at once and one reads, while `meanwhile` does what it does to the
    /// instance; it is told how many were acknowledged.
    async fn write_and_read(
        self,
        address: SocketAddr,
        meanwhile: impl AsyncFnOnce(&AtomicUsize, usize),
    ) {
        let said = std::env::var("CREWMESH_MESSAGES").ok().and_then(|count| count.parse().ok());
        let each = said.unwrap_or(USUAL) / WRITERS;
        let all = each * WRITERS;
        let place = Place { address, host: address.to_string(), mesh: self.mesh };
        let (acknowledged, faults) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let writing = self.writers.into_iter().enumerate().map(|(who, token)| {
            let (place, acknowledged, faults) =
                (place.clone(), acknowledged.clone(), faults.clone());
            tokio::spawn(async move {
                let mut written = Vec::new();
                for number in 0..each {
                    let text = format!("{who} {number}");
                    let (number, id) = place.write(&token, &text, &faults).await;
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    written.push((number, id, text));
                }
                written
            })
        });
        let writing: Vec<_> = writing.collect();
        let reading = {
            let (place, reader) = (place.clone(), self.reader.clone());
            tokio::spawn(async move { place.read(&reader, all).await })
        };
        meanwhile(&acknowledged, all).await;
        let mut written = Vec::new();
        for writer in writing {
            let own = writer.await.expect("no panic");
            assert!(own.is_sorted(), "each writer's have their order");
            written.extend(own);
        }
        let read = reading.await.expect("no panic");
        // None is lost, none is there twice, and each is what its writer was told.
        written.sort();
        assert_eq!(read.len(), all);
        assert_eq!(read, written);
        let ids: BTreeSet<_> = read.iter().map(|(_, id, _)| id).collect();
        assert_eq!(ids.len(), all);
        // Nor is there one that nobody was told of.
        let after = read.last().map_or(0, |last| last.0);
        let rest = place.ask(&self.reader, &format!("GET inbox?after={after}"), "", "").await;
        assert_eq!(rest.expect("it is up").json()["data"], json!([]));
        let faults = faults.load(Ordering::Relaxed);
        println!("{all} messages, {faults} times none was acknowledged and it was sent again");
        assert!(faults > 0, "nothing happened to it");
    }
}

async fn until(acknowledged: &AtomicUsize, count: usize) {
    while acknowledged.load(Ordering::Relaxed) < count {
        tokio::task::yield_now().await;
    }
}

/// Nodes behind a balancer.
async fn nodes(count: usize, url: &str) -> (Balancer, Vec<Instance>) {
    let balancer = Balancer::bind().await;
    let public = format!("http://{}", balancer.address);
    let nodes: Vec<_> =
        (0..count).map(|_| Instance::node_with(&public, url, KEY, &LIMITS)).collect();
    balancer.over(nodes.iter().map(|node| node.host().parse().expect("an address")).collect());
    (balancer, nodes)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_on_one_node_hears_of_what_is_done_on_another() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let desk = TestServer::of(config(&made.url)).await;
    let (balancer, nodes) = nodes(2, &made.url).await;
    let People { mesh, reader, mut writers } = People::new(&desk).await;
    let writer = writers.remove(0);
    let on = |node: usize| Place {
        address: nodes[node].host().parse().expect("an address"),
        host: balancer.address.to_string(),
        mesh: mesh.clone(),
    };
    let (here, there) = (on(0), on(1));
    let there_now = here.ask(&reader, "GET peers", "", "").await.expect("an answer");
    let tag = there_now.is(200).header("etag").expect("a tag").to_owned();
    let log = here.ask(&reader, "GET events", "", "").await.expect("an answer");
    let last = log.is(200).json()["last"].to_string();
    let known = format!("If-None-Match: {tag}\r\n");
    let held = [
        ("GET inbox".to_owned(), String::new()),
        ("GET peers".to_owned(), known),
        (format!("GET events?after={last}"), String::new()),
    ]
    .map(|(line, more)| {
        let (here, reader) = (here.clone(), reader.clone());
        // As a client does: whoever is told nothing asks again.
        tokio::spawn(async move {
            loop {
                let prefer = format!("Prefer: wait=25\r\n{more}");
                let answer = here.ask(&reader, &line, &prefer, "").await.expect("an answer");
                if answer.status != 304 && answer.is(200).json()["data"] != json!([]) {
                    return answer;
                }
            }
        })
    });
    let new = json!({ "id": "session-of-agent-1", "agent": "claude" }).to_string();
    there.ask(&writer, "POST peers", "", &new).await.expect("an answer").is(201);
    let faults = AtomicUsize::new(0);
    there.write(&writer, "hello", &faults).await;
    let mut told = Vec::new();
    for held in held {
        let answer = tokio::time::timeout(PATIENCE, held).await.expect("in time");
        told.push(answer.expect("no panic").json()["data"][0].clone());
    }
    assert_eq!(told[0]["text"], "hello");
    assert_eq!(told[1]["agent"], "claude");
    assert_eq!(told[2]["what"], "launched");
    // What is sent again comes to another node, and is the same.
    let first = here.write(&writer, "again", &faults).await;
    assert_eq!(there.write(&writer, "again", &faults).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_nodes_and_their_database() {
    if !need("postgres") {
        return;
    }
    let cluster = Cluster::start();
    cluster.ask("CREATE DATABASE own");
    let url = cluster.url("own");
    let desk = TestServer::of(config(&url)).await;
    let people = People::new(&desk).await;
    let (balancer, mut nodes) = nodes(3, &url).await;
    let crashes = async |acknowledged: &AtomicUsize, all: usize| {
        until(acknowledged, all / 5).await;
        nodes[0].kill();
        until(acknowledged, all * 2 / 5).await;
        tokio::task::block_in_place(|| cluster.crash_and_restart());
        until(acknowledged, all * 3 / 5).await;
        tokio::task::block_in_place(|| nodes[0].up());
        nodes[1].kill();
        until(acknowledged, all * 4 / 5).await;
        tokio::task::block_in_place(|| cluster.crash_and_restart());
    };
    Box::pin(people.write_and_read(balancer.address, crashes)).await;
    desk.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_the_process_on_a_file() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("instance.db");
    let mut config = Config::in_memory();
    config.database = Database::Sqlite(file.clone());
    config.clock = Clock::default();
    let desk = TestServer::of(config).await;
    let people = People::new(&desk).await;
    desk.running.stop().await;
    let mut instance = Instance::of_file(&file, &LIMITS);
    instance.up();
    let address = instance.host().parse().expect("an address");
    let kills = async |acknowledged: &AtomicUsize, all: usize| {
        for part in 1..5 {
            until(acknowledged, all * part / 5).await;
            tokio::task::block_in_place(|| {
                instance.kill();
                instance.up();
            });
        }
    };
    Box::pin(people.write_and_read(address, kills)).await;
}
