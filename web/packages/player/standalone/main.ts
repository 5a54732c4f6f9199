/** The page that `kinescope play FILE` serves: the player and the file's name. */
import "../src/index.ts";

const facts: unknown = await fetch("recording/name").then((answer) => (answer.ok ? answer.json() : null));
if (facts && typeof facts === "object" && "name" in facts && typeof facts.name === "string") {
  const name = document.querySelector("#name");
  if (name) name.textContent = facts.name;
  document.title = `${facts.name} – Kinescope`;
}

// Given with `kinescope play --key`: the program that serves this page has opened the key files already.
const keys: unknown = await fetch("recording/keys").then((answer) => (answer.ok ? answer.json() : []));
for (const key of Array.isArray(keys) ? keys : []) {
  if (typeof key === "string") await document.querySelector("kinescope-player")?.addKey(key);
}
