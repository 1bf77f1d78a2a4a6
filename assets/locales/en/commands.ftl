# commands
trouble-internal = Something went wrong inside crewmesh: { $what }

# This machine
machine-id-not-kept = This computer has no machine id, and none can be kept in { $file }: { $why }
machine-id-not-kept-hint = Set CREWMESH_HOME to a directory that you can write to.
location-unknown = “{ $location }” is no location crewmesh knows.
location-unknown-hint = Give a zone key such as DE, ES or US-CAL-CISO, or the name of a country.
location-near-hint = Near to it: { $zones }

# Agents
launch-no-json = A launch has no answer in JSON: the terminal belongs to the agent.
launch-choose-nobody = --choose shows the launch card, and here is no terminal to show it on.
launch-choose-nobody-hint = Leave it out, or say what is to be different: --mesh, --name, --role, --agent, --machine.
launch-signed-in = ✔ Signed in
launch-mesh-unknown = You are in no mesh called { $mesh }.
launch-mesh-missing = It is not clear which mesh to launch in, and nobody can be asked here.
launch-mesh-missing-hint = Give --mesh with one of: { $meshes }
launch-mesh-none-hint = Create one with: crewmesh create NAME
launch-machine-missing = This machine has no name on the instance yet, and nobody can be asked here.
launch-machine-missing-hint = Take the defaults with -y, or give --machine NAME and set CREWMESH_LOCATION to a zone such as DE.
launch-agent-missing = No agent was found to start.
launch-agent-missing-hint = Give --agent with { $agents }, shell, or any command on your PATH.
launch-no-task = { $agent } takes no first task.
launch-all-the-same = { $why } Starting all the same, as the last time.
launch-flags-elsewhere = What a launch is told (--mesh, --agent, …) cannot stand before another command.
auth-set-aside-ask = { $what }. Put it aside, where it stays, and sign in afresh?
auth-set-aside = It is now called { $file }.
launch-line = { $agent } in { $mesh } as { $name } on { $machine }   (crewmesh --choose to change)
launch-by-hand = { $agent } takes tools from its own settings alone. To give it the mesh's, once: { $command }
launch-shell-line = Your shell, in the mesh. Type exit to leave it.
code-still-good = Your code { $code } is good for { $minutes ->
    [one] another minute
   *[other] another { $minutes } minutes
}; crewmesh goes on with it.
agent-gone = { $program } is not there any more.
agent-gone-hint = Choose another agent with crewmesh --choose.
agent-not-started = { $program } could not be started: { $why }
trouble-no-directory = The working directory cannot be told, so the choice is not remembered for it
trouble-agent-not-found = There is no program called “{ $agent }” on this machine.
trouble-agent-whole-path-hint = Give its whole path, from the root on
trouble-agent-arguments-hint = What it is told goes after two dashes: --agent { $agent } -- { $arguments }
trouble-agent-not-executable = { $program } is there, but it may not be run
trouble-agent-not-executable-hint = If it is a program, allow it: chmod +x { $program }
trouble-agent-not-found-hint = Name one that is on your PATH, or install one of { $agents }

# Signing in and serving
login-nobody-to-ask = Nobody can answer here: this is no terminal.
login-nobody-to-ask-hint = Run it in a terminal, or give --token -, --start or --wait SECS; CREWMESH_TOKEN signs in without a login.
login-signed-in = ✔ Signed in as { $person } on { $instance }
serve-serving = Serving at { $url }
serve-first-admin = The first administrator signs up at { $link }

# Asking
ask-yes-by-default = [Y/n]
ask-no-by-default = [y/N]
nothing-changed = Nothing was changed.
trouble-interrupted = Stopped.
token-from-stdin = Access token (it is not shown):
token-in-arguments = A token in the arguments can be seen by everyone on this machine who lists its processes; --token - reads it from stdin.
token-given-rejected-hint = Give another access token, in CREWMESH_TOKEN or with --token -
token-stdin-empty = --token - found no token on stdin.
token-stdin-empty-hint = Pipe it in: crewmesh … --token - < FILE
person-not-agent = Nothing that runs inside an agent may do this.
person-not-token = This needs a person who is signed in; an access token is not enough.
step-up-ask = Your password on { $instance }, which is not shown:
step-up-ask-again = That is not your password. Once more, on { $instance }:
step-up-not-given = Without your password nothing was done.
step-up-code-ask = Code of your second factor on { $instance }, which is not shown:
step-up-code-ask-again = That is no code that works now. Wait for the next one; the code on { $instance }:
step-up-code-not-given = Without a code nothing was done.
step-up-page = Do it there, signed in: { $link }
person-no-terminal = This needs a person at a terminal.
directory-ask = { $file } says: instance { $instance }, mesh { $mesh }. Use that here from now on?
directory-not-asked = { $file } was not seen before and nobody can be asked here, so it is ignored
directory-ignored = { $file } is ignored. { $because }

