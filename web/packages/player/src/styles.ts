/**
 * The player's looks, as a constructable style sheet: a strict content security policy allows no other inside a shadow root.
 *
 * Custom properties of the host: --kinescope-accent, --kinescope-bar, --kinescope-bar-text, --kinescope-stage, --kinescope-live,
 * --kinescope-warning, --kinescope-font. Light and dark follow the page's `color-scheme`, or the attribute `theme`.
 */
const CSS = `
:host {
  --accent: var(--kinescope-accent, light-dark(#06c, #73bcf7));
  --bar: var(--kinescope-bar, light-dark(#fff, #1f1f1f));
  --text: var(--kinescope-bar-text, light-dark(#151515, #f0f0f0));
  --faint: light-dark(#4d4d4d, #b8b8b8);
  --line: light-dark(#c7c7c7, #4d4d4d);
  --track: light-dark(#d2d2d2, #4a4a4a);
  --stage: var(--kinescope-stage, #101214);
  --live: var(--kinescope-live, light-dark(#b1380b, #ff8f66));
  --warning: var(--kinescope-warning, light-dark(#795600, #ffcc17));
  display: flex; flex-direction: column; position: relative; min-height: 12rem; overflow: hidden;
  background: var(--stage); color: var(--text); font: 14px/1.4 var(--kinescope-font, system-ui, sans-serif);
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([hidden]) { display: none; }
:host(kinescope-performance) { flex: none; min-height: 0; background: none; }
* { box-sizing: border-box; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.stage { position: relative; flex: 1; min-height: 0; overflow: hidden; display: grid; place-items: center; }
.stage.original { overflow: auto; place-items: safe center; }
.frame { position: relative; line-height: 0; overflow: hidden; flex: none; }
.picture { display: block; transform-origin: 0 0; background: #000; }
.original .picture { image-rendering: pixelated; }
.pointer { position: absolute; left: 0; top: 0; transform-origin: 0 0; pointer-events: none; }
.veil {
  position: absolute; inset: 0; display: grid; place-items: center; padding: 1rem; pointer-events: none;
}
.card {
  max-width: 34rem; padding: .75rem 1.25rem; border-radius: 6px; border: 1px solid var(--line); background: var(--bar);
  color: var(--text); text-align: center; pointer-events: auto; box-shadow: 0 2px 12px #0008;
}
.card p { margin: .25rem 0; }
.card .detail { color: var(--faint); font-size: 12px; overflow-wrap: anywhere; }
.veil.quiet { place-items: start center; }
.veil.dark { background: #000c; }
.spinner {
  width: 28px; height: 28px; margin: .25rem auto; border-radius: 50%; border: 3px solid var(--track);
  border-top-color: var(--accent); animation: turn 1s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .spinner { animation-duration: 4s; } }
.bar { background: var(--bar); border-top: 1px solid var(--line); padding: 0 .75rem .5rem; }
.seek { position: relative; height: 28px; cursor: pointer; touch-action: none; border-radius: 4px; }
.rail { position: absolute; inset: 11px 0; background: var(--track); border-radius: 3px; overflow: hidden; }
.fill { position: absolute; inset: 0; background: var(--accent); transform-origin: 0 0; transform: scaleX(0); }
.tick { color: inherit; }
.tick.session { color: light-dark(#004d99, #92c5f9); }
.tick.windows { color: light-dark(#4d4d4d, #c7c7c7); }
.tick.programs { color: light-dark(#5e40be, #b6a6e9); }
.tick.data { color: light-dark(#3d7317, #afdc8f); }
.tick.responses { color: light-dark(#a60000, #f9a8a8); }
.tick.trouble { color: light-dark(#9e4a06, #f8ae54); }
.marks { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.thumb {
  position: absolute; top: 7px; left: 0; width: 14px; height: 14px; margin-left: -7px; border-radius: 50%;
  background: var(--accent); border: 2px solid var(--bar); pointer-events: none;
}
.hint {
  position: absolute; bottom: 30px; left: 0; border-radius: 4px; background: var(--text); color: var(--bar); font-size: 12px;
  pointer-events: none; max-width: 24rem; overflow: hidden; z-index: 1; font-variant-numeric: tabular-nums;
}
.preview { display: block; max-width: 100%; margin: 3px auto 0; padding: 0 3px; }
.caption { padding: .15rem .5rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; text-align: center; }
/* Whatever else a rule says of an element: hidden is hidden. */
[hidden] { display: none !important; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem; }
.button, .speed, .jump, .card button {
  min-width: 32px; height: 34px; padding: 0 .25rem; border: 1px solid transparent; border-radius: 4px; background: none;
  color: inherit; font: inherit; cursor: pointer; display: inline-grid; place-items: center;
}
.button:hover, .speed:hover, .jump:hover, .card button:hover { background: color-mix(in srgb, var(--text) 12%, transparent); }
.button[aria-pressed="true"] { border-color: var(--line); background: color-mix(in srgb, var(--text) 8%, transparent); }
.button svg { width: 20px; height: 20px; fill: currentcolor; }
.button.text { font-weight: 600; }
.monitor { max-width: 12rem; }
.speed { border-color: var(--line); background: var(--bar); padding: 0 .25rem; }
.card button, .jump { border-color: var(--line); padding: 0 .5rem; }
.time { padding: 0 .5rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.time .length { color: var(--faint); }
.space { flex: 1; }
.live { display: inline-flex; align-items: center; gap: .4rem; padding: 0 .25rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.badge { font-weight: 700; padding: .05rem .5rem; border-radius: 4px; border: 1px solid currentcolor; color: var(--faint); }
.following .badge { color: var(--live); }
.following .badge::before { content: "●"; margin-right: .3rem; }
.keys {
  position: absolute; inset: 0; margin: auto; width: fit-content; height: fit-content; max-height: 90%; overflow: auto; z-index: 2;
  padding: 1rem 1.5rem; border: 1px solid var(--line); border-radius: 6px; background: var(--bar); box-shadow: 0 4px 24px #000a;
}
.keys h2 { margin: 0 0 .5rem; font-size: 16px; }
.keys dl { display: grid; grid-template-columns: auto auto; gap: .25rem 1.25rem; margin: 0 0 .75rem; }
.keys dt { font-weight: 600; } .keys dd { margin: 0; }
.keys button { border: 1px solid var(--line); }
.ask {
  max-width: min(34rem, 92%); padding: 1rem 1.5rem; border: 1px solid var(--line); border-radius: 6px; background: var(--bar);
  color: var(--text); box-shadow: 0 4px 24px #000a;
}
.ask::backdrop { background: #0009; }
.ask h2 { margin: 0 0 .5rem; font-size: 16px; }
.ask p { margin: .25rem 0 .75rem; color: var(--faint); }
.ask .failure { color: var(--live); font-weight: 600; }
.ask .field { display: grid; gap: .25rem; margin-bottom: .75rem; }
.ask label { font-weight: 600; }
.ask textarea, .ask input[type="password"] {
  width: 100%; padding: .35rem .5rem; border: 1px solid var(--faint); border-radius: 4px; background: var(--bar);
  color: var(--text); font: inherit; resize: vertical;
}
.ask textarea { font-family: ui-monospace, monospace; font-size: 12px; }
.ask .actions { display: flex; gap: .5rem; }
.ask .actions button { border: 1px solid var(--line); padding: 0 1rem; }
.ask .actions .primary { background: var(--accent); border-color: var(--accent); color: var(--bar); }
.panel {
  position: absolute; z-index: 1; width: 15rem; border: 1px solid var(--line); border-radius: 6px; background: var(--bar);
  color: var(--text); box-shadow: 0 2px 12px #0008; font-size: 13px; font-variant-numeric: tabular-nums;
}
.panel header { display: flex; align-items: center; padding-left: .75rem; cursor: move; touch-action: none; user-select: none; }
.panel h2 { flex: 1; margin: 0; font-size: 13px; }
.panel header .button { min-width: 30px; height: 30px; }
.panel dl { display: grid; grid-template-columns: 1fr auto; gap: .1rem .75rem; margin: 0 .75rem; }
.panel dt { color: var(--faint); } .panel dd { margin: 0; text-align: right; font-weight: 600; }
.panel p { margin: .35rem .75rem .5rem; color: var(--faint); font-size: 12px; }
.charts { flex: 1; min-height: 0; overflow: auto; padding: .5rem .75rem; background: var(--bar); font-variant-numeric: tabular-nums; }
.charts .moment { margin: 0 0 .25rem; color: var(--faint); }
.chart { position: relative; display: grid; grid-template-columns: 13rem 1fr; gap: .75rem; align-items: center; margin-bottom: .5rem; }
.chart .names div { display: flex; justify-content: space-between; gap: .5rem; }
.chart .names span { border-bottom: 2px solid var(--accent); }
.chart .names .dashed span { border-bottom: 2px dashed var(--text); }
.chart .names div .value { border: 0; font-weight: 600; white-space: nowrap; }
.chart svg { width: 100%; height: 56px; border: 1px solid var(--line); border-radius: 3px; cursor: pointer; touch-action: none; }
.chart path { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.chart .line.dashed { stroke: var(--text); stroke-dasharray: 4 3; }
.chart .peaks { opacity: .35; stroke-width: 1; }
.chart .here { stroke: var(--live); }
.chart .there { stroke: var(--faint); stroke-dasharray: 2 3; }
.chart .most {
  position: absolute; top: 2px; right: 2px; padding: 0 4px; background: var(--bar); color: var(--faint); font-size: 11px;
  pointer-events: none;
}
:host(kinescope-player) .chart svg { height: clamp(56px, 13vh, 140px); }
@media (width < 40rem) { .chart { grid-template-columns: 1fr; gap: 0; } }
@media (forced-colors: active) {
  .fill, .thumb { background: Highlight; } .rail { border: 1px solid CanvasText; } .button svg { fill: ButtonText; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** The one sheet that all players of a page share. */
export function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
