// A window is about the list as it is shown: it waits for the list's answer, and is asked for anew if the list changes.
"use strict";

// The window to open once the list has been exchanged.
let waiting = null;

document.addEventListener("htmx:confirm", (event) => {
  const { target, elt, path } = event.detail;
  if (target.id !== "window") return;
  waiting = listRequest && { elt, path };
  if (waiting) event.preventDefault();
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt !== listForm() || !opening) return;
  waiting = opening;
  opening.xhr.abort();
});

// A request that fails or is replaced is seen to by its events, not by its promise.
function openWindow(path, options) {
  htmx.ajax("GET", path, options).catch(() => {});
}

function openWaiting(event) {
  if (event.target.id !== "listing" || !waiting) return;
  const { elt, path } = waiting;
  waiting = null;
  const [address, search] = path.split("?");
  const all = [...document.querySelectorAll("[hx-get]:not(noscript *)")];
  const same = all.find((one) => one.getAttribute("hx-get").split("?")[0] === address);
  if (same) openWindow(same.getAttribute("hx-get"), { source: same });
  // The row of a partner may be on another page now; what was about the selection is gone with it.
  else if (elt.matches("a")) openWindow(address + withList(search, location.search.slice(1)), { target: "#window", swap: "innerHTML" });
}

document.addEventListener("htmx:afterSettle", openWaiting);
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => { waiting = null; });
}

// The PDF of what was asked for, also while the list is exchanged.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-opens-window][form=list-form]");
  if (button) openInWindow(event, listState());
});
