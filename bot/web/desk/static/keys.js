// Keys and changes in place. Without this script every button sends its form, and all works the same.
(() => {
  "use strict";
  const GO = { t: "/desk", p: "/desk/posts", r: "/desk/review", a: "/desk/replies", m: "/desk/map", l: "/desk/alerts", c: "/desk/cases" };
  const ITEM = ".list > .post, .board .case";
  const items = () => [...document.querySelectorAll(ITEM)];
  const current = () => document.activeElement?.closest?.(ITEM);
  let going = false;
  let last = null; // the post judged last, for "u"

  function move(step) {
    const all = items();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
    next.focus();
    next.scrollIntoView({ block: "center" });
  }

  function say(text) {
    let line = document.getElementById("told");
    if (!line) {
      line = document.createElement("p");
      line.id = "told";
      line.className = "notice";
      line.setAttribute("role", "status");
      document.getElementById("main").prepend(line);
    }
    line.textContent = text;
  }

  async function send(form, button) {
    const body = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "X-Part": "1" } });
    if (answer.status === 401) location.reload();
    return answer;
  }

  // Judging: the post is shown as it is from now on, and the next one has the focus.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form.judge")) return;
    event.preventDefault();
    const post = form.closest(".post");
    const answer = await send(form, event.submitter);
    if (!(answer.headers.get("content-type") || "").startsWith("text/html")) {
      const wrong = await answer.json().catch(() => ({}));
      say(wrong.wrong || String(answer.status));
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".post");
    if (!fresh) return form.submit();
    const undone = !fresh.classList.contains("judged");
    post.replaceWith(fresh);
    last = fresh;
    fresh.focus();
    if (!undone) {
      const open = items();
      const next = open.slice(open.indexOf(fresh) + 1).find((each) => !each.classList.contains("judged"));
      if (next) {
        next.focus();
        next.scrollIntoView({ block: "center" });
      } else if (fresh.closest("[data-queue]") && open.every((each) => each.classList.contains("judged"))) {
        location.reload();
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const writing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (writing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const help = document.getElementById("help");
    if (help?.open) return;
    const key = event.key;
    if (going) {
      going = false;
      if (GO[key]) { event.preventDefault(); location.href = GO[key]; }
      return;
    }
    if (key === "?") { event.preventDefault(); help?.showModal(); return; }
    if (key === "g") { going = true; setTimeout(() => { going = false; }, 1500); return; }
    if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); return; }
    if (key === "/") {
      const field = document.querySelector("[type=search]");
      if (field) { event.preventDefault(); field.focus(); field.select(); } else location.href = GO.p;
      return;
    }
    const post = current() || (key === "u" ? last : items().find((each) => !each.classList.contains("judged")));
    if (!post) return;
    if (key === "o") { post.querySelector("[data-open]")?.click(); return; }
    const target = (key === "u" && last ? last : post).querySelector(`[data-key="${CSS.escape(key.toLowerCase())}"]`);
    if (target) { event.preventDefault(); target.click(); }
  });

  // The length of a reply, counted by the server as the platform counts.
  for (const form of document.querySelectorAll("[data-draft]")) {
    const field = form.querySelector("textarea");
    let timer, taken = false;
    field.addEventListener("focus", () => {
      if (taken) return;
      taken = true;
      const body = new URLSearchParams({ token: form.elements.token.value, action: "take" });
      fetch(form.getAttribute("action"), { method: "POST", body, headers: { "X-Part": "1" } }).then(async (answer) => {
        if (answer.status === 409) { say((await answer.json()).wrong); field.readOnly = true; }
      });
    });
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const body = new URLSearchParams({ token: form.elements.token.value, number: form.dataset.draft, text: field.value });
        const answer = await fetch("/desk/replies/length", { method: "POST", body, headers: { "X-Part": "1" } });
        if (!answer.ok) return;
        const told = await answer.json();
        const line = form.querySelector("[data-length]");
        line.textContent = told.said;
        line.classList.toggle("bad", told.wrong.length > 0);
        form.querySelector("[data-shown]").textContent = told.shown;
        form.querySelector("[data-wrong]").replaceChildren(...told.wrong.map((each) => {
          const item = document.createElement("li");
          item.textContent = each;
          return item;
        }));
      }, 200);
    });
  }

  // Forms that only choose what is shown need no button.
  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
})();

// The board: a card dragged to another column takes the step that leads there. The case's own page has the same as buttons.
(() => {
  "use strict";
  const board = document.querySelector("[data-board]");
  if (!board) return;
  let dragged = null;
  for (const card of board.querySelectorAll("[data-case]")) {
    card.draggable = true;
    card.addEventListener("dragstart", () => { dragged = card; });
    card.addEventListener("dragend", () => { dragged = null; });
  }
  const fits = (column) => dragged && column.dataset.action && dragged.dataset.steps.split(" ").includes(column.dataset.action);
  for (const column of board.querySelectorAll("[data-state]")) {
    column.addEventListener("dragover", (event) => { if (fits(column)) { event.preventDefault(); column.classList.add("over"); } });
    column.addEventListener("dragleave", () => column.classList.remove("over"));
    column.addEventListener("drop", async (event) => {
      event.preventDefault();
      column.classList.remove("over");
      if (!fits(column)) return;
      const body = new URLSearchParams({ token: board.dataset.token, action: column.dataset.action });
      await fetch(`/desk/cases/${dragged.dataset.case}`, { method: "POST", body });
      location.reload();
    });
  }
})();
