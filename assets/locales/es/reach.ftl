# reach

# Llegar a una instancia
reach-refused = { $host } rechaza la conexión.
reach-refused-hint = Comprueba que la instancia está en marcha y que la dirección y el puerto son correctos.
reach-timed-out = { $host } no respondió a tiempo.
reach-no-route = Desde esta red no se llega a { $host }.
reach-network-hint = Comprueba la conexión, la VPN o el cortafuegos y vuelve a intentarlo.
reach-name-not-found = No se encontró ningún servidor llamado { $host }.
reach-name-hint = Comprueba cómo está escrita la dirección y que este ordenador puede resolver nombres.
reach-certificate = No se aceptó el certificado de { $host }: { $what }
reach-certificate-hint = Si tu organización firma sus propios certificados, indica su archivo en CREWMESH_CA_FILE.
reach-tls-failed = No se pudo abrir una conexión segura con { $host }.
reach-tls-failed-hint = Comprueba que esa dirección habla https y que no hay un proxy de por medio.
reach-connection-lost = Se cortó la conexión con { $host }.
reach-proxy-failed = El proxy no conectó con { $host }.
reach-proxy-hint = Revisa HTTPS_PROXY, HTTP_PROXY y ALL_PROXY; en NO_PROXY van los equipos que no lo necesitan.
reach-proxy-refused = El proxy de camino a { $host } pide usuario y contraseña.
reach-proxy-malformed = { $variable } no contiene la dirección de un proxy.
reach-proxy-malformed-hint = Pon en { $variable } algo como http://proxy.example.org:8080, o quítala. / # ? % @ en una contraseña se escriben ahí %2F %23 %3F %25 %40.
reach-ca-file-unreadable = No se pueden leer los certificados que indica { $variable }: { $path }: { $what }
reach-ca-file-unreadable-hint = Pon en { $variable } un archivo PEM con certificados, o quítala.
reach-no-system-certificates = No se puede leer el almacén de certificados de este equipo: { $what }
reach-no-system-certificates-hint = Instala el paquete ca-certificates, o indica un archivo PEM en SSL_CERT_FILE.
reach-not-an-instance = Lo que responde en { $host } no es una instancia de crewmesh.
reach-not-an-instance-hint = Revisa la dirección; si la red tiene su propia página de acceso, entra primero en ella.
reach-malformed-reply = { $host } respondió algo que crewmesh no entiende.
reach-malformed-reply-hint = Puede que su versión y esta estén demasiado lejos: actualiza la más antigua.
reach-reply-too-large = { $host } envía más de lo que enviaría una instancia.
reach-redirected = { $host } remite a { $to }, y crewmesh no lleva secretos consigo.
reach-redirected-hint = Si la instancia está ahora allí, usa esa dirección.
reach-server-fault = { $host } tiene problemas propios (HTTP { $status }).
reach-server-fault-hint = Vuelve a intentarlo en un momento; si sigue igual, avisa a quien lleva la instancia.
reach-http-not-allowed = La conversación con { $host } iría sin cifrar. Cualquiera en esta red puede leer tu acceso.
reach-http-not-allowed-hint = Usa su dirección https, o permítelo de todos modos: crewmesh instance add { $address } --insecure-http
reach-issuer-mismatch = { $host } dice ser { $issuer }.
reach-issuer-mismatch-hint = Usa la dirección que indica, si te fías de ella.
reach-endpoint-without-tls = { $host } quiere que el acceso se envíe a { $endpoint } sin cifrar.
reach-endpoint-without-tls-hint = Avisa a quien lleva la instancia; no se envió nada.
reach-no-device-codes = { $host } no ofrece entrar con un código.
reach-no-device-codes-hint = Pega en su lugar un token de acceso.
reach-unsafe-link = { $host } dio un enlace que no es seguro abrir.
reach-unsafe-link-hint = Avisa a quien lleva la instancia; aún puedes pegar un token de acceso.
reach-answered-elsewhere = Este código se responde en otro dispositivo, donde ya entraste.
reach-no-embedded = Este crewmesh se compiló sin instancia propia.
reach-no-embedded-hint = Entra en otra instancia: --instance DIRECCIÓN

