/** Chromium's features. It hears one `--enable-features` and one `--disable-features`: the last of each, so that lists have to be merged. */

export interface Features {
  readonly enable: readonly string[]
  readonly disable: readonly string[]
}

/**
 * The switches to be added to a browser's other ones, which contain neither of the two.
 * @param said what stays, whatever we wish: a feature that is on or off there is not changed
 * @param wished what nobody sees
 */
export function featureSwitches (said: Features, wished: Features): string[] {
  return [
    ...switchOf('enable-features', [...said.enable, ...without(wished.enable, said.disable)]),
    ...switchOf('disable-features', [...said.disable, ...without(wished.disable, said.enable)])
  ]
}

/** Those that are named in the switches among a browser's arguments. */
export function featuresIn (args: readonly string[]): Features {
  return { enable: listOf('enable-features', args), disable: listOf('disable-features', args) }
}

/** Whether it is one of the two switches. */
export function areFeatures (arg: string): boolean {
  return ['enable-features', 'disable-features'].includes(switchName(arg))
}

/** A switch's name; chromedriver takes it with and without dashes. */
export function switchName (arg: string): string {
  return arg.replace(/^-+/, '').split('=', 1)[0] ?? ''
}

function listOf (name: string, args: readonly string[]): string[] {
  return args.filter(arg => switchName(arg) === name).flatMap(arg => arg.slice(arg.indexOf('=') + 1).split(',')).filter(feature => feature !== '')
}

function without (features: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map(bare))
  return features.filter(feature => !known.has(bare(feature)))
}

function switchOf (name: string, features: readonly string[]): string[] {
  const all = new Set(features)
  return all.size === 0 ? [] : [`--${name}=${[...all].join(',')}`]
}

/** A feature's name without its parameters or study (`Name:a/b`, `Name<Study`). */
function bare (feature: string): string {
  return feature.split(/[:<.]/, 1)[0] ?? ''
}
