# store

## The folder and its files
keep-no-home = No hay carpeta personal donde guardar una sesión
keep-no-home-hint = Define CREWMESH_HOME con una carpeta tuya, o CREWMESH_TOKEN para entrar sin guardar nada
keep-home-relative = CREWMESH_HOME es { $path }, que es otra carpeta en cada directorio.
keep-home-relative-hint = Escribe la ruta entera, desde /
keep-token-stays = El inicio de sesión sigue en { $path }: { $why }
keep-home-no-folder = { $path } no es una carpeta
keep-home-of-another = { $path } es de otra persona, así que ahí no se guarda ninguna sesión
keep-home-open-to-others = Otros pueden leer { $path } y ahí no se puede cambiar, así que no se guarda ninguna sesión
keep-home-refused-hint = Define CREWMESH_HOME con una carpeta tuya, o CREWMESH_TOKEN para seguir sin guardar nada
keep-home-repaired = Otros podían leer { $path } (modo { $mode }); ya no pueden
keep-file-repaired = Otros podían leer { $path } (modo { $mode }); ya no pueden
keep-file-open-to-others = { $path } tiene el modo { $mode } y no se puede cambiar. Vuelve a iniciar sesión si otros han entrado en esa carpeta
keep-disk-full = El disco está lleno: no se pudo escribir { $path }
keep-disk-full-hint = Libera espacio e inténtalo otra vez. Lo que estaba guardado sigue ahí
keep-read-only = No se puede escribir { $path }: su disco es de solo lectura
keep-denied = No se puede usar { $path }: permiso denegado
keep-file-fault = No se puede usar { $path }: { $what }
keep-auth-corrupt = { $path } está dañado (línea { $line }, columna { $column }) y no sirve para iniciar sesión. No se ha borrado nada
keep-auth-corrupt-hint = Abre crewmesh en una terminal para apartarlo e iniciar sesión de nuevo, o repáralo a mano
keep-auth-newer = { $path } es de una versión más nueva de crewmesh
keep-auth-newer-hint = Actualiza crewmesh aquí, o define CREWMESH_HOME con otra carpeta
keep-not-corrupt = { $file } ya se puede leer; no se ha apartado nada
keep-state-set-aside = No se pudieron leer las elecciones recordadas; se han apartado como { $name }
keep-because = respondió: { $what }

## Where a sign-in goes
keep-file-forced = CREWMESH_STORE pide un archivo
keep-store-unknown = CREWMESH_STORE es { $value }; puede ser file o keyring
keep-keyring-forced = CREWMESH_STORE pide el llavero, y { $because }
keep-keyring-none = aquí no hay ningún llavero en marcha
keep-keyring-no-answer = el llavero no responde
keep-keyring-no-collection = el llavero no tiene ninguna colección abierta: desbloquea o crea una
keep-keyring-is-locked = el llavero está bloqueado
keep-keyring-asks = el llavero pide permiso antes
keep-keyring-denied = el llavero dijo que no
keep-keyring-not-taken = La sesión no está en el llavero ({ $because })
keep-nothing-kept = No se guardó nada: { $because }; CREWMESH_STORE=file la guardaría en un archivo
keep-keyring-refused-hint = La sesión en { $instance } no se ha perdido: guárdala en un archivo o inténtalo otra vez
keep-keyring-locked = La sesión en { $instance } está en el llavero, y el llavero está bloqueado
keep-keyring-locked-hint = Desbloquea el llavero, o define CREWMESH_TOKEN
keep-keyring-asks-you = La sesión en { $instance } está en el llavero, que pide permiso, y aquí no hay a quién decírselo
keep-keyring-asks-you-hint = Ejecútalo en un terminal y di que sí al llavero, o define CREWMESH_TOKEN
keep-keyring-said-no = La sesión en { $instance } está en el llavero, y el llavero dijo que no
keep-keyring-said-no-hint = Di que sí cuando el llavero pregunte, o inicia sesión otra vez y guárdala en un archivo
keep-keyring-closed = La sesión en { $instance } está en un llavero que no está abierto
keep-keyring-closed-hint = Desbloquea el llavero o abre su base de datos, o define CREWMESH_TOKEN
keep-keyring-absent = La sesión en { $instance } está en un llavero al que no se llega desde aquí
keep-keyring-absent-hint = Inicia sesión otra vez desde aquí para guardarla en un archivo, o define CREWMESH_TOKEN
keep-keyring-slow = La sesión en { $instance } está en el llavero, y el llavero no responde
keep-keyring-slow-hint = Inténtalo otra vez cuando responda, o define CREWMESH_TOKEN
keep-keyring-failed = El llavero no entregó la sesión en { $instance }: { $what }
keep-keyring-lost = El llavero ya no tiene la sesión en { $instance }
keep-keyring-lost-hint = Inicia sesión otra vez: crewmesh login
keep-left-in-keyring = Un token de { $instance } se queda en el llavero ({ $because }); crewmesh lo quita en cuanto pueda
keep-left-removed = El token antiguo de { $instance } ya no está en el llavero
keyring-at-odds = el llavero no hizo lo que se le pidió
keyring-broke-off = el llavero se interrumpió
keyring-kept-nothing = el llavero no guardó lo que recibió
keyring-no-token = lo que tiene el llavero no es un token
keyring-has-two = el llavero tiene la misma entrada dos veces
keep-name-taken = { $name } ya es el nombre de otra instancia
keep-known-elsewhere = { $instance } dice ser la instancia que aquí se conoce en { $address }. Cualquier servidor podría decirlo, así que nadie inicia sesión en él.
keep-known-elsewhere-hint = Si se mudó aquí: crewmesh instance remove { $name }, y otra vez

