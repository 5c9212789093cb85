// What is new is told as it comes: figures change, and a line offers what a reload would show.
(() => {
  "use strict";
  if (!("EventSource" in window)) return;
  const news = document.getElementById("news");
  let first = null;
  const stream = new EventSource("/desk/live");
  stream.addEventListener("message", (event) => {
    const told = JSON.parse(event.data);
    let grown = false; // since the page was made, which may be before the first event
    for (const place of document.querySelectorAll("[data-figure]")) {
      const value = told[place.dataset.figure];
      if (value === undefined) continue;
      grown ||= first === null && value > Number(place.textContent.replace(/\D/g, ""));
      place.textContent = value.toLocaleString(document.documentElement.lang);
    }
    first ??= told;
    grown ||= ["posts", "alert", "alerts", "drafts", "urgent", "doubts", "conversations", "cases", "halted"].some((name) => (told[name] ?? 0) > (first[name] ?? 0));
    if (grown && news) {
      news.hidden = false;
      news.querySelector("a").href = location.href;
    }
  });
  stream.addEventListener("out", () => { stream.close(); location.reload(); });
  addEventListener("pagehide", () => stream.close());
})();
