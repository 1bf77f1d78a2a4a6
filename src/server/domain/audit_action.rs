//! What the audit can tell of: each action once, with the word that stands for
//! it in the database and on the wire.

macro_rules! actions {
    ($($action:ident = $word:literal,)*) => {
        /// Something that is written down when it is done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is what its word says")]
        pub enum AuditAction {
            $($action,)*
        }

        impl AuditAction {
            /// Every action there is.
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// The stable word for it.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$action => $word,)*
                }
            }
        }
    };
}

actions! {
    DeviceApproved = "auth.cli.device.approved",
    DeviceDenied = "auth.cli.device.denied",
    SessionCreated = "auth.cli.session.created",
    SessionRevoked = "auth.cli.session.revoked",
    PatCreated = "auth.cli.pat.created",
    PatRevoked = "auth.cli.pat.revoked",
    CodeApproved = "auth.oauth.code.approved",
    CodeDenied = "auth.oauth.code.denied",
    CodeRepeated = "auth.oauth.code.repeated",
    RefreshRepeated = "auth.oauth.refresh.repeated",
    UpstreamConnected = "auth.upstream.connected",
    UpstreamDisconnected = "auth.upstream.disconnected",
    SignedIn = "auth.web.login",
    SignInFailed = "auth.web.failed",
    PasswordChanged = "auth.password.changed",
    ResetLinkMade = "auth.password.reset_link",
    SecondFactorSetUp = "auth.second_factor.set_up",
    SecondFactorRemoved = "auth.second_factor.removed",
    SecondFactorFailed = "auth.second_factor.failed",
    RecoveryCodesMade = "auth.second_factor.recovery_codes",
    RecoveryCodeUsed = "auth.second_factor.recovery_code_used",
    MeshCreated = "mesh.created",
    MeshRenamed = "mesh.renamed",
    MeshRemoved = "mesh.removed",
    MeshLeft = "mesh.left",
    MemberAdded = "mesh.member.added",
    MemberChanged = "mesh.member.changed",
    MemberRemoved = "mesh.member.removed",
    MemberBlocked = "mesh.member.blocked",
    MemberUnblocked = "mesh.member.unblocked",
    PeerBegan = "mesh.peer.began",
    PeerEnded = "mesh.peer.ended",
    TaskCreated = "mesh.task.created",
    TaskClaimed = "mesh.task.claimed",
    TaskFinished = "mesh.task.finished",
    TaskDropped = "mesh.task.dropped",
    InviteCreated = "invite.created",
    InviteAccepted = "invite.accepted",
    InviteRevoked = "invite.revoked",
    MachineRegistered = "machine.registered",
    MachineChanged = "machine.changed",
    MachineRemoved = "machine.removed",
    ProviderConnected = "provider.connected",
    ProviderDisconnected = "provider.disconnected",
    ProviderLeased = "provider.leased",
    ProviderRevoked = "provider.revoked",
    ProviderShared = "provider.shared",
    ProviderUnshared = "provider.unshared",
    VaultKeyRotated = "vault.key_rotated",
    AdminGiven = "account.admin.given",
    AdminTaken = "account.admin.taken",
    PlanChanged = "account.plan.changed",
    SecondFactorTaken = "account.second_factor.taken",
    ServiceClientCreated = "service_client.created",
    ServiceClientRevoked = "service_client.revoked",
    ServiceTokenCreated = "service_client.token.created",
    ServiceTokenRevoked = "service_client.token.revoked",
}

impl AuditAction {
    /// The action of this word; `None` for one of another version.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.word() == word)
    }
}
