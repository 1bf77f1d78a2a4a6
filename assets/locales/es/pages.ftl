# pages

## Found on every page
page-host-local = este ordenador
page-nav-label = Tu cuenta
page-nav-meshes = Mallas
page-nav-machines = Máquinas
page-nav-providers = Cuentas de IA
page-nav-sessions = Sesiones
page-nav-tokens = Tokens
page-sign-out = Cerrar sesión
page-signed-in-as = Has iniciado sesión como { $name }.
page-command-label = Orden para la terminal
page-continue = Continuar
page-cancel = Cancelar
page-change = Cambiar
page-change-named = Cambiar { $name }
page-save = Guardar
page-optional = (opcional)
page-skip = Ir al contenido
page-copy = Copiar
page-copied = Copiado
page-copy-marked = Ya está marcado: cópialo con el teclado
page-home = Ir a la primera página
page-ago-now = ahora mismo
page-ago-minutes = { $count ->
    [one] hace 1 minuto
   *[other] hace { $count } minutos
}
page-ago-hours = { $count ->
    [one] hace 1 hora
   *[other] hace { $count } horas
}
page-ago-days = { $count ->
    [one] ayer
   *[other] hace { $count } días
}
page-in-minutes = { $count ->
    [one] dentro de 1 minuto
   *[other] dentro de { $count } minutos
}
page-in-hours = { $count ->
    [one] dentro de 1 hora
   *[other] dentro de { $count } horas
}
page-in-days = { $count ->
    [one] dentro de 1 día
   *[other] dentro de { $count } días
}
page-used = Último uso: { $when }
page-used-never = Aún sin usar
page-ends = Caduca { $when }
page-ends-never = No caduca nunca
page-left-minutes = { $count ->
    [one] Un minuto más o menos
   *[other] Unos { $count } minutos
}
page-left-seconds = Menos de un minuto

## First page
page-landing-title = Tus máquinas y tus agentes de código, en una malla
page-landing-text = crewmesh inicia tu sesión desde una terminal, añade esa máquina a tu malla y arranca allí tu agente de código, en tu nombre.
page-landing-how = Esta es una de sus instancias. Para empezar, escribe esto en cualquier máquina:
page-landing-local = Esta es la instancia que vive dentro de tu crewmesh. Tiene una sola cuenta, la tuya, y ninguna contraseña. Para empezar, escribe esto en una terminal:

## Entering the code
page-enter-title = Escribe el código
page-enter-text = Tu terminal muestra ocho letras. Da igual si van en mayúsculas o sin el guion.
page-enter-fault = Eso no es un código. Tiene ocho letras, como el de tu terminal.
page-code = Código
page-enter-local = Esta instancia vive dentro de crewmesh, en el ordenador cuya terminal muestra el código. Pulsa allí una de estas teclas:
page-enter-local-a = aprobar en la propia terminal
page-enter-local-o = abrir aquí, en el navegador, la página que puede aprobar
page-enter-local-why = Aquí un código por sí solo no aprueba nada: cualquiera que use este ordenador puede llegar a esta página.

## The card
page-card-title = ¿Iniciar sesión en este dispositivo?
page-card-compare = Tu terminal debe mostrar exactamente este código.
page-card-words = La terminal muestra las mismas dos palabras: { $words }
page-card-device = Dispositivo
page-card-device-own = como se llama a sí mismo
page-card-device-unnamed = sin nombre
page-card-system = Sistema
page-card-system-unknown = no lo ha dicho
page-card-address = Dirección
page-card-address-unknown = desconocida
page-card-address-same = la misma que la de este navegador
page-card-address-other = distinta de la de este navegador
page-card-address-here = este ordenador
page-card-address-there = el ordenador que sirve esta página
page-card-left = Caduca en
page-card-account = Cuenta
page-card-joins = Te unes a
page-card-joins-member = como miembro, en cuanto apruebes
page-card-joins-admin = para administrarla, en cuanto apruebes
page-card-joins-already = ya estás en ella
page-card-joins-ended = la invitación ha terminado: esto solo inicia sesión
page-card-joins-gone = una malla que ya no existe
page-done-joined = { $device } ha iniciado sesión como { $name }, y ya eres miembro de { $mesh }. Puedes cerrar su sesión cuando quieras.
page-done-not-joined = { $device } ha iniciado sesión como { $name }. Su invitación ya no deja entrar a nadie, así que no te has unido a nada.
page-invite-code = Tu terminal muestra el código { $code }. Inicia sesión o crea una cuenta, aprueba el código en la página siguiente y ya estarás dentro.
page-may = Podrá
page-may-also = También podrá: { $what }
page-card-warning = Aprueba solo si lo has empezado tú en un dispositivo tuyo.
page-card-other-account = Usar otra cuenta
page-approve = Aprobar
page-deny = Rechazar

## What became of it
page-done-title = Listo
page-done-text = Vuelve a tu terminal.
page-done-detail = { $device } ha iniciado sesión como { $name }. Puedes cerrarla cuando quieras.
page-done-device = El dispositivo
page-done-sessions = Ver tus sesiones
page-denied-title = Rechazado
page-denied-text = Nadie ha iniciado sesión. La terminal ya lo sabe.
page-denied-detail = Si no lo has empezado tú, puede que alguien te haya enviado su código. Puedes cerrar esta página.
page-expired-title = Este código ha caducado
page-expired-text = Un código dura diez minutos. Pide otro en tu terminal.
page-settled-title = Ya tiene respuesta
page-settled-text = Este código ya se aprobó o se rechazó. Un código sirve una sola vez.
page-unknown-title = No existe ese código
page-unknown-text = Compáralo con tu terminal, letra por letra, e inténtalo otra vez.
page-enter-another = Escribir otro código
page-card-slow = Demasiados códigos equivocados
page-card-slow-text = Para que nadie pueda adivinar, durante un rato no se busca ningún código. Vuelve a intentarlo { $when }.
page-ticket-title = Este enlace no abre este código
page-ticket-text = Pulsa o en la terminal que muestra el código: abrirá la página correcta.

