# pages

## Found on every page
page-host-local = this computer
page-nav-label = Your account
page-nav-meshes = Meshes
page-nav-machines = Machines
page-nav-providers = AI accounts
page-nav-sessions = Sessions
page-nav-tokens = Tokens
page-sign-out = Sign out
page-signed-in-as = You are signed in as { $name }.
page-command-label = Command for the terminal
page-continue = Continue
page-cancel = Cancel
page-change = Change
page-change-named = Change { $name }
page-save = Save
page-optional = (optional)
page-skip = Go to the page itself
page-copy = Copy
page-copied = Copied
page-copy-marked = It is marked now: copy it with your keyboard
page-home = Go to the first page
page-ago-now = just now
page-ago-minutes = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}
page-ago-hours = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
page-ago-days = { $count ->
    [one] yesterday
   *[other] { $count } days ago
}
page-in-minutes = { $count ->
    [one] in 1 minute
   *[other] in { $count } minutes
}
page-in-hours = { $count ->
    [one] in 1 hour
   *[other] in { $count } hours
}
page-in-days = { $count ->
    [one] in 1 day
   *[other] in { $count } days
}
page-used = Last used { $when }
page-used-never = Not used yet
page-ends = Ends { $when }
page-ends-never = Never ends
page-left-minutes = { $count ->
    [one] About 1 minute
   *[other] About { $count } minutes
}
page-left-seconds = Less than a minute

## First page
page-landing-title = Your machines and code agents, in one mesh
page-landing-text = crewmesh signs you in from a terminal, puts that machine into your mesh and starts your code agent there, as you.
page-landing-how = This is an instance of it. To begin, type this on any machine:
page-landing-local = This is the instance inside your own crewmesh. It has one account, yours, and no password. To begin, type this in a terminal:

## Entering the code
page-enter-title = Enter the code
page-enter-text = Your terminal shows eight letters. Capitals and the dash do not matter.
page-enter-fault = That is not a code. It has eight letters, like the one in your terminal.
page-code = Code
page-enter-local = This instance lives inside crewmesh, on the computer whose terminal shows the code. Press one of these keys there:
page-enter-local-a = approve in the terminal itself
page-enter-local-o = open the page that may approve, here in the browser
page-enter-local-why = A code alone approves nothing here: everybody who uses this computer can reach this page.

## The card
page-card-title = Sign in this device?
page-card-compare = Your terminal must show exactly this code.
page-card-words = The terminal shows the same two words: { $words }
page-card-device = Device
page-card-device-own = what it calls itself
page-card-device-unnamed = no name given
page-card-system = System
page-card-system-unknown = not said
page-card-address = Address
page-card-address-unknown = not known
page-card-address-same = the same as this browser’s
page-card-address-other = not the one this browser has
page-card-address-here = this computer
page-card-address-there = the computer that serves this page
page-card-left = Time left
page-card-account = Account
page-card-joins = Joins
page-card-joins-member = as a member, once you approve
page-card-joins-admin = as an administrator, once you approve
page-card-joins-already = you are in it already
page-card-joins-ended = the invite has ended: this only signs in
page-card-joins-gone = a mesh that is gone
page-done-joined = { $device } is signed in as { $name }, and you are a member of { $mesh }. You can sign it out at any time.
page-done-not-joined = { $device } is signed in as { $name }. Its invite lets nobody in any more, so you joined nothing by it.
page-invite-code = Your terminal shows the code { $code }. Sign in or create an account, approve the code on the next page, and you have joined.
page-may = It may
page-may-also = It may also: { $what }
page-card-warning = Only approve if you started this on a device of yours.
page-card-other-account = Use another account
page-approve = Approve
page-deny = Deny

## What became of it
page-done-title = Done
page-done-text = Return to your terminal.
page-done-detail = { $device } is signed in as { $name }. You can sign it out at any time.
page-done-device = The device
page-done-sessions = See your sessions
page-denied-title = Denied
page-denied-text = Nobody was signed in. The terminal has been told.
page-denied-detail = If you did not start this, somebody may have sent you their code. You can close this page.
page-expired-title = This code has ended
page-expired-text = A code lives for ten minutes. Ask for a new one in your terminal.
page-settled-title = Already answered
page-settled-text = This code was approved or denied before. A code works once.
page-unknown-title = No such code
page-unknown-text = Compare it with your terminal, letter by letter, and try once more.
page-enter-another = Enter another code
page-card-slow = Too many wrong codes
page-card-slow-text = To keep others from guessing, no code is looked up for a while. Try again { $when }.
page-ticket-title = This link does not open this code
page-ticket-text = Press o in the terminal that shows the code: it opens the right page.

