// Windows and the list: open a dialog that the server returns, set the focus, and submit the list when it changes.
"use strict";

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.querySelector?.("dialog[data-window]");
  if (dialog && !dialog.open) {
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }
});

// Ask for parts of a page in the language of the page.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["Accept-Language"] = document.documentElement.lang;
});

// Remove the old rows before the new ones are laid out, unless the focus is in one of them: htmx then restores it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const rows = event.detail.shouldSwap && event.detail.target.id === "listing" && document.getElementById("rows");
  if (rows && !rows.contains(document.activeElement)) rows.replaceChildren();
});

// Scroll to the first row when the page changes, but not after a tick, a search or another order.
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

// Scroll to the row that was saved.
document.addEventListener("DOMContentLoaded", () => document.querySelector("tr.saved")?.scrollIntoView({ block: "center" }));

// Follow a link that opens a window when the window can't be loaded: signed out, or no network.
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    const link = event.detail.elt;
    if (link instanceof HTMLAnchorElement) window.location.assign(link.href);
  });
}

document.addEventListener("change", (event) => {
  const control = event.target;
  // A tick keeps the page number; another order or page length starts at the first page.
  if (control.matches("[data-sends]")) control.form.requestSubmit(document.getElementById(control.dataset.sends));
});

// The indeterminate state of a tick box, for which HTML has no attribute.
function showIndeterminate() {
  for (const box of document.querySelectorAll("[data-mixed]")) box.indeterminate = true;
}

document.addEventListener("htmx:afterSettle", showIndeterminate);
document.addEventListener("DOMContentLoaded", showIndeterminate);

function focusFirst() {
  document.querySelector("[data-focus]")?.focus();
}

document.addEventListener("DOMContentLoaded", focusFirst);
