# Las entradas
this-computer = Este ordenador
welcome-intro = Lleva esta máquina y sus agentes de código a una malla.
welcome-resume = Seguir iniciando sesión
welcome-resume-detail = { $minutes ->
    [one] { $code }, un minuto más
   *[other] { $code }, { $minutes } minutos más
}
welcome-sign-in-to = Iniciar sesión en { $instance }
welcome-team = Iniciar sesión en mi equipo
welcome-other-team = Iniciar sesión en otro equipo
welcome-team-detail = con un código, en cualquier dispositivo
welcome-token = Pegar un token de acceso
welcome-join = Unirse con una invitación
welcome-join-detail = un enlace o un código que te enviaron
welcome-create = Crear una cuenta
welcome-create-detail = abre la página de registro y vuelve
welcome-exit = Salir
welcome-paste = O pega lo que tengas: una invitación, un token, una dirección, el código de otra máquina.
paste-unknown = Lo que has pegado no es nada de esto: una invitación, un token de acceso, la dirección de una instancia, el código de otra máquina.
welcome-signed-out = Aquí ya no hay sesión iniciada. Vuelve a iniciarla.

# Seguir
resume-question = Quedó sin terminar un inicio de sesión en { $instance } con el código { $code }.
resume-go-on = Seguir con él
resume-go-on-detail = el mismo código aún sirve
resume-approved = Tu inicio de sesión en { $instance } está aprobado y aún no se ha guardado.
resume-approved-detail = no hay que aprobar nada otra vez
resume-afresh = Empezar de nuevo
resume-expired = Su código ha caducado.

# Iniciar sesión
title-sign-in = iniciar sesión
title-sign-up = crear una cuenta
sign-up-first = La página crea tu cuenta y luego te pide aprobar este terminal.
sign-up-if-offered = Si la página lo ofrece, crea allí tu cuenta; después aprueba este terminal.
sign-up-asking = Pedir a { $instance } su página de registro
sign-up-own = Solo en este ordenador no hay nada que crear: la cuenta eres tú.
sign-up-by-invite = { $instance } solo da cuenta a quien trae una invitación.
sign-up-by-invite-hint = Pídesela a alguien de la malla; su enlace, abierto en un navegador, crea la cuenta.
sign-up-closed = { $instance } no admite cuentas nuevas.
sign-up-closed-hint = Pide una a quien la administra.
sign-up-join = Tengo una invitación
sign-up-sign-in = Ya tengo cuenta
sign-up-here = Iniciar sesión en este ordenador
sign-up-elsewhere = Otra instancia
title-approve-here = aprobar aquí
sign-in-open = En cualquier dispositivo, abre
sign-in-open-here = En este ordenador, abre
sign-in-open-nearby = En un dispositivo de esta red, abre
sign-in-here = Inicia sesión aquí, sin nadie más.
sign-in-here-enter = Lo ha pedido este terminal y la cuenta eres tú: Intro lo aprueba.
sign-in-enter = y escribe este código
sign-in-words = y las palabras  { $words }
sign-in-only-you = Si el código te lo ha dado otra persona, no sigas.
sign-in-foreign = Este enlace lleva a { $host }, que no es la instancia que elegiste.
sign-in-forward = O en un navegador del ordenador que tienes delante; ejecuta allí:
sign-in-who = Aprobado. Preguntando quién ha iniciado sesión…
sign-in-refused = El código { $code } se rechazó.
sign-in-refused-hint = Si fue un error, pide un código nuevo.
sign-in-expired = El código { $code } ha caducado.
sign-in-expired-hint = Pide uno nuevo cuando quieras.
sign-in-gone = El código { $code } ya se usó en otro sitio.
sign-in-gone-hint = Si no fuiste tú, no sigas con él y pide un código nuevo.
opens-this-computer = se abre solo en este ordenador
opens-this-network = se abre en cualquier móvil de esta red
nearby-opening = Abriendo la página para un móvil de esta red…
trouble-and-again = { $what }
    { $again }
