// Keyboard shortcuts: pressing a key focuses or clicks the element whose data-shortcut names it. The pages of an account
// that has switched the shortcuts off have no such element.
"use strict";

// Elements that take typed letters, unlike tick boxes and buttons.
const TYPED_INTO = "textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])";

function isTyping(place) {
  return place.isContentEditable || place.matches?.(TYPED_INTO);
}

function isShown(element) {
  return element.checkVisibility({ visibilityProperty: true });
}

// On narrow screens the search fields are hidden by a closed details element of their form.
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
  // Caps Lock changes event.key, but not which shortcut is meant.
  const key = event.shiftKey ? event.key : event.key.toLowerCase();
  const target = document.querySelector(`[data-shortcut="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  act(target);
});

// Esc hides the tooltip of an icon, which is shown again once the pointer or the focus moves (WCAG 1.4.13).
document.addEventListener("keydown", ({ key }) => document.documentElement.toggleAttribute("data-quiet", key === "Escape"));
for (const moved of ["pointerover", "focusin"]) {
  document.addEventListener(moved, () => document.documentElement.removeAttribute("data-quiet"));
}

// Esc closes a menu as it closes a window, even if the shortcuts are off: it is no character key (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.pop[open]");
  if (event.key !== "Escape" || !menu || document.querySelector("dialog[open]")) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