## Signing in and up
page-login-title = Iniciar sesión
page-login-button = Iniciar sesión
page-login-link = Ya tengo una cuenta
page-login-purpose-code = para responder al código { $code }
page-login-purpose-invite = para usar tu invitación
page-login-fault = Ese correo y esa contraseña no van juntos. Inténtalo otra vez.
page-login-slow = Demasiados intentos con esta cuenta. Espera un minuto y vuelve a intentarlo.
page-register-title = Crear una cuenta
page-register-button = Crear la cuenta
page-register-link = Crear una cuenta
page-register-closed-title = Aquí las cuentas se crean por invitación
page-register-closed-text = Abre el enlace de invitación que te enviaron, o pide uno a quien lleva esta instancia.
page-register-shut-title = Aquí no hay cuentas nuevas
page-register-shut-text = Quien lleva esta instancia la ha cerrado a cuentas nuevas.
page-register-taken = Ya hay una cuenta con este correo. Inicia sesión con ella.
page-register-slow = Demasiadas cuentas nuevas desde tu red. Espera un minuto y vuelve a intentarlo.
page-name = Tu nombre
page-name-why = Como lo verá tu equipo.
page-name-fault = Tu nombre necesita al menos un carácter visible y, como mucho, 100.
page-email = Correo electrónico
page-email-fault = Esto no parece una dirección de correo.
page-password = Contraseña
page-password-why = Al menos { $shortest } caracteres. Unas cuantas palabras que recuerdes son mejores que una con signos.
page-password-short = Esta contraseña es demasiado corta. Necesita al menos { $shortest } caracteres.
page-password-long = Esta contraseña es demasiado larga.
page-password-simple = Esta contraseña es tu correo o tu nombre. Elige una que no se pueda adivinar.
page-busy-title = Mucha gente a la vez
page-busy-text = Muchas personas están iniciando sesión en este momento. Espera unos segundos y vuelve a intentarlo.

## Invites
page-invite-title = Invitación
page-invite-from = { $inviter } te invita a
page-invite-text = Una malla es un grupo de personas, con sus máquinas y sus agentes de código, que trabajan juntos.
page-invite-role = Entras como
page-invite-members = Personas
page-invite-ends = Caduca
page-invite-terminal = En una terminal
page-invite-accept = Unirme como { $name }
page-invite-login = Iniciar sesión y unirme aquí
page-invite-unknown-title = No existe esa invitación
page-invite-unknown-text = Puede que al enlace le falte una parte. Pide que te lo envíen otra vez.
page-invite-gone-title = Esta invitación ya no vale
page-invite-gone-text = Se agotó, se retiró o se le pasó el plazo. Pide una nueva.
page-joined-title = Ya estás dentro
page-joined-text = Formas parte de { $mesh }.
page-joined-detail = Escribe crewmesh en una máquina tuya para añadirla.
page-see-meshes = Ver tus mallas
page-role-admin = Administra
page-role-member = Miembro

## Settings
page-tokens-title = Tokens de acceso
page-tokens-text = Para scripts y máquinas que no pueden esperar una aprobación. Cada uno actúa en tu nombre: no se lo des a nadie.
page-tokens-none = Aún no hay tokens.
page-tokens-new = Crear un token
page-token-name = ¿Para qué es?
page-token-name-fault = Ponle un nombre al token, para poder reconocerlo.
page-token-expiry = ¿Cuándo caduca?
page-token-30 = 30 días
page-token-90 = 90 días
page-token-365 = 1 año
page-token-never = Nunca
page-token-never-warning = Un token que no caduca le sirve a quien lo encuentre, hasta que lo revoques aquí. Elígelo solo si te vas a acordar.
page-token-make = Crear el token
page-token-made-title = Tu nuevo token
page-token-made-text = Es la única vez que se muestra «{ $name }». Cópialo ahora y guárdalo como una contraseña.
page-token-made-how = Para usarlo, ejecuta esto y pega el token
page-token-label = Token
page-token-kept = Ya lo he guardado
page-token-everything = Puede hacer todo lo que puedes tú
page-token-scopes = ¿Qué podrá hacer?
page-token-scopes-all = todo lo que puedes tú, si aquí no quitas nada
page-token-scope-fault = Un token que no puede hacer nada no sirve. Déjale algo.
page-token-made-warning = Quien lo tenga actúa en tu nombre.
page-token-revoke-why = Lo que lo use dejará de poder entrar. No se puede deshacer.
page-revoke = Revocar
page-revoke-named = Revocar { $name }
page-sessions-title = Sesiones
page-sessions-text = Todo lo que tiene la sesión iniciada en tu nombre. Lo que revoques se cierra al momento.
page-sessions-terminals = Terminales
page-sessions-browsers = Navegadores
page-sessions-none = Ninguna terminal tiene la sesión iniciada.
page-sessions-agent = Agente de código
page-sessions-this = Este
page-sessions-browser-unknown = Un navegador
page-sessions-end = Cerrar sesión en todas partes
page-sessions-end-why = En todas las terminales y navegadores, también en este. Los tokens de acceso siguen sirviendo.
page-sessions-ended-title = Sesión cerrada en todas partes
page-sessions-ended-text = Ya nada tiene la sesión iniciada en tu nombre, salvo los tokens de acceso.
page-password-title = Cambiar la contraseña
page-password-text = Se cerrará la sesión en todas las terminales y navegadores, también en este. Los tokens de acceso siguen sirviendo.
page-password-current = Contraseña actual
page-password-new = Contraseña nueva
page-password-button = Cambiar la contraseña
page-password-wrong = Esa no es tu contraseña actual.
page-password-done-title = Contraseña cambiada
page-password-done-text = Inicia sesión con la nueva. Las terminales también tendrán que hacerlo.