trying-again = { $seconds ->
    [0] Intentándolo otra vez…
   *[other] Nuevo intento en { $seconds } s
}
server-slow = { $host } aún no responde ({ $seconds } s)
row-asking = Pedir un código
row-code = Código listo
row-waiting = Esperando tu aprobación
row-refused = Rechazado en el otro dispositivo
row-ran-out = Nadie lo aprobó a tiempo
row-used-up = Usado en otra parte
row-opened = Abierto { $on }, entrando…
row-opened-card = Abierto { $on }, con sesión…
opened-from = Abierto desde la red { $network }
opened-on-phone = en un móvil
opened-on-computer = en un ordenador
opened-on-browser = en un navegador
row-save = Guardar la sesión
row-find-meshes = Buscar tus mallas
copied-desktop = { $what ->
    [code] Código copiado
    [link] Enlace copiado
   *[other] Copiado
}
copied-lent = { $what ->
    [code] Código copiado, mientras crewmesh siga abierto
    [link] Enlace copiado, mientras crewmesh siga abierto
   *[other] Copiado, mientras crewmesh siga abierto
}
copied-terminal = { $what ->
    [code] Código enviado al portapapeles; si no llega, selecciónalo con el ratón
    [link] Enlace enviado al portapapeles; si no llega, selecciónalo con el ratón
   *[other] Enviado al portapapeles; si no llega, selecciónalo con el ratón
}
copied-tmux = { $what ->
    [code] Código en el búfer de tmux (prefijo ]) y enviado a la selección del terminal
    [link] Enlace en el búfer de tmux (prefijo ]) y enviado a la selección del terminal
   *[other] En el búfer de tmux (prefijo ]) y enviado a la selección del terminal
}
browser-opened = Se ha abierto un navegador

# La tarjeta
card-sending = Enviando tu respuesta…
card-looking = Consultando quién lo pide…
card-words = Palabras
card-device = Dispositivo
card-system = Sistema
card-address = Dirección
card-joins = Te unes a
card-joins-as = { $mesh } como { $role }
card-joins-already = { $mesh }, donde ya estás
card-joins-ended = nada: la invitación ha terminado
card-may = Podrá: { $what }
card-may-also = También podrá: { $what }
card-only-you = Aprueba solo si lo has empezado en un dispositivo tuyo.
card-deny = Denegar
card-approve = Aprobar
title-approve-code = otro dispositivo
approve-code-what = Es el código de otro dispositivo que quiere iniciar sesión.
approve-code-signed-out = Podrás dejarlo entrar cuando tú hayas iniciado sesión aquí. Entonces se abrirá su tarjeta.
approve-code-elsewhere = Pertenece a { $host }, y aquí tienes sesión en { $instance }. Inicia sesión en { $host } para dejarlo entrar.
approve-code-by-token = Estás aquí con un token de acceso, y ningún token deja entrar a otros. Abre su página en un navegador donde tengas sesión.
approve-code-prove = Entrará como { $person }. Demuestra que eres tú.
approve-code-password = Tu contraseña
approve-code-one-time = El código de tu segundo factor
approve-code-approved = Aprobado. El otro dispositivo sigue solo.
approve-code-denied = Denegado. El otro dispositivo lo sabrá.

