import { randomBytes, scryptSync } from 'node:crypto'
import type { HttpAnswer } from '#runtime/network.ts'
import { type TestHost, testHost } from '#runtime/test-host.fixture.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { pagesOf } from '../configuration/catalogue.ts'
import { ChangeStore } from '../configuration/change-store.ts'
import { Configuration } from '../configuration/configuration.ts'
import type { Problem } from '../configuration/problem.ts'
import { Product } from '../configuration/page.ts'
import {
  unifiedCommunications,
  unifiedCommunicationsOnExpressway,
} from '../configuration/pages/unified-communications.ts'
import type { ActionAnswer, AdministeredSystem, ViewRow } from './administered-system.ts'
import { startAdministration } from './administration.ts'

const authority = testAuthority()
export const password = 'pass:word'

/** A VCS that is nothing but its administration; every view and action of its pages is there. */
export interface AdministeredTestSystem extends AsyncDisposable {
  readonly host: TestHost
  readonly configuration: Configuration
  readonly url: string
  /** What the actions were asked, newest last. */
  readonly performed: { resource: string; name: string; values: Readonly<Record<string, unknown>>; by: string }[]
  readonly loginFailures: string[]
  /** Rows of a view by `<resource>/<name>`. */
  readonly rows: Map<string, ViewRow[]>
  /** The answer of an action by `<resource>/<name>`. */
  readonly answers: Map<string, ActionAnswer>
  readonly banners: string[]
  /** Rows that cannot be changed by `<resource>/<key>`. */
  readonly generated: Map<string, Problem>
  /** Whether from now on nobody provides views and actions. */
  stopApplications(isStopped: boolean): void
  setPassword(password: string): void
  ask(method: string, target: string, options?: AskOptions): Promise<HttpAnswer & { text: string }>
  /** With Basic login and JSON. */
  api(
    method: string,
    target: string,
    body?: unknown,
  ): Promise<{ status: number; json: any; headers: HttpAnswer['headers'] }>
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export const basic = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`

export function passwordHashOf(secret: string): string {
  const salt = randomBytes(16)
  const hash = scryptSync(secret, salt, 32, { N: 1_024 })
  return `scrypt:${salt.toString('hex')}:${hash.toString('hex')}:1024`
}

export async function administeredTestSystem(options: {
  product: Product
  address: string
  port?: number
  isInService?: () => boolean
  status?: unknown
}): Promise<AdministeredTestSystem> {
  const { product, address, port = 18_443, isInService = () => false } = options
  const name = product === Product.control ? 'vcsc1' : 'vcse1'
  const fqdn = `${name}.example.com`
  const identity = authority.issue({ commonName: fqdn, names: [fqdn] })
  const host = testHost({ name, address, identity, trust: [authority.certificate] })
  const modePage = product === Product.control ? unifiedCommunications : unifiedCommunicationsOnExpressway
  const configuration: Configuration = new Configuration({
    product,
    pages: pagesOf(product),
    store: ChangeStore.open(':memory:', name),
    clock: host.wall,
    isInService,
    isModeOn: () => configuration.storedValues(modePage).mode === 'Mobile and remote access',
  })
  const performed: AdministeredTestSystem['performed'] = []
  const loginFailures: string[] = []
  const rows = new Map<string, ViewRow[]>()
  const answers = new Map<string, ActionAnswer>()
  const banners: string[] = []
  const generated = new Map<string, Problem>()
  let passwordHash = passwordHashOf(password)
  const parts = (kind: 'views' | 'actions', made: (resource: string, name: string) => unknown) =>
    Object.fromEntries(
      configuration.pages.map((page) => [
        page.resource,
        Object.fromEntries(Object.keys(page[kind] ?? {}).map((part) => [part, made(page.resource, part)])),
      ]),
    )
  const act = (resource: string, action: string) => async (values: Readonly<Record<string, unknown>>, by: string) => {
    performed.push({ resource, name: action, values, by })
    return answers.get(`${resource}/${action}`) ?? { ok: true, says: `${action} is done` }
  }
  const view = (resource: string, name: string) => () => rows.get(`${resource}/${name}`) ?? []
  const views = parts('views', view) as AdministeredSystem['views']
  const actions = parts('actions', act) as AdministeredSystem['actions']
  let isStopped = false
  const system: AdministeredSystem = {
    product,
    environment: host.environment,
    identity,
    administrator: () => ({ username: 'admin', passwordHash }),
    configuration,
    get views() {
      return isStopped ? {} : views
    },
    get actions() {
      return isStopped ? {} : actions
    },
    status: () => options.status ?? { zones: [{ name: 'Traversal zone', state: 'Active' }] },
    banners: () => banners,
    alarmCount: () => rows.get('common/alarm/alarms')?.length ?? 0,
    generatedRow: (resource, key) => generated.get(`${resource}/${key}`),
    onLoginFailure: (source) => void loginFailures.push(source),
    port,
  }
  const listener = await startAdministration(system)
  const client = host.network.httpClient(() =>
    host.network.dialTls({ to: { address, port }, protocol: 'HTTP', tls: { serverName: fqdn } }),
  )
  const ask: AdministeredTestSystem['ask'] = async (method, target, { headers = {}, body } = {}) => {
    const answer = await client.send({
      method,
      target,
      headers: { Host: fqdn, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    return { ...answer, text: answer.body.toString() }
  }
  return {
    host,
    configuration,
    url: `https://${address}:${port}`,
    performed,
    loginFailures,
    rows,
    answers,
    banners,
    generated,
    stopApplications: (stopped) => void (isStopped = stopped),
    setPassword: (changed) => void (passwordHash = passwordHashOf(changed)),
    ask,
    async api(method, target, given) {
      const headers = { Authorization: basic('admin', password), 'Content-Type': 'application/json' }
      const body = given === undefined ? {} : { body: JSON.stringify(given) }
      const answer = await ask(method, target, { headers, ...body })
      const isJson = String(answer.headers['content-type']).startsWith('application/json')
      return { status: answer.status, headers: answer.headers, json: isJson ? JSON.parse(answer.text) : answer.text }
    },
    async [Symbol.asyncDispose]() {
      await client.close()
      await listener.stop()
      host.wall.stop()
    },
  }
}
