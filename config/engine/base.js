/** The image that the Dockerfile begins with, made of Debian's packages and this machine's Node.js where no registry of images is in reach. */
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Problem, root, run, step } from '../setup/steps.js'
import { docker, mustDocker } from './docker.js'

const suite = 'bookworm'
const cache = join(root, 'node_modules', '.cache', 'tggrid')
const authorities = '/etc/ssl/certs/ca-certificates.crt'
const ownAuthorities = '/usr/local/share/ca-certificates'

// As the slim images of Debian have them: nothing fetched is kept, and no documentation installed. A layer that is cut short is
// thrown away as a whole, so that no file of it needs to be on the disk before the next.
const aptSettings = `Acquire::Languages "none";
Acquire::Retries "3";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
`
const dpkgSettings = `force-unsafe-io
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
`

/** Does nothing where the engine has the image. */
export async function makeBase (address) {
  const name = baseName()
  if ((await docker(address, 'image', 'inspect', '--format', '{{.Id}}', name)).code === 0) return
  const archive = join(cache, `base-${suite}-${process.arch}-node${process.versions.node}.tar`)
  if (!existsSync(archive)) await step(`making a base image of Debian ${suite} and Node.js ${process.versions.node}`, async () => await makeArchive(archive))
  await mustDocker(address, 'import', '--change', 'CMD ["node"]', ...environment(), archive, name)
}

function baseName () {
  const name = /^ARG BASE=(\S+)/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1]
  if (name === undefined) throw new Problem('the Dockerfile names no BASE')
  return name
}

async function makeArchive (archive) {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'tggrid-base-'))
  const unfinished = `${archive}.${process.pid}`
  try {
    await must('debootstrap', '--variant=minbase', suite, folder, mirror())
    copySources(folder)
    copyAuthorities(folder)
    copyNode(folder)
    // As in the image whose name it takes.
    await must('chroot', folder, 'useradd', '--uid', '1000', '--user-group', '--create-home', '--shell', '/bin/bash', 'node')
    for (const path of ['var/cache/apt/archives', 'var/lib/apt/lists']) rmSync(join(folder, path), { recursive: true, force: true })
    await must('tar', '--create', '--numeric-owner', '--one-file-system', '--exclude=./proc/*', '--exclude=./sys/*', '--file', unfinished, '--directory', folder, '.')
    renameSync(unfinished, archive)
  } finally {
    rmSync(unfinished, { force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where this machine has Debian's packages from. */
function mirror () {
  return /^(?:URIs:|deb(?: \[.*\])?) *(https?:\S+\/debian\/?)(?:\s|$)/m.exec(sourceFiles().map(file => readFileSync(file, 'utf8')).join('\n'))?.[1] ?? 'http://deb.debian.org/debian'
}

// The machine's own further sources, of Node.js or of anything else, are no part of Debian, and their keys are not there.
function copySources (folder) {
  const sources = join(folder, 'etc/apt/sources.list.d')
  mkdirSync(sources, { recursive: true })
  const debian = sourceFiles().filter(file => readFileSync(file, 'utf8').includes(suite) && /\/debian(-security)?\/?\s/.test(readFileSync(file, 'utf8')))
  for (const file of debian) copyFileSync(file, join(sources, `machine-${file.split('/').at(-1)}`))
  if (debian.length > 0) rmSync(join(folder, 'etc/apt/sources.list'), { force: true })
  writeFileSync(join(folder, 'etc/apt/apt.conf.d/tggrid'), aptSettings)
  writeFileSync(join(folder, 'etc/dpkg/dpkg.cfg.d/tggrid'), dpkgSettings)
}

function sourceFiles () {
  const folder = '/etc/apt/sources.list.d'
  const further = existsSync(folder) ? readdirSync(folder).filter(name => /\.(list|sources)$/.test(name)).map(name => join(folder, name)) : []
  return ['/etc/apt/sources.list', ...further].filter(file => existsSync(file))
}

// A machine behind a proxy of its own trusts that one's authority, and npm and cargo have to as well.
function copyAuthorities (folder) {
  if (!hasOwnAuthorities()) return
  cpSync(ownAuthorities, join(folder, ownAuthorities), { recursive: true })
  mkdirSync(join(folder, dirname(authorities)), { recursive: true })
  copyFileSync(authorities, join(folder, authorities))
}

function environment () {
  return hasOwnAuthorities() ? ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap(name => ['--change', `ENV ${name}=${authorities}`]) : []
}

function hasOwnAuthorities () {
  return existsSync(ownAuthorities) && readdirSync(ownAuthorities).length > 0 && existsSync(authorities)
}

function copyNode (folder) {
  const npm = npmFolder()
  const local = join(folder, 'usr/local')
  copyFileSync(realpathSync(process.execPath), join(local, 'bin/node'))
  cpSync(npm, join(local, 'lib/node_modules/npm'), { recursive: true, verbatimSymlinks: true })
  for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
}

function npmFolder () {
  const candidates = [join(dirname(realpathSync(process.execPath)), '..', 'lib', 'node_modules', 'npm'), '/usr/share/nodejs/npm', '/usr/lib/node_modules/npm']
  const found = candidates.find(folder => existsSync(join(folder, 'bin', 'npm-cli.js')))
  if (found === undefined) throw new Problem('npm\'s folder was not found beside Node.js')
  return found
}

async function must (command, ...args) {
  const { code, output } = await run(command, args)
  if (code !== 0) throw new Problem(`the base image could not be made: ${command} failed, as above`, output)
}
