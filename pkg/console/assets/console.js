// What the console does better with a script. Every page and form works without.
"use strict";

// The reader's time zone, for the server to write instants in.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const told = document.cookie.split("; ").includes("zone=" + encodeURIComponent(zone));
document.cookie = "zone=" + encodeURIComponent(zone) + "; Path=/; Max-Age=31536000; SameSite=Lax";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");
const day = (t) => t.getDate() + " " + months[t.getMonth()] + " " + t.getFullYear();
const time = (t) => two(t.getHours()) + ":" + two(t.getMinutes());
const local = (t) => t.getFullYear() + "-" + two(t.getMonth() + 1) + "-" + two(t.getDate()) + "T" + time(t);

// Only the first page of a visit does not know the zone yet, or has the one before
// a journey. All of it changes, or none: a date is read in the zone that it names.
if (!told) {
  // What stands in UTC beside what it says already is left out, there and here.
  const utc = [0, 6].every((month) => new Date(new Date().getFullYear(), month).getTimezoneOffset() === 0);
  for (const e of document.querySelectorAll("[data-beside]")) e.hidden = utc;
  for (const e of document.querySelectorAll("time[data-local]")) {
    const t = new Date(e.dateTime);
    e.textContent = day(t) + (e.classList.contains("day") ? "" : ", " + time(t));
    if (utc && "precise" in e.dataset) e.textContent += t.toISOString().slice(16, 23) + " UTC";
  }
  for (const e of document.querySelectorAll("option[data-instant]")) {
    const t = new Date(e.dataset.instant);
    e.textContent = e.dataset.says + day(t) + ", " + time(t);
  }
  for (const e of document.querySelectorAll("input[type=datetime-local]")) {
    const { instant, min, max } = e.dataset;
    if (instant) e.value = local(new Date(instant));
    if (min) e.min = local(new Date(min));
    if (max) e.max = local(new Date(max));
  }
  for (const e of document.querySelectorAll("[data-zone]")) {
    if (e.name === "zone") e.value = zone;
    else e.textContent = zone;
  }
}

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

// What was copied, or not, is told beside the button, for a while.
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const says = button.parentElement.querySelector("[role=status]");
  let text = "Copied";
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
    text = "Selected: copy it by hand";
  }
  says.textContent = text;
  clearTimeout(says.timer);
  says.timer = setTimeout(() => { says.textContent = ""; }, 5000);
}

let asking = false;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    copy(button);
    return;
  }
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    if (!asking) ask(link);
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

// A form is not sent twice: what the first answer shows once would be gone. It
// can be sent again where no answer has come for longer than one may take.
const patience = 45000;
document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if ((button?.getAttribute("formmethod") ?? form.method) !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  button?.setAttribute("aria-busy", "true");
  setTimeout(unlock, patience, form);
});

function unlock(form) {
  delete form.dataset.sent;
  for (const b of form.querySelectorAll("[aria-busy]")) b.removeAttribute("aria-busy");
}

// Whoever comes back to a page finds it as it was before it was left.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  asking = false;
  for (const form of document.querySelectorAll("form[data-sent]")) unlock(form);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A question that has a page of its own is asked in a dialog on this one: one at
// a time, however often its link is clicked.
async function ask(link) {
  asking = true;
  let card;
  try {
    // A redirect leads to another page, or to a sign-in that only a visit may begin.
    const answer = await fetch(link.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    card = answer.ok && page.querySelector(".confirm");
  } catch { /* the link says it better than we could */ }
  if (!card) {
    location.href = link.href;
    return;
  }
  const dialog = document.createElement("dialog");
  card.querySelector("h1, h2").id = "question";
  dialog.setAttribute("aria-labelledby", "question");
  dialog.append(document.adoptNode(card));
  dialog.addEventListener("close", () => { asking = false; dialog.remove(); link.focus(); });
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

// Wait for the first call with a new token: more and more slowly, for an hour, and
// for as long as the session lasts.
const wait = document.querySelector("[data-wait]");
if (wait) {
  const until = Date.now() + 3600000;
  let pause = 2000;
  const stop = (text, how) => {
    wait.textContent = text;
    wait.classList.add(how);
  };
  const look = async () => {
    if (Date.now() > until) {
      stop("No call came within an hour. The page of the integration tells when the token was first used.", "off");
      return;
    }
    try {
      const answer = await fetch(wait.dataset.wait, { redirect: "manual" });
      if (answer.status === 200) {
        stop(await answer.text(), "on");
        return;
      }
      // A gateway that is busy or not well for a moment is asked again, as is a network.
      if (answer.status !== 204 && answer.status !== 429 && answer.status < 500) {
        stop(answer.status === 401 || answer.type === "opaqueredirect"
          ? "Your session has ended. Copy the token, then sign in again: the page of the integration tells when it was first used."
          : "This page does not hear of calls any more. The page of the integration tells when the token was first used.", "off");
        return;
      }
    } catch { /* the network comes back, or not */ }
    pause = Math.min(pause * 1.1, 30000);
    setTimeout(look, document.hidden ? 30000 : pause);
  };
  setTimeout(look, 1000);
}