## Which one wins, and why
keep-why-instance-flag = indicada con --instance
keep-why-instance-variable = indicada por { $variable }
keep-why-instance-directory = indicada por { $file }
keep-why-instance-default = la instancia predeterminada
keep-why-instance-local = no hay nada más configurado
keep-why-token-flag = dado con --token
keep-why-token-variable = de { $variable }
keep-client-half = A un cliente de servicio le falta también { $variable }.
keep-why-token-agent = iniciada para este agente
keep-why-token-keyring = guardado en el llavero
keep-why-token-file = guardado en un archivo
keep-why-token-none = aquí nadie ha iniciado sesión
keep-directory-ignored = { $file } indica { $instance }, donde nadie ha iniciado sesión; no se tiene en cuenta
keep-token-nowhere = Hay un token, pero no se sabe para qué instancia
keep-token-nowhere-hint = Indícala con --instance o CREWMESH_INSTANCE
keep-no-instance = Todavía no hay ninguna instancia configurada
keep-no-instance-hint = Indica una con --instance o CREWMESH_INSTANCE
keep-instance-unknown = Aquí no se conoce ninguna instancia llamada { $name }
keep-instance-unknown-hint = Se conocen: { $names }. Una nueva se indica por su dirección
keep-instance-unknown-none = Todavía no se conoce ninguna. Indica una por su dirección, como https://mesh.example.org

## Tokens
keep-token-kind-session = token de sesión
keep-token-kind-agent = token de sesión de un agente
keep-token-kind-pat = token de acceso personal
keep-token-kind-service = token de servicio
keep-token-kind-access = token de acceso de un programa
keep-token-kind-refresh = token de renovación
keep-token-not-ours = Esto no es un token de crewmesh: empiezan por cm_pat_, cm_session_ o cm_svc_
keep-token-unseen = Lleva dentro algo que no se ve: { $character }
keep-token-cut-short = Este { $kind } está cortado: { $missing ->
    [one] falta el último carácter
   *[other] faltan los últimos { $missing } caracteres
}
keep-token-too-long = Este { $kind } es demasiado largo: { $surplus ->
    [one] sobra un carácter
   *[other] sobran { $surplus } caracteres
}
keep-token-character = Este { $kind } contiene «{ $character }», que ningún token lleva
keep-token-hint = Cópialo otra vez, entero. Un token de acceso personal se crea en la página de la instancia, en Ajustes, Tokens

## A sign-in begun before
keep-pending-taken = Otro crewmesh ya está esperando este código
keep-pending-gone = Ese inicio de sesión ya terminó. Empieza uno nuevo
