//! What Ana has on the instance, all of it as long as it gets, so that pages about it are
//! looked at full.

use crewmesh::secret::Secret;
use crewmesh::server::operations::{Page, Principal, connections, leases, machines, peers, tasks};
use crewmesh::wire::{
    NewConnection, NewLease, NewMachine, NewPeer, NewTask, PeerChange, PeerStatus, TaskStep, Way,
};

use super::{EMAIL, Tour};

impl Tour {
    /// A machine of the account that the browser is signed in as.
    pub(super) fn machine(&self) {
        let store = &self.server.state().store;
        let new = NewMachine {
            anchor: "a".repeat(64),
            name: "Munich Hospital — Radiology".to_owned(),
            slug: None,
            location: Some("DE".to_owned()),
            os: "linux".to_owned(),
            arch: "x86_64".to_owned(),
        };
        self.server
            .runtime
            .block_on(async {
                let ana = store.account_by_email(EMAIL).await.expect("it answers").expect("Ana");
                machines::register(self.server.state(), &Principal::at_terminal(ana), new).await
            })
            .expect("it is kept");
    }

    /// An account at a provider, used on some days, and a model server of her own.
    pub(super) fn connect(&self) {
        let state = self.server.state();
        self.server.runtime.block_on(async {
            let ana = state.store.account_by_email(EMAIL).await.expect("it answers").expect("Ana");
            let by = Principal::at_terminal(ana);
            let new = |provider: &str, way, secret, endpoint: Option<&str>| NewConnection {
                provider: provider.to_owned(),
                label: "Radiología de guardia".to_owned(),
                endpoint: endpoint.map(str::to_owned),
                holder: Some("Hospital universitario de Múnich".to_owned()),
                verified: endpoint.is_none(),
                ..NewConnection::new(way, "api_key".to_owned(), secret)
            };
            let key = Some(Secret::new("sk-ant-api03-4711"));
            let new = [
                new("anthropic", Way::Token, key, None),
                new("self-hosted", Way::Endpoint, None, Some("https://models.example.org/llm")),
            ];
            for new in new {
                connections::connect(state, &by, new).await.expect("it is kept");
            }
            let lease = NewLease::default();
            leases::lease(state, &by, "anthropic", lease).await.expect("it is leased");
        });
    }

    /// Agents of Ana's and a task, all of it as long as it gets.
    pub(super) fn begin_work(&self) {
        let state = self.server.state();
        self.server.runtime.block_on(async {
            let ana = state.store.account_by_email(EMAIL).await.expect("it answers").expect("Ana");
            let mesh = state.store.mesh_by_slug(&ana.id, "radiologia-de-guardia").await;
            let mesh = mesh.expect("it answers").expect("just made").id;
            let machines = state.store.machines(&ana.id, None, &Page::default()).await;
            let machine = machines.expect("it answers").data.remove(0).id;
            let by = Principal::at_terminal(ana);
            for (id, status) in [
                ("session-of-agent-1", PeerStatus::Waiting),
                ("session-of-agent-2", PeerStatus::Working),
            ] {
                let new = NewPeer {
                    id: id.to_owned(),
                    agent: Some("claude".to_owned()),
                    agent_version: Some("2.1.47".to_owned()),
                    machine: Some(machine.clone()),
                    role: Some("reviewer-of-everything".to_owned()),
                    directory: Some("radiology-image-pipeline".to_owned()),
                    ..NewPeer::default()
                };
                peers::begin(state, &by, &mesh, new).await.expect("it begins");
                let summary = Some("Reads how the images are passed on to the archive".to_owned());
                let change = PeerChange { status: Some(status), summary };
                peers::change(state, &by, &mesh, id, change).await.expect("it says so");
            }
            let title = "Find out why the pictures of last night are not in the archive".to_owned();
            let new = NewTask { title, ..NewTask::default() };
            tasks::create(state, &by, &mesh, new).await.expect("it is made");
            let step = TaskStep { by_peer: Some("session-of-agent-1".into()), result: None };
            tasks::claim(state, &by, &mesh, 1, step).await.expect("it is open");
        });
    }
}
