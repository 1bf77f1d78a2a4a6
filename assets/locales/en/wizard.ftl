# The ways in
this-computer = This computer
welcome-intro = Bring this machine and its code agents into a mesh.
welcome-resume = Go on signing in
welcome-resume-detail = { $minutes ->
    [one] { $code }, another minute
   *[other] { $code }, another { $minutes } minutes
}
welcome-sign-in-to = Sign in to { $instance }
welcome-team = Sign in to my team
welcome-other-team = Sign in to another team
welcome-team-detail = with a code, on this or any other device
welcome-token = Paste an access token
welcome-join = Join with an invite
welcome-join-detail = a link or a code somebody sent you
welcome-create = Create an account
welcome-create-detail = opens the sign-up page, then comes back
welcome-exit = Exit
welcome-paste = Or paste anything: an invite, a token, an address, another machine's code.
paste-unknown = What you pasted is none of these: an invite, an access token, an instance's address, another machine's code.
welcome-signed-out = You are no longer signed in here. Sign in again.

# Going on
resume-question = A sign-in to { $instance } with the code { $code } was left unfinished.
resume-go-on = Go on with it
resume-go-on-detail = the same code still works
resume-approved = Your sign-in to { $instance } was approved and is not kept yet.
resume-approved-detail = nothing has to be approved again
resume-afresh = Begin afresh
resume-expired = Its code has run out.

# Signing in
title-sign-in = sign in
title-sign-up = create an account
sign-up-first = The page makes your account, then asks you to approve this terminal.
sign-up-if-offered = If the page offers it, make your account there; then approve this terminal.
sign-up-asking = Ask { $instance } for its sign-up page
sign-up-own = On this computer alone there is nothing to create: the account is you.
sign-up-by-invite = { $instance } makes accounts for people with an invite only.
sign-up-by-invite-hint = Ask somebody in the mesh for one; opened in a browser, its link makes the account.
sign-up-closed = { $instance } takes no new accounts.
sign-up-closed-hint = Ask whoever runs it for one.
sign-up-join = I have an invite
sign-up-sign-in = I have an account
sign-up-here = Sign in on this computer
sign-up-elsewhere = Another instance
title-approve-here = approve here
sign-in-open = On any device, open
sign-in-open-here = On this computer, open
sign-in-open-nearby = On any device on this network, open
sign-in-here = Sign in here, with nobody else.
sign-in-here-enter = This terminal asked for it and the account is you: Enter approves.
sign-in-enter = and enter this code
sign-in-words = and the words  { $words }
sign-in-only-you = If somebody else gave you this code, stop here.
sign-in-foreign = This link leads to { $host }, which is not the instance you chose.
sign-in-forward = Or in a browser on the computer in front of you; run there:
sign-in-who = Approved. Asking who signed in…
sign-in-refused = The code { $code } was refused.
sign-in-refused-hint = If that was a mistake, ask for a new code.
sign-in-expired = The code { $code } has run out.
sign-in-expired-hint = Ask for a new one when you are ready.
sign-in-gone = The code { $code } was used up somewhere else.
sign-in-gone-hint = If it was not you, do not go on with it and ask for a new code.
opens-this-computer = opens on this computer only
opens-this-network = opens on any phone on this network
nearby-opening = Opening the page for a phone on this network…
trouble-and-again = { $what }
    { $again }