# Tables
column-mesh = MESH
column-slug = SHORT NAME
column-role = ROLE
column-members = MEMBERS
column-device = DEVICE
column-system = SYSTEM
column-last-used = LAST USED
column-until = UNTIL
column-id = ID
role-admin = admin
role-member = member
until-never = never ends

# Who is signed in
nobody-signed-in = Nobody is signed in to { $instance } here.
nobody-signed-in-hint = Sign in: crewmesh login --instance { $instance }
nobody-signed-in-script-hint = Set CREWMESH_TOKEN and CREWMESH_INSTANCE, or sign in at a terminal: crewmesh login --instance { $instance }
list-no-meshes = No mesh on { $instance } yet. Make one: crewmesh create NAME
fact-instance = instance
fact-credential = signed in by
fact-until = until
fact-with-why = { $what } ({ $why })
via-session = session “{ $name }”
via-agent = code agent “{ $name }”
via-pat = personal access token “{ $name }”
via-service = service client “{ $name }”
session-this = { $name } (this one)
machine-this = { $name } (this machine)
session-unknown = No device is signed in under the id “{ $session }”.
session-unknown-hint = The ids are in the last column of: crewmesh whoami --sessions
session-revoked = ✔ That device is signed out of { $instance }

# Signing out
logout-done = ✔ Signed out of { $instance }, here and on the server
logout-nobody = Nobody was signed in to { $instance } here.
logout-token-lives = ✔ Signed out of { $instance } here. The access token still works elsewhere; crewmesh token revoke ends it
keyring-asks-to-remove = The keyring asks before it lets go of the token: answer it there.
logout-variable-stays = { $variable } is still set, and still signs commands in.
logout-not-told = Signed out here, but { $instance } could not be told, so the session lives on there: { $why }
logout-not-told-hint = End it from another device: crewmesh whoami --sessions, or Settings, Devices on the web page.
logout-everywhere-ask = Sign out every device and browser of this account on { $instance }?
logout-everywhere-done = ✔ Signed out of { $instance } everywhere. Access tokens live on

# Meshes
answer-not-written = stdout did not take the answer: { $what }
name-malformed = A name has 1 to 100 characters.
slug-malformed = “{ $slug }” cannot be a short name.
slug-malformed-hint = A short name is 1 to 63 lower-case letters and digits, with single dashes between.
slug-suggestion = This one is free: --slug { $slug }
create-done = ✔ Created mesh { $mesh } ({ $slug }) on { $instance }
create-next = Invite others: crewmesh invite --mesh { $slug }
join-ask = { $inviter } invites you to { $mesh } on { $instance } as { $role }; it has { $members ->
    [one] one member
   *[other] { $members } members
}. Join?
mesh-renamed = ✔ { $before } is called { $mesh } now; its short name is still { $slug }
mesh-leave-ask = Leave { $mesh } on { $instance }? You come back by an invite only.
mesh-leave-hint = Give -y to leave without being asked.
mesh-left = ✔ You left { $mesh }
mesh-delete-ask = Delete { $mesh } on { $instance } { $others ->
    [0] with its invites
    [one] for you and one other member
   *[other] for you and { $others } other members
}? It does not come back.
mesh-delete-hint = Give -y to delete it without being asked.
mesh-deleted = ✔ { $mesh } is deleted
column-member = MEMBER
column-email = E-MAIL
column-since = SINCE
member-you = { $name } (you)
member-service = { $name } (a program)
member-changed = ✔ { $name } is { $role } in { $mesh }
member-remove-ask = Take { $name } out of { $mesh }?
member-remove-hint = Give -y to do it without being asked.
member-removed = ✔ { $name } is in { $mesh } no more
member-unknown = Nobody in the mesh is “{ $name }”.
member-several = Several members are called “{ $name }”.
member-several-hint = Name one by the e-mail address or the id: crewmesh members --json
join-already = ✔ You are in { $mesh } on { $instance } already, as { $role }
join-done = ✔ You are in { $mesh } on { $instance } as { $role }
join-nobody-to-ask-hint = Give -y to join without being asked.
join-elsewhere = This invite belongs to { $host }, and { $instance } was named.
join-elsewhere-hint = Leave out --instance, CREWMESH_INSTANCE and the token, or ask for an invite to the right place.

