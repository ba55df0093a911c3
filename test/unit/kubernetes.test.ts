/** config/kubernetes.yaml is what Kubernetes' API and tggrid take, and its parts fit together. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DaemonSet, Deployment } from 'kubernetes-types/apps/v1.js'
import type { Container, PodSpec, Secret, Service } from 'kubernetes-types/core/v1.js'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js'
import t from 'tap'
import { configOf } from '../support/deployed.js'
import { faultsOf, manifestsIn } from '../support/kubernetes.js'

const text = readFileSync('config/kubernetes.yaml', 'utf8')
const manifests = manifestsIn(text)

function manifest<T> (kind: string, name: string): T {
  const found = manifests.find(({ kind: k, metadata }) => k === kind && metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found as T
}

const router = manifest<Deployment>('Deployment', 'tggrid-router').spec!
const agent = manifest<DaemonSet>('DaemonSet', 'tggrid-agent').spec!
const podOf = ({ template }: { template: { spec?: PodSpec } }): PodSpec => template.spec!
const mainOf = (part: { template: { spec?: PodSpec } }): Container => podOf(part).containers[0]!

t.test('the API\'s schemas take it', async t => {
  t.same(manifests.map(({ kind }) => kind).sort(), ['DaemonSet', 'Deployment', 'Namespace', 'PodDisruptionBudget', 'Secret', 'Service', 'Service'])
  t.same(faultsOf(manifests), [])
})

t.test('they refuse what is misspelt, missing, or of another type', async t => {
  const wrong: ReadonlyArray<readonly [string, string, RegExp]> = [
    ['readinessProbe:', 'readynessProbe:', /readynessProbe/],
    ['clusterIP: None', 'clusterIp: None', /clusterIp/],
    ['      containers:', '      container:', /container/],
    ['  replicas: 2', '  replicas: two', /string/],
    ['fieldPath: metadata.name', 'path: metadata.name', /path/],
    ['apiVersion: policy/v1', 'apiVersion: policy/v9', /policy\/v9/],
    ['kind: DaemonSet', 'kind: DemonSet', /DemonSet/]
  ]
  const twisted = wrong.map(([right, mistake]) => manifestsIn(text.replace(right, mistake)))
  wrong.forEach(([right, mistake, word], at) => {
    t.ok(text.includes(right), right)
    t.match(faultsOf(twisted[at]!).join('\n'), word, mistake)
  })
})

t.test('tggrid knows all that it is told, and has the files that it is told of', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { stringData = {} } = manifest<Secret>('Secret', 'tggrid')
  const given = Object.entries(stringData)
  const settings = (container: Container, replace: (text: string) => string): ReturnType<typeof configOf> => {
    given.forEach(([name, text]) => writeFileSync(join(folder, name), replace(text)))
    const environment = Object.fromEntries((container.env ?? []).map(({ name, value = 'a-pod' }) => [name, value.replace('/run/secrets/tggrid', folder)]))
    return configOf({ args: container.args ?? [], environment })
  }
  t.throws(() => settings(mainOf(router), text => text), /16 characters/, 'nor does it start with the words that stand for secrets')
  t.throws(() => settings(mainOf(agent), text => text), /16 characters/)
  const longer = (text: string): string => text.replaceAll('replace me', 'something that nobody knows')
  t.match(settings(mainOf(router), longer), { role: 'router', users: [{ name: 'ann' }], grid: { secret: 'something that nobody knows' } })
  t.match(settings(mainOf(agent), longer), { role: 'agent', runtime: 'docker', grid: { secret: 'something that nobody knows' } })
})

t.test('routers look for agents by the whole name of their service', async t => {
  const { metadata, spec } = manifest<Service>('Service', 'tggrid-agents')
  t.equal(spec?.clusterIP, 'None')
  const names = (mainOf(router).env ?? []).find(({ name }) => name === 'TGGRID_AGENTS')?.value
  t.equal(names, `dns:${metadata?.name}.${metadata?.namespace}.svc.cluster.local:${mainOf(agent).ports?.[0]?.containerPort}`)
})

t.test('selectors choose the pods that they mean, and ports lead to ports that are there', async t => {
  for (const part of [router, agent]) t.same(part.selector.matchLabels, part.template.metadata?.labels)
  t.same(manifest<PodDisruptionBudget>('PodDisruptionBudget', 'tggrid-router').spec?.selector, router.selector)
  for (const [name, part] of [['tggrid', router], ['tggrid-agents', agent]] as const) {
    const { spec } = manifest<Service>('Service', name)
    t.same(spec?.selector, part.selector.matchLabels)
    const ports = new Map(mainOf(part).ports?.map(({ name, containerPort }) => [name, containerPort]))
    for (const { port, targetPort } of spec?.ports ?? []) t.equal(ports.get(String(targetPort)), port)
  }
  t.same(mainOf(router).ports?.map(({ containerPort }) => containerPort), [4444, 3000, 3002])
  t.match(router.template.spec?.volumes?.[0], { secret: { secretName: manifest<Secret>('Secret', 'tggrid').metadata?.name } })
})

t.test('a router that ends has time for its sockets, after every node has heard that it goes', async t => {
  const { terminationGracePeriodSeconds = 0 } = podOf(router)
  const grace = Number(mainOf(router).env?.find(({ name }) => name === 'TGGRID_GRACE')?.value)
  const pause = Number(mainOf(router).lifecycle?.preStop?.exec?.command?.at(-1))
  t.ok(grace >= 60 && pause >= 5)
  t.ok(terminationGracePeriodSeconds >= pause + grace + 30, `${terminationGracePeriodSeconds} s for ${pause} s and ${grace} s`)
})

t.test('an agent that ends has time for its sessions, and its engine outlives it', async t => {
  const { terminationGracePeriodSeconds = 0, initContainers = [], containers } = podOf(agent)
  const grace = Number(mainOf(agent).env?.find(({ name }) => name === 'TGGRID_GRACE')?.value)
  t.ok(terminationGracePeriodSeconds >= grace + 30, `${terminationGracePeriodSeconds} s for ${grace} s`)
  t.match(initContainers, [{ name: 'engine', restartPolicy: 'Always' }])
  t.same(containers.map(({ name }) => name), ['agent'])
  const socket = mainOf(agent).env?.find(({ name }) => name === 'DOCKER_HOST')?.value
  t.ok(initContainers[0]?.args?.includes(`--host=${socket}`))
})
