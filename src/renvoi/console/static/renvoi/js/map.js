// The map of the grid: name the place under the pointer or the focus below the map, and go to the next mark by an arrow key.
"use strict";

// What each arrow key moves along and across, and in which direction.
const ARROWS = { ArrowLeft: ["x", "y", -1], ArrowRight: ["x", "y", 1], ArrowUp: ["y", "x", -1], ArrowDown: ["y", "x", 1] };

function centre(mark) {
  const box = mark.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}

function nearest(mark, marks, [along, across, direction]) {
  const start = centre(mark);
  let best = null;
  let least = Infinity;
  for (const other of marks) {
    const end = centre(other);
    const ahead = (end[along] - start[along]) * direction;
    const aside = Math.abs(end[across] - start[across]);
    // Marks more to the side than ahead belong to the other two keys.
    const distance = ahead > 1 && aside <= ahead ? ahead + 2 * aside : Infinity;
    if (distance < least) [best, least] = [other, distance];
  }
  return best;
}

document.addEventListener("DOMContentLoaded", () => {
  const map = document.querySelector(".map");
  const named = document.querySelector("[data-map-named]");
  const place = (event) => event.target.closest(".mark, .left-out");
  const name = (event) => {
    const title = place(event)?.querySelector("title");
    if (title) named.textContent = title.textContent;
  };
  named.hidden = false;
  map.addEventListener("focusin", name);
  map.addEventListener("pointerover", name);
  map.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    const mark = event.target.closest("a.mark");
    if (!arrow || !mark || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    nearest(mark, map.querySelectorAll("a.mark"), arrow)?.focus();
  });
});