## Lists
page-meshes-title = Tus mallas
page-meshes-none = Aún no estás en ninguna malla.
page-meshes-new = Crea una desde una terminal
page-meshes-example = Equipo de plataforma
page-mesh-members = { $count ->
    [one] 1 persona
   *[other] { $count } personas
}
page-machines-title = Tus máquinas
page-machines-text = Máquinas que has añadido a una malla.
page-machines-none = Aún no hay máquinas.
page-machines-new = Para añadir una máquina, escribe esto en ella
page-machine-nowhere = sin lugar
page-list-more = Más
page-list-start = Primera página
page-machine-place = Dónde está
page-machine-place-why = Una zona como DE o US-CAL-CISO, o el nombre de un país. Cuenta desde ahora.
page-machine-place-fault = No hay ningún lugar con ese nombre. Escribe una zona como DE o el nombre de un país.
page-machine-remove = Olvidarla
page-machine-remove-why = Lo que se olvida sale de esta lista. La máquina sigue con la sesión iniciada: ciérrala en Sesiones.

# AI accounts
page-providers-title = Tus cuentas de IA
page-providers-text = Lo que conectaste para iniciar agentes. Cada clave se guarda sellada y solo se da a una máquina tuya que inicia un agente.
page-providers-none = Todavía no hay nada conectado.
page-providers-new = Conectar una
page-providers-terminal = En un terminal
page-providers-terminal-why = Con un plan, con el programa del proveedor, o un servidor de modelos tuyo:
page-provider-sign-in = Iniciar sesión en { $provider }
page-provider-sign-in-why = Inicias sesión allí y no se copia ninguna clave.
page-provider-sign-in-code = Iniciar sesión en { $provider } con un código
page-provider-or = o con una clave
page-provider-which = Proveedor
page-provider-key = Clave de acceso (API)
page-provider-key-why = Antes de guardarla se pregunta al proveedor si vale.
page-provider-label = Cómo la llamas, si hay más de una
page-provider-connect = Conectarla
page-providers-full = Tienes tantas como caben. Olvida antes una.
page-flow-title = Iniciar sesión en { $provider }
page-flow-text = Abre { $provider } y escribe allí este código.
page-flow-open = Abrir { $provider }
page-flow-waits = Esperando a { $provider }
page-flow-trouble = { $provider } no responde como debería; se le pregunta de nuevo
page-flow-connected = { $name } está conectada
page-flow-over = Se conectó, y se olvidó después
page-flow-denied = El inicio de sesión fue rechazado en { $provider }; no se guardó nada
page-flow-expired = El código caducó antes de que alguien entrara; no se guardó nada
page-flow-failed = { $provider } ya no conoce el código; no se guardó nada
page-flow-stop = Detener
page-flow-again = Pedir otro código
page-redirect-text = Sigues en { $provider } para iniciar sesión y vuelves aquí.
page-redirect-place = { $name } ya está conectada, y aquello con lo que inicies sesión ocupará su lugar. Para tener ambas, vuelve y dale un nombre.
page-redirect-go = Seguir en { $host }
page-redirect-scope = Lo que se pide allí: { $scope }
page-redirect-none = Desde aquí ya no se puede iniciar sesión en { $provider }.
page-redirect-unknown = No se conectó nada: este inicio de sesión en { $provider } ya se usó, tardó demasiado o empezó en otro navegador. Empieza de nuevo.
page-provider-verified = Aceptada al conectarla
page-provider-poor = Allí no queda saldo
page-provider-down = No respondió la última vez que se le preguntó
page-provider-shared = Los miembros de { $meshes } inician agentes con él
page-provider-revoked = El proveedor ya no la admite: conéctala de nuevo
page-provider-unverified = Sin comprobar
page-provider-used = { $count ->
    [0] Ningún agente se inició con ella en 30 días
    [one] Prestada a un agente una vez en 30 días
   *[other] Prestada a agentes { $count } veces en 30 días
}
page-provider-forget = Olvidar
page-provider-forget-named = Olvidar { $name }
page-provider-forget-why = Desde entonces no se da a ninguna máquina; la que ya la tiene puede usarla durante 12 horas.
page-provider-still-good = La clave en sí sigue siendo buena hasta que la anules aquí:

