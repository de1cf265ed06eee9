// The panel within the CRM's page: gives the launch token back for what it may show, and tells its parent.
"use strict";

const place = document.getElementById("panel");
const parent_ = document.body.dataset.parent;

const tell = (message) => window.parent !== window && window.parent.postMessage(message, parent_);

const refuse = () => place.replaceChildren(document.getElementById("refused").content.cloneNode(true));

async function open_(token) {
  const answer = await fetch(`${location.pathname}/open`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    credentials: "omit",
    body: JSON.stringify({ launch: token }),
  });
  if (!answer.ok) return refuse();
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.documentElement.lang = found.querySelector("article")?.lang || "en";
  place.replaceChildren(...found.body.children);
}

async function begin() {
  const token = new URLSearchParams(location.hash.slice(1)).get("launch");
  // It is good once: who looks at the address later finds nothing.
  history.replaceState(null, "", location.pathname);
  try {
    await (token ? open_(token) : refuse());
  } catch {
    refuse();
  }
  tell({ parcours: "ready" });
  tell({ parcours: "height", value: Math.max(100, Math.min(4000, document.documentElement.scrollHeight)) });
}

begin();
