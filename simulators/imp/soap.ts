import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Clocks } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { descendant, escapeXML, parseDocument } from '#simulators/protocol/xml/element.ts'
import type { MessagingServer } from './messaging-server.ts'
import { parseJid } from '#simulators/protocol/xmpp/stanzas.ts'

/** The Client Profile Agent's SOAP service: login, configuration, one-time password, logout (wire facts §8.1). */
export class ClientProfileAgent {
  readonly #server: MessagingServer
  readonly #random: Random
  readonly #clocks: Clocks
  readonly #hosts: readonly string[]
  readonly #keys = new Map<string, { userId: string; at: number }>()

  constructor(server: MessagingServer, random: Random, clocks: Clocks, hosts: readonly string[]) {
    this.#server = server
    this.#random = random
    this.#clocks = clocks
    this.#hosts = hosts
  }

  answer(request: HttpRequest): HttpResponse {
    if (!this.#server.services.clientProfileAgent) return { status: 503, headers: {} }
    if (request.method === 'GET') return wsdl(request)
    if (request.method !== 'POST') return { status: 405, headers: { Allow: 'GET, POST' } }
    const envelope = parseDocument(request.body.toString())
    const isSoap = envelope?.getName() === 'Envelope' && envelope.getNS() === soapNamespace
    const operation = isSoap ? envelope.getChild('Body')?.getChildElements()[0] : undefined
    if (operation === undefined || operation.getNS() !== epas) return fault('Sender', 'Invalid request')
    return this.#perform(operation, sessionKeyOf(envelope))
  }

  #perform(operation: Element, key: string | undefined): HttpResponse {
    if (operation.getName() === 'login') return this.#login(operation)
    const userId = this.#userOf(key)
    if (userId === undefined) return fault('Sender', 'Invalid session key')
    switch (operation.getName()) {
      case 'get-all-config':
        return this.#configuration(operation, userId)
      case 'get-onetime-password': {
        const password = this.#server.issuePassword(userId)
        return soap(
          `<get-onetime-password-resp ${xmlns}><success><password>${password}</password></success></get-onetime-password-resp>`,
        )
      }
      case 'logout':
        this.#keys.delete(key ?? '')
        return soap(`<logout-resp ${xmlns}><success/></logout-resp>`)
      default:
        return fault('Sender', 'Invalid request')
    }
  }

  #login(operation: Element): HttpResponse {
    const [userId, password] = ['username', 'password'].map((name) => operation.getChildText(name))
    if (!userId || password === null) return fault('Sender', 'Invalid request')
    const jid = parseJid(userId.includes('@') ? userId : `${userId}@${this.#server.domain}`)
    const user = jid?.domain === this.#server.domain ? this.#server.user(jid.user) : undefined
    // The shape of the failure is ours: none of the sources shows one.
    if (user === undefined || user.password !== password) {
      return soap(`<login-resp ${xmlns}><failure><reason>Invalid username or password</reason></failure></login-resp>`)
    }
    if (this.#keys.size >= mostKeys) this.#keys.delete(this.#keys.keys().next().value!)
    const key = this.#random.uuid()
    this.#keys.set(key, { userId: user.userId, at: this.#clocks.wall.now().getTime() })
    return soap(`<login-resp ${xmlns}><success><session-key>${key}</session-key></success></login-resp>`)
  }

  #userOf(key: string | undefined): string | undefined {
    const found = this.#keys.get(key ?? '')
    if (found === undefined) return undefined
    if (this.#clocks.wall.now().getTime() - found.at <= keyLifetimeMs) return found.userId
    this.#keys.delete(key!)
    return undefined
  }

  /** The user's home node, then its backup. */
  #homeFirst(userId: string): readonly string[] {
    const home = this.#server.user(userId)?.homeNode
    return home === undefined ? this.#hosts : [home, ...this.#hosts.filter((host) => host !== home)]
  }

  /** Only the parts that were asked for. */
  #configuration(operation: Element, userId: string): HttpResponse {
    const { domain } = this.#server
    const properties: Array<[string, string]> = [
      ['Presence.Domain', domain],
      ...this.#homeFirst(userId).map((host, index): [string, string] => [`XMPP.Server${index + 1}`, host]),
    ]
    const system = properties.map(
      ([name, value]) => `<property name="${name}" value="${escapeXML(value)}">${escapeXML(value)}</property>`,
    )
    const parts: Record<string, string> = {
      'system-config': `<get-system-config-resp>${system.join('')}</get-system-config-resp>`,
      'user-config': '<get-user-config-resp/>',
      'federated-domains': '<get-federated-domains-resp/>',
      'non-presence-aware-contacts': '<get-non-presence-aware-contacts-resp/>',
      'contact-info': '<get-contact-info-resp/>',
    }
    const asked = operation.getChildElements().map((child) => child.getName())
    const given = asked.flatMap((name) => (Object.hasOwn(parts, name) ? [parts[name]] : []))
    return soap(`<get-all-config-resp ${xmlns}>${given.join('')}</get-all-config-resp>`)
  }
}

function sessionKeyOf(envelope: Element | undefined): string | undefined {
  const key = descendant(envelope?.getChild('Header'), 'session-key')
  return key?.getNS() === epas ? key.getText().trim() : undefined
}

function soap(body: string, status = 200): HttpResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/soap+xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${soapNamespace}"><soap:Body>${body}</soap:Body></soap:Envelope>`,
  }
}

/** SOAP 1.2 part 1 §5.4; status per part 2 §7.5.2. */
function fault(code: 'Sender' | 'Receiver', reason: string): HttpResponse {
  const text = `<soap:Code><soap:Value>soap:${code}</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="en">${reason}</soap:Text></soap:Reason>`
  return soap(`<soap:Fault>${text}</soap:Fault>`, code === 'Sender' ? 400 : 500)
}

function wsdl({ headers }: HttpRequest): HttpResponse {
  const host = escapeXML(String(headers['host'] ?? ''))
  const names = ['login', 'get-all-config', 'get-onetime-password', 'logout']
  const operations = names.map((name) => `<operation name="${name}"><input/><output/></operation>`).join('')
  const address = `<soap12:address location="https://${host}/EPASSoap/service/v80"/>`
  return {
    status: 200,
    headers: { 'Content-Type': 'text/xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" targetNamespace="${epas}"><portType name="EpasSoapServiceInterface">${operations}</portType><service name="EpasSoapService"><port name="EpasSoapPort">${address}</port></service></definitions>`,
  }
}

const soapNamespace = 'http://www.w3.org/2003/05/soap-envelope'
const epas = 'urn:cisco:epas:soap'
const xmlns = `xmlns="${epas}"`
const mostKeys = 10_000
const keyLifetimeMs = 8 * 3_600_000