# Signing in without the wizard
login-open = On any device, open { $link }
login-open-here = On this computer, open { $link }
login-enter = and enter this code: { $code }
login-words = The page shows the same two words: { $words }
login-or-open = or open { $link }
login-only-if = If somebody else gave you this code, stop here.
login-foreign = These links lead away from { $instance }.
login-resume-next = Then: crewmesh login --resume
login-by-token = By access token “{ $name }”
login-kept-in-keyring = Kept in the keyring
login-kept-in-file = Kept in a file only you can read
login-replaced = The earlier session was ended
login-earlier-not-ended = The earlier session could not be ended: { $why }
login-kept-in-file-because = Kept in a file only you can read ({ $because })
login-not-kept = The sign-in cannot be kept here: { $why }
login-not-kept-hint = Set CREWMESH_HOME to a folder of yours, or CREWMESH_TOKEN to go on without keeping anything.
login-trying-again = Trying again: { $why }
login-approved-already = Your sign-in to { $instance } was approved already.
login-not-named = Approved and kept, but { $instance } has not said yet who signed in: { $why }
login-not-named-hint = Nothing has to be approved again: crewmesh login --resume --instance { $instance }
login-refused = The sign-in was refused.
login-expired = The code has expired before it was approved.
login-gone = That code is no longer good: somebody else took it up, or the instance forgot it.
login-again-hint = Begin anew: crewmesh login
login-still-waiting = Nobody has answered the code { $code } yet.
login-still-waiting-hint = Go on waiting: crewmesh login --resume --instance { $instance }
login-nothing-pending = No sign-in is waiting to be gone on with.
login-nothing-pending-there = No sign-in to { $instance } is waiting to be gone on with.
login-nothing-pending-others = Waiting: { $waiting }. Name one of them with --instance.
login-nothing-pending-hint = Begin one: crewmesh login --start

# Instances
column-instance = INSTANCE
column-address = ADDRESS
column-account = SIGNED IN AS
column-state = STATE
instance-nobody = nobody
instance-default = { $name } (default)
instance-on-this-computer = on this computer
instance-added = ✔ { $name } is known here now
instance-in-use = ✔ { $name } is used from now on
instance-removed = ✔ { $name } is forgotten
instance-removed-revoked = ✔ { $name } is forgotten, and the session ended there
instance-removed-token-lives = ✔ { $name } is forgotten. The access token still works elsewhere
instance-local-stays = What is in it stays in its database.
instance-http-ask = { $host } is spoken to without encryption. Anyone on this network can read your sign-in. Use it all the same?
instance-http-hint = Use its https address, or give --insecure-http.
there-are = There are: { $names }
status-in-use = In use: { $instance }
status-until = until { $until }
status-good = ✔ good, until { $until }
status-bad = ✘ { $why }
status-token-variable = { $variable } is set and goes before what is kept here.
status-pending = The code { $code } of { $instance } waits for an answer: crewmesh login --resume
status-approved = The sign-in to { $instance } was approved and is not kept yet: crewmesh login --resume

# Access tokens
column-name = NAME
column-ends-with = ENDS WITH
token-none = No access token on { $instance }.
token-ask = Make an access token “{ $name }” on { $instance } that works for { $days } days?
token-ask-never = Make an access token “{ $name }” on { $instance } that never ends? Whoever finds it can use it until it is revoked.
token-once = This is the only time it is shown.
token-not-printed = The token could not be printed, so it was revoked at once: { $what }
token-revoked = ✔ The access token “{ $name }” is dead
token-unknown = There is no access token “{ $name }”.
token-several = Several access tokens are called “{ $name }”.
token-several-hint = Name it by its id: crewmesh token list

column-scopes = MAY
column-meshes = MESHES
service-none = No service client on { $instance }.
service-ask = Make a service client “{ $name }” on { $instance } that may do { $scopes }?
service-once = The secret is shown this once. A program that has both lines in its environment is signed in.
service-not-printed = The secret could not be printed, so the client was revoked at once: { $what }
service-revoked = ✔ The service client “{ $name }” and all its tokens are dead
service-unknown = There is no service client “{ $name }”.
service-several = Several service clients are called “{ $name }”.
service-several-hint = Name it by its id: crewmesh service list
service-rejected = { $instance } does not know this service client, or not with this secret.
service-rejected-hint = Check CREWMESH_CLIENT_ID and CREWMESH_CLIENT_SECRET, or have a new one made: crewmesh service create
service-add-ask = Let { $name } into { $meshes }? It may do there: { $scopes }
service-in = { $name } is in { $meshes }.
service-in-none = { $name } is in no mesh.

