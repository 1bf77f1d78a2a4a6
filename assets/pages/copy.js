// The button that copies what is shown once. It is there only where a script
// runs, and says that something was copied only after it was.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const shown = document.getElementById(button.dataset.copy);
  const said = button.nextElementSibling;
  const mark = () => {
    const range = document.createRange();
    range.selectNodeContents(shown);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    let copied;
    try {
      await navigator.clipboard.writeText(shown.textContent);
      copied = true;
    } catch {
      // Not over plain http, and not where it is forbidden.
      mark();
      copied = document.execCommand("copy");
    }
    said.textContent = copied ? button.dataset.copied : button.dataset.marked;
  });
}
