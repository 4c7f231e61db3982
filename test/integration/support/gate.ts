/** A door that bodies wait at until the test opens it. */
export class Gate {
  private open_!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open_ = resolve));

  open(): void {
    this.open_();
  }
}
