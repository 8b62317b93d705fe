// What the browser adds to the pages. Each of them works without it.

// Show and hide a password. It is sent, and kept by the browser, as a password.
for (const button of document.querySelectorAll("button[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const word = button.querySelector("span");
  const set = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.setAttribute("aria-label", shown ? button.dataset.hideLabel : button.dataset.showLabel);
    word.textContent = shown ? button.dataset.hide : button.dataset.show;
  };
  set(false);
  button.hidden = false;
  button.addEventListener("click", () => {
    set(input.type === "password");
    input.focus();
  });
  input.form.addEventListener("submit", () => set(false));
  window.addEventListener("pageshow", (event) => event.persisted && set(false));
}

// The rules for a password, as far as a browser can judge them. They are the
// server's, by the same Unicode categories; the server has the last word.
const keeps = {
  length: (s, n) => [...s].length >= n,
  lower: (s, n) => (s.match(/\p{Ll}/gu) ?? []).length >= n,
  upper: (s, n) => (s.match(/\p{Lu}/gu) ?? []).length >= n,
  digit: (s, n) => (s.match(/\p{Nd}/gu) ?? []).length >= n,
  special: (s, n) => (s.match(/[^\p{L}\p{Nd}]/gu) ?? []).length >= n,
};

for (const list of document.querySelectorAll("[data-policy]")) {
  const input = document.getElementById(list.dataset.policy);
  const rules = [...list.querySelectorAll("li")];
  const live = rules.filter((rule) => rule.dataset.rule in keeps);
  const said = document.getElementById(list.dataset.said);
  let left = false; // what is missing is shown as wrong only once the field was left
  let timer;

  const mark = (rule, state) => {
    rule.className = state;
    rule.querySelector(".vh").textContent = { met: list.dataset.met, unmet: list.dataset.missing }[state] ?? "";
  };
  const judge = () => {
    const typed = input.value.normalize("NFC");
    let met = 0;
    for (const rule of rules) {
      if (!live.includes(rule)) {
        mark(rule, "");
        continue;
      }
      const ok = typed !== "" && keeps[rule.dataset.rule](typed, Number(rule.dataset.n));
      met += ok;
      mark(rule, ok ? "met" : left && typed !== "" ? "unmet" : "");
    }
    return met;
  };
  input.addEventListener("input", () => {
    const met = judge();
    clearTimeout(timer);
    timer = setTimeout(() => {
      said.textContent = list.dataset.status.replace("{met}", met).replace("{all}", live.length);
    }, 1200);
  });
  input.addEventListener("change", () => {
    left = true;
    judge();
  });
}

// The button of a form that is on its way says so. A second press does no
// harm; when the page comes back, or nothing comes, the form works again.
const slow = 4000;
const givenUp = 30000;

for (const form of document.querySelectorAll("form[method=post]")) {
  const timers = [];
  let rest = null;
  const reset = () => {
    timers.splice(0).forEach(clearTimeout);
    rest?.();
    rest = null;
  };
  form.addEventListener("submit", (event) => {
    if (rest) {
      event.preventDefault();
      return;
    }
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    const word = button?.querySelector("[data-word]");
    const before = word?.textContent;
    const note = form.querySelector("[data-slow]");
    button?.setAttribute("aria-busy", "true");
    if (word && button.dataset.busy) word.textContent = button.dataset.busy;
    rest = () => {
      button?.removeAttribute("aria-busy");
      if (word) word.textContent = before;
      if (note) note.textContent = "";
    };
    if (note) timers.push(setTimeout(() => { note.textContent = note.dataset.slow; }, slow));
    timers.push(setTimeout(reset, givenUp));
  });
  window.addEventListener("pageshow", (event) => event.persisted && reset());
}

// The switcher closes as menus do.
for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// A page of somebody who has logged out in the meantime is not shown again out
// of the browser's memory: the server is asked whose turn it is.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector('form[action="/logout"]')) location.reload();
});

// Whoever comes back to a page with problems hears of them first.
document.querySelector(".problem")?.focus();

// Help opens beside the page, so that what was typed stays in sight. Where that
// does not work out, the article opens in a tab of its own, as without a script.
const isArticle = (link) => link.origin === location.origin && /^\/help\/[^/]+$/.test(link.pathname) && link.pathname !== "/help/keywords";
let panel;

const makePanel = (words) => {
  const dialog = document.createElement("dialog");
  const head = Object.assign(document.createElement("div"), { className: "top" });
  const whole = Object.assign(document.createElement("a"), { target: "_blank", rel: "noopener", textContent: words.whole });
  const close = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: words.close });
  const body = document.createElement("div");
  dialog.className = "beside";
  dialog.setAttribute("aria-label", words.help);
  head.append(whole, close);
  dialog.append(head, body);
  document.body.append(dialog);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && dialog.close());
  dialog.addEventListener("close", () => panel.from.focus());
  body.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link) openBeside(event, link);
  });
  return { dialog, whole, body };
};

const readBeside = async (link) => {
  const answer = await fetch(link.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const article = page.getElementById("article");
  if (!answer.ok || !article) throw new Error(`no article at ${link.href}`);
  article.removeAttribute("id");
  for (const a of article.querySelectorAll("a")) {
    a.target = "_blank";
    a.rel = "noopener";
  }
  panel.whole.href = link.href;
  panel.body.replaceChildren(document.importNode(article, true));
  if (!panel.dialog.open) panel.dialog.show();
  panel.dialog.scrollTop = 0;
  const title = panel.body.querySelector("h1");
  title.tabIndex = -1;
  title.focus();
};

const openBeside = (event, link) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || !isArticle(link)) return;
  event.preventDefault();
  panel ??= makePanel(link.dataset);
  if (!panel.body.contains(link)) panel.from = link;
  readBeside(link).catch(() => window.open(link.href, "_blank", "noopener"));
};

for (const link of document.querySelectorAll("a[data-help]")) {
  if (!isArticle(link)) continue;
  link.querySelector("[data-tab]")?.remove();
  link.addEventListener("click", (event) => openBeside(event, link));
}
