# commands
trouble-internal = Algo ha fallado dentro de crewmesh: { $what }

# This machine
machine-id-not-kept = Este equipo no tiene identificador propio y no se puede guardar uno en { $file }: { $why }
machine-id-not-kept-hint = Indica en CREWMESH_HOME un directorio en el que puedas escribir.
location-unknown = crewmesh no conoce la ubicación «{ $location }».
location-unknown-hint = Indica una clave de zona, como DE, ES o US-CAL-CISO, o el nombre de un país.
location-near-hint = Parecidas: { $zones }

# Agents
launch-no-json = Un arranque no responde en JSON: la terminal es del agente.
launch-choose-nobody = --choose muestra la ficha de arranque, y aquí no hay terminal donde mostrarla.
launch-choose-nobody-hint = Déjalo fuera o di qué debe ser distinto: --mesh, --name, --role, --agent, --machine.
launch-signed-in = ✔ Sesión iniciada
launch-mesh-unknown = No estás en ninguna malla llamada { $mesh }.
launch-mesh-missing = No está claro en qué malla arrancar y aquí no hay a quién preguntar.
launch-mesh-missing-hint = Da --mesh con una de: { $meshes }
launch-mesh-none-hint = Crea una con: crewmesh create NOMBRE
launch-machine-missing = Esta máquina aún no tiene nombre en la instancia y aquí no hay a quién preguntar.
launch-machine-missing-hint = Acepta lo propuesto con -y, o da --machine NOMBRE y pon en CREWMESH_LOCATION una zona como DE.
launch-agent-missing = No se ha encontrado ningún agente que arrancar.
launch-agent-missing-hint = Da --agent con { $agents }, shell o cualquier orden de tu PATH.
launch-no-task = { $agent } no admite una primera tarea.
launch-all-the-same = { $why } Se arranca de todos modos, como la última vez.
launch-flags-elsewhere = Lo que es de un arranque (--mesh, --agent, …) no puede ir delante de otra orden.
auth-set-aside-ask = { $what }. ¿Se aparta, sin borrarlo, para iniciar sesión de nuevo?
auth-set-aside = Ahora se llama { $file }.
launch-line = { $agent } en { $mesh } como { $name } en { $machine }   (crewmesh --choose para cambiar)
launch-by-hand = { $agent } solo toma herramientas de su propia configuración. Para darle las de la malla, una vez: { $command }
launch-shell-line = Tu intérprete de órdenes, en la malla. Escribe exit para salir.
code-still-good = Tu código { $code } vale { $minutes ->
    [one] un minuto más
   *[other] { $minutes } minutos más
}; crewmesh sigue con él.
agent-gone = { $program } ya no está ahí.
agent-gone-hint = Elige otro agente con crewmesh --choose.
agent-not-started = No se ha podido iniciar { $program }: { $why }
trouble-no-directory = No se puede saber cuál es el directorio de trabajo, así que la elección no se recuerda para él
trouble-agent-not-found = En esta máquina no hay ningún programa llamado «{ $agent }».
trouble-agent-whole-path-hint = Da su ruta completa, desde la raíz
trouble-agent-arguments-hint = Lo que se le dice va después de dos guiones: --agent { $agent } -- { $arguments }
trouble-agent-not-executable = { $program } está ahí, pero no se puede ejecutar
trouble-agent-not-executable-hint = Si es un programa, permítelo: chmod +x { $program }
trouble-agent-not-found-hint = Nombra uno que esté en tu PATH, o instala uno de { $agents }

# Iniciar sesión y servir
login-nobody-to-ask = Aquí nadie puede responder: esto no es un terminal.
login-nobody-to-ask-hint = Ejecútalo en un terminal, o indica --token -, --start o --wait SEGUNDOS; CREWMESH_TOKEN da acceso sin iniciar sesión.
login-signed-in = ✔ Sesión iniciada como { $person } en { $instance }
serve-serving = Sirviendo en { $url }
serve-first-admin = La primera persona administradora se registra en { $link }

# Preguntar
ask-yes-by-default = [S/n]
ask-no-by-default = [s/N]
nothing-changed = No ha cambiado nada.
trouble-interrupted = Detenido.
token-from-stdin = Token de acceso (no se muestra):
token-in-arguments = Un token entre los argumentos lo ve cualquiera que liste los procesos de esta máquina; --token - lo lee de la entrada estándar.
token-given-rejected-hint = Da otro token de acceso, en CREWMESH_TOKEN o con --token -
token-stdin-empty = --token - no ha encontrado ningún token en la entrada estándar.
token-stdin-empty-hint = Pásalo así: crewmesh … --token - < FICHERO
person-not-agent = Nada de lo que se ejecuta dentro de un agente puede hacer esto.
person-not-token = Esto necesita a una persona con la sesión iniciada; un token de acceso no basta.
step-up-ask = Tu contraseña en { $instance }, que no se muestra:
step-up-ask-again = Esa no es tu contraseña. Otra vez, en { $instance }:
step-up-not-given = Sin tu contraseña no se ha hecho nada.
step-up-code-ask = Código de tu segundo factor en { $instance }, que no se muestra:
step-up-code-ask-again = Ese código no vale ahora. Espera al siguiente; el código en { $instance }:
step-up-code-not-given = Sin un código no se ha hecho nada.
step-up-page = Hazlo allí, con la sesión iniciada: { $link }
person-no-terminal = Esto necesita a una persona ante un terminal.
directory-ask = { $file } indica: instancia { $instance }, malla { $mesh }. ¿Usarlo aquí a partir de ahora?
directory-not-asked = { $file } es nuevo y aquí no se puede preguntar a nadie, así que no se tiene en cuenta
directory-ignored = { $file } no se tiene en cuenta. { $because }

