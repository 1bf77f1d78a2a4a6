# terminal
# The first row and the countdown
expires-clock = expires in { $clock }
expires-minutes = { $minutes ->
    [one] expires within one minute
   *[other] expires within { $minutes } minutes
}
expires-seconds = expires within { $seconds } seconds

# Where a QR code would be
qr-needs-rows = { $rows ->
    [one] A QR code fits here with one more row.
   *[other] A QR code fits here with { $rows } more rows.
}
qr-needs-columns = { $columns ->
    [one] A QR code fits here with one more column.
   *[other] A QR code fits here with { $columns } more columns.
}
qr-no-signs = This terminal cannot draw a QR code.

# In the place of a question that has no room
window-too-small-to-ask = Make this window larger: not all that is asked has room here.

# Plain lines: the words that can be typed are one word each
plain-word-back = back
plain-word-again = again
plain-word-help = help
plain-word-quit = quit
plain-word-spell = spell
plain-enter-takes = Enter takes { $number }
plain-enter-takes-it = Enter takes it
plain-choose = Choose
plain-press-enter = Press Enter to go on:
plain-waiting = Waiting; you can type meanwhile (help says what):
plain-others = Other answers: { $others }
plain-help-number = A number and Enter take that line.
plain-help-text = Any other text is typed into the field.
plain-not-understood = That is none of the answers here.
plain-dash = dash
plain-done = done
plain-now = now
plain-later = to come
plain-optional = optional
plain-failed = failed

# When the terminal or the person is gone
trouble-terminal = This terminal cannot be used: { $what }
trouble-terminal-hint = Try again with --plain.
trouble-panicked = crewmesh stopped because of a mistake of its own.
trouble-panicked-hint = What it said stands above. Nothing that was saved is lost. Please report it.
trouble-input-ended = The input ended where an answer is needed.
trouble-input-ended-hint = Run it in a terminal, or give the answers as flags: --token -, --mesh, --machine, --agent, -y.

# The desktop around us
browser-none = No browser can be opened from here.
browser-failed = The browser could not be opened: { $what }
browser-hint = Open the link yourself, on this or any other device.
clipboard-none = Nothing here takes a copy.
clipboard-none-hint = Select the text with the mouse, or type it on the other device.
