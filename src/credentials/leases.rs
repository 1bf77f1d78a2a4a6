//! What an instance leased for the start of agents, kept until its end, so that the next
//! start asks nobody: `leases.json`, 0600.
//!
//! Each is sealed under the sign-in by which it was leased, so that it ends with that:
//! whoever signs out leaves nothing behind that opens. The surprising rule: where the
//! sign-in is in a keyring none is kept. That would have to be asked for at each start,
//! and what a keyring protects would lie in a file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::credentials::auth_file::AuthFile;
use crate::credentials::{AUTH, Credentials};
use crate::home::folder::Folder;
use crate::sealed::Sealer;
use crate::secret::Secret;
use crate::wire::Lease;

/// The file's name.
const LEASES: &str = "leases.json";

/// What is in it, by instance and by what was asked for there.
#[derive(Debug, Default, Serialize, Deserialize)]
struct LeasesFile(BTreeMap<String, BTreeMap<String, KeptLease>>);

#[derive(Debug, Serialize, Deserialize)]
struct KeptLease {
    expires_at: Timestamp,
    /// The lease as it came.
    sealed: String,
}

impl Credentials {
    /// What was leased at `instance` for `wanted`, as long as it is good. Nothing below an
    /// agent is given it.
    pub fn kept_lease(&self, instance: &str, wanted: &str) -> Option<Lease> {
        self.kept_lease_at(instance, wanted, Timestamp::now())
    }

    fn kept_lease_at(&self, instance: &str, wanted: &str, now: Timestamp) -> Option<Lease> {
        let env = self.home().env();
        env.refuse_agents().ok()?;
        let folder = Folder::in_order(env)?;
        let LeasesFile(mut all) = read(&folder)?;
        let kept = all.remove(instance)?.remove(wanted).filter(|kept| now < kept.expires_at)?;
        let opened = sealer(&folder, instance)?.open(&[instance, wanted], &kept.sealed).ok()?;
        let lease: Lease = serde_json::from_str(opened.expose()).ok()?;
        (now < lease.expires_at).then_some(lease)
    }

    /// Keeps a lease for the next start. One that cannot be kept is asked for again.
    pub fn keep_lease(&self, instance: &str, wanted: &str, lease: &Lease) {
        let folder = Folder::in_order(self.home().env());
        let (Some(folder), Ok(text)) = (folder, serde_json::to_string(lease)) else { return };
        let Some(sealer) = sealer(&folder, instance) else { return };
        let (now, text) = (Timestamp::now(), Secret::new(text));
        // What is there and is no file is nobody's to replace.
        let Ok(bytes) = folder.read(LEASES) else { return };
        let LeasesFile(mut all) = bytes.and_then(|(bytes, _)| parsed(&bytes)).unwrap_or_default();
        let by = &[instance, wanted];
        let kept = KeptLease { expires_at: lease.expires_at, sealed: sealer.seal(by, &text) };
        all.entry(instance.to_owned()).or_default().insert(wanted.to_owned(), kept);
        for leases in all.values_mut() {
            leases.retain(|_, kept| now < kept.expires_at);
        }
        all.retain(|_, leases| !leases.is_empty());
        if let Ok(bytes) = serde_json::to_vec_pretty(&LeasesFile(all)) {
            let _ = folder.write(LEASES, &bytes);
        }
    }

    /// Lets go of what was leased at `instance`.
    pub fn forget_leases(&self, instance: &str) {
        let Some(folder) = Folder::in_order(self.home().env()) else { return };
        let Some(LeasesFile(mut all)) = read(&folder) else { return };
        if all.remove(instance).is_some()
            && let Ok(bytes) = serde_json::to_vec_pretty(&LeasesFile(all))
        {
            let _ = folder.write_less(LEASES, &bytes);
        }
    }
}

fn read(folder: &Folder) -> Option<LeasesFile> {
    let (bytes, _) = folder.read(LEASES).ok()??;
    parsed(&bytes)
}

fn parsed(bytes: &[u8]) -> Option<LeasesFile> {
    serde_json::from_slice(bytes).ok()
}

