/** `tggrid certs`: a private CA, and certificates of it by which routers and agents know each other. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { authorityOf, certify, makeAuthority, type Authority, type Certified, type Life } from '../link/authority.js'
import { certsLines, type CertFiles } from './certs-lines.js'
import { Failure } from './failure.js'

export interface CertsOptions {
  /** Folder, made when it is not there. */
  readonly out: string
  /** How long hosts' certificates are valid. */
  readonly days: number
  /** How long a new CA is. */
  readonly caDays: number
  /** Whether hosts' files that are there are made anew. The CA's never are. */
  readonly force: boolean
}

/** In milliseconds. */
const day = 24 * 60 * 60 * 1000
/** Clocks of hosts differ: what was just made is valid on one that is late, too. In milliseconds. */
const lateness = 60 * 60 * 1000

/** Makes the files and prints what to do with them. Nothing is written when anything is in the way. @throws Failure */
export function makeCerts (hosts: readonly string[], { out, days, caDays, force }: CertsOptions): void {
  const ca = filesOf(out, 'ca')
  const wanted = [...new Set(hosts)].map(host => ({ host, ...filesOf(out, stemOf(host)) }))
  const inTheWay = wanted.flatMap(({ cert, key }) => [cert, key]).filter(file => existsSync(file))
  if (inTheWay.length > 0 && !force) throw new Failure(`${listed(inTheWay)} already; --force makes new ones`)
  const from = new Date()
  const isNew = !existsSync(ca.cert) && !existsSync(ca.key)
  if (isNew) makeCa(ca, lifeFrom(from, caDays))
  const authority = caIn(ca)
  const life = lifeWithin(authority, { from, days, file: ca.cert })
  for (const { host, cert, key } of wanted) {
    const made = certify(host, life, authority)
    if (force) for (const file of [key, cert]) remove(file)
    write({ cert, key }, made)
  }
  console.log(certsLines({ ca, isNew, caUntil: authority.until, hosts: wanted, until: life.until }))
}

function filesOf (folder: string, stem: string): CertFiles {
  return { cert: join(folder, `${stem}.pem`), key: join(folder, `${stem}-key.pem`) }
}

/** What a host's files are called. Before a colon scp looks for a host's name, and docker run for a volume's. */
function stemOf (host: string): string {
  return host.replaceAll(':', '_')
}

function listed (files: readonly string[]): string {
  return files.length === 1 ? `${files[0]} is there` : `${files.slice(0, -1).join(', ')} and ${files.at(-1)} are there`
}

function makeCa (ca: CertFiles, life: Life): void {
  const folder = dirname(ca.cert)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new Failure(`the folder ${folder} cannot be made (${codeOf(error)}); --out FOLDER takes another one`)
  }
  write(ca, makeAuthority(life))
}

function caIn ({ cert, key }: CertFiles): Authority {
  if (!existsSync(key)) throw new Failure(`${key} is not there, and without it nothing more can be made of the CA in ${cert}; put it there, or let --out FOLDER take another folder for a new CA`)
  if (!existsSync(cert)) throw new Failure(`${cert} is not there, but its key ${key} is; put it there, or let --out FOLDER take another folder for a new CA`)
  try {
    return authorityOf({ cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') })
  } catch (error) {
    throw new Failure(`${cert} and ${key} cannot be used as a CA: ${(error as Error).message}`)
  }
}

/** A certificate that outlives its CA would only seem to. @throws Failure */
function lifeWithin ({ until }: Authority, { from, days, file }: { from: Date, days: number, file: string }): Life {
  const left = Math.floor((until.getTime() - from.getTime() + 1000) / day)
  const ends = until.toISOString().slice(0, 10)
  if (until <= from) throw new Failure(`the CA in ${file} ended on ${ends}, and nobody believes its certificates any more; --out FOLDER makes a new one in another folder, which all hosts then need`)
  if (left < days) throw new Failure(`the CA in ${file} ends on ${ends}, sooner than in ${days} days; ${left > 0 ? `--days ${left} is the most, or ` : ''}--out FOLDER makes a new one in another folder, which all hosts then need`)
  return lifeFrom(from, days)
}

function lifeFrom (now: Date, days: number): Life {
  return { from: new Date(now.getTime() - lateness), until: new Date(now.getTime() + days * day) }
}

/** Never over a file that is there, not even one that came meanwhile. @throws Failure */
function write ({ cert, key }: CertFiles, made: Certified): void {
  for (const [file, text, mode] of [[key, made.key, 0o600], [cert, made.cert, 0o644]] as const) {
    try {
      writeFileSync(file, text, { mode, flag: 'wx' })
    } catch (error) {
      throw new Failure(codeOf(error) === 'EEXIST' ? `${file} is there already` : `${file} cannot be written (${codeOf(error)}); --out FOLDER takes another folder`)
    }
  }
}

/** A new file has its own mode, whatever the old one's was. @throws Failure */
function remove (file: string): void {
  try {
    rmSync(file, { force: true })
  } catch (error) {
    throw new Failure(`${file} cannot be replaced (${codeOf(error)})`)
  }
}

function codeOf (error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
