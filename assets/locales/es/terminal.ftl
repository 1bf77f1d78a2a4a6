# terminal
# La primera fila y la cuenta atrás
expires-clock = caduca en { $clock }
expires-minutes = { $minutes ->
    [one] caduca en menos de un minuto
   *[other] caduca en menos de { $minutes } minutos
}
expires-seconds = caduca en menos de { $seconds } segundos

# En lugar de un código QR
qr-needs-rows = { $rows ->
    [one] Con una fila más cabe aquí un código QR.
   *[other] Con { $rows } filas más cabe aquí un código QR.
}
qr-needs-columns = { $columns ->
    [one] Con una columna más cabe aquí un código QR.
   *[other] Con { $columns } columnas más cabe aquí un código QR.
}
qr-no-signs = Este terminal no puede dibujar un código QR.

# En lugar de una pregunta que no cabe
window-too-small-to-ask = Agranda esta ventana: aquí no cabe todo lo que se pregunta.

# Líneas sencillas: lo que se puede escribir es una sola palabra
plain-word-back = atrás
plain-word-again = repetir
plain-word-help = ayuda
plain-word-quit = salir
plain-word-spell = deletrear
plain-enter-takes = Intro toma { $number }
plain-enter-takes-it = Intro lo toma
plain-choose = Elige
plain-press-enter = Pulsa Intro para seguir:
plain-waiting = En espera; mientras tanto puedes escribir (ayuda dice qué):
plain-others = Otras respuestas: { $others }
plain-help-number = Un número e intro eligen esa línea.
plain-help-text = Cualquier otro texto se escribe en el campo.
plain-not-understood = Eso no está entre las respuestas de aquí.
plain-dash = guion
plain-done = hecho
plain-now = ahora
plain-later = pendiente
plain-optional = opcional
plain-failed = ha fallado

# Cuando falta el terminal o la persona
trouble-terminal = Este terminal no se puede usar: { $what }
trouble-terminal-hint = Prueba de nuevo con --plain.
trouble-panicked = crewmesh se ha detenido por un error suyo.
trouble-panicked-hint = Lo que dijo está más arriba. Nada de lo guardado se ha perdido. Por favor, cuéntanoslo.
trouble-input-ended = La entrada terminó donde hacía falta una respuesta.
trouble-input-ended-hint = Ejecútalo en un terminal o da las respuestas como opciones: --token -, --mesh, --machine, --agent, -y.

# El escritorio
browser-none = Desde aquí no se puede abrir un navegador.
browser-failed = No se pudo abrir el navegador: { $what }
browser-hint = Abre el enlace en este o en otro dispositivo.
clipboard-none = Aquí no hay portapapeles que lo acepte.
clipboard-none-hint = Selecciona el texto con el ratón o escríbelo en el otro dispositivo.