# Guardar
save-in-keyring = en el llavero
save-in-file = en un archivo
save-nowhere = solo esta vez
kept-label = Se guarda en
kept-looking = buscando un llavero…
kept-keyring = el llavero de este ordenador
kept-keyring-locked = el llavero de este ordenador, que pedirá desbloquearse
kept-file = un archivo que solo tú puedes leer
kept-file-because = un archivo que solo tú puedes leer ({ $because })
kept-nowhere = ningún sitio, solo esta vez ({ $because })
token-belongs = Pertenece a { $person }.
keeping-nothing-lost = No se ha perdido nada: la sesión sigue aquí. ¿Dónde se guarda?
keeping-again = Intentarlo otra vez
keeping-file = Guardarla en un archivo que solo tú puedes leer
keeping-keyring = Guardarla en el llavero
keeping-memory = Usarla solo esta vez
keeping-set-aside = Apartar el archivo dañado e intentarlo otra vez
receipt-keyring = Sesión de { $person }, guardada en el llavero de este ordenador
receipt-file = Sesión de { $person }, guardada en un archivo que solo tú puedes leer
receipt-file-because = Sesión de { $person }, guardada en un archivo que solo tú puedes leer ({ $because })
receipt-memory = Sesión de { $person }, solo para esta vez
receipt-token = Con el token «{ $name }» (caduca: { $end })
receipt-joined = Estás en { $mesh }

# Teclas
help-title = teclas
keys-or = { $one } o { $other }
key-name-enter = intro
key-name-backspace = retroceso
key-name-delete = suprimir
key-name-home = inicio
key-name-end = fin
key-name-page-up = página arriba
key-name-page-down = página abajo
key-choose = elegir
key-continue = seguir
key-change = cambiar
key-try-again = reintentar
key-try-now = probar ya
key-look-again = buscar otra vez
key-copy-tunnel = copiar la línea de ssh
key-moved = se mudó aquí
key-new-code = código nuevo
key-instance = instancia
key-look-at-waiting = quién espera
key-providers = proveedores
key-members = miembros
key-language = idioma
key-help = ayuda
key-quit = salir
key-redraw = volver a dibujar la página
key-leave = salir
key-back = atrás
key-first = al primero
key-last = al último
key-more = más
key-page-up = una página arriba
key-page-down = una página abajo
key-copy-code = copiar código
key-copy-link = copiar enlace
key-copy-line = copiar la línea
key-open-browser = navegador
key-big-qr = QR grande
key-plain = sin formato
key-approve-here = aprobar aquí
key-nearby = un móvil cercano
key-change-place = guardar en otro sitio
key-keep-in-file = guardar en un archivo

# Un token
title-token = token de acceso
token-question = ¿Qué token de acceso?
token-label = Token de acceso
row-recognised = Reconocido
row-checked = Comprobado con
row-belongs = Pertenece a
row-token-name = Se llama
row-token-ends = Caduca
token-never-ends = nunca
token-ends = el { $date }
token-made-at = Los tokens se crean en { $link }
token-lacks = Al token «{ $name }» le faltan permisos que hacen falta ahora:
token-another = Usar otro token
token-all-the-same = Seguir con él de todos modos
right-mesh-read = para mostrar tus mallas
right-mesh-write = para crear una malla o unirse a ella
right-machine-read = para encontrar esta máquina
right-machine-write = para dar nombre a esta máquina
token-rejected = { $instance } no acepta este token: fue revocado, ha caducado o es de otra instancia.

# Una invitación
title-invite = unirse a una malla
invite-label = Enlace o código de la invitación
invite-asked-first = Antes de unirte verás qué ofrece.
invite-unlike = Eso no es ni un enlace ni un código de invitación. Los enlaces llevan /i/, los códigos tienen 20 letras y cifras.
invite-over-signed-out = Si ya entraste con ella, inicia sesión: sigues en la malla.
invite-code = Un código de invitación
invite-to = Una invitación a { $instance }
invite-elsewhere = Esta invitación es de { $instance }, que aún no se usa en esta máquina.
invite-add = Usar { $instance } desde ahora
invite-members = { $count ->
    [0] nadie todavía
    [one] una persona
   *[other] { $count } personas
}
invite-as = Te unes como { $person }.
invite-question = Ya tienes la sesión iniciada allí.
invite-sign-in-first = Te unirás en cuanto inicies sesión.
invite-no-account = ¿Aún no tienes cuenta allí? La página que abre el código siguiente también te la crea, salvo que allí no se admitan cuentas nuevas.
invite-join = Unirse
invite-sign-in = Iniciar sesión y unirse
invite-not-now = Ahora no
invite-already = Ya estás en { $mesh }.
invite-already-hint = La invitación no hacía falta.
row-ask-instance = Consultarla en { $instance }
row-join-mesh = Unirse a la malla
invite-fact-mesh = Malla
invite-fact-instance = Instancia
invite-fact-inviter = De
invite-fact-role = Tu rol
invite-fact-members = Personas
invite-fact-ends = Termina