# Tablas
column-mesh = MALLA
column-slug = NOMBRE CORTO
column-role = PERMISO
column-members = MIEMBROS
column-device = DISPOSITIVO
column-system = SISTEMA
column-last-used = ÚLTIMO USO
column-until = HASTA
column-id = ID
role-admin = admin
role-member = miembro
until-never = sin fin

# Quién tiene la sesión iniciada
nobody-signed-in = Nadie ha iniciado sesión en { $instance } desde aquí.
nobody-signed-in-hint = Inicia sesión: crewmesh login --instance { $instance }
nobody-signed-in-script-hint = Define CREWMESH_TOKEN y CREWMESH_INSTANCE, o inicia sesión en un terminal: crewmesh login --instance { $instance }
list-no-meshes = Aún no hay ninguna malla en { $instance }. Crea una: crewmesh create NOMBRE
fact-instance = instancia
fact-credential = acceso por
fact-until = hasta
fact-with-why = { $what } ({ $why })
via-session = sesión «{ $name }»
via-agent = agente de código «{ $name }»
via-pat = token de acceso personal «{ $name }»
via-service = cliente de servicio «{ $name }»
session-this = { $name } (este)
machine-this = { $name } (esta máquina)
session-unknown = Ningún dispositivo tiene la sesión iniciada con el id «{ $session }».
session-unknown-hint = Los id están en la última columna de: crewmesh whoami --sessions
session-revoked = ✔ Ese dispositivo ya no tiene la sesión iniciada en { $instance }

# Cerrar sesión
logout-done = ✔ Sesión de { $instance } cerrada, aquí y en el servidor
logout-nobody = Nadie tenía la sesión iniciada en { $instance } desde aquí.
logout-token-lives = ✔ Sesión de { $instance } cerrada aquí. El token de acceso sigue valiendo en otros sitios; crewmesh token revoke lo anula
keyring-asks-to-remove = El llavero pregunta antes de soltar el token: respóndele allí.
logout-variable-stays = { $variable } sigue definida y sigue dando acceso a las órdenes.
logout-not-told = Sesión cerrada aquí, pero no se ha podido avisar a { $instance }, así que allí sigue abierta: { $why }
logout-not-told-hint = Ciérrala desde otro dispositivo: crewmesh whoami --sessions, o Ajustes, Dispositivos en la página web.
logout-everywhere-ask = ¿Cerrar la sesión de esta cuenta en todos los dispositivos y navegadores de { $instance }?
logout-everywhere-done = ✔ Sesión de { $instance } cerrada en todas partes. Los tokens de acceso siguen valiendo

# Mallas
answer-not-written = La salida estándar no aceptó la respuesta: { $what }
name-malformed = Un nombre tiene de 1 a 100 caracteres.
slug-malformed = «{ $slug }» no puede ser un nombre corto.
slug-malformed-hint = Un nombre corto tiene de 1 a 63 letras minúsculas y cifras, con guiones sueltos entre ellas.
slug-suggestion = Este está libre: --slug { $slug }
create-done = ✔ Malla { $mesh } ({ $slug }) creada en { $instance }
create-next = Invita a otras personas: crewmesh invite --mesh { $slug }
join-ask = { $inviter } te invita a { $mesh } en { $instance } con permiso «{ $role }»; tiene { $members ->
    [one] un miembro
   *[other] { $members } miembros
}. ¿Unirte?
mesh-renamed = ✔ { $before } se llama ahora { $mesh }; su nombre corto sigue siendo { $slug }
mesh-leave-ask = ¿Dejar { $mesh } en { $instance }? Solo se vuelve con una invitación.
mesh-leave-hint = Con -y se deja sin que se te pregunte.
mesh-left = ✔ Has dejado { $mesh }
mesh-delete-ask = ¿Borrar { $mesh } de { $instance } { $others ->
    [0] con sus invitaciones
    [one] para ti y para otro miembro
   *[other] para ti y para otros { $others } miembros
}? No se puede recuperar.
mesh-delete-hint = Con -y se borra sin que se te pregunte.
mesh-deleted = ✔ { $mesh } queda borrada
column-member = MIEMBRO
column-email = CORREO
column-since = DESDE
member-you = { $name } (tú)
member-service = { $name } (un programa)
member-changed = ✔ { $name } tiene permiso «{ $role }» en { $mesh }
member-remove-ask = ¿Sacar a { $name } de { $mesh }?
member-remove-hint = Con -y se hace sin que se te pregunte.
member-removed = ✔ { $name } ya no está en { $mesh }
member-unknown = Nadie de la malla es «{ $name }».
member-several = Varios miembros se llaman «{ $name }».
member-several-hint = Nombra a uno por su correo o su id: crewmesh members --json
join-already = ✔ Ya estabas en { $mesh } de { $instance }, con permiso «{ $role }»
join-done = ✔ Ya estás en { $mesh } de { $instance } con permiso «{ $role }»
join-nobody-to-ask-hint = Con -y te unes sin que se te pregunte.
join-elsewhere = Esta invitación es de { $host }, y se ha indicado { $instance }.
join-elsewhere-hint = Quita --instance, CREWMESH_INSTANCE y el token, o pide una invitación al sitio correcto.

