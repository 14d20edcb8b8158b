// The list: its state is one value, which each request carries whole. The newest request replaces the one under way, so
// that nothing of what was asked for meanwhile is lost, and only the newest answer is shown (ADR 29).
"use strict";

// What was asked for and is not answered yet, as far as the form's own controls don't say it: `sort`, `page`, `for` (the
// search), `emptied` (that search has cleared the selection), `all` (everything was selected, or nothing). `turns`: the page
// was changed by hand.
let asked = {};
// The search fields when Enter was pressed, by name.
let searched = {};
let listRequest = null;
let isPressed = false;
let isAnswerMissed = false;
let focused = null;
let isUnfolded = false;

const listForm = () => document.getElementById("list-form");
const fold = () => listForm().querySelector(".list-bar details");
const rowBoxes = () => [...document.querySelectorAll("#rows [name=selected]")];
const searchFields = () => [...document.querySelectorAll("#list-form .search input")];
const ask = () => listForm().requestSubmit(document.getElementById("stay"));

// The whole state, as the server reads it.
function listState() {
  const state = new FormData(listForm());
  for (const field of searchFields()) state.delete(field.name);
  if ("all" in asked) {
    for (const name of ["was", "except", "selected"]) state.delete(name);
    for (const name of asked.all ? ["was", "selected"] : []) state.append(name, "all");
    for (const box of rowBoxes()) if (box.checked) state.append("selected", box.value);
  }
  state.set("page", asked.page ?? document.getElementById("stay").value);
  for (const name of ["sort", "for", "emptied"]) if (name in asked) state.set(name, asked[name]);
  return state;
}

function selectAll(isSelected) {
  asked.all = isSelected;
  for (const box of listForm().querySelectorAll("[name=selected], [name=every]")) {
    box.checked = isSelected;
    box.indeterminate = false;
  }
}

function search() {
  searched = Object.fromEntries(searchFields().map((field) => [field.name, field.value]));
  const keywords = new URLSearchParams(Object.entries(searched).map(([name, text]) => [name, text.trim()]).filter(([, text]) => text));
  asked.page = 1;
  if (`${keywords}` === `${new URLSearchParams(listState().get("for"))}`) return;
  asked.for = `${keywords}`;
  if (!listForm().querySelector("[name=was], [name=except], [name=selected]:checked, [name=selected][type=hidden]")) return;
  asked.emptied = "1";
  selectAll(false);
}

function sortBy(order) {
  const reversed = order.startsWith("-") ? order.slice(1) : `-${order}`;
  asked = { ...asked, page: 1, turns: false, sort: asked.sort === order ? reversed : order };
}

function turnTo(button) {
  const steps = { "page-next": 1, "page-previous": -1 }[button.id];
  asked.page = steps && asked.page ? Math.max(1, Number(asked.page) + steps) : button.value;
  asked.turns = true;
}

document.addEventListener("submit", (event) => {
  if (event.target !== listForm()) return;
  const button = event.submitter;
  if (!button || button.name === "search") search();
  else if (button.name === "sort") sortBy(button.value);
  else if (button.id !== "stay") turnTo(button);
}, true);

document.addEventListener("change", ({ target }) => {
  if (!target.matches("#list-form [data-sends]")) return;
  if (target.value === "all") selectAll(target.checked);
  if (target.matches("select")) asked.page = 1;
  if (target.name === "sort") delete asked.sort;
  ask();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-selects]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  selectAll(false);
  if (link.dataset.selects === "page") for (const box of rowBoxes()) box.checked = true;
  ask();
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const isList = detail.elt === listForm();
  // htmx would take the address from the button that was clicked last.
  if (isList) detail.path = detail.elt.getAttribute("action");
  if (isList || detail.elt.getAttribute("hx-include") === "#list-form") detail.parameters = listState();
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => { if (detail.elt === listForm()) listRequest = detail.xhr; });
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.xhr === listRequest) listRequest = null; });

// Rows that change between the press and the release of a button would swallow the click: ask again after it.
document.addEventListener("pointerdown", (event) => { isPressed = Boolean(event.target.closest?.("#listing")); });
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    isPressed = false;
    setTimeout(() => { if (isAnswerMissed && !listRequest) ask(); });
  });
}

document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.elt !== listForm()) return;
  isAnswerMissed = isPressed;
  if (isPressed) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.shouldSwap || detail.target.id !== "listing") return;
  const row = document.activeElement.closest("#rows tr");
  focused = row && [row.id, [...row.querySelectorAll("a, button, input")].indexOf(document.activeElement)];
  // The search fields fold again after a search, unless one has typed on.
  isUnfolded = fold().open && (!("for" in asked) || searchFields().some((field) => field.value !== searched[field.name]));
  // Remove the old rows before the new ones are laid out, unless the focus is in one of them.
  if (!row) document.getElementById("rows").replaceChildren();
});

// The fields themselves outlive the exchange (hx-preserve): one that was searched for shows the keyword as it was read.
function settleFields() {
  for (const field of searchFields()) {
    const cell = field.closest("td"), error = cell.querySelector(".error");
    if ("for" in asked && field.value === searched[field.name]) field.value = cell.dataset.filtered ?? "";
    field.ariaInvalid = error && "true";
    field.ariaDescribedByElements = error && [error];
  }
  fold().open = isUnfolded;
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "listing") return;
  settleFields();
  const row = focused && document.getElementById(focused[0]);
  if (document.activeElement === document.body) row?.querySelectorAll("a, button, input")[focused[1]]?.focus({ preventScroll: true });
  // A new page starts at its first row; a tick, a search or another order leaves the rows where they are.
  if (asked.turns && event.target.getBoundingClientRect().top < 0) event.target.scrollIntoView();
  asked = {};
  listRequest = null;
});
