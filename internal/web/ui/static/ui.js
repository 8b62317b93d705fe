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
