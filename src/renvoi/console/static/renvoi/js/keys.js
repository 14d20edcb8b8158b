// Lets a single key do what an element of the page does: the element says which, in data-key. Where the account has
// switched the keys off, the page says none, and nothing happens here.
"use strict";

// What letters are typed into. A tick box or a button takes none.
const TYPED_INTO = "textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])";

function isTyping(place) {
  return place.isContentEditable || place.matches?.(TYPED_INTO);
}

function isShown(element) {
  return element.checkVisibility({ visibilityProperty: true });
}

// In cards the search fields are folded away behind a details of their form.
function unfold(field) {
  for (const fold of field.form?.querySelectorAll("details:not([open])") ?? []) {
    if (isShown(field)) return;
    fold.open = true;
    fold.open = isShown(field);
  }
}

function act(target) {
  if (!isTyping(target)) {
    target.click();
    return;
  }
  unfold(target);
  target.focus();
  target.select?.();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  // With the capitals locked an n is still an n.
  const key = event.shiftKey ? event.key : event.key.toLowerCase();
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  act(target);
});

// Esc closes a menu as it closes a window, whether or not the keys are on: it is no character (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.pop[open]");
  if (event.key !== "Escape" || !menu || document.querySelector("dialog[open]")) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
