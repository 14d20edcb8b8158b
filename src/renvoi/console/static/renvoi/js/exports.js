// Exports: the window of a CSV file, and the page that orders a PDF, and shows and saves it when it is ready.
"use strict";

// Close the window once the download has started.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-downloads]")) setTimeout(() => event.target.closest("dialog")?.close());
});

// The file name takes the extension of the format; a workbook has no separator.
document.addEventListener("change", (event) => {
  const { form, name, value } = event.target;
  if (name !== "format" || !form.elements.file_name) return;
  form.elements.file_name.value = form.elements.file_name.value.replace(/\.(csv|xlsx)$/i, `.${value}`);
  for (const radio of form.querySelectorAll("[name=separator]")) radio.disabled = value === "xlsx";
});

// The PDF's window is opened during the click. A list has a newer state than its form: see list-windows.js.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-opens-window]:not([form=list-form])");
  if (button) openInWindow(event, new FormData(button.form));
});

function submitAutomatically() {
  document.querySelector("form[data-sends-itself]")?.requestSubmit();
}

function showPdf() {
  const ready = document.querySelector("[data-ready]");
  if (!ready || ready.dataset.shown) return;
  ready.dataset.shown = "yes";
  if (ready.dataset.copy) {
    const link = document.createElement("a");
    link.href = ready.dataset.copy;
    link.download = "";
    link.click();
  }
  if (ready.dataset.stays) return;
  const opensCopy = ready.dataset.copy && OPENS_SAVED_PDF;
  const showing = setTimeout(() => window.location.replace(ready.dataset.ready), opensCopy ? 30_000 : 500);
  if (opensCopy) closeOnceCovered(() => clearTimeout(showing));
}

// Firefox opens a PDF that it has saved, in a tab of its own; a page can't prevent it (docs/adr/0009-pdf-with-typst.md).
const OPENS_SAVED_PDF = "mozInnerScreenX" in window;

// That tab covers this window, which then closes. A tab that no script has opened stays, with its links to the PDF.
function closeOnceCovered(cancel) {
  const close = () => {
    if (!document.hidden) return;
    cancel();
    window.close();
  };
  document.addEventListener("visibilitychange", close);
  setTimeout(close, 2_000);
}

document.addEventListener("DOMContentLoaded", submitAutomatically);
document.addEventListener("DOMContentLoaded", showPdf);
document.addEventListener("htmx:afterSettle", showPdf);
