use super::*;
use crate::server::domain::news::{Address, Inbox, PeerAddress};

const LONG: Duration = Duration::from_hours(1);

fn counted(number: i64, presence: i64) -> [(String, MeshCounters); 1] {
    [("m".to_owned(), MeshCounters { number, presence })]
}

fn inbox() -> Listener {
    Listener::Inbox(Inbox { account: "a".into(), peer: None }.into())
}

fn message(wake: &MeshWake, number: i64) -> News {
    wake.news("m", number, Topic::Message(Address::Mesh))
}

fn write(wake: &MeshWake, number: i64) {
    let news = message(wake, number);
    wake.taken(&news);
    wake.wake(&news);
}

#[tokio::test(start_paused = true)]
async fn whom_it_concerns_is_woken_and_nobody_else() {
    let wake = MeshWake::default();
    let mut reader = wake.wait_in("m", inbox());
    let mut log = wake.wait_in("m", Listener::Log);
    let mut elsewhere = wake.wait_in("n", inbox());
    write(&wake, 1);
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    assert_eq!(log.wait(Duration::from_secs(1)).await, None);
    assert_eq!(elsewhere.wait(Duration::from_secs(1)).await, None);
    assert_eq!(wake.held(), 2);
    reader.renew();
    assert_eq!(wake.held(), 3);
    drop((reader, log, elsewhere));
    assert_eq!(wake.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_another_process_wrote_is_seen_by_the_counters_and_ours_is_not_seen_twice() {
    let wake = MeshWake::default();
    let mut reader = wake.wait_in("m", inbox());
    // Nothing was heard of yet: it looks once.
    wake.catch_up(&counted(4, 0));
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    let other = wake.wait_in("m", Listener::Log);
    write(&wake, 5);
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    wake.catch_up(&counted(5, 0));
    assert_eq!(wake.held(), 2, "that was ours");
    // Another wrote 6 and we wrote 7.
    write(&wake, 7);
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    wake.catch_up(&counted(7, 0));
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    drop(other);
}

#[tokio::test(start_paused = true)]
async fn what_is_read_before_it_is_told_wakes_whom_it_concerns_alone() {
    let wake = MeshWake::default();
    let mut reader = wake.wait_in("m", inbox());
    wake.catch_up(&counted(0, 0));
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    let log = wake.wait_in("m", Listener::Log);
    let (first, second) = (message(&wake, 1), message(&wake, 2));
    wake.taken(&first);
    wake.taken(&second);
    wake.catch_up(&counted(2, 0));
    assert_eq!(wake.held(), 2, "both are to be told");
    wake.wake(&second);
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    // It came to nothing: who has its number is not known.
    wake.given_up(&first);
    assert_eq!(wake.held(), 0);
    drop((reader, log));
    wake.taken(&first);
    assert!(wake.meshes().by_id.contains_key("m"));
    wake.given_up(&first);
    assert!(wake.meshes().by_id.is_empty(), "nothing is kept of where nobody waits");
}

#[tokio::test(start_paused = true)]
async fn a_node_hears_of_others_and_of_itself_what_it_did_not_hear() {
    let (wake, other) = (MeshWake::default(), MeshWake::default());
    let mut reader = wake.wait_in("m", inbox());
    let own = message(&wake, 1);
    wake.taken(&own);
    wake.wake(&own);
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    wake.heard(&own);
    assert_eq!(wake.held(), 1);
    wake.heard(&message(&other, 2));
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    // Whoever wrote it went away before it was written.
    let own = message(&wake, 3);
    wake.taken(&own);
    wake.given_up(&own);
    assert_eq!(wake.held(), 1);
    wake.heard(&own);
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_those_who_wait_and_those_to_come() {
    let wake = MeshWake::default();
    let mut reader = wake.wait_in("m", inbox());
    wake.stop();
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Stopping));
    assert_eq!(wake.wait_in("m", inbox()).wait(LONG).await, Some(MeshWoken::Stopping));
    assert_eq!(wake.held(), 0);
}
#[tokio::test(start_paused = true)]
async fn who_waits_for_less_is_left_and_hears_what_was_before() {
    let wake = MeshWake::default();
    let own = PeerAddress { name: "ana".into(), role: None };
    let own = Listener::Inbox(Inbox { account: "a".into(), peer: Some(own) }.into());
    let to = |name: &str| Address::Peer { name: name.into(), account: "a".into() };
    let write = |number, name| {
        let news = wake.news("m", number, Topic::Message(to(name)));
        wake.taken(&news);
        wake.wake(&news);
    };
    let mut reader = wake.wait_in("m", inbox());
    reader.listen_as(own.clone());
    write(1, "ana-2");
    assert_eq!(wake.held(), 1);
    write(2, "ana");
    assert_eq!(reader.wait(LONG).await, Some(MeshWoken::Changed));
    reader.renew();
    write(3, "ana-2");
    assert_eq!(wake.held(), 1);
    let mut late = wake.wait_in("m", inbox());
    write(4, "ana-2");
    late.listen_as(own);
    assert_eq!(late.wait(LONG).await, Some(MeshWoken::Changed));
}
