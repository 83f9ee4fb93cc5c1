import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Random } from '#runtime/random.ts'
import { escapeXML, parseDocument } from '#simulators/protocol/xml/element.ts'
import type { ImAndPresenceConfiguration } from './configuration.ts'

export interface AxlFacts {
  readonly account: ImAndPresenceConfiguration['axl']
  readonly release: string
  readonly nodes: readonly string[]
  readonly isServiceOn: boolean
  /** For the ids of nodes, made once. */
  readonly nodeIds: readonly string[]
}

export function makeNodeIds(nodes: readonly string[], random: Random): string[] {
  return nodes.map(() => `{${random.uuid().toUpperCase()}}`)
}

/** AXL of an IM and Presence node: what discovery by the Control asks (wire facts §4), getCCMVersion and listProcessNode. */
export function answerAxl(facts: AxlFacts, request: HttpRequest): HttpResponse {
  if (!facts.isServiceOn) return { status: 503, headers: { 'Content-Type': 'text/html' }, body: 'AXL is not active' }
  if (!isAccount(facts.account, request.headers['authorization'])) return unauthorized()
  if (!facts.account.mayUseAxl) {
    return { status: 403, headers: { 'Content-Type': 'text/html' }, body: '<html><body>Access denied</body></html>' }
  }
  if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' } }
  const envelope = parseDocument(request.body.toString())
  const operation = envelope?.getName() === 'Envelope' ? envelope.getChild('Body')?.getChildElements()[0] : undefined
  const namespace = operation?.getNS() ?? ''
  if (operation === undefined || !namespace.startsWith(axlNamespace)) return fault('5003', 'Invalid request', '')
  switch (operation.getName()) {
    case 'getCCMVersion': {
      const version = `<componentVersion><version>${escapeXML(facts.release)}</version></componentVersion>`
      return answer(namespace, 'getCCMVersion', version)
    }
    case 'listProcessNode':
      return answer(namespace, 'listProcessNode', processNodes(facts))
    default:
      return fault('5007', 'Item not valid: The specified operation was not found', operation.getName())
  }
}

function processNodes({ nodes, nodeIds }: AxlFacts): string {
  const entries = nodes.map(
    (name, index) =>
      `<processNode uuid="${nodeIds[index] ?? ''}"><name>${escapeXML(name)}</name><processNodeRole>CUCM IM and Presence</processNodeRole></processNode>`,
  )
  return `<processNode uuid="{00000000-1111-0000-0000-000000000000}"><name>EnterpriseWideData</name></processNode>${entries.join('')}`
}

function isAccount({ user, password }: AxlFacts['account'], authorization: unknown): boolean {
  const given = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(String(authorization ?? ''))?.[1]
  return given !== undefined && Buffer.from(given, 'base64').toString() === `${user}:${password}`
}

function unauthorized(): HttpResponse {
  return {
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic realm="Cisco Web Services Realm"', 'Content-Type': 'text/html' },
    body: '<html><head><title>HTTP Status 401</title></head><body>This request requires HTTP authentication.</body></html>',
  }
}

function answer(namespace: string, operation: string, content: string): HttpResponse {
  return envelopeOf(
    200,
    `<ns:${operation}Response xmlns:ns="${escapeXML(namespace)}"><return>${content}</return></ns:${operation}Response>`,
  )
}

function fault(code: string, message: string, request: string): HttpResponse {
  const detail = `<ns:axlError xmlns:ns="${axlNamespace}9.1"><axlcode>${code}</axlcode><axlmessage>${escapeXML(message)}</axlmessage><request>${escapeXML(request)}</request></ns:axlError>`
  return envelopeOf(
    500,
    `<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>${escapeXML(message)}</faultstring><detail>${detail}</detail></soapenv:Fault>`,
  )
}

function envelopeOf(status: number, body: string): HttpResponse {
  return {
    status,
    headers: { 'Content-Type': 'text/xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`,
  }
}

const axlNamespace = 'http://www.cisco.com/AXL/API/'
