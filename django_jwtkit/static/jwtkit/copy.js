/* A button beside what is copied often; a small one beside a name of which only the beginning is shown. Without this
   script, or without a clipboard, there is none. */
"use strict";
{
  const words = document.currentScript.dataset;

  const addButton = (source, place) => {
    const button = document.createElement("button");
    const status = document.createElement("span");
    const label = source.dataset.copy ? `${words.copy}: ${source.dataset.copy}` : words.copy;
    const whole = source.dataset.copyText;
    Object.assign(button, { type: "button", className: "jwtkit-copy", textContent: whole ? "" : words.copy });
    if (whole) button.title = label;
    button.setAttribute("aria-label", label);
    Object.assign(status, { className: "jwtkit-copied", role: "status" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(whole || source.innerText.trim());
        status.textContent = words.copied;
      } catch {
        status.textContent = words.failed;
      }
      setTimeout(() => { status.textContent = ""; }, 3000);
    });
    place.after(button, status);
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (!navigator.clipboard) return;
    for (const source of document.querySelectorAll("body [data-copy]")) addButton(source, source);
  });
}