# Iniciar sesión sin el asistente
login-open = En cualquier dispositivo, abre { $link }
login-open-here = En este ordenador, abre { $link }
login-enter = y escribe este código: { $code }
login-words = La página muestra las mismas dos palabras: { $words }
login-or-open = o abre { $link }
login-only-if = Si el código te lo ha dado otra persona, no sigas.
login-foreign = Estos enlaces llevan fuera de { $instance }.
login-resume-next = Después: crewmesh login --resume
login-by-token = Con el token de acceso «{ $name }»
login-kept-in-keyring = Guardado en el llavero
login-kept-in-file = Guardado en un archivo que solo tú puedes leer
login-replaced = La sesión anterior ha quedado cerrada
login-earlier-not-ended = No se ha podido cerrar la sesión anterior: { $why }
login-kept-in-file-because = Guardado en un archivo que solo tú puedes leer ({ $because })
login-not-kept = La sesión no se puede guardar aquí: { $why }
login-not-kept-hint = Indica en CREWMESH_HOME una carpeta tuya, o usa CREWMESH_TOKEN para seguir sin guardar nada.
login-trying-again = Se vuelve a intentar: { $why }
login-approved-already = Tu inicio de sesión en { $instance } ya está aprobado.
login-not-named = Aprobado y guardado, pero { $instance } aún no ha dicho quién inició sesión: { $why }
login-not-named-hint = No hay que aprobar nada otra vez: crewmesh login --resume --instance { $instance }
login-refused = El inicio de sesión se ha rechazado.
login-expired = El código ha caducado sin que nadie lo aprobara.
login-gone = Ese código ya no vale: alguien lo ha usado o la instancia lo ha olvidado.
login-again-hint = Empieza de nuevo: crewmesh login
login-still-waiting = Nadie ha respondido aún al código { $code }.
login-still-waiting-hint = Sigue esperando: crewmesh login --resume --instance { $instance }
login-nothing-pending = No hay ningún inicio de sesión pendiente.
login-nothing-pending-there = No hay ningún inicio de sesión en { $instance } a la espera de continuar.
login-nothing-pending-others = A la espera: { $waiting }. Nombra uno con --instance.
login-nothing-pending-hint = Empieza uno: crewmesh login --start

# Instancias
column-instance = INSTANCIA
column-address = DIRECCIÓN
column-account = SESIÓN DE
column-state = ESTADO
instance-nobody = nadie
instance-default = { $name } (por defecto)
instance-on-this-computer = en este equipo
instance-added = ✔ { $name } ya se conoce aquí
instance-in-use = ✔ A partir de ahora se usa { $name }
instance-removed = ✔ { $name } queda olvidada
instance-removed-revoked = ✔ { $name } queda olvidada y la sesión, cerrada allí
instance-removed-token-lives = ✔ { $name } queda olvidada. El token de acceso sigue valiendo en otros sitios
instance-local-stays = Lo que contiene se queda en su base de datos.
instance-http-ask = Con { $host } se habla sin cifrar. Cualquiera en esta red puede leer tu inicio de sesión. ¿Usarla de todos modos?
instance-http-hint = Usa su dirección https o indica --insecure-http.
there-are = Hay: { $names }
status-in-use = En uso: { $instance }
status-until = hasta { $until }
status-good = ✔ vale, hasta { $until }
status-bad = ✘ { $why }
status-token-variable = { $variable } está definida y va antes que lo guardado aquí.
status-pending = El código { $code } de { $instance } espera respuesta: crewmesh login --resume
status-approved = El inicio de sesión en { $instance } está aprobado y aún no se ha guardado: crewmesh login --resume

# Tokens de acceso
column-name = NOMBRE
column-ends-with = TERMINA EN
token-none = No hay ningún token de acceso en { $instance }.
token-ask = ¿Crear en { $instance } un token de acceso «{ $name }» que valga { $days } días?
token-ask-never = ¿Crear en { $instance } un token de acceso «{ $name }» sin fin? Quien lo encuentre podrá usarlo hasta que se anule.
token-once = Solo se muestra esta vez.
token-not-printed = El token no se ha podido mostrar, así que se ha anulado al momento: { $what }
token-revoked = ✔ El token de acceso «{ $name }» ya no vale
token-unknown = No hay ningún token de acceso «{ $name }».
token-several = Varios tokens de acceso se llaman «{ $name }».
token-several-hint = Indícalo por su id: crewmesh token list

column-scopes = PUEDE
column-meshes = MALLAS
service-none = No hay ningún cliente de servicio en { $instance }.
service-ask = ¿Crear en { $instance } un cliente de servicio «{ $name }» que pueda { $scopes }?
service-once = El secreto solo se muestra esta vez. Un programa con las dos líneas en su entorno ya tiene acceso.
service-not-printed = El secreto no se ha podido mostrar, así que el cliente se ha anulado al momento: { $what }
service-revoked = ✔ El cliente de servicio «{ $name }» y todos sus tokens ya no valen
service-unknown = No hay ningún cliente de servicio «{ $name }».
service-several = Varios clientes de servicio se llaman «{ $name }».
service-several-hint = Indícalo por su id: crewmesh service list
service-rejected = { $instance } no conoce este cliente de servicio, o no con este secreto.
service-rejected-hint = Revisa CREWMESH_CLIENT_ID y CREWMESH_CLIENT_SECRET, o pide uno nuevo: crewmesh service create
service-add-ask = ¿Dejar entrar a { $name } en { $meshes }? Allí podrá hacer: { $scopes }
service-in = { $name } está en { $meshes }.
service-in-none = { $name } no está en ninguna malla.

