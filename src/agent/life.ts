/** How it is known whether a browser lives: by its DevTools, or by its driver. */
export interface Life {
  /** Resolves when the browser has gone. */
  readonly closed: Promise<void>
  /** Whether it answers within the deadline (ms). Never rejects. */
  alive (deadline: number): Promise<boolean>
  /** Looks no longer. */
  close (): void
}
