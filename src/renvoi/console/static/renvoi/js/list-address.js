// The list's address follows what is on the screen, wherever the page holds it: in fields, links, and the history.
"use strict";

document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
  // The same address again would need a second Back.
  if (detail.history.path === location.pathname + location.search) detail.history.type = "replace";
});

function followAddress(query) {
  const path = query ? `${location.pathname}?${query}` : location.pathname;
  for (const field of document.querySelectorAll("input[name=next]")) field.value = path;
  for (const field of document.querySelectorAll("input[name=list]")) if (!field.closest("dialog")) field.value = query;
}

for (const change of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
  document.addEventListener(change, () => followAddress(location.search.slice(1)));
}

// Whoever leaves before the answer takes along what was asked for.
function takeAlong(event) {
  if (!listRequest) return;
  const query = `${new URLSearchParams(listState())}`;
  const link = event.target.closest?.("a[href*='list=']");
  if (event.type === "click" && link) link.search = withList(link.search, query);
  if (event.type === "submit" && event.target !== listForm()) followAddress(query);
}

function withList(search, query) {
  const parameters = new URLSearchParams(search);
  parameters.set("list", query);
  return `?${parameters}`;
}

document.addEventListener("click", takeAlong, true);
document.addEventListener("submit", takeAlong, true);