# Invitaciones
column-used = USADA
column-by = DE
column-for = PARA
invite-made = Una invitación a { $mesh } con permiso «{ $role }», hasta { $until }; { $uses ->
    [one] la puede usar una persona
   *[other] la pueden usar { $uses } personas
}.
invite-only-here = Este enlace solo se abre en este ordenador: la instancia es suya.
invite-only-here-hint = Para que entren otras personas: pon en marcha una instancia (crewmesh serve) o inicia sesión en la de tu equipo (crewmesh login --instance HOST).
invite-only-there = Este enlace solo se abre en el ordenador donde funciona la instancia.
invite-only-there-hint = Para que entren otras personas, arráncala con la dirección por la que llegan a ella: crewmesh serve --public-url https://mesh.example.org
invite-not-mailed = No se ha enviado ningún correo: envía tú el enlace.
invite-none = No hay ninguna invitación abierta a { $mesh }.
invite-not-printed = La invitación no se ha podido mostrar, así que se ha retirado al momento: { $what }
invite-unknown = Ninguna invitación tiene el id «{ $name }».
invite-unknown-hint = Los id están en la primera columna de: crewmesh invite list
email-malformed = «{ $email }» no es una dirección de correo.
email-malformed-hint = Una dirección es como ana@example.org
invite-taken-back = ✔ La invitación queda retirada
mesh-not-found = No estás en ninguna malla «{ $name }».
mesh-launched-gone = La malla «{ $name }» en la que esto se inició ya no existe, o ya no eres miembro.
mesh-launched-gone-hint = Sal del agente e inícialo de nuevo en otra: crewmesh --choose
mesh-missing = No está claro qué malla.
mesh-missing-hint = Indica una con --mesh: { $meshes }

# Máquinas
column-machine = MÁQUINA
column-location = UBICACIÓN
machine-no-place = se indicará después
machine-none = Aún no hay ninguna máquina en { $instance }. Registra esta: crewmesh machine register
machine-is-registered = ✔ Esta máquina es { $name } ({ $slug }), { $location }
machine-known-already = ✔ Esta máquina ya se conocía: { $name } ({ $slug }), { $location }
machine-name-stays = Su nombre no ha cambiado. Para cambiarlo: crewmesh machine rename "{ $name }"
machine-slug-stays = Su nombre corto es fijo; { $slug } no se ha tomado.
machine-place-stays = Su lugar no ha cambiado. Para cambiarlo: crewmesh machine locate { $zone }
machine-changed = ✔ { $name } ({ $slug }), { $location }
machine-removed = ✔ { $name } queda olvidada
machine-remove-ask = ¿Hacer que la cuenta olvide { $name }?
machine-remove-hint = Con -y se quita sin que se te pregunte.
machine-where = Falta decir dónde está esta máquina.
machine-where-ask = Esta máquina está en { $location }, según { $from }. ¿Es así?
machine-where-hint = Indica --location con una zona como DE o US-CAL-CISO, o --location later; también vale CREWMESH_LOCATION, y -y toma la de la zona horaria.
machine-not-found = No hay ninguna máquina «{ $name }».
machine-not-registered = La cuenta aún no conoce esta máquina.
machine-not-registered-hint = Regístrala, crewmesh machine register, o indica otra con --machine.

# Poner al día
sync-done = ✔ { $count ->
    [one] Una malla
   *[other] { $count } mallas
} en { $instance }
sync-gone = { $slug } ya no existe

