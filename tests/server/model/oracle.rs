//! Who may do what, and what there is: lists, and nothing of an instance's own.
//!
//! An answer is its status: 401 without a live credential, 404 to whoever is not to
//! know, 403 to whoever may not, 409 for what cannot be, 410 for an invite that is
//! over.

use std::collections::BTreeMap;

/// Everybody there is.
pub const PEOPLE: [&str; 4] = ["Ana", "Ben", "Eve", "Kim"];

/// What is answered.
pub struct Outcome(pub u16);

#[derive(Clone, Debug)]
pub enum Step {
    SignIn { person: usize },
    MakeToken { by: usize },
    EndSession { by: usize, which: usize },
    EndToken { by: usize, which: usize },
    EndAllSessions { by: usize },
    MakeMesh { by: usize },
    RenameMesh { by: usize, mesh: usize, number: u16 },
    RemoveMesh { by: usize, mesh: usize },
    Invite { by: usize, mesh: usize, admin: bool, uses: u32 },
    RevokeInvite { by: usize, invite: usize },
    Accept { by: usize, invite: usize },
    SetRole { by: usize, mesh: usize, member: usize, admin: bool },
    RemoveMember { by: usize, mesh: usize, member: usize },
}

pub struct Credential {
    pub person: usize,
    /// A session; else a personal access token.
    pub is_session: bool,
    pub live: bool,
}

pub struct Mesh {
    pub name: String,
    /// Who is in it, and whether they administer it. Nobody: it is gone.
    pub members: BTreeMap<usize, bool>,
}

struct Invite {
    mesh: usize,
    from: usize,
    admin: bool,
    left: u32,
    revoked: bool,
}

pub struct Oracle {
    pub credentials: Vec<Credential>,
    meshes: Vec<Mesh>,
    invites: Vec<Invite>,
}

/// What an administrator is called, and what nobody else is.
pub fn word(admin: bool) -> &'static str {
    if admin { "admin" } else { "member" }
}

impl Oracle {
    pub fn new() -> Self {
        Self { credentials: Vec::new(), meshes: Vec::new(), invites: Vec::new() }
    }

    /// The meshes that `person` is in.
    pub fn meshes_of(&self, person: usize) -> impl Iterator<Item = (usize, &Mesh)> {
        self.meshes.iter().enumerate().filter(move |(_, mesh)| mesh.members.contains_key(&person))
    }

    /// A mesh as `person` sees it.
    pub fn seen(&self, person: usize, mesh: usize) -> Option<&Mesh> {
        Some(&self.meshes[mesh]).filter(|mesh| mesh.members.contains_key(&person))
    }

