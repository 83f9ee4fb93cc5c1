import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import { SaxesParser } from 'saxes'
import { basicCredentials } from '#simulators/protocol/axl/basic-credentials.ts'
import type { Cluster } from '../cluster.ts'
import type { UserConfiguration } from '../configuration.ts'
import type { Home, HomeQuery } from './home-cluster.ts'
import { remoteQueryHeader } from './home-cluster.ts'
import { isSamePassword, readTarget, unauthorized, xmlAnswer } from './tomcat.ts'
import { UdsDocuments } from './uds-documents.ts'
import { xml } from '#simulators/protocol/xml/template.ts'

export interface UdsOptions {
  readonly cluster: Cluster
  readonly findHome: (query: HomeQuery, isFromRemote: boolean) => Promise<Home | undefined>
  readonly setPassword: (user: UserConfiguration, password: string) => Promise<void>
}

/** User Data Services: what stands under /cucm-uds (wire facts §3). */
export class Uds {
  readonly #options: UdsOptions
  readonly #documents: UdsDocuments

  constructor(options: UdsOptions) {
    this.#options = options
    this.#documents = new UdsDocuments(options.cluster)
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    if (!this.#options.cluster.configuration.services.uds) return udsError(503, 'The service is not available')
    const target = readTarget(request)
    if (target === undefined) return udsError(400, 'The request path is malformed')
    const [, resource, ...rest] = target.segments
    if (resource === 'user' && rest.length > 0) return this.#userResource(request, rest)
    if (rest.length > 0) return notFound()
    switch (resource) {
      case 'version':
        return get(request, () => xmlAnswer(200, this.#documents.version()))
      case 'servers':
        return get(request, () => xmlAnswer(200, this.#documents.servers()))
      case 'clusterUser':
        return get(request, () => this.#clusterUser(request, target.query))
      case 'users':
        return get(request, () => this.#users(request, target.query))
      default:
        return notFound()
    }
  }

  async #clusterUser(request: HttpRequest, query: URLSearchParams): Promise<HttpResponse> {
    const names = [...query.keys()]
    const [name] = names
    if (names.length !== 1 || (name !== 'username' && name !== 'email') || query.get(name) === '') {
      return udsError(415, 'One of the parameters username and email is required')
    }
    const isFromRemote = request.headers[remoteQueryHeader] !== undefined
    const home = await this.#options.findHome({ by: name, value: query.get(name)! }, isFromRemote)
    return xmlAnswer(200, this.#documents.clusterUser(targetInUds(request), home))
  }

  #users(request: HttpRequest, query: URLSearchParams): HttpResponse {
    const page = readPage(query)
    if (page === undefined) return udsError(415, 'start and max have to be numbers')
    const criteria = [...query].filter(([name]) => name !== 'start' && name !== 'max')
    if (criteria.some(([name]) => !Object.hasOwn(searchable, name))) return udsError(415, 'Unknown search parameter')
    const matching = this.#options.cluster.configuration.users.filter((user) =>
      criteria.every(([name, value]) => searchable[name]!(user).some((text) => startsWith(text, value))),
    )
    const users = matching.slice(page.start, page.start + page.max)
    return xmlAnswer(200, this.#documents.users(targetInUds(request), { ...page, total: matching.length, users }))
  }

  async #userResource(request: HttpRequest, [id, collection, member, ...more]: string[]): Promise<HttpResponse> {
    const credentials = basicCredentials(request)
    const user = credentials === undefined ? undefined : this.#authenticate(credentials)
    // A stranger and somebody else's path look the same: 401 (wire facts §3.4).
    if (user === undefined || user.id.toLowerCase() !== id!.toLowerCase()) return unauthorized()
    if (!user.roles.includes('Standard CCM End Users')) return udsError(403, 'The user is not an end user')
    if (more.length > 0) return notFound()
    if (collection === 'device' && member !== undefined) return get(request, () => this.#device(user, member))
    if (member !== undefined) return notFound()
    return this.#collection(request, user, collection)
  }

  async #collection(request: HttpRequest, user: UserConfiguration, name: string | undefined): Promise<HttpResponse> {
    switch (name) {
      case undefined:
        return get(request, () => xmlAnswer(200, this.#documents.user(user)))
      case 'devices':
        return get(request, () => xmlAnswer(200, this.#documents.devices(user)))
      case 'extensions':
        return get(request, () => xmlAnswer(200, this.#documents.extensions(user)))
      case 'speedDials':
      case 'subscribedServices':
      case 'remoteDestinations':
      case 'options':
        return get(request, () => xmlAnswer(200, this.#documents.empty(user, name)))
      case 'credentials':
        if (request.method === 'PUT') return this.#changePassword(request, user)
        return get(request, () => xmlAnswer(200, this.#documents.credentials(user)), 'GET, HEAD, PUT')
      default:
        return notFound()
    }
  }

  #device(user: UserConfiguration, id: string): HttpResponse {
    const found = this.#options.cluster
      .devicesOf(user)
      .find((device) => this.#documents.pkid('device', device.name) === id.replace(/[{}]/g, '').toLowerCase())
    return found === undefined ? notFound() : xmlAnswer(200, this.#documents.device(user, found))
  }

  async #changePassword(request: HttpRequest, user: UserConfiguration): Promise<HttpResponse> {
    const password = readPassword(request.body.toString('utf8'))
    if (password === undefined || password === '') return udsError(400, 'No new password in the document')
    await this.#options.setPassword(user, password)
    return { status: 204, headers: {} }
  }

  #authenticate({ user: id, password }: { user: string; password: string }): UserConfiguration | undefined {
    const user = this.#options.cluster.user(id)
    return user !== undefined && isSamePassword(user.password, password) ? user : undefined
  }
}

export function udsError(status: number, message: string): HttpResponse {
  return xmlAnswer(status, xml`<errors><error><code>${status}</code><message>${message}</message></error></errors>`)
}

function notFound(): HttpResponse {
  return udsError(404, 'The resource does not exist')
}

async function get(
  request: HttpRequest,
  answer: () => HttpResponse | Promise<HttpResponse>,
  allow = 'GET, HEAD',
): Promise<HttpResponse> {
  if (request.method === 'GET' || request.method === 'HEAD') return answer()
  const refusal = udsError(405, `${request.method} is not allowed here`)
  return { ...refusal, headers: { ...refusal.headers, Allow: allow } }
}

function targetInUds(request: HttpRequest): string {
  return request.target.replace(/^\/cucm-uds/, '')
}

/** Default 64 entries, at most 500. */
function readPage(query: URLSearchParams): { start: number; max: number } | undefined {
  const start = query.get('start') ?? '0'
  const max = query.get('max') ?? '64'
  if (!/^\d{1,6}$/.test(start) || !/^\d{1,6}$/.test(max)) return undefined
  return { start: Number(start), max: Math.min(Number(max), 500) }
}

/** What each search parameter looks at. */
const searchable: Readonly<Record<string, (user: UserConfiguration) => readonly string[]>> = {
  name: (user) => [user.id, user.displayName, ...user.displayName.split(' ')],
  username: (user) => [user.id],
  first: (user) => [user.firstName ?? user.displayName.split(' ')[0]!],
  last: (user) => [user.lastName ?? user.displayName.split(' ').slice(1).join(' ')],
  number: (user) => (user.line === undefined ? [] : [user.line]),
  email: (user) => (user.email === undefined ? [] : [user.email]),
}

function startsWith(text: string, beginning: string): boolean {
  return text.toLowerCase().startsWith(beginning.toLowerCase())
}

/** `<credentials><password>…</password></credentials>`; undefined for anything else. A DTD is not taken. */
function readPassword(text: string): string | undefined {
  const parser = new SaxesParser()
  const open: string[] = []
  let password: string | undefined
  let isBroken = false
  parser.on('error', () => (isBroken = true))
  parser.on('doctype', () => (isBroken = true))
  parser.on('opentag', ({ name }) => {
    open.push(name)
    if (open.join('/') === 'credentials/password') password = ''
  })
  parser.on('text', (part) => {
    if (open.join('/') === 'credentials/password') password += part
  })
  parser.on('closetag', () => void open.pop())
  parser.write(text).close()
  return isBroken ? undefined : password?.trim()
}