# Invites
column-used = USED
column-by = BY
column-for = FOR
invite-made = An invite to { $mesh } as { $role }, until { $until }; { $uses ->
    [one] one person may use it
   *[other] { $uses } people may use it
}.
invite-only-here = This link opens on this computer only: the instance is its own.
invite-only-here-hint = To have others in: run an instance for them (crewmesh serve), or sign in to your team's (crewmesh login --instance HOST).
invite-only-there = This link opens only on the computer that the instance runs on.
invite-only-there-hint = To have others in, start it with the address by which they reach it: crewmesh serve --public-url https://mesh.example.org
invite-not-mailed = No mail was sent: send the link yourself.
invite-none = No invite to { $mesh } is open.
invite-not-printed = The invite could not be printed, so it was taken back at once: { $what }
invite-unknown = No invite has the id “{ $name }”.
invite-unknown-hint = The ids are in the first column of: crewmesh invite list
email-malformed = “{ $email }” is no e-mail address.
email-malformed-hint = One looks like ana@example.org
invite-taken-back = ✔ The invite is taken back
mesh-not-found = You are in no mesh called “{ $name }”.
mesh-launched-gone = The mesh “{ $name }” that this was started in is gone, or you are no member of it any more.
mesh-launched-gone-hint = Leave the agent and start it again in another: crewmesh --choose
mesh-missing = Which mesh is not clear.
mesh-missing-hint = Name one with --mesh: { $meshes }

# Machines
column-machine = MACHINE
column-location = LOCATION
machine-no-place = set later
machine-none = No machine on { $instance } yet. Register this one: crewmesh machine register
machine-is-registered = ✔ This machine is { $name } ({ $slug }), { $location }
machine-known-already = ✔ This machine was known already: { $name } ({ $slug }), { $location }
machine-name-stays = Its name was not changed. To change it: crewmesh machine rename "{ $name }"
machine-slug-stays = Its short name is fixed; { $slug } was not taken.
machine-place-stays = Its place was not changed. To change it: crewmesh machine locate { $zone }
machine-changed = ✔ { $name } ({ $slug }), { $location }
machine-removed = ✔ { $name } is forgotten
machine-remove-ask = Make the account forget { $name }?
machine-remove-hint = Give -y to remove it without being asked.
machine-where = Where this machine is has to be said.
machine-where-ask = This machine is in { $location }, by { $from }. Is that right?
machine-where-hint = Give --location with a zone such as DE or US-CAL-CISO, or --location later; CREWMESH_LOCATION says it too, and -y takes the time zone's.
machine-not-found = There is no machine “{ $name }”.
machine-not-registered = The account does not know this machine yet.
machine-not-registered-hint = Register it, crewmesh machine register, or name another with --machine.

# Bringing in line
sync-done = ✔ { $count ->
    [one] One mesh
   *[other] { $count } meshes
} on { $instance }
sync-gone = { $slug } is gone