# Qué instancia
title-instance = instancia
instance-which = ¿Qué instancia quieres usar?
instance-team = ¿Dónde está tu equipo?
instance-of-input = ¿A qué instancia pertenece?
instance-who-knows = La dirección en la que tu equipo usa crewmesh. La sabe quien la gestiona, y figura en cada invitación.
instance-address = Otra instancia
instance-address-label = Dirección de la instancia
instance-local = Solo este ordenador
instance-local-detail = sin preparar nada, sin nadie más
instance-signed-in = sesión iniciada
instance-http = { $instance } no va cifrada. Cualquiera en esta red puede leer tu sesión.
instance-http-no = No usarla
instance-http-yes = Usarla de todos modos
row-look-at = Consultar

# Qué malla
title-mesh = malla
mesh-which = ¿Qué malla?
mesh-none = Aún no estás en ninguna malla.
mesh-gone = «{ $mesh }», donde estuviste la última vez, ya no es una malla tuya: se borró o ya no eres miembro.
mesh-none-fits = Ninguna de tus mallas se llama { $text }.
mesh-filter = Malla
mesh-filter-hint = escribe para acortar la lista
mesh-looking = Buscando tus mallas…
mesh-again = Volver a buscar tus mallas
mesh-create = Crear una malla
mesh-create-detail = tú eliges su nombre y quién entra
mesh-role-admin = administras
mesh-role-member = miembro
mesh-detail = { $role }, { $people ->
    [one] 1 persona
   *[other] { $people } personas
}
mesh-detail-in-use = { $role }, { $people ->
    [one] 1 persona
   *[other] { $people } personas
}, en uso
title-members = miembros
mesh-members-of = Quién está en { $mesh }
mesh-members-looking = Buscando sus miembros…
mesh-member-you = tú, { $role }
mesh-member-detail = { $role }, { $email }
mesh-member-service = un programa que entra por sí mismo
mesh-member-only-admins = Solo quien administra la malla cambia a otros miembros.
mesh-member-make-admin = Hacer administrador
mesh-member-make-member = Hacer miembro
mesh-member-remove = Sacar de la malla
mesh-member-leave = Salir de la malla
mesh-member-remove-sure = { $person } dejará de estar en { $mesh }, y sus invitaciones abiertas acaban.
mesh-member-leave-sure = Dejarás de estar en { $mesh }, y tus invitaciones abiertas acaban.
mesh-member-keep = Dejar en la malla
mesh-member-stay = Quedarme
mesh-member-changed = { $person } es ahora { $role }
mesh-member-removed = { $person } está fuera de la malla
key-next = al siguiente
key-previous = al anterior

# Un nombre nuevo
naming-name = Nombre
naming-nameless = Necesita un nombre.
naming-slug = Nombre corto
naming-slug-fixed = para órdenes y enlaces, fijo una vez creado
naming-slug-rule = minúsculas, cifras y guiones, fijo una vez creado
naming-slug-becomes = queda como { $slug }
naming-slug-follows = sale del nombre
naming-slug-made = lo inventa la instancia

# Una malla nueva
title-create-mesh = malla nueva
create-mesh-question = ¿Cómo se llama?
create-mesh-example = Equipo de plataforma, por ejemplo
create-mesh-continue = Continuar

