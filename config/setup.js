/**
 * Makes a fresh clone runnable: npm packages, build, a browser with its driver. npm's scripts begin with it;
 * they have no pre-scripts for it, since npm leaves those out where install scripts are switched off (.npmrc).
 *   node config/setup.js start|check|test|build
 * Plain JavaScript without dependencies, since nothing is installed yet; and in this file as old Node versions read it.
 */
const needed = 20

if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error('tggrid needs Node.js ' + needed + ' or newer, and this is ' + process.versions.node + ': see https://nodejs.org')
  process.exit(1)
}

import('./setup/main.js')
  .then(function (setup) { return setup.main(process.argv[2] || 'start') })
  .then(function (code) { process.exitCode = code })
