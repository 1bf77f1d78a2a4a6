# pages

server-database-failed = La base de datos de la instancia ha fallado.
server-database-unusable = No se puede usar la base de datos de la instancia en { $path }: { $why }
server-key-malformed = La clave de la instancia no son 64 dígitos hexadecimales.
server-key-mismatch = La base de datos de la instancia se creó con otra clave.
server-key-mismatch-hint = Indica la clave con la que se creó, en instance.key junto a ella o en CREWMESH_INSTANCE_KEY.
server-key-unreadable = No se puede leer ni crear la clave de la instancia en { $path }: { $why }
server-listen-failed = No se puede escuchar en { $address }: { $why }
server-needs-https = Una instancia en { $address } dejaría los inicios de sesión a la vista de toda la red.
server-needs-https-hint = Indica --public-url https://… del proxy que tiene delante, o --insecure-http para servirla de todos modos.
server-no-network = Este equipo no tiene ninguna dirección de red a la que pueda llegar un teléfono.
server-no-postgres = Esta versión guarda la instancia solo en SQLite; PostgreSQL aún no está disponible.
server-code-unknown = No existe ese código de inicio de sesión.
server-code-settled = Ese inicio de sesión ya se aprobó o se denegó.
server-code-expired = Ese código de inicio de sesión ha caducado.
server-public-url-malformed = { $url } no es una dirección pública: esquema, host y puerto, sin ruta.
