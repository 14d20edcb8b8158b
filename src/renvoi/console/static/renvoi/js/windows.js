// Opens what the server answers as a window, moves the focus where it is wanted, and sends lists that change by themselves.
"use strict";

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.querySelector?.("dialog[data-window]");
  if (dialog && !dialog.open) {
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }
});

// A part of a page is asked for in the language of the page.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["Accept-Language"] = document.documentElement.lang;
});

// The rows that go are not laid out once more beside those that come. One that holds the focus stays until htmx has it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const rows = event.detail.shouldSwap && event.detail.target.id === "listing" && document.getElementById("rows");
  if (rows && !rows.contains(document.activeElement)) rows.replaceChildren();
});

// Another page begins at its first row; a tick, a search and another order leave the view where it is.
let isOtherPage = false;

document.addEventListener("htmx:beforeRequest", (event) => {
  const button = event.detail.requestConfig.triggeringEvent?.submitter;
  isOtherPage = button?.name === "page" && button.id !== "stay";
});

document.addEventListener("htmx:afterSettle", () => {
  const listing = document.getElementById("listing");
  if (isOtherPage && listing?.getBoundingClientRect().top < 0) listing.scrollIntoView();
  isOtherPage = false;
});

// What was saved is shown, wherever in the list it stands.
document.addEventListener("DOMContentLoaded", () => document.querySelector("tr.saved")?.scrollIntoView({ block: "center" }));

// A link that opens a window takes the page itself when the window can't come: signed out, or no network.
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    const link = event.detail.elt;
    if (link instanceof HTMLAnchorElement) window.location.assign(link.href);
  });
}

document.addEventListener("change", (event) => {
  const control = event.target;
  // A tick stays on its page; another order or length begins at the first.
  if (control.matches("[data-sends]")) control.form.requestSubmit(document.getElementById(control.dataset.sends));
});

// Some ticked, not all: HTML has no attribute for it.
function mix() {
  for (const box of document.querySelectorAll("[data-mixed]")) box.indeterminate = true;
}

document.addEventListener("htmx:afterSettle", mix);
document.addEventListener("DOMContentLoaded", mix);

function focusFirst() {
  document.querySelector("[data-focus]")?.focus();
}

document.addEventListener("DOMContentLoaded", focusFirst);