# Responder a otro dispositivo
card-fact-code = código
card-fact-words = palabras
card-fact-program = programa
card-fact-device = dispositivo
card-fact-system = sistema
card-fact-address = dirección
card-fact-joins = te unes a
card-fact-joins-as = { $mesh } como { $role }
card-fact-joins-already = { $mesh }, donde ya estás
card-fact-joins-ended = nada: la invitación ha terminado
card-fact-may = podrá
card-fact-may-also = también podrá
card-fact-unknown = no se sabe
card-fact-left = quedan
card-minutes = { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
}
card-only-yours = Aprueba solo si esto lo has empezado tú en un dispositivo tuyo.
approve-none = Nada espera tu respuesta en { $instance }. El código que muestra otro dispositivo se aprueba con «crewmesh approve CÓDIGO».
approve-pick = { $last ->
    [one] ¿Es este? 1, o Intro para ninguno:
   *[other] ¿Cuál? Su número, del 1 al { $last }, o Intro para ninguno:
}
column-number = N.º
column-code = CÓDIGO
column-words = PALABRAS
column-network = RED
column-age = HACE
approve-ask = ¿Dejar que ese dispositivo inicie sesión en tu nombre?
deny-ask = ¿Rechazar ese dispositivo?
approve-done = ✔ Aprobado. El otro dispositivo está iniciando sesión
deny-done = ✔ Rechazado
code-malformed = «{ $code }» no es un código de inicio de sesión.
code-malformed-hint = Un código son ocho letras, como WDJB-MJPV
column-when = CUÁNDO
column-what = QUÉ
column-by-way-of = POR
column-from = DESDE
column-who = QUIÉN
column-target = SOBRE
audit-none = Aún no se ha hecho nada en { $instance }.
column-peer = NOMBRE
column-person = PERSONA
column-agent = AGENTE
column-at = ESTADO
column-since-when = DESDE
column-task = TAREA
peers-none = Ahora no hay ningún agente trabajando en { $mesh }.
peer-idle = libre
peer-working = trabajando
peer-waiting = esperando
peer-at-summary = { $status }: { $summary }
since-now = ahora mismo
since-minutes = { $count } min
since-hours = { $count } h
since-days = { $count } d
text-too-long = El texto ocupa más de { $most } KiB.
text-missing = No hay texto.
message-sent = Enviado a { $to } en { $mesh }: n.º { $number }
message-heading = { $number }  { $at }  { $from } ({ $person }) → { $to }
message-heading-kind = { $number }  { $at }  { $from } ({ $person }) → { $to }: { $kind }
message-heading-reply = { $number }  { $at }  { $from } ({ $person }) → { $to }: { $kind } a { $reply }
message-note = nota
message-ask = pregunta
message-answer = respuesta
message-done = hecho
inbox-none = No hay nada nuevo para ti en { $mesh }.
log-none = Aún no ha pasado nada en { $mesh }.
log-joined = { $at }  { $who } se unió
log-left = { $at }  { $who } se fue
log-message = { $at }  { $who } ({ $person }) → { $to }
task-unknown = No hay ninguna tarea { $number } en { $mesh }.
log-launched = { $at }  { $who } ({ $person }) inició { $subject }
log-ended = { $at }  { $who } ({ $person }) terminó { $subject }
log-task-created = { $at }  { $who } ({ $person }) creó la tarea «{ $subject }»
log-task-claimed = { $at }  { $who } ({ $person }) asumió la tarea «{ $subject }»
log-task-finished = { $at }  { $who } ({ $person }) terminó la tarea «{ $subject }»
log-task-dropped = { $at }  { $who } ({ $person }) abandonó la tarea «{ $subject }»
log-task-reopened = { $at }  la tarea «{ $subject }» vuelve a estar abierta: { $who } ({ $person }) ya no está
log-other = { $at }  { $who } ({ $person }): { $subject }
tasks-none = No hay tareas en { $mesh }.
task-open = abierta
task-open-again = abierta de nuevo ({ $holder } ya no está)
task-claimed = la tiene { $holder }
task-done = hecha por { $holder }
task-dropped = abandonada
task-created-line = Creada: tarea { $number } en { $mesh }, «{ $title }»
task-claimed-line = Ahora es tuya: tarea { $number } en { $mesh }, «{ $title }»
task-finished-line = Hecha: tarea { $number } en { $mesh }, «{ $title }»
task-dropped-line = Abandonada: tarea { $number } en { $mesh }, «{ $title }»
serve-kept = Todo se guarda en { $place }
serve-sign-up-open = Cualquiera que llegue a ella puede crear una cuenta
serve-sign-up-invite = Quien tenga una invitación puede crear una cuenta
serve-sign-up-closed = Nadie puede crear una cuenta
serve-documents-folder = { $path } no es una carpeta. --mcp-client-documents lleva una, o off.
serve-second-factor = Todo el mundo configura un segundo factor
serve-upstream = { $upstream } devuelve a la gente a { $url }
serve-upstream-signs = { $issuer } firma con { $algorithms }: nadie puede entrar por ahí. Se entienden { $understood }.
serve-metrics = Métricas, para quien llegue a esa dirección, en { $url }
backup-done = ✔ Copia hecha en { $path }
backup-key = Guarda también la clave { $key }, en otro lugar: sin ella la copia no sirve.
backup-key-elsewhere = Guarda también CREWMESH_INSTANCE_KEY, en otro lugar: sin ella la copia no sirve.
backup-nothing-there = No hay ninguna instancia en { $path }.
backup-cannot-write = No se puede escribir en { $path }: { $why }
backup-not-sqlite = Así solo se copia una base de datos SQLite.
backup-not-sqlite-hint = Copia PostgreSQL con pg_dump y guarda también CREWMESH_INSTANCE_KEY.
rotate-key-done = { $count ->
    [0] ✔ Todo está ya bajo la clave nueva
    [one] ✔ Una conexión está bajo la clave nueva
   *[other] ✔ { $count } conexiones están bajo la clave nueva
}
rotate-key-unopened = { $count ->
    [one] Una conexión no se abre y se dejó como está: hay que conectarla de nuevo.
   *[other] { $count } conexiones no se abren y se dejaron como están: hay que conectarlas de nuevo.
}
rotate-key-file = Está en { $path }. Guarda una copia con la clave de la instancia: sin ella nada de eso se abre.
rotate-key-given = Ninguna clave anterior abre nada: da a cada nodo solo la nueva, en CREWMESH_VAULT_KEYS.
rotate-key-give = No hay ninguna clave nueva con la que sellar.
rotate-key-give-hint = Arranca cada nodo con CREWMESH_VAULT_KEYS=NUEVA,ANTERIOR, hecha con openssl rand -hex 32, y ejecuta esto con lo mismo.
reset-made = Durante { $minutes } minutos y una sola vez, este enlace pone una contraseña nueva a { $email }. No se lo des a nadie más:
reset-nobody = Nadie en esta instancia tiene el correo { $email }.
second-factor-removed = La cuenta de { $email } ya no tiene segundo factor.
second-factor-none = La cuenta de { $email } no tiene segundo factor.

