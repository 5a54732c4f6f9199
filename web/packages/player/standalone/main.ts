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

/** How often it is looked whether a recording has ended that grew when the page was opened. */
const END_MS = 1000;
let grew = false;
setInterval(() => {
  const player = document.querySelector("kinescope-player");
  const grows = player?.live === true;
  // Now it can be judged.
  if (grew && !grows && player?.state !== "loading") void showVerdict();
  grew = grows;
}, END_MS);

// Given with `kinescope play --key`: the program that serves this page has opened the key files already.
const keys: unknown = await fetch("recording/keys").then((answer) => (answer.ok ? answer.json() : []));
for (const key of Array.isArray(keys) ? keys : []) {
  if (typeof key === "string") await document.querySelector("kinescope-player")?.addKey(key);
}