/// By the sign-in to `instance`, where that is kept in a file as well.
fn sealer(folder: &Folder, instance: &str) -> Option<Sealer> {
    let (bytes, _) = folder.read(AUTH).ok()??;
    let auth = AuthFile::parse(&bytes, "").ok()?;
    let token = auth.instances.get(instance)?.token.as_ref()?;
    Some(Sealer::new(token.expose().as_bytes(), "crewmesh leases"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::credentials::tests::Desk;

    const MESH: &str = "mesh.example.org";

    fn lease(expires_at: &str) -> Lease {
        serde_json::from_value(json!({
            "id": "c1", "provider": "anthropic", "way": "token", "kind": "api_key",
            "default": true, "created_at": "2026-11-30T00:00:00Z", "expires_at": expires_at,
            "secret": "sk-of-the-test",
        }))
        .expect("a lease")
    }

    #[test]
    fn one_that_is_good_is_given_again_until_its_end() {
        let desk = Desk::new();
        desk.sign_in(MESH);
        let credentials = &desk.credentials;
        assert!(credentials.kept_lease(MESH, "anthropic").is_none());
        credentials.keep_lease(MESH, "anthropic", &lease("2999-01-01T00:00:00Z"));
        credentials.keep_lease(MESH, "openai", &lease("2999-06-01T00:00:00Z"));
        let kept = credentials.kept_lease(MESH, "anthropic").expect("it is good");
        assert_eq!(kept.secret, Some(Secret::new("sk-of-the-test")));
        let late: Timestamp = "2999-02-01T00:00:00Z".parse().expect("a time");
        assert!(credentials.kept_lease_at(MESH, "anthropic", late).is_none());
        assert!(credentials.kept_lease_at(MESH, "openai", late).is_some());
        assert!(credentials.kept_lease("other.example", "anthropic").is_none());
        let text = fs::read_to_string(desk.path().join(LEASES)).expect("a file");
        assert!(!text.contains("sk-of"), "{text}");
        // One is not another, though both are sealed by the same sign-in.
        let swapped = text.replace("anthropic", "x").replace("openai", "anthropic");
        fs::write(desk.path().join(LEASES), swapped).expect("a file");
        assert!(credentials.kept_lease(MESH, "anthropic").is_none());
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_left_as_it_is_behind_a_link_too() {
        use std::os::unix::fs::{FileTypeExt as _, symlink};
        let desk = Desk::new();
        desk.sign_in(MESH);
        let elsewhere = desk.folder.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&elsewhere).expect("a socket");
        symlink(&elsewhere, desk.path().join(LEASES)).expect("a link");
        desk.credentials.keep_lease(MESH, "anthropic", &lease("2999-01-01T00:00:00Z"));
        desk.credentials.forget_leases(MESH);
        assert!(fs::metadata(&elsewhere).expect("it is there").file_type().is_socket());
        assert!(desk.credentials.kept_lease(MESH, "anthropic").is_none());
    }

    #[test]
    fn it_ends_with_the_sign_in_and_is_none_of_an_agents() {
        let desk = Desk::new();
        desk.sign_in(MESH);
        let credentials = &desk.credentials;
        credentials.keep_lease(MESH, "anthropic", &lease("2999-01-01T00:00:00Z"));
        let mut inside = desk.env.clone();
        let variables = [("CREWMESH_SESSION", "x"), ("CREWMESH_STORE", "file")];
        inside.variables = variables.into_iter().collect();
        assert!(Credentials::new(&inside).kept_lease(MESH, "anthropic").is_none());
        credentials.remove(MESH, None).expect("signed out");
        assert!(!desk.text(LEASES).contains("v1."), "{}", desk.text(LEASES));
        assert!(credentials.kept_lease(MESH, "anthropic").is_none());
        desk.sign_in(MESH);
        credentials.keep_lease(MESH, "anthropic", &lease("2999-01-01T00:00:00Z"));
        credentials.forget_leases(MESH);
        assert!(credentials.kept_lease(MESH, "anthropic").is_none());
    }
}
