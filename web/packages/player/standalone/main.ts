/** The page that `kinescope play FILE` serves: the player and the file's name. */
import "../src/index.ts";

const facts: unknown = await fetch("recording/name").then((answer) => (answer.ok ? answer.json() : null));
if (facts && typeof facts === "object" && "name" in facts && typeof facts.name === "string") {
  const name = document.querySelector("#name");
  if (name) name.textContent = facts.name;
  document.title = `${facts.name} – Kinescope`;
}

/** Who signed it is judged beside playing: a large recording takes a while. Nothing is said while it is still written. */
async function showVerdict(): Promise<void> {
  const answer = await fetch("recording/verdict");
  const judged: unknown = answer.ok
    ? await answer.json()
    : { verdict: "It could not be checked whether this recording is intact" };
  if (judged && typeof judged === "object" && "verdict" in judged && typeof judged.verdict === "string") {
    const verdict = document.querySelector("#verdict");
    if (verdict) verdict.textContent = `· ${judged.verdict}`;
  }
}
void showVerdict();

// Given with `kinescope play --key`: the program that serves this page has opened the key files already.
const keys: unknown = await fetch("recording/keys").then((answer) => (answer.ok ? answer.json() : []));
for (const key of Array.isArray(keys) ? keys : []) {
  if (typeof key === "string") await document.querySelector("kinescope-player")?.addKey(key);
}