# Lo que se dice de argumentos que no se entienden

arguments-unknown-option = Aquí no hay ninguna opción { $what }
arguments-unknown-command = No hay ninguna orden { $what }
arguments-surplus = { $what } está de más aquí.
arguments-value = { $value } no vale para { $option }
arguments-one-of = { $option } admite { $values } o { $last }
arguments-value-missing = { $option } necesita un valor.
arguments-value-surplus = { $option } no lleva valor.
arguments-missing = Falta { $what }
arguments-conflict = { $option } y { $other } no van juntas.
arguments-twice = { $option } aparece dos veces; con una basta.
arguments-command-missing = A { $command } hay que decirle qué hacer.
arguments-no-text = Uno de los argumentos no es texto (UTF-8).
arguments-meant = ¿Querías decir { $meant }?
arguments-takes = { $option }: { $help }
arguments-values = Una de estas: { $values }
arguments-for-agent = Lo que es para el agente va después de dos guiones: -- { $what }
arguments-agent = Para arrancarlo: crewmesh --agent { $agent }
arguments-help = Lo que hay: { $command } --help

# La página de manual

man-name = Nombre
man-synopsis = Sinopsis
man-options = Opciones de todas las órdenes
man-commands = Órdenes
man-environment = Entorno
man-files = Archivos
man-exit-status = Código de salida
man-variable-instance = La instancia que se usa, como la nombra --instance.
man-variable-token = El token de acceso que se usa, haya lo que haya guardado aquí.
man-variable-client = Un cliente de servicio, para el que se pide un token.
man-variable-home = Dónde guarda crewmesh lo que guarda, en lugar de ~/.crewmesh
man-variable-store = Dónde se guarda una sesión: keyring o file.
man-variable-location = La zona en la que está esta máquina, por ejemplo ES.
man-variable-no-color = Con cualquier valor: sin colores.
man-file-auth = Las instancias, quién tiene sesión en ellas, y los tokens donde no hay llavero.
man-file-state = Lo último que se eligió, en qué directorio.
man-exit-0 = Hecho; también tras una pregunta contestada con no.
man-exit-1 = Falló, tardó demasiado o se rechazó.
man-exit-2 = Nadie tiene sesión, o la sesión no se acepta.
man-exit-3 = Los argumentos están mal, o falta algo y no hay a quién preguntar.
man-exit-4 = No se llega a la instancia.
man-exit-5 = Lo que se nombró no existe.
man-exit-6 = Ya existe.
man-exit-7 = No está permitido.
man-exit-8 = Un fallo del propio crewmesh.
man-exit-9 = No se encontró el agente que había que arrancar.
man-exit-129 = La terminal desapareció.
man-exit-130 = Interrumpido con Ctrl+C.
man-exit-143 = Se le pidió que parara (SIGTERM).

