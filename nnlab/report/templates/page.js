"use strict";
// The theme is chosen before anything is painted; without storage it holds for this page only.
const root = document.documentElement;
const stored = {
  get() { try { return localStorage.getItem("nnlab-theme"); } catch { return null; } },
  set(theme) { try { localStorage.setItem("nnlab-theme", theme); } catch { /* not kept */ } },
};
const system = window.matchMedia("(prefers-color-scheme: dark)");
const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
if (["light", "dark"].includes(stored.get())) root.dataset.theme = stored.get();

function themeSwitch(button) {
  const say = () => {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    stored.set(root.dataset.theme);
    say();
  });
  system.addEventListener("change", say);
  say();
}

function studyList(form) {
  const list = document.getElementById("cards");
  const cards = Array.from(list.children);
  const [search, verdict, topic, sort] = ["search", "verdict", "topic", "sort"].map((id) =>
    document.getElementById(id));
  const count = document.getElementById("count");
  const text = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
  const byTitle = (a, b) => a.dataset.title.localeCompare(b.dataset.title);
  const orders = {
    title: byTitle,
    time: (a, b) => b.dataset.time.localeCompare(a.dataset.time) || byTitle(a, b),
    trials: (a, b) => b.dataset.trials - a.dataset.trials || byTitle(a, b),
    surprise: (a, b) => b.dataset.surprise - a.dataset.surprise || byTitle(a, b),
  };

  function update() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const card of cards) {
      const fits =
        words.every((word) => text.get(card).includes(word)) &&
        (!verdict.value || card.dataset.verdicts.split("|").includes(verdict.value)) &&
        (!topic.value || card.dataset.topic === topic.value);
      card.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${cards.length} ${cards.length === 1 ? "study" : "studies"} shown`;
    document.getElementById("none").hidden = shown > 0;
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const field of [search, verdict, topic]) field.addEventListener("input", update);
  sort.addEventListener("input", () => list.append(...cards.sort(orders[sort.value])));
  document.getElementById("clear").addEventListener("click", () => {
    for (const field of [search, verdict, topic]) field.value = "";
    update();
    search.focus();
  });
  update();
}

document.addEventListener("DOMContentLoaded", () => {
  themeSwitch(document.getElementById("theme"));
  const form = document.getElementById("filters");
  if (form) studyList(form);
});
