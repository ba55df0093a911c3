/** The commands, and the exit codes: 0 done, 1 failed, 2 asked for in a way that cannot be done. */
import { Command, CommanderError } from 'commander'
import { ConfigError } from '../config/error.js'
import { loadConfig, type Loaded } from '../config/load.js'
import { didYouMean } from '../config/nearest.js'
import { addCertsCommand } from './certs-arguments.js'
import { addOptions, inputsOf } from './options.js'
import { printHash } from './hash-password.js'
import { addPlaywright, listPlaywrights, removePlaywright } from './playwright.js'
import { drainAgent, type DrainOptions } from './drain.js'
import type { StartGrid } from './run-grid.js'
import { showConfig } from './show-config.js'
import { Failure } from './failure.js'

const examples = `
Examples:
  tggrid                                       serve the browsers of this machine on 127.0.0.1:4444
  tggrid --pool-size 20 --warm 8               at most 20 browsers, 8 of them always ready
  tggrid --api-port none --pool-port none      one port instead of three
  TGGRID_USERS=ann:secret tggrid --host 0.0.0.0    serve other machines
  tggrid config --warm 8                       what would be in effect, and why
  tggrid doctor                                what this machine lacks
  tggrid certs router agent-1                  certificates for routers and agents
  tggrid playwright add 1.58                   serve clients of Playwright 1.58 too

Defaults give way to the file, the file to the environment, the environment to flags.`

/**
 * Runs one command line.
 * @param args without the program's and the script's name
 * @returns the exit code
 */
export async function run (args: readonly string[], version: string, startGrid: StartGrid): Promise<number> {
  try {
    await createProgram(version, startGrid).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return report(error)
  }
}

const roles = {
  router: 'start a router: clients come to it, and agents on other hosts have the browsers',
  agent: 'start an agent: it has browsers, and routers hand them out (--join HOST --secret-file FILE)'
}

function createProgram (version: string, startGrid: StartGrid): Command {
  const program = new Command('tggrid')
    .description('An edge proxy with a pool of browsers that are open before they are asked for.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .showHelpAfterError('(tggrid --help lists all commands and flags)')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 120, 140) })
    .exitOverride()
  addOptions(program)
  const loaded = () => loadConfig(inputsOf(program))
  // Loaded when they are wanted: half of what they need is of no use to the other commands.
  const runGrid = async (given: Loaded): Promise<void> => await (await import('./run-grid.js')).runGrid(given, startGrid)
  const runDoctor = async (json: boolean): Promise<void> => await (await import('./run-doctor.js')).runDoctor(loaded().config, json)
  const loadedAs = (role: 'router' | 'agent') => {
    const { file = null, flags = {} } = inputsOf(program)
    return loadConfig({ file, flags: { ...flags, role: [role] } })
  }

  program.command('start', { isDefault: true }).description('start the grid; the default').allowExcessArguments()
    .action(async (_options, command: Command) => {
      refuseExcess(command, program)
      await runGrid(loaded())
    })
  for (const role of ['router', 'agent'] as const) {
    program.command(role).description(roles[role]).action(async () => await runGrid(loadedAs(role)))
  }
  program.command('drain').argument('<agent>', 'its name, its id, or its address').description('give an agent no new sessions')
    .option('--router <address>', 'grid address of a router; the first of --join, or this machine\'s, unless given')
    .option('--within <s>', 'end sessions that still run after so many seconds', Number)
    .option('--undo', 'give it new sessions again')
    .action(async (agent: string, { within, ...options }: DrainOptions & { within?: number }) => await drainAgent(agent, loadedAs('agent').config, { ...options, ...within === undefined ? {} : { grace: within } }))
  addCertsCommand(program)
  program.command('config').description('print the effective configuration, and where each value comes from')
    .option('--json', 'as JSON').action((options: { json?: boolean }) => showConfig(loaded(), options.json === true))
  program.command('doctor').description('check what a broken machine lacks')
    .option('--json', 'as JSON').action(async (options: { json?: boolean }) => await runDoctor(options.json === true))
  program.command('hash-password').description('read a password from the standard input and print its hash, for users in the configuration')
    .action(printHash)
  addPlaywrightCommands(program, () => loaded().config.playwright.folder)
  return program
}

function addPlaywrightCommands (program: Command, folder: () => string): void {
  const playwright = program.command('playwright').description('versions of Playwright that the grid serves; a running grid sees changes when it is started again')
  playwright.command('list', { isDefault: true }).description('print what there is; the default').action(() => listPlaywrights(folder()))
  playwright.command('add').argument('<version>', 'such as 1.58').description('fetch a version from npm')
    .action(async (version: string) => console.log(`Playwright ${(await addPlaywright(folder(), version)).full} is there; a running grid serves it when it is started again`))
  playwright.command('remove').argument('<version>', 'such as 1.58').description('remove a version that was added')
    .action(async (version: string) => await removePlaywright(folder(), version))
}

// The default command gets every word that is no command.
function refuseExcess (command: Command, program: Command): void {
  const [word] = command.args
  if (word === undefined) return
  const names = program.commands.map(command => command.name())
  program.error(`error: unknown command '${word}'${didYouMean(word, names)}; there are ${names.join(', ')}`)
}

function report (error: unknown): number {
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof ConfigError) {
    for (const problem of error.problems) console.error(`tggrid: ${problem}`)
    return 2
  }
  if (error instanceof Failure) {
    if (error.message !== '') console.error(`tggrid: ${error.message}`)
    return 1
  }
  console.error(error)
  return 1
}