## When something is wrong
page-missing-title = Aquí no hay nada
page-missing-text = No hay ninguna página en esta dirección.
page-stale-title = Esta página era demasiado antigua
page-stale-text = Llevaba demasiado tiempo abierta, o las cookies están desactivadas. No se ha cambiado nada. Ábrela de nuevo e inténtalo otra vez.
page-foreign-title = No se ha aceptado
page-foreign-text = Esto venía de otro sitio, así que no se ha hecho nada. Abre la página aquí e inténtalo otra vez.
page-slow-title = Demasiado rápido
page-slow-text = Espera un momento y vuelve a intentarlo.
page-away-title = No disponible en este momento
page-away-text = Esta instancia no llega a su base de datos. Volverá por sí sola; inténtalo otra vez dentro de un momento.
page-fault-title = Algo ha fallado aquí
page-fault-text = No es culpa tuya y no se ha cambiado nada. Inténtalo otra vez dentro de un momento.
trouble-passwords-busy = Muchas personas están iniciando sesión en este momento. Inténtalo otra vez dentro de unos segundos.

## Starting and running an instance
server-database-unusable = No se puede usar la base de datos de la instancia en { $path }: { $why }
server-database-malformed = La base de datos no es ni un archivo de SQLite ni una dirección que empiece por postgres://
server-database-address = La dirección de la base de datos no tiene sentido.
server-database-hint = Escribe postgres://USUARIO:CONTRASEÑA@HOST/NOMBRE; / # ? % @ en USUARIO y CONTRASEÑA se escriben %2F %23 %3F %25 %40.
server-key-malformed = La clave de la instancia no son 64 dígitos hexadecimales.
server-vault-keys-twice = Se da CREWMESH_VAULT_KEYS y { $path } también tiene claves: deja una de las dos cosas.
server-vault-unreadable = Las claves de la bóveda en { $path } no se pueden usar: { $why }
server-vault-key-missing = Lo que abre las cuentas de los proveedores de IA se selló con una clave que no está aquí.
server-vault-key-missing-hint = Devuélvela a su sitio: el archivo junto a la base de datos que acaba en .vault, o CREWMESH_VAULT_KEYS.
server-vault-keys-malformed = { $place } no es una lista de claves: 64 dígitos hexadecimales cada una.
server-key-mismatch = La base de datos de la instancia se creó con otra clave.
server-key-mismatch-hint = Indica la clave con la que se creó, en instance.key junto a ella o en CREWMESH_INSTANCE_KEY.
server-key-unreadable = No se puede leer ni crear la clave de la instancia en { $path }: { $why }
server-listen-failed = No se puede escuchar en { $address }: { $why }
server-listen-denied-hint = Los puertos por debajo de 1024 son del sistema: da uno más alto o deja que el sistema te ceda este.
server-listen-taken = Otro programa ya escucha en { $address }.
server-listen-taken-hint = Detenlo o da otra dirección con --listen o --metrics-listen, por ejemplo 127.0.0.1:8080
server-needs-https = Una instancia en { $address } dejaría los inicios de sesión a la vista de toda la red.
server-needs-https-hint = Indica --public-url https://… del proxy que tiene delante, o --insecure-http para servirla de todos modos.
server-no-network = Este equipo no tiene ninguna dirección de red a la que pueda llegar un teléfono.
server-postgres-unusable = No se puede usar PostgreSQL en { $place }: { $why }
server-postgres-pooler = Ante PostgreSQL en { $place } hay un pooler en modo transacción: da a cada transacción otra conexión.
server-postgres-pooler-hint = Pon allí pool_mode = session, o indica la base de datos misma.
server-key-required = Una instancia sobre PostgreSQL necesita su clave en CREWMESH_INSTANCE_KEY.
server-key-required-hint = Crea una con `openssl rand -hex 32`, guárdala bien y da la misma a todos los nodos.
server-code-unknown = No existe ese código de inicio de sesión.
server-code-settled = Ese inicio de sesión ya se aprobó o se denegó.
server-code-expired = Ese código de inicio de sesión ha caducado.
server-public-url-malformed = { $url } no es una dirección pública: esquema, host y puerto, sin ruta.