## Signing in and up
page-login-title = Sign in
page-login-button = Sign in
page-login-link = I have an account already
page-login-purpose-code = to answer the code { $code }
page-login-purpose-invite = to join with your invite
page-login-fault = That e-mail and password do not belong together. Try again.
page-login-slow = Too many tries for this account. Wait a minute, then try again.
page-register-title = Create an account
page-register-button = Create the account
page-register-link = Create an account
page-register-closed-title = Accounts here are made by invitation
page-register-closed-text = Open the invite link you were sent, or ask whoever runs this instance for one.
page-register-shut-title = No new accounts here
page-register-shut-text = Whoever runs this instance has closed it for new accounts.
page-register-taken = There is an account with this e-mail already. Sign in instead.
page-register-slow = Too many new accounts from your network. Wait a minute, then try again.
page-name = Your name
page-name-why = As your team will see it.
page-name-fault = Your name needs at least one visible character, and at most 100.
page-email = E-mail
page-email-fault = This does not look like an e-mail address.
page-password = Password
page-password-why = At least { $shortest } characters. A few words you remember are better than one with signs.
page-password-short = This password is too short. It needs at least { $shortest } characters.
page-password-long = This password is too long.
page-password-simple = This password is your e-mail or your name. Choose one that cannot be guessed.
page-busy-title = Very busy right now
page-busy-text = Many people are signing in at this moment. Wait a few seconds and try again.

## Invites
page-invite-title = Invite
page-invite-from = { $inviter } invites you to
page-invite-text = A mesh is a group of people, their machines and their code agents, working together.
page-invite-role = You join as
page-invite-members = People in it
page-invite-ends = Invite ends
page-invite-terminal = In a terminal
page-invite-accept = Join as { $name }
page-invite-login = Sign in and join here
page-invite-unknown-title = No such invite
page-invite-unknown-text = The link may have lost a part on its way. Ask for it once more.
page-invite-gone-title = This invite has ended
page-invite-gone-text = It was used up, withdrawn, or its time has passed. Ask for a new one.
page-joined-title = You are in
page-joined-text = You are a member of { $mesh }.
page-joined-detail = Type crewmesh on a machine of yours to bring it in.
page-see-meshes = See your meshes
page-role-admin = Admin
page-role-member = Member

## Settings
page-tokens-title = Access tokens
page-tokens-text = For scripts and machines that cannot wait for an approval. Each acts as you: give one to nobody.
page-tokens-none = No tokens yet.
page-tokens-new = Make a token
page-token-name = What is it for?
page-token-name-fault = Give the token a name, so that you know it again.
page-token-expiry = When does it end?
page-token-30 = 30 days
page-token-90 = 90 days
page-token-365 = 1 year
page-token-never = Never
page-token-never-warning = A token without an end works for whoever finds it, until you revoke it here. Choose this only if you will remember that.
page-token-make = Make the token
page-token-made-title = Your new token
page-token-made-text = This is the only time “{ $name }” is shown. Copy it now and keep it like a password.
page-token-made-how = To use it, run this and paste the token
page-token-label = Token
page-token-kept = I have kept it
page-token-everything = May do everything that you may
page-token-scopes = What may it do?
page-token-scopes-all = everything that you may, unless you take something away here
page-token-scope-fault = A token that may do nothing is no use. Leave it something.
page-token-made-warning = Whoever has it acts as you.
page-token-revoke-why = Whatever uses it is turned away from then on. This cannot be taken back.
page-revoke = Revoke
page-revoke-named = Revoke { $name }
page-sessions-title = Sessions
page-sessions-text = Everything that is signed in as you. What you revoke is signed out at once.
page-sessions-terminals = Terminals
page-sessions-browsers = Browsers
page-sessions-none = No terminal is signed in.
page-sessions-agent = Code agent
page-sessions-this = This one
page-sessions-browser-unknown = A browser
page-sessions-end = Sign out everywhere
page-sessions-end-why = Every terminal and browser, this one too. Access tokens go on working.
page-sessions-ended-title = Signed out everywhere
page-sessions-ended-text = Nothing is signed in as you any more, access tokens excepted.
page-password-title = Change the password
page-password-text = Every terminal and browser is signed out, this one too. Access tokens go on working.
page-password-current = Current password
page-password-new = New password
page-password-button = Change the password
page-password-wrong = That is not your current password.
page-password-done-title = Password changed
page-password-done-text = Sign in again with the new one. Terminals have to sign in again too.

