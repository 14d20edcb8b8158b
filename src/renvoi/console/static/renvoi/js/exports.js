// Exports: open the PDF's window during the click, submit its first page, and show and save the PDF when it is ready.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-opens-window]");
  if (!button) return;
  event.preventDefault();
  window.open(`${button.formAction}?${new URLSearchParams(new FormData(button.form))}`, "_blank");
});

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
    link.download = "Partners.pdf";
    link.click();
  }
  if (!ready.dataset.stays) setTimeout(() => window.location.replace(ready.dataset.ready), 500);
}

document.addEventListener("DOMContentLoaded", submitAutomatically);
document.addEventListener("DOMContentLoaded", showPdf);
document.addEventListener("htmx:afterSettle", showPdf);
