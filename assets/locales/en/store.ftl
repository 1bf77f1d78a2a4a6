# store

## The folder and its files
keep-no-home = There is no home folder to keep a sign-in in
keep-no-home-hint = Set CREWMESH_HOME to a folder of yours, or CREWMESH_TOKEN to sign in without keeping anything
keep-home-relative = CREWMESH_HOME is { $path }, which is another folder in each directory.
keep-home-relative-hint = Write the whole path, from / on
keep-token-stays = The sign-in is still in { $path }: { $why }
keep-home-no-folder = { $path } is not a folder
keep-home-of-another = { $path } belongs to somebody else, so no sign-in is kept there
keep-home-open-to-others = { $path } can be read by others and that cannot be changed there, so no sign-in is kept in it
keep-home-refused-hint = Set CREWMESH_HOME to a folder of yours, or CREWMESH_TOKEN to go on without keeping anything
keep-home-repaired = { $path } could be read by others (mode { $mode }); it is closed to them now
keep-file-repaired = { $path } could be read by others (mode { $mode }); it is closed to them now
keep-file-open-to-others = { $path } has mode { $mode }, and that cannot be changed. Sign in anew if others have been in that folder
keep-disk-full = The disk is full: { $path } could not be written
keep-disk-full-hint = Make some room and try again. What was kept before is still there
keep-read-only = { $path } cannot be written: its disk is read-only
keep-denied = { $path } cannot be used: permission denied
keep-file-fault = { $path } cannot be used: { $what }
keep-auth-corrupt = { $path } is damaged (line { $line }, column { $column }), so nobody can be signed in from it. Nothing was deleted
keep-auth-corrupt-hint = Start crewmesh in a terminal to put it aside and sign in anew, or repair it by hand
keep-auth-newer = { $path } was written by a newer crewmesh
keep-auth-newer-hint = Update crewmesh here, or set CREWMESH_HOME to another folder
keep-not-corrupt = { $file } can be read again; nothing was put aside
keep-state-set-aside = Remembered choices could not be read; they were put aside as { $name }
keep-because = it said: { $what }

## Where a sign-in goes
keep-file-forced = CREWMESH_STORE asks for a file
keep-store-unknown = CREWMESH_STORE is { $value }; it can be file or keyring
keep-keyring-forced = CREWMESH_STORE asks for the keyring, and { $because }
keep-keyring-none = no keyring is running here
keep-keyring-no-answer = the keyring does not answer
keep-keyring-no-collection = the keyring has no open collection: unlock or create one
keep-keyring-is-locked = the keyring is locked
keep-keyring-asks = the keyring asks for permission first
keep-keyring-denied = the keyring said no
keep-keyring-not-taken = The sign-in is not in the keyring ({ $because })
keep-nothing-kept = Nothing was kept: { $because }; CREWMESH_STORE=file would keep it in a file
keep-keyring-refused-hint = The sign-in to { $instance } is not lost: keep it in a file instead, or try again
keep-keyring-locked = The sign-in to { $instance } is in the keyring, and the keyring is locked
keep-keyring-locked-hint = Unlock the keyring, or set CREWMESH_TOKEN
keep-keyring-asks-you = The sign-in to { $instance } is in the keyring, which asks for permission, and nobody can be told of that here
keep-keyring-asks-you-hint = Run it in a terminal and say yes to the keyring, or set CREWMESH_TOKEN
keep-keyring-said-no = The sign-in to { $instance } is in the keyring, and the keyring said no
keep-keyring-said-no-hint = Say yes when the keyring asks, or sign in again and keep it in a file
keep-keyring-closed = The sign-in to { $instance } is in a keyring that is not open
keep-keyring-closed-hint = Unlock the keyring or open its database, or set CREWMESH_TOKEN
keep-keyring-absent = The sign-in to { $instance } is in a keyring that cannot be reached from here
keep-keyring-absent-hint = Sign in again from here to keep it in a file, or set CREWMESH_TOKEN
keep-keyring-slow = The sign-in to { $instance } is in the keyring, and the keyring does not answer
keep-keyring-slow-hint = Try again once it does, or set CREWMESH_TOKEN
keep-keyring-failed = The keyring did not give the sign-in to { $instance }: { $what }
keep-keyring-lost = The keyring no longer holds the sign-in to { $instance }
keep-keyring-lost-hint = Sign in again: crewmesh login
keep-left-in-keyring = A token for { $instance } stays in the keyring ({ $because }); crewmesh removes it once it can
keep-left-removed = The old token for { $instance } is out of the keyring now
keyring-at-odds = the keyring did not do what it was asked
keyring-broke-off = the keyring broke off
keyring-kept-nothing = the keyring did not keep what it was given
keyring-no-token = what the keyring holds is no token
keyring-has-two = the keyring holds the same entry twice
keep-name-taken = { $name } is the name of another instance already
keep-known-elsewhere = { $instance } says that it is the instance known here at { $address }. Any server could say so, so nobody signs in to it.
keep-known-elsewhere-hint = If it moved here: crewmesh instance remove { $name }, then again

## Which one wins, and why
keep-why-instance-flag = named with --instance
keep-why-instance-variable = named by { $variable }
keep-why-instance-directory = named by { $file }
keep-why-instance-default = the default instance
keep-why-instance-local = nothing else is set up
keep-why-token-flag = given with --token
keep-why-token-variable = from { $variable }
keep-client-half = A service client needs { $variable } as well.
keep-why-token-agent = begun for this agent
keep-why-token-keyring = kept in the keyring
keep-why-token-file = kept in a file
keep-why-token-none = nobody is signed in here
keep-directory-ignored = { $file } names { $instance }, where nobody is signed in; it is ignored
keep-token-nowhere = A token was given, but not which instance it is for
keep-token-nowhere-hint = Name it with --instance or CREWMESH_INSTANCE
keep-no-instance = No instance is set up yet
keep-no-instance-hint = Name one with --instance or CREWMESH_INSTANCE
keep-instance-unknown = No instance called { $name } is known here
keep-instance-unknown-hint = Known are: { $names }. A new one is named by its address
keep-instance-unknown-none = None is known yet. Name one by its address, such as https://mesh.example.org

## Tokens
keep-token-kind-session = session token
keep-token-kind-agent = session token of an agent
keep-token-kind-pat = personal access token
keep-token-kind-service = service token
keep-token-kind-access = access token of a program
keep-token-kind-refresh = refresh token
keep-token-not-ours = This is no crewmesh token: those begin with cm_pat_, cm_session_ or cm_svc_
keep-token-unseen = There is something in it that cannot be seen: { $character }
keep-token-cut-short = This { $kind } is cut short: { $missing ->
    [one] its last character is missing
   *[other] its last { $missing } characters are missing
}
keep-token-too-long = This { $kind } goes on too long: { $surplus ->
    [one] one character is too many
   *[other] { $surplus } characters are too many
}
keep-token-character = This { $kind } holds “{ $character }”, which no token has
keep-token-hint = Copy it again, whole. A personal access token is made on the instance's page under Settings, Tokens

## A sign-in begun before
keep-pending-taken = Another crewmesh is waiting for this code already
keep-pending-gone = That sign-in is over. Begin a new one