## Lists
page-meshes-title = Your meshes
page-meshes-none = You are in no mesh yet.
page-meshes-new = Create one from a terminal
page-meshes-example = Platform team
page-mesh-members = { $count ->
    [one] 1 person
   *[other] { $count } people
}
page-machines-title = Your machines
page-machines-text = Machines that you brought into a mesh.
page-machines-none = No machine yet.
page-machines-new = Bring a machine in: type this on it
page-machine-nowhere = no place set
page-list-more = More
page-list-start = First page
page-machine-place = Where it stands
page-machine-place-why = A zone such as DE or US-CAL-CISO, or a country’s name. It counts from now on.
page-machine-place-fault = No place is called that. Write a zone such as DE, or a country’s name.
page-machine-remove = Forget it
page-machine-remove-why = What is forgotten leaves this list. The machine stays signed in: end that under Sessions.

# AI accounts
page-providers-title = Your AI accounts
page-providers-text = What you connected to start agents with. Each key is kept sealed, and given only to a machine of yours that starts an agent.
page-providers-none = Nothing is connected yet.
page-providers-new = Connect one
page-providers-terminal = At a terminal
page-providers-terminal-why = With a plan, by the provider’s own program, or a model server of yours:
page-provider-sign-in = Sign in at { $provider }
page-provider-sign-in-why = You sign in there, and no key is copied.
page-provider-sign-in-code = Sign in at { $provider } with a code
page-provider-or = or with a key
page-provider-which = Provider
page-provider-key = Access key (API key)
page-provider-key-why = The provider is asked whether it is good before it is kept.
page-provider-label = What you call it, where there is more than one
page-provider-connect = Connect it
page-providers-full = You have as many as there is room for. Forget one first.
page-flow-title = Sign in at { $provider }
page-flow-text = Open { $provider } and type this code there.
page-flow-open = Open { $provider }
page-flow-waits = Waiting for { $provider }
page-flow-trouble = { $provider } does not answer as it should; it is asked again
page-flow-connected = { $name } is connected
page-flow-over = It was connected, and forgotten since
page-flow-denied = The sign-in was refused at { $provider }; nothing was kept
page-flow-expired = The code ran out before anybody signed in; nothing was kept
page-flow-failed = { $provider } does not know the code any more; nothing was kept
page-flow-stop = Stop
page-flow-again = Get a new code
page-redirect-text = You go on to { $provider } to sign in, and come back here.
page-redirect-place = { $name } is connected already, and what you sign in with takes its place. For both, go back and give it a name.
page-redirect-go = Go on to { $host }
page-redirect-scope = What is asked for there: { $scope }
page-redirect-none = Nobody can sign in at { $provider } from here any more.
page-redirect-unknown = Nothing was connected: this sign-in at { $provider } was used before, took too long, or was begun in another browser. Begin again.
page-provider-verified = Let in when it was connected
page-provider-poor = No credit left there
page-provider-down = Did not answer when it was last asked
page-provider-shared = Members of { $meshes } start agents with it
page-provider-revoked = The provider lets it in no more: connect it again
page-provider-unverified = Not verified
page-provider-used = { $count ->
    [0] No agent was started with it in 30 days
    [one] Leased for an agent once in 30 days
   *[other] Leased for agents { $count } times in 30 days
}
page-provider-forget = Forget
page-provider-forget-named = Forget { $name }
page-provider-forget-why = No machine is given it from then on; one that has it may use it for 12 hours.
page-provider-still-good = The key itself stays good until you end it here:

## When something is wrong
page-missing-title = Nothing here
page-missing-text = There is no page at this address.
page-stale-title = This page was too old
page-stale-text = It was open too long, or cookies are switched off. Nothing was changed. Open it again and try once more.
page-foreign-title = Refused
page-foreign-text = This came from another site, so nothing was done. Open the page here and try again.
page-slow-title = Too fast
page-slow-text = Wait a moment, then try again.
page-away-title = Not available at the moment
page-away-text = This instance cannot reach its database. It comes back by itself; try again in a moment.
page-fault-title = Something went wrong here
page-fault-text = It is not your doing, and nothing was changed. Try again in a moment.
trouble-passwords-busy = Many people are signing in at this moment. Try again in a few seconds.