# Una malla
page-nav-audit = Actividad
page-nav-people = Personas
page-nav-services = Clientes de servicio
page-meshes-create = Crear una malla
page-mesh-name = Nombre
page-mesh-create = Crear
page-mesh-name-fault = Un nombre tiene de 1 a 100 caracteres.
page-mesh-name-taken = Ese nombre está ocupado. Elige otro.
page-mesh-people = Miembros
page-mesh-admins-only = Eso solo puede hacerlo quien administra esta malla.
page-mesh-last-admin = Una malla conserva al menos a alguien que la administre. Nombra antes a otra persona.
page-mesh-leave = Salir
page-mesh-leave-why = Quien sale necesita otra invitación para volver.
page-mesh-itself = La malla en sí
page-mesh-rename = Cambiar el nombre
page-mesh-rename-why = Su nombre corto, { $slug }, no cambia: enlaces y ajustes se guían por él.
page-mesh-delete = Borrar esta malla
page-mesh-delete-why = Se acaba para todas las personas que están en ella, con todas sus invitaciones. No se puede deshacer.
page-mesh-delete-type = Para confirmarlo, escribe { $slug }
page-mesh-delete-fault = No se ha borrado nada: lo que escribiste no es el nombre corto de esta malla.
page-peers-title = Trabajando ahora
page-peers-count = { $count ->
    [0] Aquí no trabaja nadie
    [one] 1 trabajando
   *[other] { $count } trabajando
}
page-peers-launch = Inicia aquí tu agente de código desde una terminal:
page-peers-mcp = O da esta dirección a cualquier programa que hable MCP:
page-peer-idle = libre
page-peer-working = trabajando
page-peer-waiting = esperando
page-peer-on = en { $machine }
page-peer-since = empezó { $when }
page-peer-came = { $name } trabaja aquí ahora.
page-peer-does = { $name }: { $status }.
page-peer-at = { $name }: { $status }, { $summary }.
page-peer-gone = { $name } ya no trabaja aquí.
page-tasks-title = Tareas
page-tasks-count = { $count ->
    [one] 1 tarea
   *[other] { $count } tareas
}
page-task-open = libre
page-task-claimed = la tiene { $holder }
page-task-came = Nueva tarea { $number }: { $title }.
page-task-now = Tarea { $number }: { $stands }.
page-task-gone = La tarea { $number } ya no está abierta.
page-list-rest = { $count ->
    [one] y 1 más
   *[other] y { $count } más
}
page-live = En vivo
page-live-many = Han cambiado varias cosas.
page-live-ended = Esta página ya no cambia sola. Vuelve a cargarla.
page-reload = Recargar
page-member-promote = Que administre
page-member-promote-named = Hacer que { $name } administre
page-member-demote = Solo miembro
page-member-demote-named = Dejar a { $name } solo como miembro
page-member-remove = Quitar
page-member-remove-named = Quitar a { $name }
page-member-service = un cliente de servicio
page-member-remove-why = Quien sale necesita otra invitación para volver. { $name } conserva su cuenta.
page-member-invites-end = { $count ->
    [one] La invitación abierta de { $name } también termina, igual que la de quien queda solo como miembro.
   *[other] Las { $count } invitaciones abiertas de { $name } también terminan, igual que las de quien queda solo como miembro.
}
page-mesh-invites = Invitaciones abiertas
page-mesh-invites-none = No hay ninguna invitación abierta.
page-invite-new = Invitar a alguien
page-invite-uses = { $uses } de { $most } usadas
page-invite-by = de { $name }
page-invite-take-back = Retirar
page-invite-permission = Qué podrá hacer
page-invite-how-many = Cuántas personas
page-invite-days = Días de validez
page-invite-make = Crear una invitación
page-invite-fault = Una invitación vale para 1 a 1000 personas y de 1 a 365 días.
page-invite-made = La invitación está lista
page-invite-made-text = Envía este enlace a quien deba unirse.
page-invite-link = Enlace de invitación
page-invite-anybody = Quien tenga el enlace
page-invite-email = Enviarla por correo a
page-invite-email-why = El enlace se envía a esta dirección. Quien lo tenga podrá unirse.
page-invite-email-none = Esta instancia no envía correo: se anota la dirección y el enlace lo pasas tú.
page-invite-made-mailed = El enlace va de camino a { $email }.
page-invite-made-unmailed = No se ha enviado ningún correo a { $email }, porque esta instancia no los envía. Pasa tú este enlace.
page-invite-made-failed = No se ha podido enviar el correo a { $email }. Pasa tú este enlace.
page-invite-made-once = Solo se muestra ahora.

