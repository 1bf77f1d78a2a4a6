# commands
trouble-internal = Algo ha fallado dentro de crewmesh: { $what }

# This machine
machine-id-not-kept = Este equipo no tiene identificador propio y no se puede guardar uno en { $file }: { $why }
machine-id-not-kept-hint = Indica en CREWMESH_HOME un directorio en el que puedas escribir.
location-unknown = crewmesh no conoce la ubicación «{ $location }».
location-unknown-hint = Indica una clave de zona, como DE, ES o US-CAL-CISO, o el nombre de un país.
location-near-hint = Parecidas: { $zones }

# Agents
agent-missing = No se ha encontrado ningún programa «{ $agent }» que iniciar.
agent-missing-hint = En este equipo hay: { $agents }. Elige uno con --agent o indica una ruta completa.
agent-missing-hint-none = Instala un agente como claude, codex, gemini u opencode, o indica una ruta completa con --agent.
agent-not-started = No se ha podido iniciar { $program }: { $why }
trouble-no-directory = No se puede saber cuál es el directorio de trabajo, así que la elección no se recuerda para él
trouble-agent-not-found = En esta máquina no hay ningún programa llamado { $agent }
trouble-agent-not-found-hint = Nombra uno que esté en tu PATH, o instala uno de { $agents }

# Iniciar sesión y servir
login-nobody-to-ask = Aquí nadie puede responder: esto no es un terminal.
login-nobody-to-ask-hint = Ejecútalo en un terminal para iniciar sesión.
login-signed-in = ✔ Sesión iniciada como { $person } en { $instance }
serve-serving = Sirviendo en { $url }
serve-first-admin = La primera persona administradora se registra en { $link }