## Starting and running an instance
server-database-unusable = The instance's database at { $path } cannot be used: { $why }
server-database-malformed = The database is neither an SQLite file nor an address that begins with postgres://
server-database-address = The address of the database makes no sense.
server-database-hint = Write postgres://USER:PASSWORD@HOST/NAME, where / # ? % @ in USER and PASSWORD are written %2F %23 %3F %25 %40.
server-key-malformed = The instance key is not 64 hexadecimal digits.
server-vault-keys-twice = CREWMESH_VAULT_KEYS is given, and { $path } holds keys as well: leave one of the two.
server-vault-unreadable = The vault's keys in { $path } cannot be used: { $why }
server-vault-key-missing = What opens people's accounts at AI providers was sealed under a key that is not here.
server-vault-key-missing-hint = Put it back: the file beside the database that ends in .vault, or CREWMESH_VAULT_KEYS.
server-vault-keys-malformed = { $place } is no list of keys: 64 hexadecimal digits each.
server-key-mismatch = The instance's database was made with another instance key.
server-key-mismatch-hint = Give the key it was made with, in instance.key beside it or in CREWMESH_INSTANCE_KEY.
server-key-unreadable = The instance key at { $path } cannot be read or made: { $why }
server-listen-failed = Cannot listen on { $address }: { $why }
server-listen-denied-hint = Ports below 1024 belong to the system: give a higher one, or let the system hand this one on.
server-listen-taken = Another program listens on { $address } already.
server-listen-taken-hint = Stop it, or give another address with --listen or --metrics-listen, such as 127.0.0.1:8080
server-needs-https = An instance at { $address } would read everybody's sign-in to the network.
server-needs-https-hint = Give --public-url https://… of the proxy in front of it, or --insecure-http to serve it all the same.
server-no-network = This computer has no network address that a phone could reach.
server-postgres-unusable = PostgreSQL at { $place } cannot be used: { $why }
server-postgres-pooler = A pooler in transaction mode stands before PostgreSQL at { $place }: it gives each transaction another connection.
server-postgres-pooler-hint = Set pool_mode = session there, or name the database itself.
server-key-required = An instance on PostgreSQL needs its key in CREWMESH_INSTANCE_KEY.
server-key-required-hint = Make one with `openssl rand -hex 32`, keep it safe, and give every node the same.
server-code-unknown = There is no such sign-in code.
server-code-settled = That sign-in was approved or denied before.
server-code-expired = That sign-in code has expired.
server-public-url-malformed = { $url } is not a public address: scheme, host and port, without a path.