# Answering another device
card-fact-code = code
card-fact-words = words
card-fact-program = program
card-fact-device = device
card-fact-system = system
card-fact-address = address
card-fact-joins = joins
card-fact-joins-as = { $mesh } as { $role }
card-fact-joins-already = { $mesh }, which you are in already
card-fact-joins-ended = nothing: the invite has ended
card-fact-may = it may
card-fact-may-also = may also
card-fact-unknown = not known
card-fact-left = time left
card-minutes = { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}
card-only-yours = Only approve if you started this on a device of yours.
approve-none = Nothing waits for you on { $instance }. A code that another device shows is approved with “crewmesh approve CODE”.
approve-pick = { $last ->
    [one] Is it this one? 1, or Enter for none:
   *[other] Which one? Its number, 1 to { $last }, or Enter for none:
}
column-number = NO.
column-code = CODE
column-words = WORDS
column-network = NETWORK
column-age = AGE
approve-ask = Let that device sign in as you?
deny-ask = Turn that device away?
approve-done = ✔ Approved. The other device is signing in
deny-done = ✔ Turned away
code-malformed = “{ $code }” is no sign-in code.
code-malformed-hint = A code is eight letters, such as WDJB-MJPV
column-when = WHEN
column-what = WHAT
column-by-way-of = BY
column-from = FROM
column-who = WHO
column-target = ON
audit-none = Nothing was done on { $instance } yet.
column-peer = NAME
column-person = PERSON
column-agent = AGENT
column-at = AT
column-since-when = SINCE
column-task = TASK
peers-none = No agent is at work in { $mesh } now.
peer-idle = idle
peer-working = working
peer-waiting = waiting
peer-at-summary = { $status }: { $summary }
since-now = just now
since-minutes = { $count } min
since-hours = { $count } h
since-days = { $count } d
text-too-long = The text is longer than { $most } KiB.
text-missing = There is no text.
message-sent = Sent to { $to } in { $mesh }: no. { $number }
message-heading = { $number }  { $at }  { $from } ({ $person }) → { $to }
message-heading-kind = { $number }  { $at }  { $from } ({ $person }) → { $to }: { $kind }
message-heading-reply = { $number }  { $at }  { $from } ({ $person }) → { $to }: { $kind } to { $reply }
message-note = note
message-ask = question
message-answer = answer
message-done = done
inbox-none = Nothing new for you in { $mesh }.
log-none = Nothing has happened in { $mesh } yet.
log-joined = { $at }  { $who } joined
log-left = { $at }  { $who } left
log-message = { $at }  { $who } ({ $person }) → { $to }
task-unknown = There is no task { $number } in { $mesh }.
log-launched = { $at }  { $who } ({ $person }) started { $subject }
log-ended = { $at }  { $who } ({ $person }) ended { $subject }
log-task-created = { $at }  { $who } ({ $person }) created the task “{ $subject }”
log-task-claimed = { $at }  { $who } ({ $person }) claimed the task “{ $subject }”
log-task-finished = { $at }  { $who } ({ $person }) finished the task “{ $subject }”
log-task-dropped = { $at }  { $who } ({ $person }) dropped the task “{ $subject }”
log-task-reopened = { $at }  the task “{ $subject }” is open again: { $who } ({ $person }) is gone
log-other = { $at }  { $who } ({ $person }): { $subject }
tasks-none = No tasks in { $mesh }.
task-open = open
task-open-again = open again ({ $holder } is gone)
task-claimed = { $holder } has it
task-done = done by { $holder }
task-dropped = dropped
task-created-line = Created: task { $number } in { $mesh }, “{ $title }”
task-claimed-line = Yours now: task { $number } in { $mesh }, “{ $title }”
task-finished-line = Done: task { $number } in { $mesh }, “{ $title }”
task-dropped-line = Dropped: task { $number } in { $mesh }, “{ $title }”
serve-kept = Everything is kept in { $place }
serve-sign-up-open = Anybody who reaches it can make an account
serve-sign-up-invite = Whoever has an invite can make an account
serve-sign-up-closed = Nobody can make an account
serve-documents-folder = { $path } is no folder. --mcp-client-documents takes one, or off.
serve-second-factor = Everybody sets up a second factor
serve-upstream = { $upstream } sends people back to { $url }
serve-upstream-signs = { $issuer } signs with { $algorithms }: nobody can sign in there. { $understood } are understood.
serve-metrics = Metrics, for whoever reaches that address, at { $url }
backup-done = ✔ Copied to { $path }
backup-key = Keep the key { $key } as well, in another place: without it the copy cannot be used.
backup-key-elsewhere = Keep CREWMESH_INSTANCE_KEY as well, in another place: without it the copy cannot be used.
backup-nothing-there = There is no instance in { $path }.
backup-cannot-write = Cannot write to { $path }: { $why }
backup-not-sqlite = Only an SQLite database is copied this way.
backup-not-sqlite-hint = Copy PostgreSQL with pg_dump, and keep CREWMESH_INSTANCE_KEY as well.
rotate-key-done = { $count ->
    [0] ✔ Everything is under the new key already
    [one] ✔ One connection is under the new key
   *[other] ✔ { $count } connections are under the new key
}
rotate-key-unopened = { $count ->
    [one] One connection does not open, and was left as it is: it is connected again.
   *[other] { $count } connections do not open, and were left as they are: they are connected again.
}
rotate-key-file = It is in { $path }. Keep a copy with the instance key: without it nothing there opens.
rotate-key-given = No older key opens anything: give each node the new one alone, in CREWMESH_VAULT_KEYS.
rotate-key-give = There is no new key to seal under.
rotate-key-give-hint = Start every node with CREWMESH_VAULT_KEYS=NEW,OLD, made by openssl rand -hex 32, and run this with the same.
reset-made = Within { $minutes } minutes and once, this link sets a new password for { $email }. Give it to nobody else:
reset-nobody = Nobody on this instance has the e-mail address { $email }.
second-factor-removed = The account of { $email } has no second factor any more.
second-factor-none = The account of { $email } has no second factor.

