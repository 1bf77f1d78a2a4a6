//! The vault: how much of one core a second of sealing and opening is, beside AES-256-GCM
//! alone; and a million connections that are sealed under a new key while they are leased:
//! how many leases failed, and how long they took beside those before.
//!
//! `cargo bench --bench vault`, or `-- ROWS` for another number of rows.

#[cfg(not(feature = "server"))]
fn main() {}

#[cfg(feature = "server")]
fn main() {
    let rows = std::env::args().find_map(|argument| argument.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    measured::seals();
    runtime.expect("a runtime").block_on(measured::rotation(rows.unwrap_or(1_000_000)));
}

#[cfg(feature = "server")]
mod measured {
    use std::hint::black_box;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use crewmesh::secret::Secret;
    use crewmesh::server::clock::Clock;
    use crewmesh::server::domain::vault::Place;
    use crewmesh::server::operations::vault_keys::rotate;
    use crewmesh::server::operations::{Principal, leases};
    use crewmesh::server::store::{Account, NewAccount, Store};
    use crewmesh::server::vault::Vault;
    use crewmesh::server::{Config, Database, Server};
    use crewmesh::wire::NewLease;

    /// Connections of each account.
    const OF_EACH: usize = 100;

    /// Between two leases: the machine has else to do.
    const APART: Duration = Duration::from_millis(5);

    fn a_second(mut work: impl FnMut()) -> u32 {
        let (began, mut done) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_secs(1) {
            for _ in 0..1_000 {
                work();
            }
            done += 1_000;
        }
        done
    }

    pub(super) fn seals() {
        let vault = Vault::new(&[7; 32], None, None).expect("a key");
        let place = Place { account: "a", provider: "openai", connection: "c", kind: "api_key" };
        let secret = Secret::new("k".repeat(108));
        let sealed = vault.seal(&place, &secret).expect("sealed");
        let key = ring::aead::UnboundKey::new(&ring::aead::AES_256_GCM, &[7; 32]).expect("a key");
        let key = ring::aead::LessSafeKey::new(key);
        let nonce = || ring::aead::Nonce::assume_unique_for_key([0; 12]);
        let alone = a_second(|| {
            let mut text = [7_u8; 108];
            let tag = key.seal_in_place_separate_tag(nonce(), ring::aead::Aad::empty(), &mut text);
            let _ = black_box(tag.expect("it is short"));
        });
        let open = a_second(|| drop(black_box(vault.open(&place, &sealed))));
        let seal = a_second(|| drop(black_box(vault.seal(&place, &secret))));
        let times = |all: u32| f64::from(alone) / f64::from(all);
        println!("AES-256-GCM alone        {alone} a second");
        println!("opened                   {open} a second, {:.1} times the work", times(open));
        println!("sealed                   {seal} a second, {:.1} times the work", times(seal));
    }

    pub(super) async fn rotation(rows: usize) {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("instance.db");
        let database = Database::Sqlite(path.clone());
        let opened = Store::open(&database, Some(1), (None, None)).await.expect("it opens");
        let mut accounts = Vec::new();
        for number in 0..rows.div_ceil(OF_EACH) {
            let new = NewAccount {
                name: "Ana".into(),
                email: format!("{number}@example.org"),
                password: None,
                admin: false,
            };
            let made = opened.store.create_account(&new, 0).await.expect("it answers");
            accounts.push(made.expect("it is free"));
        }
        fill(&path, &opened.vault, &accounts, rows);
        opened.store.close().await;

        let mut config = Config::in_memory();
        config.database = database.clone();
        config.clock = Clock::default();
        let server = Arc::new(Server::start(config).await.expect("it starts"));
        let accounts = Arc::new(accounts);
        let leasing = |over: Arc<AtomicBool>| {
            let (server, accounts) = (server.clone(), accounts.clone());
            tokio::spawn(async move {
                let (mut took, mut failed) = (Vec::new(), 0);
                for account in accounts.iter().cycle() {
                    if over.load(Ordering::SeqCst) {
                        break;
                    }
                    let by = Principal::at_terminal(account.clone());
                    let began = Instant::now();
                    let lease = NewLease::default();
                    let lease = leases::lease(server.state(), &by, "openai", lease).await;
                    failed += usize::from(!lease.is_ok_and(|lease| lease.secret.is_some()));
                    took.push(began.elapsed());
                    tokio::time::sleep(APART).await;
                }
                took.sort_unstable();
                (took, failed)
            })
        };
        let over = Arc::new(AtomicBool::new(false));
        let before = leasing(over.clone());
        tokio::time::sleep(Duration::from_secs(10)).await;
        over.store(true, Ordering::SeqCst);
        let before = before.await.expect("it ends");

        let over = Arc::new(AtomicBool::new(false));
        let during = leasing(over.clone());
        let opened = Store::open(&database, Some(1), (None, None)).await.expect("it opens");
        opened.vault.add_key(None).expect("it is written");
        let began = Instant::now();
        let rotated = rotate(&opened, &Clock::default()).await.expect("it is done");
        opened.vault.keep_newest().expect("it is written");
        let took = began.elapsed();
        over.store(true, Ordering::SeqCst);
        let during = during.await.expect("it ends");
        println!("sealed anew              {rotated:?} in {:.0} s", took.as_secs_f64());
        for (what, (took, failed)) in [("before", &before), ("during", &during)] {
            let at = |part: usize| took[took.len() * part / 1_000].as_secs_f64() * 1_000.0;
            let (half, most) = (at(500), at(990));
            let count = took.len();
            println!(
                "leases {what}            {count}, {failed} failed, {half:.2} ms, p99 {most:.2} ms"
            );
        }
        assert_eq!((before.1, during.1), (0, 0), "leases that failed");
    }

    fn fill(path: &std::path::Path, vault: &Vault, accounts: &[Account], rows: usize) {
        let mut database = rusqlite::Connection::open(path).expect("it is there");
        let tx = database.transaction().expect("it is free");
        {
            let mut insert = tx
                .prepare(
                    "INSERT INTO connections (id, account_id, provider, label, way, kind, sealed,
                        last_four, is_default, created_at)
                     VALUES (?1, ?2, 'openai', ?3, 'token', 'api_key', ?4, 'kkkk', ?5, 0)",
                )
                .expect("SQL");
            let secret = Secret::new("k".repeat(108));
            for row in 0..rows {
                let account = &accounts[row / OF_EACH].id;
                let id = format!("{row:026}");
                let place = Place { account, provider: "openai", connection: &id, kind: "api_key" };
                let is_default = i64::from(row % OF_EACH == 0);
                let label = (row % OF_EACH).to_string();
                let sealed = vault.seal(&place, &secret).expect("sealed");
                insert.execute((&id, account, label, sealed, is_default)).expect("a row");
            }
        }
        tx.commit().expect("it is kept");
    }
}