trying-again = { $seconds ->
    [0] Trying again…
   *[other] Trying again in { $seconds } s
}
server-slow = { $host } does not answer yet ({ $seconds } s)
row-asking = Ask for a code
row-code = Code ready
row-waiting = Waiting for your approval
row-refused = Refused on the other device
row-ran-out = Nobody approved it in time
row-used-up = Used up somewhere else
row-opened = Opened { $on }, signing in…
row-opened-card = Opened { $on }, signed in there…
opened-from = Opened from the network { $network }
opened-on-phone = on a phone
opened-on-computer = on a computer
opened-on-browser = in a browser
row-save = Save the sign-in
row-find-meshes = Find your meshes
copied-desktop = { $what ->
    [code] Code copied
    [link] Link copied
   *[other] Copied
}
copied-lent = { $what ->
    [code] Code copied, for as long as crewmesh runs
    [link] Link copied, for as long as crewmesh runs
   *[other] Copied, for as long as crewmesh runs
}
copied-terminal = { $what ->
    [code] Code sent to the clipboard; if nothing arrives, select it with the mouse
    [link] Link sent to the clipboard; if nothing arrives, select it with the mouse
   *[other] Sent to the clipboard; if nothing arrives, select it with the mouse
}
copied-tmux = { $what ->
    [code] Code in tmux's buffer (prefix + ]) and sent to your terminal's selection
    [link] Link in tmux's buffer (prefix + ]) and sent to your terminal's selection
   *[other] In tmux's buffer (prefix + ]) and sent to your terminal's selection
}
browser-opened = A browser was started

# The card
card-sending = Sending your answer…
card-looking = Looking up who asks…
card-words = Words
card-device = Device
card-system = System
card-address = Address
card-joins = Joins
card-joins-as = { $mesh } as { $role }
card-joins-already = { $mesh }, which you are in already
card-joins-ended = nothing: the invite has ended
card-may = It may: { $what }
card-may-also = It may also: { $what }
card-only-you = Only approve if you started this on a device of yours.
card-deny = Deny
card-approve = Approve
title-approve-code = another device
approve-code-what = This is the code of another device that wants to sign in.
approve-code-signed-out = You can let it in once you are signed in here yourself. Its card opens then.
approve-code-elsewhere = It belongs to { $host }, and you are signed in to { $instance } here. Sign in to { $host } to let it in.
approve-code-by-token = You are here by an access token, and no token lets others in. Open its page in a browser where you are signed in.
approve-code-prove = It will sign in as { $person }. Show that this is you.
approve-code-password = Your password
approve-code-one-time = The code of your second factor
approve-code-approved = Approved. The other device goes on by itself.
approve-code-denied = Denied. The other device is told.

# Keeping it
save-in-keyring = in the keyring
save-in-file = in a file
save-nowhere = for this run only
kept-label = Kept in
kept-looking = looking for a keyring…
kept-keyring = this computer's keyring
kept-keyring-locked = this computer's keyring, which will ask to be unlocked
kept-file = a file only you can read
kept-file-because = a file only you can read ({ $because })
kept-nowhere = nowhere, for this run only ({ $because })
token-belongs = It belongs to { $person }.
keeping-nothing-lost = Nothing is lost: the sign-in is still here. Where should it be kept?
keeping-again = Try again
keeping-file = Keep it in a file only you can read
keeping-keyring = Keep it in the keyring
keeping-memory = Use it for this run only
keeping-set-aside = Put the damaged file aside and try again
receipt-keyring = Signed in as { $person }, kept in this computer's keyring
receipt-file = Signed in as { $person }, kept in a file only you can read
receipt-file-because = Signed in as { $person }, kept in a file only you can read ({ $because })
receipt-memory = Signed in as { $person }, for this run only
receipt-token = By the token “{ $name }” (ends: { $end })
receipt-joined = You are in { $mesh }

# Keys
help-title = keys
keys-or = { $one } or { $other }
key-name-enter = enter
key-name-backspace = backspace
key-name-delete = delete
key-name-home = home
key-name-end = end
key-name-page-up = page up
key-name-page-down = page down
key-choose = choose
key-continue = continue
key-change = change
key-try-again = try again
key-try-now = try now
key-look-again = look again
key-copy-tunnel = copy the ssh line
key-moved = it moved here
key-new-code = new code
key-instance = instance
key-look-at-waiting = who waits
key-providers = providers
key-members = members
key-language = language
key-help = help
key-quit = quit
key-redraw = draw this page anew
key-leave = leave
key-back = back
key-first = to the first
key-last = to the last
key-more = more
key-page-up = a page up
key-page-down = a page down
key-copy-code = copy code
key-copy-link = copy link
key-copy-line = copy the line
key-open-browser = open browser
key-big-qr = big QR
key-plain = plain
key-approve-here = approve here
key-nearby = a phone nearby
key-change-place = keep it elsewhere
key-keep-in-file = keep it in a file

