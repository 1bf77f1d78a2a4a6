# reach

# Getting to an instance
reach-refused = { $host } refuses the connection.
reach-refused-hint = Check that the instance is running there and that the address and port are right.
reach-timed-out = { $host } did not answer in time.
reach-no-route = There is no way to { $host } from this network.
reach-network-hint = Check the connection, a VPN or a firewall, then try again.
reach-name-not-found = No computer called { $host } was found.
reach-name-hint = Check the spelling of the address and that this machine can look names up.
reach-certificate = The certificate of { $host } was not accepted: { $what }
reach-certificate-hint = If your organisation signs its own certificates, name its file in CREWMESH_CA_FILE.
reach-tls-failed = No secure connection to { $host } came about.
reach-tls-failed-hint = Check that this address speaks https and that no proxy stands in between.
reach-connection-lost = The connection to { $host } broke off.
reach-proxy-failed = The proxy did not connect to { $host }.
reach-proxy-hint = Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; NO_PROXY names the hosts that need none.
reach-proxy-refused = The proxy on the way to { $host } asks for a name and a password.
reach-proxy-malformed = { $variable } holds no proxy address.
reach-proxy-malformed-hint = Set { $variable } to something like http://proxy.example.org:8080, or unset it. / # ? % @ in a password there are written %2F %23 %3F %25 %40.
reach-ca-file-unreadable = The certificates that { $variable } names cannot be read: { $path }: { $what }
reach-ca-file-unreadable-hint = Set { $variable } to a PEM file with certificates, or unset it.
reach-no-system-certificates = This machine's certificate store cannot be read: { $what }
reach-no-system-certificates-hint = Install the ca-certificates package, or name a PEM file in SSL_CERT_FILE.
reach-not-an-instance = What answers at { $host } is not a crewmesh instance.
reach-not-an-instance-hint = Check the address; on a network with a sign-in page of its own, sign in there first.
reach-malformed-reply = { $host } answered something that crewmesh does not understand.
reach-malformed-reply-hint = Its version and this one may be too far apart: update the older of the two.
reach-reply-too-large = { $host } sends more than any instance would.
reach-redirected = { $host } sends on to { $to }, and crewmesh takes no secret along.
reach-redirected-hint = If that is where the instance is now, use that address.
reach-server-fault = { $host } has trouble of its own (HTTP { $status }).
reach-server-fault-hint = Try again in a moment; if it stays so, tell whoever runs the instance.
reach-http-not-allowed = { $host } would be spoken to without encryption. Anyone on this network can read your sign-in.
reach-http-not-allowed-hint = Use its https address, or allow it all the same: crewmesh instance add { $address } --insecure-http
reach-issuer-mismatch = { $host } says that it is { $issuer }.
reach-issuer-mismatch-hint = Use the address it names, if you trust it.
reach-endpoint-without-tls = { $host } wants sign-ins sent to { $endpoint } without encryption.
reach-endpoint-without-tls-hint = Tell whoever runs the instance; nothing was sent.
reach-no-device-codes = { $host } does not offer signing in with a code.
reach-no-device-codes-hint = Paste an access token instead.
reach-unsafe-link = { $host } gave a link that is not safe to open.
reach-unsafe-link-hint = Tell whoever runs the instance; you can still paste an access token.
reach-answered-elsewhere = This code is answered on another device, where you are signed in.
reach-no-embedded = This crewmesh was built without an instance of its own.
reach-no-embedded-hint = Sign in to another instance: --instance ADDRESS