# Lo que responde una instancia
api-not-signed-in = { $host } quiere saber quién eres.
api-token-rejected = { $host } rechazó este acceso.
api-token-expired = El acceso a { $host } ha terminado.
api-sign-in-hint = Vuelve a entrar: crewmesh login
api-password-required = { $host } pide también tu contraseña.
api-one-time-code-required = { $host } pide también un código de tu segundo factor.
api-second-factor-required = { $host } exige un segundo factor, que tu cuenta todavía no tiene.
api-page-required = { $host } solo deja hacer eso en sus páginas: tu cuenta no tiene contraseña.
api-step-up-required = { $host } solo deja hacer esto a una persona que ha entrado, no a un token de acceso ni a un agente.
api-step-up-required-hint = Hazlo en un navegador, o en una terminal donde entraste con un código.
api-agent-may-not = Un agente de código no puede { $what } en { $host } ({ $scope })
api-agent-ended-hint = Se cerró la sesión de este agente. Vuelve a iniciarlo en tu propia terminal: crewmesh launch
api-token-may-not = Tu token «{ $token }» no puede { $what } ({ $scope })
api-this-may-not = La sesión o el token que usas no puede { $what } en { $host } ({ $scope })
api-you-may-not = No puedes { $what } en { $host } ({ $scope })
api-token-may-not-hint = Usa un token que tenga ese permiso o inicia sesión sin token: crewmesh login
may-not-profile-read = ver de quién es
may-not-mesh-read = ver mallas
may-not-mesh-write = crear, cambiar ni unirse a mallas
may-not-invite-create = invitar a otras personas
may-not-machine-read = ver máquinas
may-not-machine-write = añadir ni cambiar máquinas
may-not-presence-write = mostrarse trabajando en una malla
may-not-provider-use = ver tus claves de IA
may-not-token-manage = ver ni revocar sesiones y tokens
may-not-token-introspect = comprobar tokens
may-not-admin = administrar la instancia
api-share-used-up = Lo que se comparte contigo ahí se ha agotado por hoy; vuelve a valer después de medianoche (UTC). Quien lo comparte puede permitir más.
api-connection-unopened = Lo que se guarda de esa conexión ya no se abre. Conéctala de nuevo.
api-connection-revoked = El proveedor ya no admite esa conexión. Conéctala de nuevo.
api-connection-not-renewed = Hay que renovar esa conexión y su proveedor no responde. Inténtalo en un momento.
api-connections-full = Hay tantas conexiones como caben. Desconecta antes alguna.
api-last-admin = Una malla conserva al menos a una persona que la administra, y esta es la última.
api-last-admin-hint = Antes, da ese permiso a otra: crewmesh members role PERSONA admin
api-unknown-peer = En la malla nadie se llama así.
api-there = Ahora están: { $names }
api-nobody-there = Ahora no hay ningún agente; * escribe a toda la malla
api-takes-no-messages = Ese agente no recibe mensajes: su persona los ha desactivado.
api-blocked = Quien administra la malla te ha bloqueado: allí puedes leer, pero no escribir.
api-task-claimed = La tarea la tiene { $detail }.
api-task-ended = La tarea está hecha, o se abandonó.
api-not-the-holder = La tarea es de otra persona.
api-insufficient-scope = La sesión o el token que usas no puede hacer eso en { $host }.
api-plan-required = Eso necesita otro plan en { $host }: { $detail }
api-not-an-admin = Solo quien administra la malla puede hacer eso.
api-not-allowed = No puedes hacer eso en { $host }.
api-upgrade-required = { $host } necesita crewmesh { $detail } o posterior.
api-upgrade-required-hint = Actualiza crewmesh y vuelve a intentarlo.
api-unknown-client = { $host } no conoce este programa como cliente.{ $said }
api-client-not-allowed = { $host } no deja que este programa inicie sesión así.{ $said }
api-client-hint = Pregunta a quien lo administra, o inicia sesión con un token de acceso: crewmesh login --token -
api-too-many-requests = Se preguntó demasiado a { $host }. Vuelve a intentarlo en un momento.
api-too-many-requests-wait =
    { $seconds ->
        [one] Se preguntó demasiado a { $host }. Vuelve a intentarlo en un segundo.
       *[other] Se preguntó demasiado a { $host }. Vuelve a intentarlo en { $seconds } segundos.
    }
api-not-found = En { $host } no existe tal cosa.
api-no-such-name = No hay nada con ese nombre.
api-slug-taken = Ese nombre corto ya está ocupado en { $host }.
api-invite-not-found = { $host } no conoce esa invitación.
api-invite-revoked = Esta invitación fue retirada. Pide otra.
api-invite-expired = Esta invitación ha caducado. Pide otra.
api-invite-exhausted = Esta invitación ya se usó. Pide otra.
api-code-not-found = { $host } no conoce ese código. Compáralo con la otra terminal.
api-code-expired = Ese código ha caducado. Pide otro en la otra terminal.
api-code-settled = Ese código ya tuvo respuesta.
api-refused = { $host } dijo que no (HTTP { $status }, { $error }).

# Direcciones e invitaciones tal como se escriben
instance-address-missing = Aquí falta una dirección.
instance-address-malformed = «{ $typed }» no es la dirección de una instancia.
instance-address-with-password = La dirección de una instancia no lleva usuario ni contraseña: { $typed }
instance-address-with-path = La dirección de una instancia acaba en el nombre del equipo: { $typed }
instance-address-hint = Algo como mesh.example.org o https://mesh.example.org:8443
instance-name-malformed = «{ $name }» no puede ser el nombre de esta instancia.
instance-name-hint = Un nombre lleva letras, cifras, puntos y guiones; «local» es la de este equipo.
instance-not-kept = Aquí no se guarda ninguna instancia llamada { $name }.
invite-empty = No se indicó nada.
invite-not-an-invite = Eso no es un enlace ni un código de invitación.
invite-cut-short =
    { $missing ->
        [one] El código está cortado: falta un carácter.
       *[other] El código está cortado: faltan { $missing } caracteres.
    }
invite-too-long =
    { $surplus ->
        [one] Al código le sobra un carácter.
       *[other] Al código le sobran { $surplus } caracteres.
    }
invite-character = Ningún código de invitación lleva «{ $character }».
invite-hint = Una invitación es un enlace como https://mesh.example.org/i/CODE, o el código solo.

# Lo que dice un directorio (.crewmesh.toml)
directory-unreadable = No se puede leer: { $what }
directory-not-a-file = No es un archivo.
directory-of-another-user = Pertenece a otro usuario.
directory-malformed = Su contenido no tiene sentido.
directory-names-an-address = Debe nombrar una instancia en la que ya entraste, nunca una dirección.

# Lo que puede hacer un programa
may-and = { $first } · { $rest }
may-profile-read = Ver tu nombre y tu correo
may-mesh-read = Ver tus mallas
may-mesh-write = Crear mallas, unirse a ellas y cambiarlas
may-invite-create = Invitar a otras personas
may-machine-read = Ver tus máquinas
may-machine-write = Añadir y cambiar máquinas
may-presence-write = Mostrar que un agente está trabajando
may-provider-use = Ver tus claves de IA
may-token-manage = Dejar entrar a otros dispositivos y programas
may-admin = Administrar la instancia
