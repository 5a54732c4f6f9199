/** Does something each second, while it is to. */
export class Ticker {
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly tick: () => void) {}

  run(running: boolean): void {
    if (running) {
      this.clock ??= setInterval(this.tick, 1000);
    } else {
      clearInterval(this.clock);
      this.clock = undefined;
    }
  }
}
