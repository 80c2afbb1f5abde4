// Mark the button whose step is under way. Without this script the page works as well.

addEventListener("submit", (event) => event.submitter?.setAttribute("aria-busy", "true"));

// Back in the history the page may come from memory, marks and all.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});
