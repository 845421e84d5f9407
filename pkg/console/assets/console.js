// What the console does better with a script. Every page and form works without.
"use strict";

// The reader's time zone, for the server to write instants in.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const told = document.cookie.split("; ").includes("zone=" + encodeURIComponent(zone));
document.cookie = "zone=" + encodeURIComponent(zone) + "; Path=/; Max-Age=31536000; SameSite=Lax";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");

// Only the first page of a visit does not know the zone yet.
if (!told) {
  for (const e of document.querySelectorAll("time[data-local]")) {
    const t = new Date(e.dateTime);
    e.textContent = t.getDate() + " " + months[t.getMonth()] + " " + t.getFullYear() + ", " + two(t.getHours()) + ":" + two(t.getMinutes());
  }
  for (const e of document.querySelectorAll("input[type=datetime-local][data-instant]")) {
    if (!e.dataset.instant) continue;
    const t = new Date(e.dataset.instant);
    e.value = t.getFullYear() + "-" + two(t.getMonth() + 1) + "-" + two(t.getDate()) + "T" + two(t.getHours()) + ":" + two(t.getMinutes());
  }
  for (const e of document.querySelectorAll("[data-zone]")) e.textContent = zone;
}
for (const e of document.querySelectorAll("input[name=zone]")) e.value = zone;

// The product's clock, which need not be this machine's.
const ahead = Date.parse(document.body.dataset.now) - Date.now();

function span(ms) {
  const minutes = Math.floor(ms / 60000), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  const s = (n, unit) => n + " " + unit + (n === 1 ? "" : "s");
  if (days > 0) return s(days, "day") + (hours % 24 > 0 ? " " + s(hours % 24, "hour") : "");
  if (hours > 0) return s(hours, "hour") + (minutes % 60 > 0 ? " " + s(minutes % 60, "minute") : "");
  return minutes > 0 ? s(minutes, "minute") : "less than a minute";
}
const countdowns = document.querySelectorAll("[data-until]");
if (countdowns.length > 0) setInterval(() => {
  for (const e of countdowns) {
    const left = Date.parse(e.dataset.until) - Date.now() - ahead;
    e.textContent = left > 0 ? "in " + span(left) : "now: reload the page";
  }
}, 15000);

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const source = document.getElementById(copy.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      copy.textContent = "Press Ctrl+C";
    }
    return;
  }
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    ask(link);
    return;
  }
  const back = event.target.closest("dialog [data-back]");
  if (back) {
    event.preventDefault();
    back.closest("dialog").close();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A double click must not send a form twice: what the first answer shows once
// would be gone.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (Date.now() - (form.dataset.sent || 0) < 3000) event.preventDefault();
  else form.dataset.sent = Date.now();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A question that has a page of its own is asked in a dialog on this one.
async function ask(link) {
  let card;
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    card = answer.ok && !answer.redirected && page.querySelector(".confirm");
  } catch { /* the link says it better than we could */ }
  if (!card) {
    location.href = link.href;
    return;
  }
  const dialog = document.createElement("dialog");
  card.querySelector("h1, h2").id = "question";
  dialog.setAttribute("aria-labelledby", "question");
  dialog.append(document.adoptNode(card));
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}

// Scopes: search, and a count of what is picked.
const search = document.getElementById("scope-search");
if (search) {
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const s of document.querySelectorAll(".scope")) {
      s.hidden = !words.every((w) => s.textContent.toLowerCase().includes(w));
    }
    for (const g of document.querySelectorAll(".group")) {
      g.hidden = !g.querySelector(".scope:not([hidden])");
    }
    document.getElementById("scope-none").hidden = !!document.querySelector(".group:not([hidden])");
  });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
const count = document.getElementById("scope-count");
if (count) {
  const form = count.closest("form");
  const tell = () => { count.textContent = form.querySelectorAll("input[name=scope]:checked").length + " selected"; };
  form.addEventListener("change", tell);
  tell();
}

// Wait for the first call with a new token.
const wait = document.querySelector("[data-wait]");
if (wait) {
  const look = async () => {
    try {
      const answer = await fetch(wait.dataset.wait);
      if (answer.status === 200) {
        wait.textContent = await answer.text();
        wait.classList.add("on");
        return;
      }
      if (answer.status !== 204) return;
    } catch { /* the network comes back, or not */ }
    setTimeout(look, document.hidden ? 10000 : 2000);
  };
  setTimeout(look, 1000);
}
