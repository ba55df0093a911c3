/** docs/configuration.md, made from the schema, so that it cannot be wrong. */
import { fileVariable } from './environment.js'
import { defaultFile } from './file.js'
import { constantDefault, defaultText, keys, type Key } from './keys.js'
import { allowed } from './value.js'

const introduction = `# Configuration

Made from the configuration's schema by \`npm run docs\`; a test compares the two.

Defaults give way to the file, the file to the environment, the environment to flags. The file is JSON, with each key in its
group; \`--config FILE\` or \`${fileVariable}\` names it, and otherwise it is \`${defaultFile}\` where there is one. Paths are relative to the
working directory. Unknown keys and wrong values are refused by name. \`tggrid config\` prints what is in effect, and where each
value comes from.

\`\`\`json
{
  "listen": { "host": "0.0.0.0" },
  "users": [{ "name": "ann", "password": "scrypt$32768$8$1$…" }],
  "pool": { "size": 20, "warm": 8 },
  "session": { "idleTimeout": 120 }
}
\`\`\`

In the environment and in flags, \`none\` stands for JSON's null, and a list is separated by commas or spaces (arguments of Chromium
by spaces only) or written as a JSON list; a list's flag may be repeated. Of two names in the environment, the second one wins.
`

const browsers = `
## browsers.json

The shape is Selenoid's, so its files are read unchanged. A version whose \`image\` is a list is a driver on this machine, as a command
line; \`binary\`, which Selenoid does not know, is the browser that it opens. Without \`binary\` it is the one that was found with the
driver's major version. \`env\` is the driver's environment. Without such a file, every Chrome and Chromium on the PATH or in the usual
places that has a driver of its major version is served.

\`\`\`json
{
  "chrome": {
    "default": "stable",
    "versions": {
      "stable": { "image": ["/usr/bin/chromedriver"], "binary": "/usr/bin/chromium", "env": ["TZ=Europe/Berlin"] }
    }
  }
}
\`\`\`
`

/** The whole page. */
export function configurationPage (): string {
  const sections = [...new Set(keys.map(key => key.group))].map(group => section(group, keys.filter(key => key.group === group)))
  return introduction + sections.join('') + browsers
}

function section (group: string, members: readonly Key[]): string {
  const rows = members.map(key => `| \`${key.path}\` | ${names(key)} | ${defaultOf(key)} | ${values(key)} | ${cell(key.meaning)} |\n`)
  return `\n## ${group === '' ? 'At the top level' : group}\n\n| key | flag, environment | default | values | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`
}

function names (key: Key): string {
  const flag = key.kind === 'boolean' && constantDefault(key) === true ? key.flag?.replace('--', '--no-') : key.flag
  return [...flag === null || flag === undefined ? [] : [flag], ...key.environment].map(name => `\`${name}\``).join('<br>')
}

const defaultOf = (key: Key): string => key.computed === undefined ? `\`${defaultText(key)}\`` : cell(key.computed)

const values = (key: Key): string => cell(allowed(key) + (key.unit === undefined ? '' : ` (${key.unit})`))

const cell = (text: string): string => text.replaceAll('|', '\\|')