# A token
title-token = access token
token-question = Which access token?
token-label = Access token
row-recognised = Recognised
row-checked = Checked with
row-belongs = Belongs to
row-token-name = Called
row-token-ends = Ends
token-never-ends = never
token-ends = on { $date }
token-made-at = Tokens are made at { $link }
token-lacks = The token “{ $name }” lacks rights that are needed next:
token-another = Use another token
token-all-the-same = Go on with it all the same
right-mesh-read = to show your meshes
right-mesh-write = to make or join a mesh
right-machine-read = to find this machine
right-machine-write = to name this machine
token-rejected = { $instance } does not take this token: it was revoked, has ended, or belongs to another instance.

# An invite
title-invite = join a mesh
invite-label = Invite link or code
invite-asked-first = You see what it offers before you join.
invite-unlike = That is neither an invite link nor an invite code. Links have /i/ in them, codes have 20 letters and digits.
invite-over-signed-out = If it let you in before, sign in: you are in the mesh already.
invite-code = An invite code
invite-to = An invite to { $instance }
invite-elsewhere = This invite belongs to { $instance }, which is not used on this machine yet.
invite-add = Use { $instance } from now on
invite-members = { $count ->
    [0] nobody yet
    [one] one member
   *[other] { $count } members
}
invite-as = You join as { $person }.
invite-question = You are signed in there already.
invite-sign-in-first = You join once you have signed in.
invite-no-account = No account there yet? The page that the next code opens makes you one as well, unless new accounts are closed there.
invite-join = Join
invite-sign-in = Sign in and join
invite-not-now = Not now
invite-already = You are in { $mesh } already.
invite-already-hint = The invite was not needed.
row-ask-instance = Look it up at { $instance }
row-join-mesh = Join the mesh
invite-fact-mesh = Mesh
invite-fact-instance = Instance
invite-fact-inviter = From
invite-fact-role = You become
invite-fact-members = People
invite-fact-ends = Ends

# Which instance
title-instance = instance
instance-which = Which instance do you want to use?
instance-team = Where is your team?
instance-of-input = Which instance does it belong to?
instance-who-knows = The address at which your team uses crewmesh. Whoever runs it knows it, and every invite names it.
instance-address = Another instance
instance-address-label = Address of the instance
instance-local = This computer only
instance-local-detail = nothing to set up, nobody else
instance-signed-in = signed in
instance-http = { $instance } has no encryption. Anyone on this network can read your sign-in.
instance-http-no = Do not use it
instance-http-yes = Use it anyway
row-look-at = Ask

