# commands
trouble-internal = Something went wrong inside crewmesh: { $what }

# This machine
machine-id-not-kept = This computer has no machine id, and none can be kept in { $file }: { $why }
machine-id-not-kept-hint = Set CREWMESH_HOME to a directory that you can write to.
location-unknown = “{ $location }” is no location crewmesh knows.
location-unknown-hint = Give a zone key such as DE, ES or US-CAL-CISO, or the name of a country.
location-near-hint = Near to it: { $zones }

# Agents
agent-missing = No program named “{ $agent }” was found to start.
agent-missing-hint = Found on this machine: { $agents }. Name one with --agent, or a full path.
agent-missing-hint-none = Install an agent such as claude, codex, gemini or opencode, or give a full path with --agent.
agent-not-started = { $program } could not be started: { $why }
trouble-no-directory = The working directory cannot be told, so the choice is not remembered for it
trouble-agent-not-found = There is no program called { $agent } on this machine
trouble-agent-not-found-hint = Name one that is on your PATH, or install one of { $agents }

# Signing in and serving
login-nobody-to-ask = Nobody can answer here: this is no terminal.
login-nobody-to-ask-hint = Run it in a terminal to sign in.
login-signed-in = ✔ Signed in as { $person } on { $instance }
serve-serving = Serving at { $url }
serve-first-admin = The first administrator signs up at { $link }
