# pages

## Found on every page
page-host-local = this computer
page-nav-label = Your account
page-nav-meshes = Meshes
page-nav-machines = Machines
page-nav-sessions = Sessions
page-nav-tokens = Tokens
page-sign-out = Sign out
page-signed-in-as = You are signed in as { $name }.
page-command-label = Command for the terminal
page-continue = Continue
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
page-card-device = Device
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
page-token-made-how = To use it, run this, then paste the token:
page-token-label = Token
page-token-kept = I have kept it
page-revoke = Revoke
page-revoke-named = Revoke { $name }
page-sessions-title = Sessions
page-sessions-text = Everything that is signed in as you. What you revoke is signed out at once.
page-sessions-terminals = Terminals
page-sessions-browsers = Browsers
page-sessions-none = No terminal is signed in.
page-sessions-this = This one
page-sessions-browser-unknown = A browser
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
page-list-more = { $count ->
    [one] and 1 more: crewmesh in the terminal shows them all
   *[other] and { $count } more: crewmesh in the terminal shows them all
}

## When something is wrong
page-missing-title = Nothing here
page-missing-text = There is no page at this address.
page-stale-title = This page was too old
page-stale-text = It was open too long, or cookies are switched off. Nothing was changed. Open it again and try once more.
page-foreign-title = Refused
page-foreign-text = This came from another site, so nothing was done. Open the page here and try again.
page-slow-title = Too fast
page-slow-text = Wait a moment, then try again.
page-fault-title = Something went wrong here
page-fault-text = It is not your doing, and nothing was changed. Try again in a moment.
trouble-passwords-busy = Many people are signing in at this moment. Try again in a few seconds.

## Starting and running an instance
server-database-failed = The instance's database failed.
server-database-unusable = The instance's database at { $path } cannot be used: { $why }
server-key-malformed = The instance key is not 64 hexadecimal digits.
server-key-mismatch = The instance's database was made with another instance key.
server-key-mismatch-hint = Give the key it was made with, in instance.key beside it or in CREWMESH_INSTANCE_KEY.
server-key-unreadable = The instance key at { $path } cannot be read or made: { $why }
server-listen-failed = Cannot listen on { $address }: { $why }
server-needs-https = An instance at { $address } would read everybody's sign-in to the network.
server-needs-https-hint = Give --public-url https://… of the proxy in front of it, or --insecure-http to serve it all the same.
server-no-network = This computer has no network address that a phone could reach.
server-postgres-unusable = PostgreSQL at { $place } cannot be used: { $why }
server-key-required = An instance on PostgreSQL needs its key in CREWMESH_INSTANCE_KEY.
server-key-required-hint = Make one with `openssl rand -hex 32`, keep it safe, and give every node the same.
server-code-unknown = There is no such sign-in code.
server-code-settled = That sign-in was approved or denied before.
server-code-expired = That sign-in code has expired.
server-public-url-malformed = { $url } is not a public address: scheme, host and port, without a path.

# A mesh
page-nav-audit = Activity
page-nav-people = People
page-meshes-create = Create a mesh
page-mesh-name = Name
page-mesh-create = Create
page-mesh-name-fault = A name has 1 to 100 characters.
page-mesh-name-taken = That name is taken. Choose another one.
page-mesh-people = Members
page-mesh-admins-only = Only an administrator of this mesh may do that.
page-mesh-last-admin = A mesh keeps at least one administrator. Make somebody else one first.
page-mesh-leave = Leave
page-member-promote = Make admin
page-member-promote-named = Make { $name } an administrator
page-member-demote = Make member
page-member-demote-named = Make { $name } a member
page-member-remove = Remove
page-member-remove-named = Remove { $name }
page-mesh-invites = Open invites
page-mesh-invites-none = No invite is open.
page-invite-new = Invite somebody
page-invite-uses = { $uses } of { $most } used
page-invite-take-back = Take back
page-invite-permission = What they may do
page-invite-how-many = How many people may use it
page-invite-days = Days until it ends
page-invite-make = Make an invite
page-invite-fault = An invite is for 1 to 1000 people and 1 to 365 days.
page-invite-made = The invite is ready
page-invite-made-text = Send this link to whoever is to join. It is shown only now.
page-invite-link = Invite link

# Activity
page-audit-title = Your activity
page-audit-text = What was done in your name, the latest first.
page-audit-everybody = Activity of everybody
page-audit-everybody-text = What was done on this instance, the latest first.
page-audit-by = by
page-audit-none = Nothing yet.
page-audit-more = { $count ->
    [one] One more; all of it in a terminal:
   *[other] { $count } more; all of it in a terminal:
}
page-people-title = People
page-people-text = Everybody with an account on this instance.
page-people-admin = Runs it
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
server-smtp-hint = Write smtps://USER:PASSWORD@HOST, or smtp://USER:PASSWORD@HOST:587?tls=required.
mail-subject = { $inviter } invites you to { $mesh }
mail-invite = { $inviter } invites you to the mesh “{ $mesh }”. Open this link to join ({ $days } days):
mail-once = The link lets in whoever has it. If you do not know { $inviter }, leave it alone.
mail-reset-subject = A new password for { $host }
mail-reset = Somebody, most likely you, asked for a new password on { $host }. Open this link to choose one ({ $minutes } minutes):
mail-reset-once = The link works once. If it was not you, leave it alone: nothing has changed.
