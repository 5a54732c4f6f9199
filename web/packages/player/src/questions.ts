/** Questions that wait for the worker's answers. */
export class Questions<T> {
  private readonly waiting = new Map<number, (answer: T) => void>();
  private asked = 0;

  /** `unanswered` is what those hear who asked a worker that is gone. */
  constructor(private readonly unanswered: T) {}

  ask(send: (id: number) => void): Promise<T> {
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      send(id);
    });
  }

  answer(id: number, answer: T): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }

  giveUp(): void {
    for (const id of [...this.waiting.keys()]) this.answer(id, this.unanswered);
  }
}