# Which mesh
title-mesh = mesh
mesh-which = Which mesh?
mesh-none = You are in no mesh yet.
mesh-gone = “{ $mesh }”, where you were last time, is no mesh of yours any more: it was deleted, or you are no member now.
mesh-none-fits = None of your meshes is called { $text }.
mesh-filter = Mesh
mesh-filter-hint = type to narrow the list
mesh-looking = Looking for your meshes…
mesh-again = Look for your meshes again
mesh-create = Create a mesh
mesh-create-detail = you choose its name and who joins
mesh-role-admin = admin
mesh-role-member = member
mesh-detail = { $role }, { $people ->
    [one] 1 person
   *[other] { $people } people
}
mesh-detail-in-use = { $role }, { $people ->
    [one] 1 person
   *[other] { $people } people
}, in use
title-members = members
mesh-members-of = Who is in { $mesh }
mesh-members-looking = Looking for its members…
mesh-member-you = you, { $role }
mesh-member-detail = { $role }, { $email }
mesh-member-service = a program that signs in as itself
mesh-member-only-admins = Only an administrator of the mesh changes other members.
mesh-member-make-admin = Make administrator
mesh-member-make-member = Make member
mesh-member-remove = Take out of the mesh
mesh-member-leave = Leave the mesh
mesh-member-remove-sure = { $person } will no longer be in { $mesh }, and the open invites they made end.
mesh-member-leave-sure = You will no longer be in { $mesh }, and the open invites you made end.
mesh-member-keep = Keep in the mesh
mesh-member-stay = Stay
mesh-member-changed = { $person } is { $role } now
mesh-member-removed = { $person } was taken out
key-next = to the next
key-previous = to the one before

# A new name
naming-name = Name
naming-nameless = It needs a name.
naming-slug = Short name
naming-slug-fixed = for commands and links, fixed once created
naming-slug-rule = small letters, digits and dashes, fixed once created
naming-slug-becomes = becomes { $slug }
naming-slug-follows = follows the name
naming-slug-made = made up by the instance

# A new mesh
title-create-mesh = new mesh
create-mesh-question = What is it called?
create-mesh-example = Platform team, for example
create-mesh-continue = Continue

# Finding what is yours
title-status = signed in
row-take-up = Use the sign-in kept for
row-signed-in = Signed in as
row-join = Join
row-joined = Joined
row-find-machines = Find your machines
row-find-agents = Find the agents on this machine
found-meshes = { $count ->
    [0] none yet
    [one] one
   *[other] { $count }
}
found-machines = { $count ->
    [0] none yet
    [one] one
   *[other] { $count }
}
status-replaced = The earlier sign-in of this machine was ended.
status-rejected = Your sign-in on { $instance } was ended there. Enter signs in again; your choices stay.
keyring-unlock = The sign-in is in this computer's keyring, which asks to be unlocked.
keyring-asks-to-read = The sign-in is in this computer's keyring, which asks for permission: answer it there.
keyring-asks = The keyring asks for permission: say yes there, so that crewmesh can read what it kept.
key-sign-in = sign in
key-start-anyway = start anyway
key-without-invite = go on without it

# The launch card
title-launch = launch
row-account = Account
row-mesh = Mesh
row-machine = Machine
row-name = Name
row-role = Role
row-agent = Agent
row-provider = Works with
row-messages = Messages
mesh-own-name = { $person }'s mesh
mesh-new = { $name } (new)
mesh-unknown = you are in none called { $mesh }
mesh-pick = { $count ->
    [0] create one or join one
    [one] pick one, one available
   *[other] pick one, { $count } available
}
machine-new = { $name } in { $zone } (new)
machine-new-nowhere = { $name } (new)
machine-name-this = name this machine
role-optional = optional
messages-push = reach it as they come (push)
messages-push-at-work = reach it while it works (push)
messages-push-asked = reach it while it works (push); { $agent } asks you first
messages-no-push = wait until it looks; nothing can be pushed to { $agent }
provider-own-of = its own sign-in ({ $count } connected)
provider-and-how = { $what }: { $how }
provider-left = { $left } left
provider-own = its own sign-in
messages-inbox = wait until it looks (inbox)
messages-off = none (off)
agent-found = { $agent } (found on this machine)
agent-named = { $agent }
agent-shell = your shell
agent-unknown = there is no program called { $agent } here
agent-none = none here yet, see how to get one
launch-continue = Continue
launch-leave = Leave crewmesh
launch-at-work = { $count ->
    [0] Nobody is at work in { $mesh } now.
    [one] 1 at work in { $mesh }: { $names }
   *[other] { $count } at work in { $mesh }: { $names }
}
launch-waiting = { $count ->
    [one] A sign-in waits for your approval: a shows it.
   *[other] { $count } sign-ins wait for your approval: a shows them.
}
launch-slug-free = { $slug } is free: Continue takes it. Open the row for another.
launch-creating = Creating the mesh…
launch-registering = Putting this machine into your account…
key-change-or-continue = change or continue