# Buscar lo que es tuyo
title-status = sesión iniciada
row-take-up = Usar la sesión guardada en
row-signed-in = Sesión de
row-join = Unirse a
row-joined = Te has unido a
row-find-machines = Buscar tus máquinas
row-find-agents = Buscar los agentes de esta máquina
found-meshes = { $count ->
    [0] ninguna todavía
    [one] una
   *[other] { $count }
}
found-machines = { $count ->
    [0] ninguna todavía
    [one] una
   *[other] { $count }
}
status-replaced = La sesión anterior de esta máquina se ha cerrado.
status-rejected = Tu sesión en { $instance } se cerró allí. Intro la inicia de nuevo; lo que elegiste se queda.
keyring-unlock = La sesión está en el llavero de este ordenador, que pide que lo desbloquees.
keyring-asks-to-read = La sesión está en el llavero de este ordenador, que pide permiso: respóndele allí.
keyring-asks = El llavero pide permiso: di que sí allí, para que crewmesh pueda leer lo que guardó.
key-sign-in = iniciar sesión
key-start-anyway = arrancar de todos modos
key-without-invite = seguir sin ella

# La ficha de arranque
title-launch = arrancar
row-account = Cuenta
row-mesh = Malla
row-machine = Máquina
row-name = Nombre
row-role = Rol
row-agent = Agente
row-provider = Trabaja con
row-messages = Mensajes
mesh-own-name = malla de { $person }
mesh-new = { $name } (nueva)
mesh-unknown = no estás en ninguna llamada { $mesh }
mesh-pick = { $count ->
    [0] crea una o únete a una
    [one] elige una, hay una
   *[other] elige una, hay { $count }
}
machine-new = { $name } en { $zone } (nueva)
machine-new-nowhere = { $name } (nueva)
machine-name-this = ponle nombre a esta máquina
role-optional = opcional
messages-push = le llegan al escribirse (push)
messages-push-at-work = le llegan mientras trabaja (push)
messages-push-asked = le llegan mientras trabaja (push); { $agent } pregunta antes
messages-no-push = esperan a que los mire; { $agent } no los recibe solo
provider-own-of = su propia sesión ({ $count } { $count ->
    [one] conectado
   *[other] conectados
})
provider-and-how = { $what }: { $how }
provider-left = quedan { $left }
provider-own = su propia sesión
messages-inbox = esperan a que los mire (inbox)
messages-off = ninguno (off)
agent-found = { $agent } (encontrado en esta máquina)
agent-named = { $agent }
agent-shell = tu shell
agent-unknown = aquí no hay ningún programa llamado { $agent }
agent-none = ninguno todavía, mira cómo conseguirlo
launch-continue = Continuar
launch-leave = Salir de crewmesh
launch-at-work = { $count ->
    [0] Ahora no trabaja nadie en { $mesh }.
    [one] 1 trabajando en { $mesh }: { $names }
   *[other] { $count } trabajando en { $mesh }: { $names }
}
launch-waiting = { $count ->
    [one] Un inicio de sesión espera tu aprobación: con a lo ves.
   *[other] { $count } inicios de sesión esperan tu aprobación: con a los ves.
}
launch-slug-free = { $slug } está libre: Continuar lo toma. Abre la fila para otro.
launch-creating = Creando la malla…
launch-registering = Añadiendo esta máquina a tu cuenta…
key-change-or-continue = cambiar o seguir