# Actividad
page-audit-title = Tu actividad
page-audit-text = Lo que se hizo en tu nombre, lo último primero.
page-audit-everybody = Actividad de todas las personas
page-audit-everybody-text = Lo que se hizo en esta instancia, lo último primero.
page-audit-none = Nada todavía.
page-audit-nobody = nadie con la sesión iniciada
page-scope-profile-read = Ver de quién es
page-scope-mesh-read = Ver mallas
page-scope-mesh-write = Crear mallas, unirse a ellas y cambiarlas
page-scope-invite-create = Invitar a personas
page-scope-machine-read = Ver máquinas
page-scope-machine-write = Añadir y cambiar máquinas
page-scope-presence-write = Mostrar que un agente está trabajando
page-scope-provider-use = Ver tus claves de IA
page-scope-token-manage = Ver sesiones y tokens
page-scope-token-introspect = Preguntar si un token es válido
page-scope-admin = Administrar la instancia
page-did-device-approved = Aprobó un dispositivo
page-did-device-denied = Denegó un dispositivo
page-did-session-created = Inició sesión en una terminal
page-did-session-revoked = Cerró sesión en una terminal
page-did-pat-created = Creó un token de acceso
page-did-pat-revoked = Revocó un token de acceso
page-did-code-approved = Dejó entrar a un programa
page-did-code-denied = Rechazó a un programa
page-did-code-repeated = Un código se usó dos veces: se cerró la sesión del programa
page-did-refresh-repeated = Un token de renovación se usó dos veces: se cerró la sesión del programa
page-did-upstream-connected = Conectó otra forma de iniciar sesión
page-did-upstream-disconnected = Desconectó una forma de iniciar sesión
page-did-web-login = Inició sesión en un navegador
page-did-web-failed = Contraseña incorrecta
page-did-password-changed = Cambió la contraseña
page-did-password-link = Se creó un enlace para una contraseña perdida
page-did-mesh-created = Creó una malla
page-did-mesh-renamed = Cambió el nombre de una malla
page-did-mesh-removed = Borró una malla
page-did-mesh-left = Salió de una malla
page-did-member-added = Puso a alguien en una malla
page-did-member-changed = Cambió lo que puede hacer un miembro
page-did-member-removed = Quitó a un miembro
page-did-member-blocked = Bloqueó a un miembro
page-did-member-unblocked = Dejó de bloquear a un miembro
page-did-peer-began = Inició un agente en una malla
page-did-peer-ended = Terminó un agente en una malla
page-did-task-created = Creó una tarea
page-did-task-claimed = Asumió una tarea
page-did-task-finished = Terminó una tarea
page-did-task-dropped = Abandonó una tarea
page-did-invite-created = Creó una invitación
page-did-invite-accepted = Entró con una invitación
page-did-invite-revoked = Retiró una invitación
page-did-machine-registered = Añadió una máquina
page-did-machine-changed = Cambió una máquina
page-did-machine-removed = Olvidó una máquina
page-did-provider-connected = Conectó un proveedor
page-did-provider-disconnected = Desconectó un proveedor
page-did-provider-leased = Inició un agente con un proveedor
page-did-provider-revoked = Dejó de ser admitido por un proveedor
page-did-provider-shared = Dejó que una malla use un proveedor
page-did-provider-unshared = Terminó el uso de un proveedor en una malla
page-did-vault-key-rotated = Selló con una clave nueva lo que abre las cuentas de IA
page-did-service-created = Creó un cliente de servicio
page-did-service-revoked = Revocó un cliente de servicio
page-did-service-token-created = Inició sesión como cliente de servicio
page-did-service-token-revoked = Renunció a un token de servicio
page-via-web = en un navegador
page-via-session = desde una terminal
page-via-agent = por un agente de código iniciado en una terminal
page-via-pat = con un token de acceso
page-via-mcp = como agente de código
page-via-service = por un cliente de servicio
page-via-client = por el propio programa
page-via-ticket = por el enlace del propietario
page-via-terminal = en la propia terminal
page-via-mail = con un enlace para una contraseña perdida
page-people-title = Personas
page-people-text = Todas las personas con cuenta en esta instancia.
page-people-admin = La administra
page-people-since = Llegó { $when }
page-reset-title = Elige una contraseña nueva
page-reset-text = Para { $email }. Se cerrará la sesión en todas las terminales y navegadores; los tokens de acceso siguen sirviendo.
page-reset-ended-title = Este enlace ya no sirve
page-reset-ended-text = Se usó ya o es demasiado antiguo. Pide otro a quien administra la instancia.
page-reset-ended-again = Ya se usó o es demasiado antiguo. Pide otro.
page-forgot-link = He olvidado la contraseña
page-forgot-title = Contraseña perdida
page-forgot-text = Te enviamos por correo un enlace para poner una nueva.
page-forgot-button = Enviar el enlace
page-forgot-sent-title = Mira tu correo
page-forgot-sent-text = Si { $email } tiene una cuenta aquí, el enlace va de camino.
page-forgot-sent-detail = Sirve una vez, durante { $minutes } minutos. ¿No llega? Mira en el correo no deseado o pregunta a quien lleva la instancia.
server-tls-unusable = El certificado o la clave de { $path } no se puede usar: { $why }
server-tls-unusable-hint = Da a --tls-cert y --tls-key dos archivos PEM que vayan juntos.
server-needs-public-url = Un certificado vale para un nombre: da --public-url https://… con el que usa la gente.
server-smtp-malformed = La dirección del servidor de correo no tiene sentido.
server-smtp-from-malformed = La dirección de la que salen las invitaciones no tiene sentido.
server-smtp-in-the-clear = Ese servidor de correo recibiría la contraseña y las invitaciones sin cifrar.
server-smtp-hint = Escribe smtps://USUARIO:CONTRASEÑA@HOST o smtp://USUARIO:CONTRASEÑA@HOST:587?tls=required. En USUARIO y CONTRASEÑA, / # ? % @ se escriben %2F %23 %3F %25 %40.
mail-subject = { $inviter } te invita a { $mesh }
mail-invite = { $inviter } te invita a la malla «{ $mesh }». Abre este enlace para unirte ({ $days } días):
mail-once = El enlace deja entrar a quien lo tenga. Si no conoces a { $inviter }, no lo uses.
mail-reset-subject = Una contraseña nueva para { $host }
mail-reset = Alguien, seguramente tú, ha pedido una contraseña nueva en { $host }. Abre este enlace para elegirla ({ $minutes } minutos):
mail-reset-once = El enlace sirve una vez. Si no has sido tú, no hagas nada: no ha cambiado nada.

# Clientes de servicio
page-services-title = Clientes de servicio
page-services-text = Programas que inician sesión por sí mismos, sin ninguna persona. Cada uno está en las mallas donde se le puso y puede hacer lo que se le dio.
page-services-none = Aún no hay clientes de servicio.
page-service-nowhere = en ninguna malla
page-service-in = en { $meshes }
page-service-put = Ponerlo en otra malla
page-service-put-button = Ponerlo
page-service-take = Sacarlo de { $mesh }
page-service-revoke-why = Lo que se revoca deja de entrar al momento, con todos los tokens que tenga. No se puede deshacer.
page-service-new = Crear un cliente de servicio
page-service-name = ¿Para qué es?
page-service-name-fault = Ponle un nombre de 1 a 100 caracteres, para poder reconocerlo.
page-service-example = Compilación nocturna
page-service-scopes = ¿Qué podrá hacer?
page-service-scope-fault = Algo tiene que poder hacer. Marca lo que necesite.
page-service-meshes = ¿En cuáles de tus mallas?
page-service-redirects = Adónde puede devolver a las personas
page-service-redirects-why = Solo para programas en los que las personas inician sesión con el navegador. Separa varias direcciones con espacios.
page-service-redirects-fault = Puede tener como mucho 10 direcciones.
page-service-redirect-fault = { $uri } no es una dirección a la que enviar un navegador. Tiene que ser https, http solo en este equipo, o un esquema propio del programa con un punto, y sin nada después de #.
page-service-make = Crear el cliente de servicio
page-service-made-title = Tu nuevo cliente de servicio
page-service-made-text = Es la única vez que se muestra el secreto de «{ $name }». Copia ahora las dos líneas y guárdalas como una contraseña.
page-service-made-warning = Quien las tenga inicia sesión como este programa, hasta que lo revoques.
page-service-made-how = Con las dos en su entorno, crewmesh inicia sesión por sí solo. Cualquier otro programa pide con ellas un token (credenciales de cliente de OAuth).
page-service-label = Identificador y secreto
page-recent-why = Lo que se crea aquí sigue funcionando sin ti, así que hace falta haber iniciado sesión en la última media hora.
page-recent-button = Volver a iniciar sesión

