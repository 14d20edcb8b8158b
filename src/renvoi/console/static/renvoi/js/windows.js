// Windows: open a dialog that the server returns, say what is under way, and set the focus.
"use strict";

// The request for the window that is being opened.
let opening = null;
// The button with which the open window was submitted.
let pressedInWindow = null;

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.querySelector?.("dialog[data-window]");
  if (dialog && !dialog.open) {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.dataset.cancelled && !isUnderWay(dialog)) sayBriefly(dialog.dataset.cancelled);
    });
    dialog.addEventListener("cancel", (cancel) => { if (isUnderWay(dialog)) cancel.preventDefault(); });
    dialog.showModal();
  }
});

// Ask for parts of a page in the language of the page.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["Accept-Language"] = document.documentElement.lang;
  if (isInBackground(event.detail.elt)) event.detail.headers["Renvoi-Background"] = "yes";
});

document.addEventListener("htmx:confirm", ({ detail }) => { if (detail.target.id === "window") opening?.xhr.abort(); });
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target.id === "window") opening = { xhr: detail.xhr, elt: detail.elt, path: detail.requestConfig.path };
});
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.xhr === opening?.xhr) opening = null; });

// Show a plain message above the page's own, for eight seconds.
function sayBriefly(text) {
  const messages = document.querySelector(".messages");
  if (!messages) return;
  const message = document.createElement("div");
  const paragraph = document.createElement("p");
  message.className = "message";
  message.dataset.brief = "";
  paragraph.textContent = text;
  message.append(paragraph);
  messages.querySelector("[data-brief]")?.remove();
  messages.prepend(message);
  setTimeout(() => message.remove(), 8000);
}

function isUnderWay(dialog) {
  return dialog.hasAttribute("aria-busy");
}

// After OK it is being done: the window can't be cancelled any more, and says so. It is sent without leaving the page, so
// that it is still there if no answer comes; sent again, nothing is done twice.
document.addEventListener("submit", (event) => {
  const dialog = event.target.closest("dialog[data-window]");
  const isClosing = (event.submitter?.formMethod || event.target.method) === "dialog";
  if (!dialog || isClosing || event.target.matches("[data-downloads]")) return;
  event.preventDefault();
  if (!isUnderWay(dialog)) sendWindow(dialog, event.target, event.submitter);
});

function sendWindow(dialog, form, button) {
  clearFailure();
  const path = button?.getAttribute("formaction") ?? form.getAttribute("action");
  const values = button?.name ? { [button.name]: button.value } : {};
  // Signing in again, if the session has ended, leads to the address of the window: its draft is kept there.
  const headers = { "HX-Current-URL": new URL(path, location.href).href };
  htmx.ajax("POST", path, { source: form, target: "#window", swap: "innerHTML", values, headers }).catch(() => {});
  pressedInWindow = button;
  showBusy(dialog, true);
}

function showBusy(dialog, isBusy) {
  dialog.ariaBusy = isBusy ? "true" : null;
  const sentence = dialog.querySelector("[data-under-way]");
  sentence.textContent = isBusy ? sentence.dataset.underWay : "";
  for (const button of dialog.querySelectorAll(".dialog-actions button")) button.disabled = isBusy;
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:sendAbort"]) {
  document.addEventListener(failure, ({ detail }) => {
    const dialog = detail.elt.closest("dialog[data-window]");
    if (!dialog || !isUnderWay(dialog)) return;
    showBusy(dialog, false);
    pressedInWindow?.focus();
    retry = () => detail.elt.requestSubmit(pressedInWindow);
  });
}

// Not only the window's own event: at a second Esc the browser closes without asking, and Esc stops a page from loading.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.querySelector("dialog[aria-busy]")) event.preventDefault();
}, true);

// The page may come back from the browser's cache.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelector("dialog[aria-busy]")?.close();
});

// Scroll to the row that was saved.
document.addEventListener("DOMContentLoaded", () => document.querySelector("tr.saved")?.scrollIntoView({ block: "center" }));

function focusFirst() {
  // The newest message; the row that it is about stays where it was scrolled to.
  const places = document.querySelectorAll(".message[data-focus]");
  const place = places[places.length - 1] ?? document.querySelector("[data-focus]");
  place?.focus({ preventScroll: document.querySelector("tr.saved") !== null });
}

document.addEventListener("DOMContentLoaded", focusFirst);

// Open the page that a button leads to in a window of its own, with these fields.
function openInWindow(event, fields) {
  event.preventDefault();
  const address = `${event.target.closest("button").formAction}?${new URLSearchParams(fields)}`;
  // A browser that blocks windows returns none: this one takes its place, and says so.
  if (!window.open(address, "_blank")) window.location.assign(`${address}&same_tab=1`);
}