# Name, role, agent
title-name = name
name-question = What are you called in the mesh?
name-label = Your name in the mesh
name-note = what others in the mesh see
name-too-long = A name has at most 100 characters.
title-role = role
role-question = What is your role in the mesh?
role-label = Role
role-example = reviewer, for example
role-note = a tag that others see beside your name; leave it empty for none
role-too-long = A role has at most 40 characters.
title-agent = agent
agent-which = What should be started?
agent-none-here = No code agent is installed here yet.
agent-none-how = Install one in another window, then look again:
agent-gone-since = { $agent }, which you started last time, is not found on this machine any more.
agent-other = Another program
agent-other-detail = any command on your PATH, or a full path
agent-your-shell = Your shell
agent-shell-detail = its prompt names the mesh; exit leaves it
agent-copied = Copied. Run it in another window, then look again here.
agent-label = Command
agent-example = goose, for example
agent-looking = Looking for it…
# Which machine
title-machine = machine
machine-which = Which machine?
machine-gone = “{ $machine }”, this machine, was taken out of your account since the last time.
machine-looking = Looking for your machines…
machine-again = Look for your machines again
machine-this-known = this machine, as your account knows it
machine-place = Place
machine-place-unset = not set yet
machine-to-name = Name this machine
machine-to-name-detail = your account does not know it yet
machine-online = online
machine-offline = offline
machine-unknown = unknown
machine-last-used = { $state }, last used { $ago }
machine-elsewhere = Agents start where somebody types crewmesh. To start one on { $machine }, type crewmesh there.
ago-now = just now
ago-minutes = { $count ->
    [one] a minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] an hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] a day ago
   *[other] { $count } days ago
}

# Naming this machine
title-machine-name = this machine
machine-name-question = Name this machine
machine-name-example = Radiology 3, for example
machine-name-continue = Continue
machine-adopted = Your account knows this machine already, as { $name }, and so it stays.

# Where it stands
title-place = place
place-where = Where is it?
place-filter = Place
place-hint = type a country, a city or a zone
place-guessed = { $zone }, from the time zone
place-now = { $zone }, where it is now
place-from-time-zone = { $place }, from this machine's time zone, { $from }
place-from = { $place }, from { $from }
place-unlisted = a zone that is not in the list
place-none-fits = No place here is called { $text }.
place-choose = Choose a place
place-another = Choose another
place-keep = Leave it where it is
place-later = Set later
place-later-detail = what needs a place stays off until you do
place-sending = Setting the place

# AI providers
title-providers = AI providers
providers-question = Connect an account once; your agents start with it wherever you sign in.
providers-one-connected = { $provider } ✔
providers-looking = Looking up what is connected …
providers-connected = connected: { $what }
providers-for-agent = { $agent } works with it
provider-checking = Asking { $provider } …
provider-key-question = Paste a key of { $provider }. It is kept, encrypted, once { $provider } lets it in.
provider-key-label = Key
provider-key-made = A key is made here:
model-server-question = Where is your model server ({ $provider })?
model-server-label = Address
model-server-asking = Asking { $address } which models it has …
model-server-key-question = { $address } wants a key.
row-provider-waits = Waiting for { $provider }
row-provider-kept = Kept, encrypted
providers-token = An access token connects nothing: whoever is signed in with a code does, or in a browser.
provider-takes-place = { $what } is connected. What you connect now takes its place; to keep both, name the new one: crewmesh connect { $name } --label NAME
provider-code-away = { $what } It is asked again; the code stays good.
connected-not-taken = { $said } ({ $agent } does not work with it)