# A program asks
page-consent-title = ¿Dejar entrar a { $client } en tu nombre?
page-consent-text = Te ha traído aquí un programa que quiere trabajar en esta instancia como si fueras tú.
page-consent-client = Programa
page-consent-registered = registrado en esta instancia
page-consent-says = así se llama a sí mismo el programa; aquí nadie lo conoce
page-consent-vouched = así se llama a sí mismo el programa; responde por él { $host }
page-consent-unregistered = sin registrar aquí
page-consent-back = Vuelve a
page-consent-back-here = un programa de este ordenador
page-consent-back-there = un sitio web
page-consent-back-app = una aplicación de este dispositivo
page-consent-warning = Permítelo solo si lo has empezado tú, ahora mismo.
page-allow = Permitir
page-login-purpose-consent = para responder al programa que te ha traído aquí
page-consent-client-title = Aquí no se conoce ese programa
page-consent-client-text = El programa que te ha traído aquí usa un nombre que esta instancia no conoce. No se le ha dicho nada. Si lo has escrito tú, regístralo antes aquí.
page-consent-address-title = Esto llevaría a otra parte
page-consent-address-text = El programa que te ha traído aquí quiere la respuesta en una dirección que no es la suya. No se ha enviado nada.
page-consent-local-title = En esta instancia, no
page-consent-local-text = Esta es la instancia que va dentro de tu propio crewmesh: en sus páginas no se inicia sesión, así que aquí no se puede dejar entrar a ningún programa. Para eso está el código: crewmesh login.

# Entrar por otro sitio
page-up-continue = Continuar con { $upstream }
page-up-or = o con una contraseña
page-up-again = Intentarlo otra vez
page-up-other-ways = Otras formas de entrar
page-up-cancelled-title = Te has echado atrás
page-up-cancelled-text = No has seguido en { $upstream }. No ha cambiado nada.
page-up-away-title = Sin respuesta
page-up-away-text = { $upstream } no responde en este momento. No es cosa tuya y no ha cambiado nada. Inténtalo dentro de un rato.
page-up-refused-title = No te han dejado pasar
page-up-refused-text = { $upstream } no ha dejado pasar esta entrada ({ $why }). Inténtalo otra vez; si no sirve, avisa a quien lleva esta instancia.
page-up-unfit-title = No has entrado
page-up-unfit-text = Lo que ha vuelto de { $upstream } no encaja con lo que se pidió, así que no se ha usado. Inténtalo otra vez; si no sirve, avisa a quien lleva esta instancia.
page-up-clocks-title = Los relojes no coinciden
page-up-clocks-text = { $upstream } ha respondido con una hora que no es la de ahora. Quien lleva esta instancia debería mirar su reloj.
page-up-late-title = Esta entrada ha caducado
page-up-late-text = Ha tardado más de diez minutos. No ha cambiado nada. Empieza otra vez: volverás a donde ibas.
page-up-unknown-title = Esta entrada no está abierta
page-up-unknown-text = Ya se usó o se empezó en otro navegador. No ha cambiado nada.
page-up-taken-title = Ya tienes una cuenta
page-up-taken-text = { $email } tiene una cuenta aquí. Entra en ella como siempre y conecta { $upstream } en «Formas de entrar».
page-up-stranger-title = ¿Es tu primera vez aquí?
page-up-stranger-text = Ninguna cuenta de aquí está conectada con { $label } en { $upstream }. Si tienes una, entra en ella como siempre y conecta { $upstream } en «Formas de entrar».
page-up-anothers-title = No se ha conectado
page-up-anothers-text = { $label } en { $upstream } está conectado con otra cuenta de aquí. Desconéctalo antes allí.
page-ways-title = Formas de entrar
page-ways-text = Cualquiera de ellas abre tu cuenta. Conserva al menos una.
page-ways-password = Con tu correo
page-ways-no-password = Todavía ninguna
page-ways-not-connected = Sin conectar
page-ways-connect = Conectar
page-ways-connect-named = Conectar { $upstream }
page-ways-disconnect = Desconectar
page-ways-disconnect-named = Desconectar { $upstream }
page-ways-last-title = Tu única forma de entrar
page-ways-last-text = Sin ella nadie podría entrar en tu cuenta, tampoco tú. Pon antes una contraseña o conecta otro sitio.
page-password-first-title = Poner una contraseña
page-password-again-title = Inicia sesión otra vez
page-password-again-text = La primera contraseña de una cuenta solo la pone quien acaba de iniciar sesión.
page-register-owner = Esta instancia era solo tuya hasta ahora. Con esto tu cuenta pasa a ser su primera administradora; tus mallas y tus máquinas siguen siendo tuyas.
server-upstreams-unreadable = { $path }, que dice por qué otros sitios se puede entrar, no se puede usar: { $why }
server-upstreams-hint = Es TOML: una tabla por sitio, [github] con client_id, o [nombre] con name, issuer y client_id.
server-upstream-slug = «{ $name }» no vale en una dirección: letras minúsculas, cifras y guiones.
server-upstream-address = { $url } no es una dirección https sin consulta.
server-upstream-secret = Falta el secreto de cliente de { $name }.
server-upstream-secret-hint = Dalo en { $variable } o nombra el archivo que lo contiene con client_secret_file.
# Planes
page-full-title = No queda sitio
page-full-meshes = El plan { $plan } tiene sitio para { $room } mallas propias.
page-full-members = Esta malla está en el plan { $plan }, que tiene sitio para { $room } miembros.
page-full-machines = El plan { $plan } tiene sitio para { $room } máquinas.
page-full-needed = El plan { $needed } tiene sitio para más: pídeselo a quien administra esta instancia.
page-full-none = Ningún plan de esta instancia tiene sitio para más.
page-service-made-full = Una malla de las que elegiste no tenía sitio, así que no está en ella.
page-people-plan = plan { $plan }
page-people-plan-label = Plan
page-people-promote = Que administre la instancia
page-people-promote-why = Verá todas las cuentas y toda la actividad, y podrá crear clientes de servicio. Para hacerlo desde sus terminales tendrá que iniciar sesión otra vez.
page-people-demote = Que deje de administrar
page-people-demote-why = Conserva su cuenta, sus mallas y todo lo demás.
page-people-last = Una instancia conserva a alguien que la administre. Nombra antes a otra persona.
page-people-recent = Para cambiar lo que puede hacer cada persona, vuelve a iniciar sesión: hace falta haberlo hecho en la última media hora.
page-did-admin-given = Hizo que alguien administrara la instancia
page-did-admin-taken = Hizo que alguien dejara de administrarla
page-did-plan-changed = Cambió el plan de alguien

