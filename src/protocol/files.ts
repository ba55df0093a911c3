/** A client's files on their way to the machine of its browser. */

export interface UploadedFile {
  /** Without folders, and nothing but a name. */
  readonly name: string
  readonly bytes: Buffer
}

/** Whether the driver of such a browser takes uploads itself (`POST /session/{id}/file`), as chromedriver and its kind do; geckodriver and WebKitWebDriver do not. */
export function driverTakesFiles (browserName: string): boolean {
  return /chrom|edge|opera/i.test(browserName)
}
