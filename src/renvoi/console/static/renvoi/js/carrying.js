// What was typed while an answer was under way is put into the page that the answer brings.
"use strict";

function grouped(fields) {
  const values = new Map();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  return values;
}

// The fields whose values are not those that were sent, by name, with both lists of values.
function changesSince(sent, now) {
  const [before, after] = [grouped(sent), grouped(now)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const pairs = [...names].map((name) => [name, { before: before.get(name) ?? [], after: after.get(name) ?? [] }]);
  return new Map(pairs.filter(([, { before, after }]) => JSON.stringify(before) !== JSON.stringify(after)));
}

function applyChanges(form, changes) {
  for (const [name, { before, after }] of changes) {
    if (name === "countries") applyCountries(form, before, after);
    else if (form.elements[name]) {
      form.elements[name].value = after[0] ?? "";
      // A field that differs from what someone else saved shows both values.
      const mine = form.querySelector(`#conflict-${name} [data-mine]`);
      if (mine) mine.textContent = after[0] ?? "";
      form.elements[name].dispatchEvent?.(new Event("input", { bubbles: true }));
    }
  }
}

function applyCountries(form, before, after) {
  const group = form.querySelector("#countries");
  const present = chosenCodes(group).filter((code) => !before.includes(code) || after.includes(code));
  setCountries(group, [...present, ...after.filter((code) => !before.includes(code))]);
}

// Return a function that puts the focus back to where it is now: the same control of the page that follows.
function focusedPlace(form) {
  const one = form.contains(document.activeElement) ? document.activeElement : null;
  const [start, end] = [one?.selectionStart, one?.selectionEnd];
  return () => {
    const same = one?.id ? document.getElementById(one.id) : null;
    same?.focus();
    if (typeof start === "number") same?.setSelectionRange?.(start, end);
  };
}