# A second factor
page-second-title = Segundo factor
page-second-short = Un código de una aplicación, después de todo lo demás
page-second-text = Quien averigüe tu contraseña seguirá sin poder entrar: una aplicación en tu teléfono genera un código que también se pide.
page-second-required = Esta instancia se lo pide a todo el mundo. Configura el tuyo para continuar.
page-second-recent = Para configurar uno, inicia sesión otra vez: hace falta una sesión iniciada en la última media hora.
page-second-set-up = Configurarlo
page-second-there = Al iniciar sesión se te pide un código de tu aplicación. Configurado { $when }.
page-second-app = Aplicación de autenticación
page-second-app-text = Genera un código cada 30 segundos
page-second-remove = Quitar
page-second-remove-named = Quitar el segundo factor
page-second-remove-why = Desde entonces basta con tu contraseña, o con lo que uses para entrar. Sus códigos de recuperación terminan con él.
page-second-remove-required = Justo después configuras otro: esta instancia se lo pide a todo el mundo. Sus códigos de recuperación terminan con él.
page-second-app-title = Configura tu aplicación
page-second-app-scan = Escanea esto con una aplicación de autenticación: tu gestor de contraseñas, o la que trae tu teléfono.
page-second-qr = Código QR para la aplicación de autenticación
page-second-app-here = La aplicación está en este dispositivo
page-second-app-spelled = O escribe esto en la aplicación:
page-second-app-code = Código que muestra la aplicación
page-second-app-fault = Ese no es el código que muestra ahora la aplicación. Espera al siguiente. Si sigue sin valer, mira el reloj de tu teléfono.
page-second-app-button = Activarlo
page-code-title = Un paso más
page-code-text = Tu cuenta tiene un segundo factor.
page-code-label = Código de tu aplicación
page-code-why = Seis cifras. Sin la aplicación, escribe un código de recuperación.
page-code-fault = Ese código no vale ahora. Cada uno vale una vez: espera al siguiente.
page-code-slow = Demasiados códigos equivocados. Espera un rato y vuelve a intentarlo.
page-code-ended-title = Este inicio de sesión ha terminado
page-code-ended-text = Hubo demasiados códigos equivocados, o pasaron más de cinco minutos. Empieza otra vez: volverás a donde ibas.
page-recovery-title = Códigos de recuperación
page-recovery-left = { $count ->
    [0] No queda ninguno
    [one] Queda 1
   *[other] Quedan { $count }
}
page-recovery-text = Con cada uno entras una vez sin tu aplicación. Guárdalos donde los encuentres sin tu teléfono.
page-recovery-warning = Solo se muestran ahora.
page-recovery-kept = Los he guardado
page-recovery-renew = Renovar
page-recovery-renew-named = Crear códigos nuevos
page-recovery-renew-why = Los que tienes terminan con eso.
page-did-second-set-up = Configuró un segundo factor
page-did-second-removed = Quitó el segundo factor
page-did-second-failed = Un código equivocado del segundo factor
page-did-second-taken = Quitó a alguien su segundo factor
page-did-recovery-made = Creó códigos de recuperación nuevos
page-did-recovery-used = Usó un código de recuperación
page-via-admin = por quien administra esta instancia
page-people-second-take = Quitarle el segundo factor
page-people-second-why = Para quien perdió la aplicación y los códigos de recuperación. Entrará sin código; su actividad lo dirá.