# What an instance answers
api-not-signed-in = { $host } wants to know who you are.
api-token-rejected = { $host } rejected this sign-in.
api-token-expired = The sign-in to { $host } has ended.
api-sign-in-hint = Sign in again: crewmesh login
api-password-required = { $host } asks for your password as well.
api-one-time-code-required = { $host } asks for a code of your second factor as well.
api-second-factor-required = { $host } requires a second factor, which your account does not have yet.
api-page-required = { $host } lets that be done on its pages only: your account has no password.
api-step-up-required = { $host } lets only a signed-in person do this, not an access token and not an agent.
api-step-up-required-hint = Do it in a browser, or in a terminal where you are signed in with a code.
api-agent-may-not = A code agent may not { $what } on { $host } ({ $scope })
api-agent-ended-hint = This agent was signed out. Start it again in your own terminal: crewmesh launch
api-token-may-not = Your token “{ $token }” may not { $what } ({ $scope })
api-this-may-not = What you are signed in with may not { $what } on { $host } ({ $scope })
api-you-may-not = You may not { $what } on { $host } ({ $scope })
api-token-may-not-hint = Use a token that has this right, or sign in without one: crewmesh login
may-not-profile-read = see whose it is
may-not-mesh-read = see meshes
may-not-mesh-write = make, join or change meshes
may-not-invite-create = invite others
may-not-machine-read = see machines
may-not-machine-write = add or change machines
may-not-presence-write = be seen at work in a mesh
may-not-provider-use = get your AI keys
may-not-token-manage = see or revoke sessions and tokens
may-not-token-introspect = check tokens
may-not-admin = run the instance
api-share-used-up = What is shared with you there is used up for today; it is good again after midnight (UTC). Whoever shares it can allow more.
api-connection-unopened = What is kept of that connection does not open any more. Connect it again.
api-connection-revoked = The provider lets that connection in no more. Connect it again.
api-connection-not-renewed = That connection is to be renewed, and its provider does not answer. Try again in a moment.
api-connections-full = As much is connected as there is room for. Disconnect something first.
api-last-admin = A mesh keeps at least one administrator, and this is the last.
api-last-admin-hint = Make somebody else one first: crewmesh members role PERSON admin
api-unknown-peer = Nobody in the mesh is called that.
api-there = Here now: { $names }
api-nobody-there = No agent is there now; * writes to everybody in the mesh
api-takes-no-messages = That agent takes no messages: its person has turned them off.
api-blocked = An administrator of the mesh has blocked you: you may read there, and not write.
api-task-claimed = { $detail } has the task.
api-task-ended = The task is done, or was dropped.
api-not-the-holder = The task is somebody else's.
api-insufficient-scope = What you are signed in with may not do that on { $host }.
api-plan-required = That needs another plan on { $host }: { $detail }
api-not-an-admin = Only an administrator of the mesh may do that.
api-not-allowed = You may not do that on { $host }.
api-upgrade-required = { $host } needs crewmesh { $detail } or newer.
api-upgrade-required-hint = Update crewmesh, then try again.
api-unknown-client = { $host } does not know this program as a client.{ $said }
api-client-not-allowed = { $host } does not let this program sign in this way.{ $said }
api-client-hint = Ask whoever runs it, or sign in with an access token: crewmesh login --token -
api-too-many-requests = { $host } was asked too often. Try again in a moment.
api-too-many-requests-wait =
    { $seconds ->
        [one] { $host } was asked too often. Try again in one second.
       *[other] { $host } was asked too often. Try again in { $seconds } seconds.
    }
api-not-found = There is no such thing on { $host }.
api-no-such-name = There is nothing of that name.
api-slug-taken = That short name is taken on { $host }.
api-invite-not-found = { $host } knows no such invite.
api-invite-revoked = This invite was taken back. Ask for a new one.
api-invite-expired = This invite has expired. Ask for a new one.
api-invite-exhausted = This invite has been used up. Ask for a new one.
api-code-not-found = { $host } knows no such code. Compare it with the other terminal.
api-code-expired = That code has expired. Ask for a new one on the other terminal.
api-code-settled = That code has been answered already.
api-refused = { $host } said no (HTTP { $status }, { $error }).

# Addresses and invites as people type them
instance-address-missing = An address is missing here.
instance-address-malformed = “{ $typed }” is not the address of an instance.
instance-address-with-password = An instance's address has no name and password in it: { $typed }
instance-address-with-path = An instance's address ends after the host: { $typed }
instance-address-hint = Something like mesh.example.org or https://mesh.example.org:8443
instance-name-malformed = “{ $name }” cannot be the name of this instance.
instance-name-hint = A name is made of letters, digits, dots and dashes; “local” is the one on this computer.
instance-not-kept = No instance called { $name } is kept here.
invite-empty = Nothing was given.
invite-not-an-invite = That is neither an invite link nor an invite code.
invite-cut-short =
    { $missing ->
        [one] The code is cut short: one character is missing.
       *[other] The code is cut short: { $missing } characters are missing.
    }
invite-too-long =
    { $surplus ->
        [one] The code has one character too many.
       *[other] The code has { $surplus } characters too many.
    }
invite-character = No invite code has “{ $character }” in it.
invite-hint = An invite is a link like https://mesh.example.org/i/CODE, or the code alone.

# What a directory says (.crewmesh.toml)
directory-unreadable = It cannot be read: { $what }
directory-not-a-file = It is not a file.
directory-of-another-user = It belongs to another user.
directory-malformed = Its contents make no sense.
directory-names-an-address = It must name an instance you are signed in to, never an address.

# What a program may do
may-and = { $first } · { $rest }
may-profile-read = See your name and e-mail
may-mesh-read = See your meshes
may-mesh-write = Create, join and change meshes
may-invite-create = Invite people
may-machine-read = See your machines
may-machine-write = Add and change machines
may-presence-write = Show that an agent is at work
may-provider-use = Get your AI keys
may-token-manage = Let other devices and programs in
may-admin = Run the instance