# A mesh
page-nav-audit = Activity
page-nav-people = People
page-nav-services = Service clients
page-meshes-create = Create a mesh
page-mesh-name = Name
page-mesh-create = Create
page-mesh-name-fault = A name has 1 to 100 characters.
page-mesh-name-taken = That name is taken. Choose another one.
page-mesh-people = Members
page-mesh-admins-only = Only an administrator of this mesh may do that.
page-mesh-last-admin = A mesh keeps at least one administrator. Make somebody else one first.
page-mesh-leave = Leave
page-mesh-leave-why = Whoever leaves needs a new invite to come back.
page-mesh-itself = The mesh itself
page-mesh-rename = Rename
page-mesh-rename-why = Its short name, { $slug }, stays: links and settings go by it.
page-mesh-delete = Delete this mesh
page-mesh-delete-why = It ends for everybody in it, with all its invites. This cannot be taken back.
page-mesh-delete-type = To confirm, type { $slug }
page-mesh-delete-fault = Nothing was deleted: what you typed is not the short name of this mesh.
page-peers-title = At work now
page-peers-count = { $count ->
    [0] Nobody is at work here
    [one] 1 at work
   *[other] { $count } at work
}
page-peers-launch = Start your code agent here from a terminal:
page-peers-mcp = Or give any program that speaks MCP this address:
page-peer-idle = idle
page-peer-working = working
page-peer-waiting = waiting
page-peer-on = on { $machine }
page-peer-since = started { $when }
page-peer-came = { $name } is at work here now.
page-peer-does = { $name }: { $status }.
page-peer-at = { $name }: { $status }, { $summary }.
page-peer-gone = { $name } is not at work here any more.
page-tasks-title = Tasks
page-tasks-count = { $count ->
    [one] 1 task
   *[other] { $count } tasks
}
page-task-open = open
page-task-claimed = { $holder } is at it
page-task-came = New task { $number }: { $title }.
page-task-now = Task { $number }: { $stands }.
page-task-gone = Task { $number } is not open any more.
page-list-rest = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
page-live = Live
page-live-many = Several things changed at work.
page-live-ended = This page does not change by itself any more. Load it again.
page-reload = Reload
page-member-promote = Make admin
page-member-promote-named = Make { $name } an administrator
page-member-demote = Make member
page-member-demote-named = Make { $name } a member
page-member-remove = Remove
page-member-remove-named = Remove { $name }
page-member-service = a service client
page-member-remove-why = Whoever is removed needs a new invite to come back. { $name } keeps their account.
page-member-invites-end = { $count ->
    [one] The open invite by { $name } ends too, as it does for whoever is made a member.
   *[other] The { $count } open invites by { $name } end too, as they do for whoever is made a member.
}
page-mesh-invites = Open invites
page-mesh-invites-none = No invite is open.
page-invite-new = Invite somebody
page-invite-uses = { $uses } of { $most } used
page-invite-by = by { $name }
page-invite-take-back = Take back
page-invite-permission = What they may do
page-invite-how-many = How many people
page-invite-days = Days until it ends
page-invite-make = Make an invite
page-invite-fault = An invite is for 1 to 1000 people and 1 to 365 days.
page-invite-made = The invite is ready
page-invite-made-text = Send this link to whoever is to join.
page-invite-link = Invite link
page-invite-anybody = Whoever has the link
page-invite-email = E-mail it to
page-invite-email-why = The link is mailed to this address. Whoever has it may join.
page-invite-email-none = This instance sends no mail: the address is noted, and you pass the link on yourself.
page-invite-made-mailed = The link is on its way to { $email }.
page-invite-made-unmailed = No mail was sent to { $email }, because this instance sends none. Pass this link on yourself.
page-invite-made-failed = The mail to { $email } could not be sent. Pass this link on yourself.
page-invite-made-once = It is shown only now.