    /// The invites of a mesh that still let somebody in, where they are `person`'s to
    /// see.
    pub fn open_invites(
        &self,
        person: usize,
        mesh: usize,
    ) -> Option<impl Iterator<Item = usize> + '_> {
        let is_admin = self.meshes[mesh].members.get(&person) == Some(&true);
        let open = move |invite: &Invite| invite.mesh == mesh && !invite.revoked && invite.left > 0;
        let all = self.invites.iter().enumerate();
        is_admin.then(|| all.filter(move |(_, one)| open(one)).map(|(number, _)| number))
    }

    /// What may be tried next, of what there is; often by somebody who may.
    pub fn step(&self, (kind, one, two, three): (u8, u16, u16, u16)) -> Option<Step> {
        let of = |number: u16, count: usize| (count > 0).then(|| usize::from(number) % count);
        let by = of(one, self.credentials.len())?;
        let mesh = || of(two, self.meshes.len());
        let invite = || of(two, self.invites.len());
        let (member, admin) = (usize::from(three) % PEOPLE.len(), three.is_multiple_of(3));
        Some(match kind % 24 {
            0 | 1 => Step::SignIn { person: usize::from(two) % PEOPLE.len() },
            2 | 3 => Step::MakeToken { by },
            4 => Step::EndSession { by, which: of(two, self.credentials.len())? },
            5 => Step::EndToken { by, which: of(two, self.credentials.len())? },
            6 if two.is_multiple_of(4) => Step::EndAllSessions { by },
            6..=8 => Step::MakeMesh { by },
            9 => Step::RenameMesh { by, mesh: mesh()?, number: three },
            10 if two.is_multiple_of(2) => Step::RemoveMesh { by, mesh: mesh()? },
            10..=13 => Step::Invite { by, mesh: mesh()?, admin, uses: u32::from(three % 3) + 1 },
            14 => Step::RevokeInvite { by, invite: invite()? },
            15..=19 => Step::Accept { by, invite: invite()? },
            20 | 21 => Step::SetRole { by, mesh: mesh()?, member, admin },
            _ => Step::RemoveMember { by, mesh: mesh()?, member },
        })
    }

    /// Does it, and says what is answered.
    pub fn take(&mut self, step: &Step) -> Outcome {
        Outcome(self.taken(step).unwrap_or_else(|refused| refused))
    }

    /// Who acts, if what they act by lives.
    fn actor(&self, by: usize) -> Result<usize, u16> {
        let credential = &self.credentials[by];
        if credential.live { Ok(credential.person) } else { Err(401) }
    }

    fn session(&self, by: usize) -> Result<usize, u16> {
        let person = self.actor(by)?;
        if self.credentials[by].is_session { Ok(person) } else { Err(403) }
    }

    /// A mesh as its administrator, or why not.
    fn administered(&mut self, person: usize, mesh: usize) -> Result<&mut Mesh, u16> {
        match self.meshes[mesh].members.get(&person) {
            None => Err(404),
            Some(false) => Err(403),
            Some(true) => Ok(&mut self.meshes[mesh]),
        }
    }

    fn taken(&mut self, step: &Step) -> Result<u16, u16> {
        match *step {
            Step::SignIn { person } => {
                self.credentials.push(Credential { person, is_session: true, live: true });
                Ok(200)
            }
            Step::MakeToken { by } => {
                let person = self.session(by)?;
                self.credentials.push(Credential { person, is_session: false, live: true });
                Ok(201)
            }
            Step::EndSession { by, which } => self.ended(by, which, true),
            Step::EndToken { by, which } => self.ended(by, which, false),
            Step::EndAllSessions { by } => {
                let person = self.session(by)?;
                let own = self.credentials.iter_mut().filter(|one| one.person == person);
                own.filter(|one| one.is_session).for_each(|one| one.live = false);
                Ok(200)
            }
            Step::MakeMesh { by } => {
                let person = self.actor(by)?;
                let name = format!("Mesh {}", self.meshes.len());
                self.meshes.push(Mesh { name, members: [(person, true)].into() });
                Ok(201)
            }
            Step::RenameMesh { by, mesh, number } => {
                let person = self.actor(by)?;
                self.administered(person, mesh)?.name = format!("Renamed {number}");
                Ok(200)
            }
            Step::RemoveMesh { by, mesh } => {
                let person = self.actor(by)?;
                self.administered(person, mesh)?.members.clear();
                Ok(204)
            }
            Step::Invite { by, mesh, admin, uses } => {
                let person = self.actor(by)?;
                self.administered(person, mesh)?;
                self.invites.push(Invite { mesh, from: person, admin, left: uses, revoked: false });
                Ok(201)
            }
            Step::RevokeInvite { by, invite } => {
                let person = self.actor(by)?;
                // Whose it is not learns nothing of it.
                let mesh = self.invites[invite].mesh;
                self.administered(person, mesh).map_err(|_| 404_u16)?;
                let invite = &mut self.invites[invite];
                if invite.revoked || invite.left == 0 {
                    return Err(404);
                }
                invite.revoked = true;
                Ok(204)
            }
            Step::Accept { by, invite } => {
                let person = self.actor(by)?;
                let invite = &mut self.invites[invite];
                let members = &mut self.meshes[invite.mesh].members;
                match () {
                    () if members.is_empty() => Err(404),
                    () if members.contains_key(&person) => Ok(200),
                    () if invite.revoked || invite.left == 0 => Err(410),
                    () => {
                        invite.left -= 1;
                        members.insert(person, invite.admin);
                        Ok(200)
                    }
                }
            }
            Step::SetRole { by, mesh: index, member, admin } => {
                let person = self.actor(by)?;
                let mesh = self.administered(person, index)?;
                let own = *mesh.members.get(&member).ok_or(404_u16)?;
                if own && !admin && mesh.is_last_admin(member) {
                    return Err(409);
                }
                mesh.members.insert(member, admin);
                if own && !admin {
                    self.end_invites(index, member);
                }
                Ok(200)
            }
            Step::RemoveMember { by, mesh: index, member } => {
                let person = self.actor(by)?;
                if person == member {
                    self.seen(person, index).ok_or(404_u16)?;
                } else {
                    self.administered(person, index)?;
                }
                let mesh = &mut self.meshes[index];
                if mesh.is_last_admin(member) {
                    return Err(409);
                }
                mesh.members.remove(&member).ok_or(404_u16)?;
                self.end_invites(index, member);
                Ok(204)
            }
        }
    }

    /// Whoever is no administrator any more has no open invites.
    fn end_invites(&mut self, mesh: usize, person: usize) {
        for invite in &mut self.invites {
            invite.revoked |= invite.mesh == mesh && invite.from == person;
        }
    }

    /// A credential may end itself; a session any of its account's.
    fn ended(&mut self, by: usize, which: usize, session: bool) -> Result<u16, u16> {
        let person = self.actor(by)?;
        if by != which {
            self.session(by)?;
        }
        let other = &mut self.credentials[which];
        if other.person != person || other.is_session != session || !other.live {
            return Err(404);
        }
        other.live = false;
        Ok(204)
    }
}

impl Mesh {
    fn is_last_admin(&self, member: usize) -> bool {
        self.members.get(&member) == Some(&true)
            && self.members.values().filter(|admin| **admin).count() == 1
    }
}
