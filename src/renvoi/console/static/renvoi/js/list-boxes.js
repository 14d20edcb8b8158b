// What the list shows beside its rows: boxes as the server's last answer has them, also after a request that fails, and
// that an answer is awaited.
"use strict";

// The indeterminate state of a tick box, for which HTML has no attribute.
function showIndeterminate() {
  for (const box of document.querySelectorAll("#list-form [type=checkbox]")) box.indeterminate = box.hasAttribute("data-mixed");
}

document.addEventListener("htmx:afterSettle", showIndeterminate);
document.addEventListener("DOMContentLoaded", showIndeterminate);

// The boxes and menus of the list go back to what the server sent last. Returns a function that asks for the same again.
function revertList() {
  const form = listForm(), wanted = asked;
  const boxes = [...form.querySelectorAll("[type=checkbox]")].map((box) => [box, box.checked]);
  const options = [...form.querySelectorAll("[data-sends] option")].map((option) => [option, option.selected]);
  asked = {};
  for (const [box] of boxes) box.checked = box.defaultChecked;
  for (const [option] of options) option.selected = option.defaultSelected;
  showIndeterminate();
  return () => {
    asked = { ...wanted, ...asked };
    for (const [box, isChecked] of boxes) box.checked = isChecked;
    for (const [option, isSelected] of options) option.selected = isSelected;
    ask();
  };
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => { if (detail.elt === listForm() && !isLeaving) retry = revertList(); });
}

const LIST_PROGRESS_MS = 300;
let listProgress = 0;

function stopListProgress() {
  clearTimeout(listProgress);
  listForm()?.removeAttribute("data-waiting");
}

// Not at once: the key that sends the search would have to wait for the first frame of the animation.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt !== listForm()) return;
  clearTimeout(listProgress);
  listProgress = setTimeout(() => listForm().toggleAttribute("data-waiting", true), LIST_PROGRESS_MS);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.elt === listForm() && !listRequest) stopListProgress(); });