# Activity
page-audit-title = Your activity
page-audit-text = What was done in your name, the latest first.
page-audit-everybody = Activity of everybody
page-audit-everybody-text = What was done on this instance, the latest first.
page-audit-none = Nothing yet.
page-audit-nobody = nobody signed in
page-scope-profile-read = See whose it is
page-scope-mesh-read = See meshes
page-scope-mesh-write = Create, join and change meshes
page-scope-invite-create = Invite people
page-scope-machine-read = See machines
page-scope-machine-write = Add and change machines
page-scope-presence-write = Show that an agent is at work
page-scope-provider-use = Get your AI keys
page-scope-token-manage = See sessions and tokens
page-scope-token-introspect = Ask whether any token is good
page-scope-admin = Run the instance
page-did-device-approved = Approved a device
page-did-device-denied = Denied a device
page-did-session-created = Signed in a terminal
page-did-session-revoked = Signed out a terminal
page-did-pat-created = Made an access token
page-did-pat-revoked = Revoked an access token
page-did-code-approved = Let a program in
page-did-code-denied = Turned a program away
page-did-code-repeated = A code was used twice: signed the program out
page-did-refresh-repeated = A refresh token was used twice: signed the program out
page-did-upstream-connected = Connected another way to sign in
page-did-upstream-disconnected = Disconnected a way to sign in
page-did-web-login = Signed in in a browser
page-did-web-failed = A wrong password
page-did-password-changed = Changed the password
page-did-password-link = A link for a lost password was made
page-did-mesh-created = Created a mesh
page-did-mesh-renamed = Renamed a mesh
page-did-mesh-removed = Deleted a mesh
page-did-mesh-left = Left a mesh
page-did-member-added = Put somebody into a mesh
page-did-member-changed = Changed what a member may do
page-did-member-removed = Removed a member
page-did-member-blocked = Blocked a member
page-did-member-unblocked = Let a blocked member write again
page-did-peer-began = Started an agent in a mesh
page-did-peer-ended = Ended an agent in a mesh
page-did-task-created = Created a task
page-did-task-claimed = Claimed a task
page-did-task-finished = Finished a task
page-did-task-dropped = Dropped a task
page-did-invite-created = Made an invite
page-did-invite-accepted = Joined by an invite
page-did-invite-revoked = Took an invite back
page-did-machine-registered = Added a machine
page-did-machine-changed = Changed a machine
page-did-machine-removed = Forgot a machine
page-did-provider-connected = Connected a provider
page-did-provider-disconnected = Disconnected a provider
page-did-provider-leased = Started an agent with a provider
page-did-provider-revoked = Was let in no more by a provider
page-did-provider-shared = Let a mesh use a provider
page-did-provider-unshared = Ended a mesh's use of a provider
page-did-vault-key-rotated = Sealed what opens AI accounts under a new key
page-did-service-created = Made a service client
page-did-service-revoked = Revoked a service client
page-did-service-token-created = Signed in as a service client
page-did-service-token-revoked = Gave a service token up
page-via-web = in a browser
page-via-session = from a terminal
page-via-agent = by a code agent that a terminal started
page-via-pat = with an access token
page-via-mcp = as a code agent
page-via-service = by a service client
page-via-client = by the program itself
page-via-ticket = by the owner’s link
page-via-terminal = in the terminal itself
page-via-mail = by a link for a lost password
page-people-title = People
page-people-text = Everybody with an account on this instance.
page-people-admin = Runs it
page-people-since = Came { $when }
page-reset-title = Choose a new password
page-reset-text = For { $email }. Every terminal and browser is signed out; access tokens go on working.
page-reset-ended-title = This link has ended
page-reset-ended-text = It was used, or it is too old. Ask whoever runs the instance for another.
page-reset-ended-again = It was used, or it is too old. Ask for another.
page-forgot-link = I forgot my password
page-forgot-title = Lost password
page-forgot-text = We mail you a link that sets a new one.
page-forgot-button = Mail the link
page-forgot-sent-title = Look into your mail
page-forgot-sent-text = If { $email } has an account here, a link is on its way.
page-forgot-sent-detail = It works once, for { $minutes } minutes. Nothing there? Look among the unwanted mail, or ask whoever runs the instance.
server-tls-unusable = The certificate or key at { $path } cannot be used: { $why }
server-tls-unusable-hint = Give --tls-cert and --tls-key two PEM files that belong together.
server-needs-public-url = A certificate is for a name: give --public-url https://… with the one people use.
server-smtp-malformed = The address of the mail server makes no sense.
server-smtp-from-malformed = The address that invites come from makes no sense.
server-smtp-in-the-clear = That mail server would be told the password and every invite in the clear.
server-smtp-hint = Write smtps://USER:PASSWORD@HOST, or smtp://USER:PASSWORD@HOST:587?tls=required. In USER and PASSWORD, / # ? % @ are written %2F %23 %3F %25 %40.
mail-subject = { $inviter } invites you to { $mesh }
mail-invite = { $inviter } invites you to the mesh “{ $mesh }”. Open this link to join ({ $days } days):
mail-once = The link lets in whoever has it. If you do not know { $inviter }, leave it alone.
mail-reset-subject = A new password for { $host }
mail-reset = Somebody, most likely you, asked for a new password on { $host }. Open this link to choose one ({ $minutes } minutes):
mail-reset-once = The link works once. If it was not you, leave it alone: nothing has changed.

# Service clients
page-services-title = Service clients
page-services-text = Programs that sign in as themselves, without a person. Each is in the meshes it was put into and may do what it was given.
page-services-none = No service client yet.
page-service-nowhere = in no mesh
page-service-in = in { $meshes }
page-service-put = Put it into another mesh
page-service-put-button = Put it in
page-service-take = Take it out of { $mesh }
page-service-revoke-why = What is revoked is turned away at once, with every token it has. This cannot be taken back.
page-service-new = Make a service client
page-service-name = What is it for?
page-service-name-fault = Give it a name of 1 to 100 characters, so that you know it again.
page-service-example = Nightly build
page-service-scopes = What may it do?
page-service-scope-fault = It has to be allowed something. Tick what it needs.
page-service-meshes = In which of your meshes?
page-service-redirects = Where it may bring people back to
page-service-redirects-why = Only for programs that sign people in through a browser. Separate several with spaces.
page-service-redirects-fault = It may have at most 10 addresses.
page-service-redirect-fault = { $uri } is no address to send a browser to. It takes https, http on this computer alone, or a scheme of the program’s own with a dot in it, and nothing after #.
page-service-make = Make the service client
page-service-made-title = Your new service client
page-service-made-text = This is the only time the secret of “{ $name }” is shown. Copy both lines now and keep them like a password.
page-service-made-warning = Whoever has them signs in as this program, until you revoke it.
page-service-made-how = With both in its environment, crewmesh signs in by itself. Any other program asks for a token with them (OAuth client credentials).
page-service-label = Id and secret
page-recent-why = What is made here goes on without you, so it needs a sign-in of the last half hour.
page-recent-button = Sign in again

