/** The row of controls under the seek bar. */
import { IconButton, make, setText } from "./dom.ts";
import type { Wish } from "./keys.ts";
import type { Status } from "./messages.ts";
import type { PlayerTexts } from "./texts.ts";
import { SPEEDS, speedLabel } from "./time.ts";

/** What the controls ask of the player. */
export interface ControlsHost {
  wish(wish: Wish): void;
  stop(): void;
  setSpeed(speed: number): void;
  /** Shows the monitor of this name; all where it is empty. */
  setMonitor(name: string): void;
  askForKey(): void;
}

/** What the row shows beside the worker's status. */
export interface View {
  position: string;
  length: string;
  behind: string;
  original: boolean;
  /** The monitor shown; empty for all. */
  monitor: string;
  absolute: boolean;
  /** The window that says how busy the machine was is shown. */
  performance: boolean;
  fullScreen: boolean;
  /** Who can open what is sealed, in words. */
  sealedFor: string;
}

export class Controls {
  readonly element = make("div", "row");
  private readonly play: IconButton;
  private readonly stop: IconButton;
  private readonly back: IconButton;
  private readonly stepBack: IconButton;
  private readonly stepForward: IconButton;
  private readonly size: IconButton;
  private readonly clock: IconButton;
  private readonly performance: IconButton;
  private readonly full: IconButton;
  private readonly speed = make("select", "speed");
  private readonly backwards: IconButton;
  private readonly rests: IconButton;
  private readonly monitor = make("select", "speed monitor");
  private monitorNames = "";
  private readonly help = make("button", "button text", { type: "button" });
  private readonly position = make("span", "position");
  private readonly length = make("span", "length");
  private readonly live = make("span", "live");
  private readonly badge = make("span", "badge");
  private readonly delay = make("span", "delay");
  private readonly sealed = make("button", "jump", { type: "button" });
  private readonly jump = make("button", "jump", { type: "button" });
  private texts: PlayerTexts | undefined;

  constructor(host: ControlsHost) {
    this.play = new IconButton("play", () => host.wish({ do: "toggle" }));
    this.stop = new IconButton("stop", () => host.stop());
    this.back = new IconButton("back", () => host.wish({ do: "jump", seconds: -7 }));
    this.backwards = new IconButton("backwards", () => host.wish({ do: "backwards" }));
    this.rests = new IconButton("rests", () => host.wish({ do: "rests" }));
    this.stepBack = new IconButton("stepBack", () => host.wish({ do: "step", forward: false }));
    this.stepForward = new IconButton("stepForward", () => host.wish({ do: "step", forward: true }));
    this.size = new IconButton("original", () => host.wish({ do: "size" }));
    this.clock = new IconButton("clock", () => host.wish({ do: "time" }));
    this.performance = new IconButton("performance", () => host.wish({ do: "performance" }));
    this.full = new IconButton("fullScreen", () => host.wish({ do: "full-screen" }));
    this.help.textContent = "?";
    this.help.addEventListener("click", () => host.wish({ do: "help" }));
    this.sealed.addEventListener("click", () => host.askForKey());
    this.jump.addEventListener("click", () => host.wish({ do: "live" }));
    for (const speed of SPEEDS) {
      const option = make("option", "", { value: String(speed) });
      option.textContent = speedLabel(speed);
      this.speed.append(option);
    }
    this.speed.addEventListener("change", () => host.setSpeed(Number(this.speed.value)));
    this.monitor.addEventListener("change", () => host.setMonitor(this.monitor.value));
    const time = make("span", "time");
    time.append(this.position, this.length);
    this.live.append(this.badge, this.delay, this.jump);
    const left = [this.play, this.stop, this.back, this.backwards, this.stepBack, this.stepForward].map(
      (button) => button.element,
    );
    const right = [this.rests, this.performance, this.clock, this.size, this.full].map(
      (button) => button.element,
    );
    this.element.append(
      ...left,
      time,
      this.live,
      this.sealed,
      make("span", "space"),
      this.monitor,
      this.speed,
      ...right,
      this.help,
    );
  }

  /** Names everything in a language. */
  setTexts(texts: PlayerTexts): void {
    this.texts = texts;
    this.stop.label(texts.stop, "");
    this.back.label(texts.back7, "7");
    this.backwards.label(texts.backwards, "B");
    this.rests.label(texts.skipRests, "R");
    this.performance.label(texts.performance, "G");
    this.stepBack.label(texts.stepBack, ",");
    this.stepForward.label(texts.stepForward, ".");
    this.help.setAttribute("aria-label", texts.help);
    this.help.title = `${texts.help} (?)`;
    this.speed.setAttribute("aria-label", texts.speed);
    this.speed.title = `${texts.speed} (- +)`;
    this.monitor.setAttribute("aria-label", texts.monitor);
    this.monitor.title = `${texts.monitor} (M)`;
    this.monitorNames = "";
    setText(this.badge, texts.live);
    setText(this.jump, texts.jumpToLive);
    this.jump.title = `${texts.jumpToLive} (L)`;
  }

  show(status: Status, view: View): void {
    const { texts } = this;
    if (!texts) return;
    this.play.show(status.playing ? "pause" : "play");
    this.play.label(status.playing ? texts.pause : texts.play, "Space");
    this.backwards.pressed = status.backwards;
    this.rests.pressed = status.skipsRests;
    this.performance.pressed = view.performance;
    this.listMonitors(
      status.monitors.map((monitor) => monitor.name),
      view.monitor,
      texts,
    );
    this.size.show(view.original ? "fit" : "original");
    this.size.label(view.original ? texts.fit : texts.original, "O");
    this.clock.label(view.absolute ? texts.relative : texts.absolute, "T").pressed = view.absolute;
    this.full.label(view.fullScreen ? texts.leaveFullScreen : texts.fullScreen, "F").pressed =
      view.fullScreen;
    setText(this.position, view.position);
    setText(this.length, view.length);
    if (this.element.ownerDocument.activeElement !== this.speed) this.speed.value = String(status.speed);
    const unopened = status.sealed && !status.sealed.opened ? status.sealed.classes : [];
    this.sealed.hidden = unopened.length === 0;
    setText(this.sealed, texts.sealedParts(unopened));
    this.sealed.title = `${view.sealedFor}. ${texts.openWithKey}`;
    this.live.hidden = !status.live;
    this.live.classList.toggle("following", status.following);
    this.jump.hidden = status.following;
    setText(this.delay, status.following ? texts.liveDelay(status.delay.toFixed(1)) : view.behind);
  }

  /** The choice of monitors; there is none where the picture is one monitor's. */
  private listMonitors(names: string[], chosen: string, texts: PlayerTexts): void {
    this.monitor.hidden = names.length === 0;
    const listed = JSON.stringify(names);
    if (listed !== this.monitorNames) {
      this.monitorNames = listed;
      const options = ["", ...names].map((name) => {
        const option = make("option", "", { value: name });
        option.textContent = name || texts.allMonitors;
        return option;
      });
      this.monitor.replaceChildren(...options);
    }
    if (this.element.ownerDocument.activeElement !== this.monitor) this.monitor.value = chosen;
  }
}