# What is said of arguments that cannot be understood

arguments-unknown-option = There is no option { $what } here.
arguments-unknown-command = There is no command { $what }
arguments-surplus = { $what } is more than is expected here.
arguments-value = { $value } is no value for { $option }
arguments-one-of = { $option } takes { $values } or { $last }
arguments-value-missing = { $option } needs a value.
arguments-value-surplus = { $option } takes no value.
arguments-missing = { $what } is missing.
arguments-conflict = { $option } and { $other } do not go together.
arguments-twice = { $option } is given twice; once is enough.
arguments-command-missing = { $command } needs to be told what to do.
arguments-no-text = One of the arguments is no text (UTF-8).
arguments-meant = Did you mean { $meant }?
arguments-takes = { $option }: { $help }
arguments-values = One of: { $values }
arguments-for-agent = What is meant for the agent goes after two dashes: -- { $what }
arguments-agent = To start it: crewmesh --agent { $agent }
arguments-help = What there is: { $command } --help

# The manual page

man-name = Name
man-synopsis = Synopsis
man-options = Options of every command
man-commands = Commands
man-environment = Environment
man-files = Files
man-exit-status = Exit status
man-variable-instance = The instance to use, as --instance names it.
man-variable-token = The access token to use, whatever is kept here.
man-variable-client = A service client, for which a token is fetched.
man-variable-home = Where crewmesh keeps what it keeps, instead of ~/.crewmesh
man-variable-store = Where a sign-in is kept: keyring or file.
man-variable-location = The zone this machine stands in, DE for example.
man-variable-no-color = Set to anything: no colours.
man-file-auth = The instances, who is signed in to them, and the tokens where there is no keyring.
man-file-state = What was chosen last, in which directory.
man-exit-0 = Done; also after a question that was answered with no.
man-exit-1 = It failed, took too long, or was refused.
man-exit-2 = Nobody is signed in, or the sign-in is not accepted.
man-exit-3 = The arguments are wrong, or something has to be said and nobody can be asked.
man-exit-4 = The instance cannot be reached.
man-exit-5 = What was named is not there.
man-exit-6 = It is there already.
man-exit-7 = It is not allowed.
man-exit-8 = A fault of crewmesh itself.
man-exit-9 = The agent to start was not found.
man-exit-129 = The terminal went away.
man-exit-130 = Interrupted with Ctrl+C.
man-exit-143 = Told to stop (SIGTERM).

