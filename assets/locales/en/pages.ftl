# pages

server-database-failed = The instance's database failed.
server-database-unusable = The instance's database at { $path } cannot be used: { $why }
server-key-malformed = The instance key is not 64 hexadecimal digits.
server-key-mismatch = The instance's database was made with another instance key.
server-key-mismatch-hint = Give the key it was made with, in instance.key beside it or in CREWMESH_INSTANCE_KEY.
server-key-unreadable = The instance key at { $path } cannot be read or made: { $why }
server-listen-failed = Cannot listen on { $address }: { $why }
server-needs-https = An instance at { $address } would read everybody's sign-in to the network.
server-needs-https-hint = Give --public-url https://… of the proxy in front of it, or --insecure-http to serve it all the same.
server-no-network = This computer has no network address that a phone could reach.
server-no-postgres = This build keeps an instance in SQLite only; PostgreSQL is not supported yet.
server-code-unknown = There is no such sign-in code.
server-code-settled = That sign-in was approved or denied before.
server-code-expired = That sign-in code has expired.
server-public-url-malformed = { $url } is not a public address: scheme, host and port, without a path.
