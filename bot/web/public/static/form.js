// The form works without this. With it: places are suggested while typing, and the browser does the work that lets a report
// count at once (bot/reports/work.py) while the customer still types.
"use strict";
(() => {
  const form = document.getElementById("report");
  const place = document.getElementById("ort");
  const list = document.getElementById("orte");
  const mistakes = document.getElementById("mistakes");
  if (mistakes) mistakes.focus();

  let timer = 0;
  place.addEventListener("input", () => {
    clearTimeout(timer);
    const begun = place.value.trim();
    if (begun.length < 2) return;
    timer = setTimeout(async () => {
      try {
        const answer = await fetch(`${form.dataset.places}?q=${encodeURIComponent(begun)}`);
        if (!answer.ok || begun !== place.value.trim()) return;
        const names = await answer.json();
        list.replaceChildren(...names.map((name) => {
          const option = document.createElement("option");
          option.value = name;
          return option;
        }));
      } catch { /* offline: the list stays */ }
    }, 150);
  });

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function work() {
    const answer = await fetch(form.dataset.task, { cache: "no-store" });
    const { salt, goal, most, signature } = await answer.json();
    const encoder = new TextEncoder();
    const batch = 500;
    for (let first = 0; first <= most; first += batch) {
      const numbers = Array.from({ length: Math.min(batch, most + 1 - first) }, (_, index) => first + index);
      const hashes = await Promise.all(numbers.map((number) => crypto.subtle.digest("SHA-256", encoder.encode(salt + number))));
      const found = hashes.findIndex((hash) => hex(hash) === goal);
      if (found >= 0) return `${salt} ${first + found} ${signature}`;
    }
    return "";
  }

  let begun = null;
  const begin = () => { begun ??= work().catch(() => ""); }; // without: a person looks at the report
  form.addEventListener("input", begin, { once: true });
  form.addEventListener("submit", async (event) => {
    if (form.dataset.ready) return;
    event.preventDefault();
    begin();
    const button = form.querySelector("button[type=submit]");
    const say = document.getElementById("working");
    button.disabled = true;
    say.textContent = form.dataset.working;
    form.elements.arbeit.value = await begun;
    form.dataset.ready = "yes";
    button.disabled = false;
    form.submit();
  });
  window.addEventListener("pageshow", (event) => { // back from the next page
    if (!event.persisted) return;
    delete form.dataset.ready;
    begun = null;
    document.getElementById("working").textContent = "";
  });
})();