# AI providers
column-provider = PROVIDER
column-to-connect = TO CONNECT IT
column-used-30 = USED IN 30 DAYS
finishing = A provider is still being asked; what it gives is kept first. Ctrl+C once more does not wait.
provider-unknown = There is no provider “{ $name }”.
providers-unreadable = { $path }, which says what is otherwise at AI providers, cannot be used: { $why }
provider-secret-unreadable = { $path }, which holds the secret of your client at { $provider }, cannot be used: { $why }
providers-hint = It is TOML: a table for each, [github.client] with id, or [openai] with address.
provider-variable = { $variable } cannot be used: { $why }
provider-none = Nothing is connected on { $instance } yet.
provider-verified = let in on { $day }
provider-not-verified = not verified
provider-revoked = over: connect it again
provider-shared-still = It is shared in { $meshes }: another account in its place is not, until you share it.
provider-shared-in = { $state }, shared in { $meshes }
provider-share-ask = Let everybody in { $mesh } start agents with { $what }? Their machines are given what opens it; what the provider allows of that is between you and them.
provider-share-hint = Give -y to share it without being asked.
provider-shared = ✔ Everybody in { $mesh } may start agents with { $what }
provider-shared-daily = ✔ Everybody in { $mesh } may start agents with { $what }, { $times ->
    [one] once a day
   *[other] { $times } times a day
}
provider-unshared = ✔ Nobody in { $mesh } starts agents with { $what } any more. What was given to a machine is good until it ends at the provider.
provider-none-shared = Nobody shares anything in { $mesh }.
provider-share-good = good
provider-share-over = over: whoever shares it connects it again
column-shared-by = Shared by
column-yours-today = You today
provider-health-good = lets you in
provider-health-narrow = lets you in, not to all
provider-health-poor = no credit left
provider-health-down = does not answer
provider-health-left = { $state }, { $left } left
provider-ways = How should { $provider } be connected?
provider-way = { "  " }{ $number }  { $way }
provider-way-ask = Choose [1]:
provider-way-vendor = Sign in with { $agent }
provider-way-vendor-missing = Signing in takes { $agent }, which is not here: { $install }
provider-way-import = The key in { $variable } (…{ $end })
provider-way-stored = What { $program } keeps in { $file }
provider-way-printed = What { $program } is signed in with ({ $command })
provider-way-endpoint = The address of a model server of your own
provider-way-token = Paste a key
provider-way-device = Sign in at { $provider } with a code, in any browser
provider-way-redirect = Sign in at { $provider } in a browser
provider-redirect-open = Sign in at { $provider } in the browser that opens, or here:
provider-redirect-elsewhere = Sign in at { $provider }, on any device:
provider-redirect-code = The code that { $provider } shows then (not shown here):
provider-redirect-refused = { $provider } does not take that code, or no more. Nothing was kept.
provider-redirect-empty = No code was given. Nothing was kept.
provider-redirect-odd = { $provider } gave nothing for the code, and nothing was kept. { $why }
provider-redirect-status = Its answer, HTTP { $status }, holds no key.
provider-redirect-error = { $provider } sent you back with { $error }. Nothing was kept.
provider-redirect-nobody = Nobody came back from { $provider }. Nothing was kept.
provider-redirect-no-terminal = Signing in at { $provider } takes a browser, and somebody at a terminal.
provider-redirect-page-title = Back at crewmesh
provider-redirect-page = { $provider } sent you back. Close this window: it goes on in the terminal.
provider-device-open = Sign in at { $provider }, on this device or another:
provider-device-code = with the code  { $code }
provider-device-waits = Waiting for { $provider }. Ctrl+C stops it.
provider-device-left = Waiting for { $provider } { $left } · Ctrl+C stops
provider-device-trouble = { $provider } does not answer as it should; it is asked again.
provider-device-none = Nobody signs in at { $provider } with a code here: this instance has no client there.
provider-device-none-hint = Whoever runs it registers an OAuth app at the provider, and gives its client id in { $variable }.
provider-device-no-code = { $provider } gives no code: { $why }
provider-device-denied = The sign-in was refused at { $provider }. Nothing was kept.
provider-device-expired = The code ran out before anybody signed in at { $provider }. Nothing was kept.
provider-device-failed = { $provider } ended the sign-in ({ $why }). Nothing was kept.
provider-device-replaced = The sign-in was given up, or begun anew in another terminal or on the page.
provider-device-malformed = what it answers is no device code
provider-device-again = For a new code: crewmesh connect { $name } --way device
provider-vendor-starts = { $agent } signs in at { $provider } now, apart from its own sign-in here. Ctrl+C stops it.
provider-vendor-no-folder = There is no private folder for the sign-in: { $why }
provider-vendor-no-terminal = { $agent } signs in at a terminal only, and there is none here. Nothing was kept.
provider-vendor-ended = { $agent } ended without a sign-in ({ $how }). Nothing was kept.
provider-vendor-code = exit code { $code }
provider-vendor-stopped = it was stopped
provider-vendor-unread = { $agent } left a sign-in that is not whole, or that this version of crewmesh does not know. Nothing was kept.
provider-vendor-left = What { $agent } left in { $path } could not be removed. It is tried again at the next start; to be sure, remove it.
provider-vendor-lost = What you signed in by just now was not kept. To sign in once more: crewmesh connect { $name } --way { $way }
provider-connected = ✔ { $what } is connected
provider-connected-poor = ✔ { $what } is connected. The key is good, but { $provider } says that there is no credit for it.
provider-connected-narrow = ✔ { $what } is connected. The key is good, but it may not do everything; that is as { $provider } was told.
provider-connected-unverified = ✔ { $what } is connected, not verified: { $why }
provider-connected-unasked = ✔ { $what } is connected, not verified: nobody can be asked about such a key
provider-connected-unchecked = ✔ { $what } is connected, not verified
provider-unclear = the answer was HTTP { $status }, which says nothing of the key
provider-models = Models: { $models }{ $rest ->
    [0] {""}
    [one] , and one more
   *[other] , and { $rest } more
}
provider-key-page = A key is made here: { $page }
provider-key-ask = The key of { $provider } (not shown):
provider-key-hint = A key is made here: { $page }
provider-key-empty = That is no key of { $provider }: there is nothing in it.
provider-key-long = That is no key of { $provider }: it is far too long.
provider-key-character = That is no key of { $provider }: there is { $character } in it.
provider-key-address = That is an address, not a key of { $provider }.
provider-key-blank = That is no key of { $provider }: there is a space in it.
provider-keeping = { $host } does not answer. What you signed in by is kept as soon as it does; Ctrl+C gives that up.
connect-back = Enter leads back.
provider-key-ours = That is a token of crewmesh, not a key of { $provider }.
provider-key-of-another = That is a key of { $other }, not of { $provider }. To connect it: crewmesh connect { $name }
provider-key-wrong = { $provider } says that there is no such key, or no more. Nothing was kept.
provider-from-import = --from names something that is here already: with --way import alone.
provider-from-unknown = Nothing of that provider is looked for there.
provider-stored-unreadable = What { $program } keeps cannot be read: { $why }
provider-stored-odd = it is no whole file
provider-stored-no-answer = no answer came
provider-stored-no-token = its answer is no token
provider-stored-stays = { $program } is signed in here with what it renews by itself. That stays where it is: two who renew one sign-in sign each other out.
provider-stored-stays-hint = { $program } goes on with it where it is started without --provider. For other agents connect something else: crewmesh connect { $name }
provider-nothing-here = Nothing of { $provider } is here that could be taken over: { $places }
provider-nothing-here-hint = Paste a key instead: crewmesh connect { $name } --way token
models-ask = Which model do agents ask for there?
model-unknown = There is no model “{ $name }” there.
provider-no-models = --model is for a model server of yours, and for OpenRouter: { $provider } has models that its agents know.
provider-no-such-way = { $provider } cannot be connected so. What it has: { $ways }
provider-no-endpoint = { $provider } is where it is: --endpoint is for a server of your own.
provider-no-endpoint-hint = A server that speaks the same protocol: crewmesh connect self-hosted --endpoint ADDRESS
provider-endpoint-missing = Where the model server is has to be said.
provider-endpoint-hint = Give its address as in --endpoint http://127.0.0.1:8000
provider-endpoint-malformed = “{ $typed }” is no address of a model server.
provider-server-key-ask = { $address } wants a key (not shown):
provider-server-key-wanted = { $address } wants a key.
provider-server-key-wrong = { $address } does not take this key. Nothing was kept.
provider-server-away-hint = Is it running? Where it is otherwise: --endpoint http://HOST:PORT
provider-server-none = What answers at { $address } is no model server (HTTP { $status }).
provider-disconnect-ask = Forget { $what }?
provider-disconnect-hint = Give -y to forget it without being asked.
provider-disconnected = ✔ { $what } is forgotten
provider-still-good = The key itself is still good; it is ended here: { $page }
provider-not-connected = Nothing is connected at “{ $name }”.
provider-several = { $provider } is connected more than once.
provider-several-hint = Say which with --label: { $labels }
launch-provider-line = It works with { $what }.
launch-provider-late = { $host } did not say in time what the agent is to work with.
launch-provider-none = Nothing is connected at { $provider }.
launch-provider-no-model = { $agent } has to be told which model of { $provider } to ask for.
launch-provider-not-model = With a model called { $model } { $agent } could send what opens your account at { $provider } elsewhere.
launch-provider-no-model-hint = Name it once, and it is asked for from then on: --model MODEL
model-malformed = “{ $typed }” is no name of a model.
launch-provider-revoked = { $provider } lets your account there in no more: the sign-in was ended.
launch-provider-not-renewed = { $provider } does not say whether your sign-in there goes on, and what it gave is over. Try again in a moment.
launch-provider-none-hint = Connect it, crewmesh connect { $name }, or start the agent with its own sign-in: --provider none
launch-provider-own-hint = To start it with its own sign-in: --provider none
launch-provider-not-taken = { $agent } cannot be given what is connected at { $provider } here.
launch-provider-taken-hint = It takes these: { $providers }. To start it with its own sign-in: --provider none
launch-provider-no-folder = There is no private folder for what the agent works with: the folder of crewmesh cannot be written to.
launch-provider-other-kind = { $agent } takes another kind of credential of { $provider } than the one that is connected (…{ $end }).
launch-provider-only-root = { $agent } can be given what is connected at { $provider } only where root starts it.
launch-provider-option = With { $option } of yours { $agent } would not keep to what it is to work with.
launch-provider-variable = { $variable } is set here, and by that { $agent } would be told what it is to work with.
launch-provider-unknown = There is no provider and no connection “{ $name }”.
launch-provider-unknown-hint = What is connected: crewmesh providers. To start the agent with its own sign-in: --provider none
launch-provider-empty = --provider names what the agent works with, and nothing was named.
provider-no-such-label = Nothing there is called “{ $name }”.
launch-provider-odd-folder = { $agent } does not find what it is to work with in a folder whose name has a quote, a backslash or a brace in it; CREWMESH_HOME names another.
