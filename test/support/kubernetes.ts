/** Kubernetes' manifests, checked against the types that kubernetes-types makes of its API's OpenAPI schemas. */
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string, readonly namespace?: string }
  readonly [field: string]: unknown
}

/** All documents of a file. @throws Error for what is no YAML, or has a key twice */
export function manifestsIn (text: string): Manifest[] {
  return parseAllDocuments(text).map(document => {
    const [error] = document.errors
    if (error !== undefined) throw error
    return document.toJS() as Manifest
  })
}

/** What the API would refuse: fields that it does not know, that are missing, or that are of another type. */
export function faultsOf (manifests: readonly Manifest[]): string[] {
  const file = resolve('kubernetes-manifests.ts') // never written; it is where node_modules is found from
  const text = sourceOf(manifests)
  const options: ts.CompilerOptions = { strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts'], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.getSourceFile = (name, version, ...rest) => name === file ? ts.createSourceFile(name, text, version) : getSourceFile.call(host, name, version, ...rest)
  host.fileExists = name => name === file || fileExists.call(host, name)
  const program = ts.createProgram([file], options, host)
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

/** A constant for each, of its kind's type: TypeScript refuses fields that a literal's type does not have. */
function sourceOf (manifests: readonly Manifest[]): string {
  return manifests.map((manifest, at) => {
    const [version = '', group = 'core'] = manifest.apiVersion.split('/').reverse()
    const path = join(group.replace(/\.k8s\.io$/, ''), version)
    return `import type { ${manifest.kind} as Kind${at} } from 'kubernetes-types/${path}'\nexport const manifest${at}: Kind${at} = ${JSON.stringify(manifest)}\n`
  }).join('')
}
