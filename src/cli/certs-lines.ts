/** What `tggrid certs` says in the end: what the files are, and how a router and agents are started with them. */

/** Where a CA's or a host's files are. */
export interface CertFiles {
  readonly cert: string
  readonly key: string
}

interface Made {
  readonly ca: CertFiles
  /** Whether the CA was made just now. */
  readonly isNew: boolean
  readonly caUntil: Date
  readonly hosts: ReadonlyArray<CertFiles & { readonly host: string }>
  readonly until: Date
}

/** Of a new CA the first host is taken for the router; whoever adds hosts later knows where it is. */
export function certsLines ({ ca, isNew, caUntil, hosts, until }: Made): string {
  const files: Array<[file: string, about: string]> = [
    [ca.cert, `the CA${isNew ? '' : ' that was there'}, for every host; valid until ${dateOf(caUntil)}`],
    [ca.key, 'its key, only to make more certificates: for no host, and to be kept safe'],
    ...hosts.flatMap(({ host, cert, key }): Array<[string, string]> => [[cert, `for ${host}; valid until ${dateOf(until)}`], [key, 'its key']])
  ]
  const width = Math.max(...files.map(([file]) => file.length))
  const router = isNew ? hosts[0] : undefined
  const agents = hosts.filter(host => host !== router)
  return [
    ...files.map(([file, about]) => `${file.padEnd(width)}  ${about}`),
    '',
    'A host needs the CA\'s certificate and its own two files, and can have a router or an agent:',
    ...router === undefined ? [] : ['', `# on ${router.host}`, `tggrid router ${flagsOf(ca, router)}`],
    ...agents.flatMap(agent => ['', `# on ${agent.host}`, `tggrid agent --join ${router === undefined ? 'ROUTER' : bracketed(router.host)} ${flagsOf(ca, agent)}`])
  ].join('\n')
}

function flagsOf (ca: CertFiles, { cert, key }: CertFiles): string {
  return `--grid-ca ${quoted(ca.cert)} --grid-cert ${quoted(cert)} --grid-key ${quoted(key)}`
}

function dateOf (time: Date): string {
  return time.toISOString().slice(0, 10)
}

/** One word for a shell, whatever the folder is called. */
function quoted (file: string): string {
  return /^[\w./:@+=,-]+$/.test(file) ? file : `'${file.replaceAll('\'', String.raw`'\''`)}'`
}

function bracketed (host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