# A program asks
page-consent-title = Let { $client } in as you?
page-consent-text = A program sent you here. It wants to work on this instance in your name.
page-consent-client = Program
page-consent-registered = registered on this instance
page-consent-unregistered = not registered here
page-consent-says = what the program calls itself; nobody here knows it
page-consent-vouched = what the program calls itself; { $host } vouches for it
page-consent-back = Goes back to
page-consent-back-here = a program on this computer
page-consent-back-there = a web site
page-consent-back-app = an app on this device
page-consent-warning = Only allow if you started this yourself, just now.
page-allow = Allow
page-login-purpose-consent = to answer the program that sent you here
page-consent-client-title = This program is not known here
page-consent-client-text = The program that sent you here has a name this instance does not know. It was told nothing. If you wrote it, register it here first.
page-consent-address-title = This would lead somewhere else
page-consent-address-text = The program that sent you here wants its answer at an address that is not its own. Nothing was sent there.
page-consent-local-title = Not on this instance
page-consent-local-text = This is the instance inside your own crewmesh: nobody signs in to its pages, so no program can be let in here. It signs in with a code instead: crewmesh login.

# Signing in elsewhere
page-up-continue = Continue with { $upstream }
page-up-or = or with a password
page-up-again = Try again
page-up-other-ways = Other ways to sign in
page-up-cancelled-title = You turned back
page-up-cancelled-text = You did not go on at { $upstream }. Nothing was changed.
page-up-away-title = No answer
page-up-away-text = { $upstream } gives no answer at the moment. It is not your doing, and nothing was changed. Try again in a little while.
page-up-refused-title = Not let through
page-up-refused-text = { $upstream } did not let this sign-in through ({ $why }). Try again; if that does not help, tell whoever runs this instance.
page-up-unfit-title = You are not signed in
page-up-unfit-text = What came back from { $upstream } does not fit what was asked, so it was not used. Try again; if that does not help, tell whoever runs this instance.
page-up-clocks-title = The clocks disagree
page-up-clocks-text = { $upstream } answered with a time that is not now. Whoever runs this instance should look at its clock.
page-up-late-title = This sign-in has ended
page-up-late-text = It took more than ten minutes. Nothing was changed. Begin again, you come back to where you were going.
page-up-unknown-title = This sign-in is not open
page-up-unknown-text = It was used before, or begun in another browser. Nothing was changed.
page-up-taken-title = You have an account already
page-up-taken-text = { $email } has an account here. Sign in to it as before, then connect { $upstream } under “Ways to sign in”.
page-up-stranger-title = Are you new here?
page-up-stranger-text = No account here is connected with { $label } at { $upstream }. If you have one, sign in to it as before, then connect { $upstream } under “Ways to sign in”.
page-up-anothers-title = Not connected
page-up-anothers-text = { $label } at { $upstream } is connected with another account here. Disconnect it there first.
page-ways-title = Ways to sign in
page-ways-text = Each of these opens your account. Keep at least one.
page-ways-password = With your e-mail
page-ways-no-password = None yet
page-ways-not-connected = Not connected
page-ways-connect = Connect
page-ways-connect-named = Connect { $upstream }
page-ways-disconnect = Disconnect
page-ways-disconnect-named = Disconnect { $upstream }
page-ways-last-title = Your only way in
page-ways-last-text = Without it nobody could sign in to your account, you neither. Set a password or connect another site first.
page-password-first-title = Set a password
page-password-again-title = Sign in once more
page-password-again-text = Only whoever signed in just now may set the first password of an account.
page-register-owner = This instance was yours alone until now. With this your account becomes its first administrator; your meshes and machines stay yours.
server-upstreams-unreadable = { $path }, which names where people may sign in elsewhere, cannot be used: { $why }
server-upstreams-hint = It is TOML: a table for each, [github] with client_id, or [name] with name, issuer and client_id.
server-upstream-slug = “{ $name }” cannot be used in an address: lower-case letters, digits and dashes.
server-upstream-address = { $url } is not an https address without a query.
server-upstream-secret = The client secret of { $name } is missing.
server-upstream-secret-hint = Give it in { $variable }, or name a file that holds it with client_secret_file.
# Plans
page-full-title = No room for more
page-full-meshes = The plan { $plan } has room for { $room } meshes of your own.
page-full-members = This mesh is on the plan { $plan }, which has room for { $room } members.
page-full-machines = The plan { $plan } has room for { $room } machines.
page-full-needed = The plan { $needed } has room for more: ask whoever runs this instance.
page-full-none = No plan of this instance has room for more.
page-service-made-full = A mesh that you chose for it had no room, so it is not in it.
page-people-plan = plan { $plan }
page-people-plan-label = Plan
page-people-promote = Let them run the instance
page-people-promote-why = They see every account and all activity, and make service clients. Their terminals sign in again to do so there.
page-people-demote = Take the instance from them
page-people-demote-why = They keep their account, their meshes and everything else of theirs.
page-people-last = An instance keeps somebody who runs it. Let somebody else do so first.
page-people-recent = To change who may do what, sign in again: it needs a sign-in of the last half hour.
page-did-admin-given = Let somebody run the instance
page-did-admin-taken = Took the instance from somebody
page-did-plan-changed = Put somebody on another plan