# Nombre, rol, agente
title-name = nombre
name-question = ¿Cómo te llamas en la malla?
name-label = Tu nombre en la malla
name-note = lo que ven los demás en la malla
name-too-long = Un nombre tiene 100 caracteres como máximo.
title-role = rol
role-question = ¿Cuál es tu rol en la malla?
role-label = Rol
role-example = revisora, por ejemplo
role-note = una etiqueta junto a tu nombre que ven los demás; déjalo vacío si no quieres
role-too-long = Un rol tiene 40 caracteres como máximo.
title-agent = agente
agent-which = ¿Qué quieres arrancar?
agent-none-here = Aquí aún no hay ningún agente de código.
agent-none-how = Instala uno en otra ventana y vuelve a buscar:
agent-gone-since = { $agent }, que iniciaste la última vez, ya no se encuentra en esta máquina.
agent-other = Otro programa
agent-other-detail = cualquier orden de tu PATH, o una ruta completa
agent-your-shell = Tu shell
agent-shell-detail = el prompt nombra la malla; exit para salir
agent-copied = Copiado. Ejecútalo en otra ventana y vuelve a buscar aquí.
agent-label = Orden
agent-example = goose, por ejemplo
agent-looking = Buscando…
# Qué máquina
title-machine = máquina
machine-which = ¿Qué máquina?
machine-gone = «{ $machine }», esta máquina, se quitó de tu cuenta desde la última vez.
machine-looking = Buscando tus máquinas…
machine-again = Volver a buscar tus máquinas
machine-this-known = esta máquina, como la conoce tu cuenta
machine-place = Lugar
machine-place-unset = sin indicar
machine-to-name = Nombrar esta máquina
machine-to-name-detail = tu cuenta aún no la conoce
machine-online = en línea
machine-offline = sin conexión
machine-unknown = no se sabe
machine-last-used = { $state }, usada { $ago }
machine-elsewhere = Los agentes arrancan donde alguien escribe crewmesh. Para arrancar uno en { $machine }, escribe crewmesh allí.
ago-now = ahora mismo
ago-minutes = { $count ->
    [one] hace un minuto
   *[other] hace { $count } minutos
}
ago-hours = { $count ->
    [one] hace una hora
   *[other] hace { $count } horas
}
ago-days = { $count ->
    [one] hace un día
   *[other] hace { $count } días
}

# Dar nombre a esta máquina
title-machine-name = esta máquina
machine-name-question = Nombra esta máquina
machine-name-example = Radiología 3, por ejemplo
machine-name-continue = Continuar
machine-adopted = Tu cuenta ya conoce esta máquina, como { $name }, y así se queda.

# Dónde está
title-place = lugar
place-where = ¿Dónde está?
place-filter = Lugar
place-hint = escribe país, ciudad o zona
place-guessed = { $zone }, por la zona horaria
place-now = { $zone }, donde está ahora
place-from-time-zone = { $place }, por la zona horaria de esta máquina, { $from }
place-from = { $place }, por { $from }
place-unlisted = una zona que no está en la lista
place-none-fits = Ningún lugar se llama { $text }.
place-choose = Elegir un lugar
place-another = Elegir otro
place-keep = Dejarla donde está
place-later = Más tarde
place-later-detail = lo que necesita un lugar espera hasta entonces
place-sending = Indicando el lugar

# Proveedores de IA
title-providers = proveedores de IA
providers-question = Conecta una cuenta una vez; tus agentes arrancan con ella allí donde inicies sesión.
providers-one-connected = { $provider } ✔
providers-looking = Mirando qué está conectado …
providers-connected = conectado: { $what }
providers-for-agent = { $agent } trabaja con él
provider-checking = Preguntando a { $provider } …
provider-key-question = Pega una clave de { $provider }. Se guarda, cifrada, en cuanto { $provider } la admite.
provider-key-label = Clave
provider-key-made = Una clave se crea aquí:
model-server-question = ¿Dónde está tu servidor de modelos ({ $provider })?
model-server-label = Dirección
model-server-asking = Preguntando a { $address } qué modelos tiene …
model-server-key-question = { $address } pide una clave.
row-provider-waits = Esperando a { $provider }
row-provider-kept = Guardado, cifrado
providers-token = Con un token de acceso no se conecta nada: lo hace quien inició sesión con un código, o en un navegador.
provider-takes-place = { $what } está conectado. Lo que conectes ahora ocupa su lugar; para tener los dos, dale un nombre al nuevo: crewmesh connect { $name } --label NOMBRE
provider-code-away = { $what } Se vuelve a preguntar; el código sigue valiendo.
connected-not-taken = { $said } ({ $agent } no trabaja con él)
