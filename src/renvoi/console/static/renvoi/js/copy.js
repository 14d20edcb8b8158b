// Copy the content of a field by the button that names it in data-copies; print the page by a button with data-prints. Without this script the button is hidden.
"use strict";

async function copy(button) {
  const field = document.getElementById(button.dataset.copies);
  const status = document.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // No permission, or an address without https: the content is selected, to be copied by the keyboard.
    field.focus();
    field.select();
    return;
  }
  status.textContent = status.dataset.copied;
  button.toggleAttribute("data-done", true);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const button of document.querySelectorAll("button[data-prints]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});