# A second factor
page-second-title = Second factor
page-second-short = A code of an app, after everything else
page-second-text = Whoever learns your password still cannot sign in: an app on your phone makes a code that is asked for as well.
page-second-required = This instance asks everybody for one. Set yours up to go on.
page-second-recent = To set one up, sign in again: it needs a sign-in of the last half hour.
page-second-set-up = Set it up
page-second-there = You are asked for a code of your app when you sign in. Set up { $when }.
page-second-app = Authenticator app
page-second-app-text = Makes a code every 30 seconds
page-second-remove = Remove
page-second-remove-named = Remove the second factor
page-second-remove-why = From then on your password, or whatever you sign in by, is enough. Its recovery codes end with it.
page-second-remove-required = You set up another one right after: this instance asks everybody for one. Its recovery codes end with it.
page-second-app-title = Set up your app
page-second-app-scan = Scan this with an authenticator app: your password manager, or one of your phone’s own.
page-second-qr = QR code for the authenticator app
page-second-app-here = The app is on this device
page-second-app-spelled = Or type this into the app:
page-second-app-code = Code that the app shows
page-second-app-fault = That is not the code that the app shows now. Wait for the next one. If it stays wrong, look at the clock of your phone.
page-second-app-button = Turn it on
page-code-title = One more step
page-code-text = Your account has a second factor.
page-code-label = Code of your app
page-code-why = Six digits. Without the app, type a recovery code instead.
page-code-fault = That is not a code that works now. Each works once: wait for the next one.
page-code-slow = Too many wrong codes. Wait a while, then try again.
page-code-ended-title = This sign-in has ended
page-code-ended-text = There were too many wrong codes, or it took more than five minutes. Begin again, you come back to where you were going.
page-recovery-title = Recovery codes
page-recovery-left = { $count ->
    [0] None left
    [one] 1 left
   *[other] { $count } left
}
page-recovery-text = Each of these signs you in once without your app. Keep them where you will find them without your phone.
page-recovery-warning = They are shown only now.
page-recovery-kept = I have kept them
page-recovery-renew = Renew
page-recovery-renew-named = Make new codes
page-recovery-renew-why = Those you have end with that.
page-did-second-set-up = Set up a second factor
page-did-second-removed = Removed the second factor
page-did-second-failed = A wrong code of the second factor
page-did-second-taken = Took somebody’s second factor away
page-did-recovery-made = Made new recovery codes
page-did-recovery-used = Used a recovery code
page-via-admin = by whoever runs this instance
page-people-second-take = Take their second factor away
page-people-second-why = For whoever lost app and recovery codes. They sign in without a code then; their activity says so.
