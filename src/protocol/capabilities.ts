/** A set of capabilities: names and JSON values (W3C WebDriver, §7 "Capabilities"). */
export type Capabilities = Readonly<Record<string, unknown>>