# Proveedores de IA
column-provider = PROVEEDOR
column-to-connect = PARA CONECTARLO
column-used-30 = USOS EN 30 DÍAS
finishing = Aún se está preguntando a un proveedor; primero se guarda lo que dé. Con otro Ctrl+C no se espera.
provider-unknown = No hay ningún proveedor «{ $name }».
providers-unreadable = { $path }, que dice qué cambia en los proveedores de IA, no se puede usar: { $why }
provider-secret-unreadable = No se puede usar { $path }, que contiene el secreto de tu cliente en { $provider }: { $why }
providers-hint = Es TOML: una tabla para cada uno, [github.client] con id, u [openai] con address.
provider-variable = { $variable } no se puede usar: { $why }
provider-none = Todavía no hay nada conectado en { $instance }.
provider-verified = aceptada el { $day }
provider-not-verified = sin comprobar
provider-revoked = terminada: conéctala de nuevo
provider-shared-still = Se comparte en { $meshes }: otra cuenta en su lugar no se comparte hasta que lo digas.
provider-shared-in = { $state }, compartido en { $meshes }
provider-share-ask = ¿Dejar que todos en { $mesh } inicien agentes con { $what }? Sus máquinas reciben lo que lo abre; lo que el proveedor permite de eso queda entre él y tú.
provider-share-hint = Usa -y para compartirlo sin que se te pregunte.
provider-shared = ✔ Todos en { $mesh } pueden iniciar agentes con { $what }
provider-shared-daily = ✔ Todos en { $mesh } pueden iniciar agentes con { $what }, { $times ->
    [one] una vez al día
   *[other] { $times } veces al día
}
provider-unshared = ✔ Nadie en { $mesh } inicia ya agentes con { $what }. Lo que se dio a una máquina vale hasta que acabe en el proveedor.
provider-none-shared = Nadie comparte nada en { $mesh }.
provider-share-good = en orden
provider-share-over = terminado: quien lo comparte lo conecta de nuevo
column-shared-by = De
column-yours-today = Tú hoy
provider-health-good = te admite
provider-health-narrow = te admite, no en todo
provider-health-poor = sin saldo
provider-health-down = no responde
provider-health-left = { $state }, quedan { $left }
provider-ways = ¿Cómo conectar { $provider }?
provider-way = { "  " }{ $number }  { $way }
provider-way-ask = Elige [1]:
provider-way-vendor = Iniciar sesión con { $agent }
provider-way-vendor-missing = Para iniciar sesión hace falta { $agent }, que no está aquí: { $install }
provider-way-import = La clave de { $variable } (…{ $end })
provider-way-stored = Lo que { $program } guarda en { $file }
provider-way-printed = Aquello con lo que { $program } inició sesión ({ $command })
provider-way-endpoint = La dirección de un servidor de modelos tuyo
provider-way-token = Pegar una clave
provider-way-device = Iniciar sesión en { $provider } con un código, en cualquier navegador
provider-way-redirect = Iniciar sesión en { $provider } en un navegador
provider-redirect-open = Inicia sesión en { $provider } en el navegador que se abre, o aquí:
provider-redirect-elsewhere = Inicia sesión en { $provider }, en cualquier dispositivo:
provider-redirect-code = El código que entonces muestra { $provider } (no se muestra aquí):
provider-redirect-refused = { $provider } no acepta ese código, o ya no. No se guardó nada.
provider-redirect-empty = No se dio ningún código. No se guardó nada.
provider-redirect-odd = { $provider } no dio nada por el código y no se guardó nada. { $why }
provider-redirect-status = Su respuesta, HTTP { $status }, no contiene ninguna clave.
provider-redirect-error = { $provider } te envió de vuelta con { $error }. No se guardó nada.
provider-redirect-nobody = Nadie volvió de { $provider }. No se guardó nada.
provider-redirect-no-terminal = Iniciar sesión en { $provider } requiere un navegador y a alguien en un terminal.
provider-redirect-page-title = De vuelta en crewmesh
provider-redirect-page = { $provider } te envió de vuelta. Cierra esta ventana: sigue en el terminal.
provider-device-open = Inicia sesión en { $provider }, en este dispositivo o en otro:
provider-device-code = con el código  { $code }
provider-device-waits = Esperando a { $provider }. Ctrl+C lo detiene.
provider-device-left = Esperando a { $provider } { $left } · Ctrl+C para
provider-device-trouble = { $provider } no responde como debería; se le pregunta de nuevo.
provider-device-none = Aquí nadie inicia sesión en { $provider } con un código: esta instancia no tiene allí ningún cliente.
provider-device-none-hint = Quien la administra registra una aplicación OAuth en el proveedor y da su id de cliente en { $variable }.
provider-device-no-code = { $provider } no da ningún código: { $why }
provider-device-denied = El inicio de sesión fue rechazado en { $provider }. No se guardó nada.
provider-device-expired = El código caducó antes de que alguien iniciara sesión en { $provider }. No se guardó nada.
provider-device-failed = { $provider } terminó el inicio de sesión ({ $why }). No se guardó nada.
provider-device-replaced = El inicio de sesión se abandonó, o se empezó de nuevo en otro terminal o en la página.
provider-device-malformed = lo que responde no es ningún código de dispositivo
provider-device-again = Para un código nuevo: crewmesh connect { $name } --way device
provider-vendor-starts = { $agent } inicia sesión ahora en { $provider }, aparte de su propia sesión aquí. Ctrl+C lo detiene.
provider-vendor-no-folder = No hay carpeta privada para el inicio de sesión: { $why }
provider-vendor-no-terminal = { $agent } solo inicia sesión en un terminal, y aquí no lo hay. No se guardó nada.
provider-vendor-ended = { $agent } terminó sin iniciar sesión ({ $how }). No se guardó nada.
provider-vendor-code = código de salida { $code }
provider-vendor-stopped = se detuvo
provider-vendor-unread = { $agent } dejó una sesión que no está entera o que esta versión de crewmesh no conoce. No se guardó nada.
provider-vendor-left = Lo que { $agent } dejó en { $path } no se pudo borrar. Se intentará de nuevo en el próximo inicio; para más seguridad, bórralo.
provider-vendor-lost = El inicio de sesión que acabas de hacer no se guardó. Para repetirlo: crewmesh connect { $name } --way { $way }
provider-connected = ✔ { $what } está conectado
provider-connected-poor = ✔ { $what } está conectado. La clave es buena, pero { $provider } dice que no tiene saldo.
provider-connected-narrow = ✔ { $what } está conectado. La clave es buena, pero no puede hacerlo todo; así se dispuso en { $provider }.
provider-connected-unverified = ✔ { $what } está conectado, sin comprobar: { $why }
provider-connected-unasked = ✔ { $what } está conectado, sin comprobar: por una clave así no se puede preguntar a nadie
provider-connected-unchecked = ✔ { $what } está conectado, sin comprobar
provider-unclear = la respuesta fue HTTP { $status }, que no dice nada de la clave
provider-models = Modelos: { $models }{ $rest ->
    [0] {""}
    [one] , y uno más
   *[other] , y { $rest } más
}
provider-key-page = Una clave se crea aquí: { $page }
provider-key-ask = La clave de { $provider } (no se muestra):
provider-key-hint = Una clave se crea aquí: { $page }
provider-key-empty = Eso no es una clave de { $provider }: no contiene nada.
provider-key-long = Eso no es una clave de { $provider }: es demasiado larga.
provider-key-character = Eso no es una clave de { $provider }: contiene { $character }.
provider-key-address = Eso es una dirección, no una clave de { $provider }.
provider-key-blank = Eso no es una clave de { $provider }: contiene un espacio.
provider-keeping = { $host } no responde. Lo que iniciaste se guarda en cuanto lo haga; Ctrl+C renuncia a ello.
connect-back = Intro lleva de vuelta.
provider-key-ours = Eso es un token de crewmesh, no una clave de { $provider }.
provider-key-of-another = Eso es una clave de { $other }, no de { $provider }. Para conectarla: crewmesh connect { $name }
provider-key-wrong = { $provider } dice que esa clave no existe, o ya no. No se guardó nada.
provider-from-import = --from nombra algo que ya está aquí: solo con --way import.
provider-from-unknown = Ahí no se busca nada de ese proveedor.
provider-stored-unreadable = No se puede leer lo que { $program } guarda: { $why }
provider-stored-odd = no es un archivo entero
provider-stored-no-answer = no llegó ninguna respuesta
provider-stored-no-token = su respuesta no es un token
provider-stored-stays = { $program } tiene aquí una sesión que renueva por sí mismo. Se queda donde está: dos que renuevan la misma sesión se echan el uno al otro.
provider-stored-stays-hint = { $program } sigue con ella si se inicia sin --provider. Para otros agentes conecta otra cosa: crewmesh connect { $name }
provider-nothing-here = Aquí no hay nada de { $provider } que se pueda tomar: { $places }
provider-nothing-here-hint = Pega una clave: crewmesh connect { $name } --way token
models-ask = ¿Qué modelo piden allí los agentes?
model-unknown = Allí no hay ningún modelo «{ $name }».
provider-no-models = --model es para un servidor de modelos tuyo y para OpenRouter: { $provider } tiene modelos que sus agentes conocen.
provider-no-such-way = { $provider } no se conecta así. Lo que tiene: { $ways }
provider-no-endpoint = { $provider } está donde está: --endpoint es para un servidor propio.
provider-no-endpoint-hint = Un servidor que habla el mismo protocolo: crewmesh connect self-hosted --endpoint DIRECCIÓN
provider-endpoint-missing = Hay que decir dónde está el servidor de modelos.
provider-endpoint-hint = Da su dirección, como en --endpoint http://127.0.0.1:8000
provider-endpoint-malformed = «{ $typed }» no es la dirección de un servidor de modelos.
provider-server-key-ask = { $address } pide una clave (no se muestra):
provider-server-key-wanted = { $address } pide una clave.
provider-server-key-wrong = { $address } no acepta esta clave. No se guardó nada.
provider-server-away-hint = ¿Está en marcha? Si está en otro sitio: --endpoint http://HOST:PUERTO
provider-server-none = Lo que responde en { $address } no es un servidor de modelos (HTTP { $status }).
provider-disconnect-ask = ¿Olvidar { $what }?
provider-disconnect-hint = Con -y se olvida sin preguntar.
provider-disconnected = ✔ { $what } queda olvidado
provider-still-good = La clave sigue siendo buena; se anula aquí: { $page }
provider-not-connected = No hay nada conectado en «{ $name }».
provider-several = { $provider } está conectado más de una vez.
provider-several-hint = Di cuál con --label: { $labels }
launch-provider-line = Trabaja con { $what }.
launch-provider-late = { $host } no dijo a tiempo con qué trabaja el agente.
launch-provider-none = No hay nada conectado en { $provider }.
launch-provider-no-model = Hay que decirle a { $agent } qué modelo de { $provider } pedir.
launch-provider-not-model = Con un modelo llamado { $model }, { $agent } podría enviar a otra parte lo que abre tu cuenta en { $provider }.
launch-provider-no-model-hint = Nómbralo una vez y se pide desde entonces: --model MODELO
model-malformed = «{ $typed }» no es el nombre de un modelo.
launch-provider-revoked = { $provider } ya no admite tu cuenta: la sesión se terminó.
launch-provider-not-renewed = { $provider } no dice si tu sesión sigue, y lo que dio ha caducado. Inténtalo en un momento.
launch-provider-none-hint = Conéctalo, crewmesh connect { $name }, o inicia el agente con su propia sesión: --provider none
launch-provider-own-hint = Para iniciarlo con su propia sesión: --provider none
launch-provider-not-taken = A { $agent } no se le puede dar aquí lo que está conectado en { $provider }.
launch-provider-taken-hint = Acepta estos: { $providers }. Para iniciarlo con su propia sesión: --provider none
launch-provider-no-folder = No hay una carpeta privada para aquello con lo que trabaja el agente: no se puede escribir en la carpeta de crewmesh.
launch-provider-other-kind = { $agent } acepta otro tipo de credencial de { $provider } que la que está conectada (…{ $end }).
launch-provider-only-root = A { $agent } solo se le puede dar lo que está conectado en { $provider } cuando lo inicia root.
launch-provider-option = Con tu { $option }, { $agent } no se atendría a aquello con lo que debe trabajar.
launch-provider-variable = { $variable } está definida aquí, y por ella se le diría a { $agent } con qué debe trabajar.
launch-provider-unknown = No hay ningún proveedor ni ninguna conexión «{ $name }».
launch-provider-unknown-hint = Lo que está conectado: crewmesh providers. Para iniciar el agente con su propia sesión: --provider none
launch-provider-empty = --provider dice con qué trabaja el agente, y no se dijo nada.
provider-no-such-label = No hay nada allí que se llame «{ $name }».
launch-provider-odd-folder = { $agent } no encuentra con qué debe trabajar en una carpeta cuyo nombre tiene una comilla, una barra invertida o una llave; CREWMESH_HOME indica otra.
